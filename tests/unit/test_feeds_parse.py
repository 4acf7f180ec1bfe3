"""What is read from a feed document, whatever is wrong with it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from newsriver.kafka.core import MAX_RECORD_BYTES
from producers.feeds.document import NotAFeedError
from producers.feeds.parse import parse_feed
from schemas.codec import encode

NOW = datetime(2026, 3, 2, tzinfo=UTC)
URL = "https://ostwind.example/feed"


def rss(title: str, link: str = "https://ostwind.example/1") -> bytes:
    item = f"<item><title>{title}</title><link>{link}</link><guid isPermaLink='false'>1</guid></item>"
    return f"<rss version='2.0'><channel><title>Ostwind</title>{item}</channel></rss>".encode()


def json_feed(title: str, link: str = "https://ostwind.example/1") -> bytes:
    item = f'{{"id": "1", "title": "{title}", "url": "{link}"}}'
    return f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{item}]}}'.encode()


@pytest.mark.parametrize(
    ("body", "content_type", "title"),
    [
        pytest.param(json_feed(r"Ship \ud83d\udea2 sails"), None, "Ship \U0001f6a2 sails", id="JSON: both halves"),
        pytest.param(json_feed(r"Ship \ud83d sails"), None, "Ship � sails", id="JSON: half a character"),
        pytest.param(rss("Ship &#xD83D;&#xDEA2; sails"), None, "Ship \U0001f6a2 sails", id="XML: both halves"),
        pytest.param(rss("Ship &#55357; sails"), None, "Ship � sails", id="XML: half a character"),
        pytest.param(rss(r"Ship \ud83d"), "text/xml; charset=unicode_escape", r"Ship \ud83d", id="odd charset"),
        pytest.param(rss("Ship +2D0-"), "text/xml; charset=utf-7", "Ship +2D0-", id="charset with halves"),
        pytest.param(rss("Ship sails"), "text/xml; charset=caf\xe9", "Ship sails", id="unknown charset"),
    ],
)
def test_half_a_character_spoils_neither_its_feed_nor_an_event(
    body: bytes, content_type: str | None, title: str
) -> None:
    parsed = parse_feed(body, URL, content_type, NOW)
    assert [entry.title for entry in parsed.entries] == [title]
    assert encode(parsed)


@pytest.mark.parametrize("feed", [rss, json_feed])
def test_a_link_that_is_no_url_costs_the_link_and_not_the_feed(feed: Callable[[str, str], bytes]) -> None:
    parsed = parse_feed(feed("Ship sails", "http://[harbour"), URL, None, NOW)
    assert [(entry.title, entry.link) for entry in parsed.entries] == [("Ship sails", None)]


HUGE = "\\u0007" * 2_000_000


def test_no_entry_is_larger_than_a_record_may_be() -> None:
    fields = ("id", "title", "url", "summary", "content_html", "language")
    item = ", ".join(f'"{name}": "{HUGE}"' for name in fields)
    names = f'"tags": ["{HUGE}", "{HUGE}"], "authors": [{{"name": "{HUGE}"}}]'
    body = f'{{"version": "1.1", "title": "{HUGE}", "language": "{HUGE}", "items": [{{{item}, {names}}}]}}'
    [entry] = parse_feed(body.encode(), URL, None, NOW).entries
    assert len(encode(entry)) < 0.95 * MAX_RECORD_BYTES


@pytest.mark.parametrize("body", [b'{"items": [', b'{"items": ' + b"[" * 100_000, b'{"items": "\xff"}', b"[1]"])
def test_what_looks_like_json_and_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(NotAFeedError):
        parse_feed(body, URL, None, NOW)
