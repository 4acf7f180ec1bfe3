"""What can be subscribed to: addresses as people and feed readers write them. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from schemas.errors import InvalidUrlError
from schemas.identity import canonical_url, feed_id

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
    canonical_url(url)
    parts = urlsplit(url)
    try:
        if parts.port == 0 or any(map(str.isspace, parts.netloc)):
            raise ValueError("a host has no spaces, and a port is not 0")
    except ValueError as error:
        raise InvalidUrlError(f"not a URL: {url!r}: {error}") from error
    return url


def without_feed_scheme(text: str) -> str:
    """`feed://host/path` is http and `feed:https://host/path` https, as feed readers have it; all else stays."""
    url = text.strip()
    opening = _FEED_SCHEME.match(url)
    if opening is None:
        return url
    rest = url[opening.end() :]
    return rest if rest.lower().startswith(("http://", "https://")) else f"http://{rest}"
