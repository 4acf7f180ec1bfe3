"""What can be subscribed to: addresses as people and feed readers write them. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from producers.feeds.address import check_address
from schemas.errors import InvalidUrlError
from schemas.identity import feed_id

_FEED_SCHEME = re.compile(r"feed:(?://)?", re.IGNORECASE)


@dataclass(slots=True)
class Subscriptions:
    """The fields of feeds by feed id, and of the addresses that are refused, why."""

    feeds: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def subscriptions(wanted: Iterable[Mapping[str, Any]]) -> Subscriptions:
    """What of the wanted feeds (a `url`, and whatever else the event holds) can be subscribed to."""
    found = Subscriptions()
    for fields in wanted:
        try:
            url = feed_url(fields["url"])
        except InvalidUrlError as error:
            found.refused[fields["url"]] = str(error)
        else:
            found.feeds[feed_id(url)] = {**fields, "url": url}
    return found


def feed_url(text: str) -> str:
    """The http(s) address that a text means, otherwise left to the letter. Raises InvalidUrlError."""
    url = without_feed_scheme(text)
    check_address(url)
    return url


def without_feed_scheme(text: str) -> str:
    """`feed://host/path` is http and `feed:https://host/path` https, as feed readers have it; all else stays."""
    url = text.strip()
    opening = _FEED_SCHEME.match(url)
    if opening is None:
        return url
    rest = url[opening.end() :]
    return rest if rest.lower().startswith(("http://", "https://")) else f"http://{rest}"
