"""From bytes to a feed document: RSS, RDF and Atom by feedparser, JSON Feed and news sitemaps by their own readers.

Pure, and run in a worker process with a time-out: feedparser takes 50-115 ms on large feeds, seconds on hostile ones.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from time import struct_time
from typing import Any

import feedparser

from producers.feeds.document import MAX_ENTRIES, NotAFeedError, ParsedEntry, ParsedFeed, absolute
from producers.feeds.jsonfeed import parse_json_feed
from producers.feeds.sitemap import is_sitemap, parse_sitemap
from producers.wellformed import well_formed
from schemas.identity import stable_id

MAX_TITLE = 1000
MAX_CONTENT = 300_000
"""Characters of an item's own content that are kept; the page has the rest."""
MAX_URL = 8000
"""RFC 9110, section 4.1, asks for at least as much of URLs."""
MAX_NAME = 200
MAX_NAMES = 100
"""Authors and categories that are kept of an item, and characters of each."""
MAX_LANGUAGE = 35
"""RFC 5646, section 4.4.1, asks for at least as much of language tags."""
_TAGS = re.compile(r"<[^>]*>")
_HALVES = re.compile(rb"(?:&#(?:x0*d[89a-f][0-9a-f]{2}|0*5[5-7]\d{3});)+", re.IGNORECASE)
_REFERENCE = re.compile(rb"&#(x?)(\w+);", re.IGNORECASE)
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 720, "yearly": 8760}
_EPOCH = datetime(1990, 1, 1, tzinfo=UTC)


def parse_feed(body: bytes, url: str, content_type: str | None, now: datetime) -> ParsedFeed:
    """The feed that a document is. Raises NotAFeedError. Times later than a day after `now` are taken for mistakes.

    All text is such that UTF-8 can hold it.
    """
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:2000]
    if not start:
        raise NotAFeedError("the document is empty")
    if start.startswith((b"{", b"[")):
        parsed = parse_json_feed(body, url)
    elif is_sitemap(start):
        parsed = parse_sitemap(body)
    else:
        parsed = _parse_xml(body, url, content_type)
    return well_formed(_plausible(parsed, now))


def plain_text(markup: str | None, limit: int = MAX_TITLE) -> str:
    """The text of a title or name that may hold entities and tags, on one line."""
    return " ".join(unescape(_TAGS.sub(" ", markup or "")).split())[:limit]


def _parse_xml(body: bytes, url: str, content_type: str | None) -> ParsedFeed:
    body = _HALVES.sub(_joined, body)
    try:
        found = _parsed(body, url, content_type)
    except UnicodeError:  # a character set that yields what is no text
        found = _parsed(body.decode("utf-8", "replace").encode(), url, "application/xml; charset=utf-8")
    if not found.version and not found.entries:
        problem = found.get("bozo_exception")
        kind = "an HTML page" if re.search(rb"<(?:!doctype html|html)\b", body[:2000], re.IGNORECASE) else "no feed"
        raise NotAFeedError(f"the document is {kind}" + (f" ({problem})" if problem else ""))
    feed = found.feed
    base = feed.get("link") or url
    warnings = (str(found.bozo_exception),) if found.get("bozo") and found.get("bozo_exception") else ()
    return ParsedFeed(
        format=found.version or "unknown",
        title=plain_text(feed.get("title")) or None,
        language=feed.get("language") or None,
        entries=tuple(_entry(item, base if base.startswith("http") else url) for item in found.entries[:MAX_ENTRIES]),
        interval_hint=_interval_hint(feed),
        warnings=warnings,
    )


def _parsed(body: bytes, url: str, content_type: str | None) -> Any:
    headers = {"content-location": url}
    if content_type:
        headers["content-type"] = content_type
    return feedparser.parse(body, response_headers=headers, sanitize_html=False, resolve_relative_uris=True)


def _joined(halves: re.Match[bytes]) -> bytes:
    """References to the two halves of a character as one to the character, to a half alone as one to U+FFFD."""
    units = (int(digits, 16 if mark else 10) for mark, digits in _REFERENCE.findall(halves[0]))
    text = b"".join(unit.to_bytes(2, "little") for unit in units).decode("utf-16-le", "replace")
    return "".join(f"&#{ord(character)};" for character in text).encode()


def _entry(item: Any, base: str) -> ParsedEntry:
    link = item.get("link") or _alternate(item.get("links", ()))
    link = absolute(base, link)
    title = plain_text(item.get("title"))
    summary = item.get("summary") or None
    content = max((part.get("value") or "" for part in item.get("content", ())), key=len, default="") or None
    published = _time(item.get("published_parsed")) or _time(item.get("created_parsed"))
    updated = _time(dict.get(item, "updated_parsed"))  # the library's own `get` takes the published time for it
    return ParsedEntry(
        guid=(item.get("id") or link or stable_id("item", title, str(published or ""), summary or "")).strip(),
        link=link,
        title=title,
        summary=summary,
        content_html=content,
        published=published or updated,
        updated=updated,
        authors=_authors(item),
        categories=_names(tag.get("label") or tag.get("term") for tag in item.get("tags", ())),
    )


def _alternate(links: Iterable[Any]) -> str | None:
    for link in links:
        if link.get("rel", "alternate") == "alternate" and link.get("href"):
            return str(link["href"])
    return None


def _authors(item: Any) -> tuple[str, ...]:
    names = [author.get("name") or author.get("email") or "" for author in item.get("authors", ()) if author]
    return _names(names or [item.get("author", "")])


def _names(markup: Iterable[str | None]) -> tuple[str, ...]:
    """Names as plain text, each once."""
    names = (plain_text(name, MAX_NAME) for name in markup)
    return tuple(dict.fromkeys(name for name in names if name))


def _time(parsed: struct_time | None) -> datetime | None:
    if parsed is None:
        return None
    with suppress(ValueError, OverflowError):
        return datetime(*parsed[:6], tzinfo=UTC)
    return None


def _interval_hint(feed: Any) -> timedelta | None:
    """`ttl` (minutes) or `sy:updatePeriod` and `sy:updateFrequency` (RSS syndication module), the longer of them."""
    hints: list[timedelta] = []
    with suppress(ValueError, TypeError, OverflowError):
        hints.append(timedelta(minutes=float(feed.get("ttl", ""))))
    hours = _PERIODS.get(str(feed.get("sy_updateperiod", "")).strip().lower())
    if hours is not None:
        frequency = 1.0
        with suppress(ValueError, TypeError):
            frequency = max(1.0, float(feed.get("sy_updatefrequency", 1)))
        hints.append(timedelta(hours=hours / frequency))
    return max((hint for hint in hints if hint > timedelta(0)), default=None)


def _plausible(parsed: ParsedFeed, now: datetime) -> ParsedFeed:
    """Without times that cannot be, and cut to what an event holds, so that no entry is too large to be written."""
    latest = now + timedelta(days=1)

    def checked(time: datetime | None) -> datetime | None:
        return time if time is not None and _EPOCH <= time <= latest else None

    entries = tuple(
        replace(
            entry,
            guid=entry.guid if len(entry.guid) <= MAX_URL else stable_id("guid", entry.guid),
            link=entry.link if len(entry.link or "") <= MAX_URL else None,
            title=entry.title[:MAX_TITLE],
            summary=(entry.summary or "")[:MAX_CONTENT] or None,
            content_html=(entry.content_html or "")[:MAX_CONTENT] or None,
            published=checked(entry.published),
            updated=checked(entry.updated),
            authors=tuple(name[:MAX_NAME] for name in entry.authors[:MAX_NAMES]),
            categories=tuple(name[:MAX_NAME] for name in entry.categories[:MAX_NAMES]),
            language=_language(entry.language),
        )
        for entry in parsed.entries
    )
    title = (parsed.title or "")[:MAX_TITLE] or None
    return replace(parsed, title=title, language=_language(parsed.language), entries=entries)


def _language(tag: str | None) -> str | None:
    return tag if tag is not None and len(tag) <= MAX_LANGUAGE else None
