"""When a page says it was published and changed: Open Graph and schema.org metadata."""

import json
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from dateutil import parser
from lxml.html import HtmlElement

PUBLISHED = ("article:published_time", "datePublished", "og:published_time")
MODIFIED = ("article:modified_time", "dateModified", "og:updated_time")

_ZONES = {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
"""The zone names of RFC 2822 (section 4.3), in hours; other names mean different zones in different places."""
_TZINFOS = {name: hours * 3600 for name, hours in _ZONES.items()}


def page_time(tree: HtmlElement, names: tuple[str, ...]) -> datetime | None:
    """The first of these properties that holds a time, from meta elements, microdata or JSON-LD."""
    for value in (*_from_meta(tree, names), *_from_json(tree, names)):
        found = parse_time(value)
        if found is not None:
            return found
    return None


def parse_time(text: str | None) -> datetime | None:
    """A time in any usual notation as aware UTC, midnight where there is only a date; None if it is not one."""
    if not text:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", parser.UnknownTimezoneWarning)
            found: datetime = parser.parse(text, tzinfos=_TZINFOS)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, parser.UnknownTimezoneWarning):
        return None


def _from_meta(tree: HtmlElement, names: tuple[str, ...]) -> Iterator[str]:
    for element in tree.iter("meta", "time"):
        if (element.get("property") or element.get("name") or element.get("itemprop")) in names:
            value = element.get("content") or element.get("datetime")
            if value:
                yield value


def _from_json(tree: HtmlElement, names: tuple[str, ...]) -> Iterator[str]:
    for script in tree.iter("script"):
        if script.get("type") != "application/ld+json":
            continue
        try:
            document = json.loads(script.text_content())
        except (ValueError, RecursionError):
            continue
        yield from _values(document, names)


def _values(node: Any, names: tuple[str, ...]) -> Iterator[str]:
    pending = [node]
    while pending:
        current = pending.pop(0)
        if isinstance(current, list):
            pending.extend(current)
        elif isinstance(current, dict):
            yield from (current[name] for name in names if isinstance(current.get(name), str))
            pending.extend(value for value in current.values() if isinstance(value, dict | list))
