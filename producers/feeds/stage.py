"""The poller: subscriptions in; entries and a log of polls out.

A subscription is a work item that is due again and again. Poll log, entries and the feed's state are written in one
transaction, so an entry is published once however often its poll is repeated after a crash.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from newsriver.net.secrets import without_secrets
from newsriver.stages import NOTHING, WORK, Change, Effects, Output, Record, Tables, Working
from producers.feeds.address import check_address
from producers.feeds.fingerprint import Difference, IdentifiedEntry, SeenEntries, difference
from producers.feeds.poll import FeedReader, Polled, PollFailed, PollResult
from producers.feeds.schedule import (
    Bounds,
    Decision,
    FeedSchedule,
    after_change,
    after_error,
    after_gone,
    after_no_change,
    after_outage,
    first_schedule,
    has_moved,
    in_phase,
    seen_elsewhere,
)
from producers.feeds.state import FeedState
from producers.http.retry import rest
from schemas.errors import InvalidUrlError
from schemas.events import EntryDiscovered, Feed, PollCompleted
from schemas.identity import article_id, canonical_url, site_of, stable_id
from schemas.streams import ENTRIES, FEEDS, POLLS

log = structlog.get_logger(__name__)


class Poller(Working[Feed, Tables, FeedState, PollResult]):
    """Polls each feed at its own pace. `jitter` gives numbers in -1..1."""

    name = "poller"
    input = FEEDS
    outputs = (POLLS, ENTRIES)

    def __init__(
        self, reader: FeedReader, *, bounds: Bounds, host_delay: timedelta, jitter: Callable[[], float]
    ) -> None:  # fmt: skip
        self._reader = reader
        self._bounds = bounds
        self._host_delay = host_delay
        self._jitter = jitter

    def new_state(self) -> Tables:
        return Tables(**{WORK: FeedState})

    def intake(self, record: Record[Feed], state: Tables, now: datetime) -> Effects:
        feed, known = record.value, state.table(WORK).get(record.key)
        if feed is None:
            return NOTHING if known is None else Effects(changes=(Change(WORK, record.key, None),))
        check_address(feed.url)
        if known is None:
            new = FeedState(
                feed=feed, site=site_of(feed.url), due_at=now, schedule=first_schedule(self._bounds), seen=SeenEntries()
            )  # fmt: skip
        elif known.feed.url == feed.url:
            new = replace(known, feed=feed)
        else:
            new = replace(known, feed=feed, site=site_of(feed.url), due_at=now, schedule=first_schedule(self._bounds))
        return Effects(changes=(Change(WORK, record.key, new),))

    async def work(self, key: str, item: FeedState) -> PollResult:
        return await self._reader.poll(_address(item), item.schedule)

    def complete(
        self, key: str, item: FeedState, result: PollResult | Exception, state: Tables, now: datetime
    ) -> Effects:  # fmt: skip
        effects = self._decided(key, result, state, now)
        for output in effects.outputs:
            if isinstance(output.event, PollCompleted):
                _report(output.event)
        return effects

    def _decided(self, key: str, result: PollResult | Exception, state: Tables, now: datetime) -> Effects:
        current = state.table(WORK).get(key)
        if current is None:  # unsubscribed while it was being polled
            return NOTHING
        if isinstance(result, Exception):
            result = PollFailed(polled_at=now, elapsed_ms=0, kind="error", detail=repr(result), severity="soft")
        if isinstance(result, PollFailed):
            return self._failed(key, current, result, now)
        if result.document is None:
            schedule = seen_elsewhere(_answered(current, result), result.moved_to)
            decision = after_no_change(
                schedule, self._bounds, not_modified=result.outcome == "not_modified", floor=result.floor,
                jitter=self._jitter(),
            )  # fmt: skip
            return self._done(key, current, result, decision, None, now)
        found = difference(key, current.seen, result.document.entries)
        schedule = seen_elsewhere(_answered(current, result), result.moved_to if _is_same(found) else None)
        decision = after_change(
            schedule, self._bounds, new=len(found.new), overlap=found.overlap, floor=result.floor,
            jitter=self._jitter(),
        )  # fmt: skip
        return self._done(key, current, result, decision, found, now)

    def pause_lane(self, item: FeedState, result: PollResult | Exception) -> timedelta:
        return rest(self._host_delay, result.retry_after if isinstance(result, PollFailed) else None)

    def _done(
        self, key: str, item: FeedState, polled: Polled, decision: Decision, found: Difference | None, now: datetime
    ) -> Effects:  # fmt: skip
        new, changed = (found.new, found.changed) if found is not None else ((), ())
        due_at = in_phase(decision, key, now, self._bounds)
        completed = PollCompleted(
            id=stable_id("poll", key, polled.polled_at.isoformat()),
            emitted_at=now,
            feed_id=key,
            url=item.feed.url,
            outcome=polled.outcome,
            polled_at=polled.polled_at,
            next_due_at=due_at,
            reason=decision.reason,
            elapsed_ms=polled.elapsed_ms,
            http_status=polled.http_status,
            bytes_received=polled.bytes_received,
            new=len(new),
            seen=found.seen if found is not None else 0,
            gap=found is not None and found.gap and bool(new),
        )
        language = polled.document.language if polled.document is not None else None
        outputs = [Output(POLLS, completed)]
        for identified in (*new, *changed):
            entry = _discovered(item.feed, identified, language, now)
            if entry is not None:
                outputs.append(Output(ENTRIES, entry))
        seen = found.memory if found is not None else item.seen
        state = replace(item, due_at=due_at, schedule=decision.schedule, seen=seen)
        return Effects(tuple(outputs), (Change(WORK, key, state),))

    def _failed(self, key: str, item: FeedState, failure: PollFailed, now: datetime) -> Effects:
        if failure.gone:
            decision = after_gone(item.schedule, self._bounds, self._jitter())
        elif failure.outage:
            decision = after_outage(item.schedule, self._jitter())
        else:
            decision = after_error(
                item.schedule, self._bounds, kind=failure.severity, retry_after=failure.retry_after,
                jitter=self._jitter(),
            )  # fmt: skip
        due_at = now + decision.delay
        completed = PollCompleted(
            id=stable_id("poll", key, failure.polled_at.isoformat()),
            emitted_at=now,
            feed_id=key,
            url=item.feed.url,
            outcome="gone" if decision.reason == "gone" else "failed",
            polled_at=failure.polled_at,
            next_due_at=due_at,
            reason=decision.reason,
            elapsed_ms=failure.elapsed_ms,
            http_status=failure.http_status,
            bytes_received=failure.bytes_received,
            error=failure.kind,
            error_detail=failure.detail[:1000],
        )
        state = replace(item, due_at=due_at, schedule=decision.schedule)
        return Effects((Output(POLLS, completed),), (Change(WORK, key, state),))


def _report(poll: PollCompleted) -> None:
    """The line of a poll."""
    failure = {} if poll.error is None else {"error": poll.error, "detail": without_secrets(poll.error_detail or "")}
    log.info(
        "feed.polled", feed_id=poll.feed_id, url=without_secrets(poll.url), outcome=poll.outcome,
        status=poll.http_status, new=poll.new, seen=poll.seen, bytes=poll.bytes_received, elapsed_ms=poll.elapsed_ms,
        next_due=poll.next_due_at, reason=poll.reason, **failure,
    )  # fmt: skip


def _address(item: FeedState) -> str:
    """Where the feed is asked for: where it has moved to, once that is settled."""
    moved = item.schedule.moved_to
    return moved if moved is not None and has_moved(item.schedule) else item.feed.url


def _answered(item: FeedState, polled: Polled) -> FeedSchedule:
    return replace(
        item.schedule, etag=polled.etag, last_modified=polled.last_modified, body_hash=polled.body_hash
    )  # fmt: skip


def _is_same(found: Difference) -> bool:
    """Whether a redirect's target is the feed we know: its document overlaps the last one, or is the first."""
    return found.overlap is None or found.overlap > 0


def _discovered(feed: Feed, identified: IdentifiedEntry, language: str | None, now: datetime) -> EntryDiscovered | None:
    """The event of an entry; one without a usable link has nowhere to be fetched and is named after its feed."""
    entry = identified.entry
    try:
        url = canonical_url(entry.link or "")
    except InvalidUrlError:
        if not (entry.content_html or entry.summary):
            return None
        url = f"{canonical_url(feed.url).partition('?')[0]}?entry={identified.entry_id}"  # a query may hold a token
    return EntryDiscovered(
        id=stable_id("entry", identified.entry_id, entry.title, entry.summary or "", entry.content_html or ""),
        emitted_at=now,
        entry_id=identified.entry_id,
        feed_id=feed.feed_id,
        feed_url=feed.url,
        guid=entry.guid,
        article_id=article_id(url),
        url=url,
        source=site_of(url),
        title=entry.title,
        discovered_at=now,
        published_at=entry.published,
        updated_at=entry.updated,
        summary=entry.summary,
        content_html=entry.content_html,
        authors=entry.authors,
        categories=entry.categories,
        language=entry.language or language or feed.language,
        country=feed.country,
    )
