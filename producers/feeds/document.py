"""What a feed document says, in whatever format it says it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from dateutil import parser

MAX_ENTRIES = 2000
"""Items that are taken from one document, the first ones."""


class NotAFeedError(ValueError):
    """A document that is no feed; the message says what it is instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry:
    """One item. `guid` is the item's own, or made of what it has; `link` is absolute, or None."""

    guid: str
    link: str | None
    title: str
    summary: str | None = None
    content_html: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed document: its items, in its order, and how long it asks to be left alone."""

    format: str
    title: str | None
    language: str | None
    entries: tuple[ParsedEntry, ...]
    interval_hint: timedelta | None = None
    warnings: tuple[str, ...] = ()


def iso_time(value: Any) -> datetime | None:
    """An ISO 8601 time as aware UTC, taken for UTC where it names no zone; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        found: datetime = parser.isoparse(value.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def absolute(base: str, link: str | None) -> str | None:
    """A link that may be relative to `base`; None where there is none, or it is no URL."""
    try:
        return urljoin(base, link.strip()) if link else None
    except ValueError:
        return None
