"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1)."""

import json
from typing import Any

from producers.feeds.document import MAX_ENTRIES, NotAFeedError, ParsedEntry, ParsedFeed, absolute, iso_time
from schemas.identity import stable_id


def parse_json_feed(body: bytes, url: str) -> ParsedFeed:
    """The feed that a JSON document is. Items that are no objects are left out with a warning; NotAFeedError."""
    try:
        # Not by orjson, which refuses a whole document for one escaped half of a character.
        document = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise NotAFeedError(f"the document looks like JSON and is not: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise NotAFeedError("the document is JSON, but no JSON Feed: it has no list of items")
    items = document["items"][:MAX_ENTRIES]
    wrong = sum(not isinstance(item, dict) for item in items)
    base = _text(document.get("home_page_url")) or url
    return ParsedFeed(
        format="json1" + ("1" if "1.1" in str(document.get("version")) else ""),
        title=_text(document.get("title")),
        language=_text(document.get("language")),
        entries=tuple(_entry(item, base) for item in items if isinstance(item, dict)),
        warnings=(f"{wrong} items are no objects",) if wrong else (),
    )


def _entry(item: dict[str, Any], base: str) -> ParsedEntry:
    link = _text(item.get("url")) or _text(item.get("external_url"))
    link = absolute(base, link)
    title = _text(item.get("title")) or (_text(item.get("content_text")) or "")[:100]
    content = _text(item.get("content_html")) or _text(item.get("content_text"))
    people = item.get("authors") or [item.get("author")]
    names = [_text(person.get("name")) for person in people if isinstance(person, dict)]
    tags = item.get("tags")
    return ParsedEntry(
        guid=_text(item.get("id")) or link or stable_id("item", title, content or ""),
        link=link,
        title=" ".join(title.split()),
        summary=_text(item.get("summary")),
        content_html=content,
        published=iso_time(item.get("date_published")),
        updated=iso_time(item.get("date_modified")),
        authors=tuple(name for name in names if name),
        categories=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        language=_text(item.get("language")),
    )


def _text(value: Any) -> str | None:
    """A string, or a number as some feeds write their ids; nothing else."""
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
