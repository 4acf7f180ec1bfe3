"""When a feed is polled next. Pure: what is known of the feed and how the poll went in, the next time out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from newsriver.net.fields import date, seconds
from schemas.identity import stable_id

UNCHANGED_FACTOR = 1.5
SMALL_OVERLAP = 0.33
JITTER = 0.1
MAX_HINT = timedelta(days=1)
"""The longest that a feed's own wish is followed; some ask for a year."""
WEEKLY = timedelta(days=7)
OUTAGE_DELAY = timedelta(minutes=1)
GONE_CONFIRMATIONS = 2
REDIRECT_SIGHTINGS = 3
SILENCE_FACTOR = 20
"""After so many of a feed's intervals in a row of 304, one request is made without conditions: some servers lie."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ErrorKind = Literal["hard", "soft", "dns"]
ERROR_WEIGHTS: dict[ErrorKind, float] = {"hard": 1.0, "soft": 0.5, "dns": 0.25}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The shortest and the longest interval between two polls of a feed that works."""

    shortest: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSchedule:
    """What the schedule remembers of a feed.

    Validators are kept to the letter. `interval_s` is what the feed's habit suggests, `floor_s` what its headers and
    elements ask for. `errors` grows by the weight of each error and is zero after a success.
    """

    interval_s: float
    floor_s: float = 0.0
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    errors: float = 0.0
    gone: int = 0
    not_modified: int = 0
    moved_to: str | None = None
    moved_sightings: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """When the next poll is due, why then, and the schedule from now on. `asked` is the delay that the feed wants."""

    schedule: FeedSchedule
    delay: timedelta
    reason: str
    asked: timedelta = timedelta(0)


def first_schedule(bounds: Bounds) -> FeedSchedule:
    """The schedule of a feed that was never polled."""
    return FeedSchedule(interval_s=bounds.shortest.total_seconds())


def after_change(
    schedule: FeedSchedule, bounds: Bounds, *, new: int, overlap: float | None, floor: timedelta, jitter: float
) -> Decision:
    """The document was another one. More new entries than old ones mean that polls come too late."""
    shortest = bounds.shortest.total_seconds()
    interval = 0.8 * schedule.interval_s + 0.2 * shortest
    reason = "changed"
    if overlap == 0.0 and new:
        interval, reason = shortest, "gap"
    elif overlap is not None and overlap < SMALL_OVERLAP and new:
        interval, reason = schedule.interval_s / 2, "many_new"
    elif not new:
        interval, reason = schedule.interval_s * UNCHANGED_FACTOR, "nothing_new"
    return _succeeded(replace(schedule, interval_s=interval, not_modified=0), bounds, floor, reason, jitter)


def after_no_change(
    schedule: FeedSchedule, bounds: Bounds, *, not_modified: bool, floor: timedelta, jitter: float
) -> Decision:  # fmt: skip
    """The server said 304, or sent the same bytes again."""
    again = schedule.not_modified + 1 if not_modified else 0
    slower = replace(schedule, interval_s=schedule.interval_s * UNCHANGED_FACTOR, not_modified=again)
    return _succeeded(slower, bounds, floor, "not_modified" if not_modified else "unchanged", jitter)


def after_error(
    schedule: FeedSchedule, bounds: Bounds, *, kind: ErrorKind, retry_after: timedelta | None, jitter: float
) -> Decision:  # fmt: skip
    """The poll failed: back off, doubling with the errors' weight, a week at most and never for good."""
    errors = schedule.errors + ERROR_WEIGHTS[kind]
    delay = min(bounds.shortest * 2 ** min(errors, 20.0), WEEKLY)
    asked = min(retry_after or timedelta(0), WEEKLY)
    return Decision(replace(schedule, errors=errors), _jittered(delay, jitter, asked), "error", asked)


def after_outage(schedule: FeedSchedule, jitter: float) -> Decision:
    """Our own network is down: nothing is counted against the feed, and it is asked again soon."""
    return Decision(schedule, _jittered(OUTAGE_DELAY, jitter), "outage")


def after_gone(schedule: FeedSchedule, bounds: Bounds, jitter: float) -> Decision:
    """The server said 410. Believed when it has said so twice; then a look once a week, for some are brought back."""
    gone = schedule.gone + 1
    if gone < GONE_CONFIRMATIONS:
        return Decision(replace(schedule, gone=gone), _jittered(bounds.shortest, jitter), "gone_to_confirm")
    return Decision(replace(schedule, gone=gone), _jittered(WEEKLY, jitter), "gone")


def in_phase(decision: Decision, feed_id: str, now: datetime, bounds: Bounds) -> datetime:
    """When the next poll of a feed that works is due: at the feed's own moment nearest to the decided one.

    Each feed has one such moment in every shortest interval, by its hash. Feeds that were polled at once, because they
    were imported together or all were late, part again with the next poll. What the feed asked for is waited for.
    """
    share = int(stable_id("phase", feed_id)[:8], 16) / 2**32
    wanted = now + decision.delay
    after = (wanted - _EPOCH - share * bounds.shortest) % bounds.shortest
    moment = wanted - after
    return moment if after <= bounds.shortest / 2 and moment >= now + decision.asked else moment + bounds.shortest


def seen_elsewhere(schedule: FeedSchedule, location: str | None) -> FeedSchedule:
    """Count how often in a row a permanent redirect has led to the same place; None when there was no redirect."""
    if location is None:
        return replace(schedule, moved_to=None, moved_sightings=0)
    sightings = schedule.moved_sightings + 1 if schedule.moved_to == location else 1
    return replace(schedule, moved_to=location, moved_sightings=sightings)


def has_moved(schedule: FeedSchedule) -> bool:
    """Whether the feed is to be asked for at its new place from now on."""
    return schedule.moved_sightings >= REDIRECT_SIGHTINGS


def asks_unconditionally(schedule: FeedSchedule) -> bool:
    """Whether the next request carries no validators: never asked before, or 304 far beyond the feed's habit."""
    return schedule.body_hash is None or schedule.not_modified >= SILENCE_FACTOR


def wished_interval(headers: Mapping[str, str], hint: timedelta | None, now: datetime) -> timedelta:
    """How long the feed asks to be left alone: max-age, Expires, and the document's own hint, capped; zero if not."""
    wishes = [hint] if hint is not None else []
    max_age = _max_age(headers.get("cache-control", ""))
    if max_age is not None:
        wishes.append(max_age)
    elif "expires" in headers:
        wishes.append(_until(headers["expires"], now))
    return min(max(wishes, default=timedelta(0)), MAX_HINT)


def _succeeded(schedule: FeedSchedule, bounds: Bounds, floor: timedelta, reason: str, jitter: float) -> Decision:
    interval = min(max(schedule.interval_s, bounds.shortest.total_seconds()), bounds.longest.total_seconds())
    # The wish counts on top of the bounds' lower end, never beyond the upper: a feed cannot ask to be forgotten.
    asked = min(floor, bounds.longest)
    settled = replace(schedule, interval_s=interval, floor_s=floor.total_seconds(), errors=0.0, gone=0)
    return Decision(settled, _jittered(timedelta(seconds=interval), jitter, asked), reason, asked)


def _jittered(delay: timedelta, jitter: float, asked: timedelta = timedelta(0)) -> timedelta:
    """`jitter` is in -1..1; polls of many feeds must not fall into step. It only adds to what the feed asked for."""
    return max(delay * (1 + JITTER * jitter), asked * (1 + JITTER * abs(jitter)))


def _max_age(cache_control: str) -> timedelta | None:
    for directive in cache_control.lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name == "max-age" and (asked := seconds(value.strip('"'))) is not None:
            return asked
    return None


def _until(expires: str, now: datetime) -> timedelta:
    return max(timedelta(0), (date(expires) or now) - now)
