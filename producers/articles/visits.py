"""A visit to an article's page, as a work item, and what follows from how it went. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from schemas.events import EntryDiscovered, UtcTime

RETRY_DELAYS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
)
"""After which times a page is asked for again that could not be had for a reason that may pass."""
MAX_RETRY_AFTER = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """An article to fetch: first when its entry is discovered, then again for corrections.

    `attempt` counts the failed tries of this visit, `recheck` the visits before it. `etag` and `last_modified` are the
    page's validators, `text_hash` is of the text that was taken from it.
    """

    entry: EntryDiscovered
    site: str
    due_at: UtcTime
    attempt: int = 0
    recheck: int = 0
    etag: str | None = None
    last_modified: str | None = None
    text_hash: str | None = None

    @property
    def lane(self) -> str:
        return self.site


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A page that could not be had. `passing` ones are worth another try."""

    kind: str
    detail: str
    passing: bool
    retry_after: timedelta | None = None
    http_status: int | None = None
    elapsed_ms: int = 0


@dataclass(frozen=True, slots=True)
class Next:
    """What to do after a failed try: `retry` the visit, `fall_back` to the feed's content, or `skip` a re-check."""

    action: Literal["retry", "fall_back", "skip"]
    visit: Visit | None


def after_failure(visit: Visit, failure: Failure, now: datetime, recheck_delays: Sequence[timedelta]) -> Next:
    """Try again while it may help; then take what the feed gave, or, on a re-check, leave it at what we have."""
    if failure.passing and visit.attempt < len(RETRY_DELAYS):
        delay = RETRY_DELAYS[visit.attempt]
        if failure.retry_after is not None:
            delay = max(delay, min(failure.retry_after, MAX_RETRY_AFTER))
        return Next("retry", replace(visit, due_at=now + delay, attempt=visit.attempt + 1))
    following = after_visit(visit, now, recheck_delays)
    return Next("skip" if visit.recheck else "fall_back", following)


def after_visit(visit: Visit, now: datetime, recheck_delays: Sequence[timedelta]) -> Visit | None:
    """The next look at the page, or None when there have been enough."""
    if visit.recheck >= len(recheck_delays):
        return None
    return replace(visit, due_at=now + recheck_delays[visit.recheck], attempt=0, recheck=visit.recheck + 1)


def on_entry(known: Visit | None, entry: EntryDiscovered, site: str, now: datetime) -> Visit | None:
    """The visit that an entry leads to, or None when the article is being looked after already.

    A feed that gives an entry again has changed it, so its page is due at once; another feed that names the same
    article changes nothing.
    """
    if known is None:
        return Visit(entry=entry, site=site, due_at=now)
    if known.entry.feed_id == entry.feed_id:
        return replace(known, entry=entry, due_at=now, attempt=0)
    return None
