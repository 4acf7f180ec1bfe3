"""Feeds: what is subscribed to, how polls of it went, and the entries that they found."""

from dataclasses import dataclass
from typing import Literal

from schemas.events.base import Count, Event, UtcTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed(Event):
    """A subscription: one feed document or news sitemap to poll. A tombstone ends it."""

    feed_id: str
    url: str
    title: str | None = None
    language: str | None = None
    country: str | None = None
    tags: tuple[str, ...] = ()


PollOutcome = Literal["changed", "unchanged", "not_modified", "failed", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollCompleted(Event):
    """One poll of one feed: what was asked, what came back, and when the next one is due."""

    feed_id: str
    url: str
    outcome: PollOutcome
    polled_at: UtcTime
    next_due_at: UtcTime
    reason: str
    elapsed_ms: Count
    http_status: int | None = None
    bytes_received: Count = 0
    new: Count = 0
    seen: Count = 0
    gap: bool = False
    error: str | None = None
    error_detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDiscovered(Event):
    """An item seen in a feed for the first time, or seen again with another content."""

    entry_id: str
    feed_id: str
    feed_url: str
    guid: str
    article_id: str
    url: str
    source: str
    title: str
    discovered_at: UtcTime
    published_at: UtcTime | None = None
    updated_at: UtcTime | None = None
    summary: str | None = None
    content_html: str | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    language: str | None = None
    country: str | None = None
