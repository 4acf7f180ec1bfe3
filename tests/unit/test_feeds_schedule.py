"""When a feed is polled next."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from producers.feeds.schedule import (
    MAX_HINT,
    REDIRECT_SIGHTINGS,
    SILENCE_FACTOR,
    WEEKLY,
    Bounds,
    Decision,
    ErrorKind,
    FeedSchedule,
    after_change,
    after_error,
    after_gone,
    after_no_change,
    asks_unconditionally,
    first_schedule,
    has_moved,
    in_phase,
    seen_elsewhere,
    wished_interval,
)

BOUNDS = Bounds(shortest=timedelta(minutes=5), longest=timedelta(hours=24))
HOUR = FeedSchedule(interval_s=3600, body_hash="x")
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ZERO = timedelta(0)


@pytest.mark.parametrize(
    ("new", "overlap", "minutes", "reason"),
    [
        pytest.param(1, 0.9, 49, "changed", id="a few new ones: a little sooner"),
        pytest.param(5, 0.2, 30, "many_new", id="mostly new: twice as often"),
        pytest.param(9, 0.0, 5, "gap", id="all new: some were missed, as often as may be"),
        pytest.param(0, 1.0, 90, "nothing_new", id="another build of the same: later"),
    ],
)
def test_the_interval_follows_the_feeds_habit(new: int, overlap: float, minutes: int, reason: str) -> None:
    decision = after_change(HOUR, BOUNDS, new=new, overlap=overlap, floor=ZERO, jitter=0)
    assert (decision.delay, decision.reason) == (timedelta(minutes=minutes), reason)


def test_silence_makes_polls_rare_but_not_rarer_than_a_day() -> None:
    schedule = first_schedule(BOUNDS)
    for _ in range(40):
        decision = after_no_change(schedule, BOUNDS, not_modified=True, floor=ZERO, jitter=0)
        assert decision.delay >= BOUNDS.shortest
        schedule = decision.schedule
    assert decision.delay == BOUNDS.longest


def test_what_the_feed_asks_for_is_a_floor_within_the_bounds() -> None:
    asked = after_no_change(HOUR, BOUNDS, not_modified=True, floor=timedelta(hours=6), jitter=0)
    assert asked.delay == timedelta(hours=6)
    for_ever = after_no_change(HOUR, BOUNDS, not_modified=True, floor=timedelta(days=99), jitter=0)
    assert for_ever.delay == BOUNDS.longest


def test_jitter_is_a_tenth() -> None:
    delays = [after_no_change(HOUR, BOUNDS, not_modified=False, floor=ZERO, jitter=j).delay for j in (-1, 1)]
    assert delays == [timedelta(minutes=81), timedelta(minutes=99)]


@pytest.mark.parametrize("jitter", [-1, -0.5, 0, 1])
def test_jitter_never_shortens_what_the_feed_asked_for(jitter: float) -> None:
    hours = timedelta(hours=2)
    hint = after_no_change(HOUR, BOUNDS, not_modified=True, floor=hours, jitter=jitter).delay
    busy = after_error(HOUR, BOUNDS, kind="soft", retry_after=hours, jitter=jitter).delay
    assert hint == busy == hours * (1 + 0.1 * abs(jitter))


IDS = [f"feed {number}" for number in range(781)]


def polls(ids: list[str], now: datetime, delay: timedelta, asked: timedelta = ZERO) -> list[datetime]:
    return [in_phase(Decision(HOUR, delay, "changed", asked), feed, now, BOUNDS) for feed in ids]


def test_feeds_that_were_polled_together_part_and_stay_apart() -> None:
    due = polls(IDS, NOW, BOUNDS.shortest)
    minutes = Counter((time - NOW) // timedelta(minutes=1) for time in due)
    assert max(minutes.values()) < 2 * len(IDS) / 5
    for feed, time in zip(IDS, due, strict=True):
        on_time = [in_phase(Decision(HOUR, BOUNDS.shortest * share, ""), feed, time, BOUNDS) for share in (0.9, 1, 1.1)]
        assert on_time == [time + BOUNDS.shortest] * 3, "a moment that fits is kept"


def test_a_feeds_moment_is_near_the_decided_time_and_not_before_what_was_asked_for() -> None:
    for delay in (BOUNDS.shortest, timedelta(minutes=47), BOUNDS.longest):
        assert all(abs(time - NOW - delay) <= BOUNDS.shortest / 2 for time in polls(IDS, NOW, delay))
        assert all(ZERO <= time - NOW - delay <= BOUNDS.shortest for time in polls(IDS, NOW, delay, asked=delay))


@pytest.mark.parametrize(("kind", "errors"), [("hard", 1.0), ("soft", 0.5), ("dns", 0.25)])
def test_errors_weigh_differently_back_off_and_never_end_it(kind: ErrorKind, errors: float) -> None:
    schedule, before = HOUR, ZERO
    for _ in range(60):
        decision = after_error(schedule, BOUNDS, kind=kind, retry_after=None, jitter=0)
        assert before <= decision.delay <= WEEKLY
        schedule, before = decision.schedule, decision.delay
    assert schedule.errors == 60 * errors
    assert decision.delay == WEEKLY
    assert after_no_change(schedule, BOUNDS, not_modified=True, floor=ZERO, jitter=0).schedule.errors == 0


def test_retry_after_is_waited_for() -> None:
    decision = after_error(HOUR, BOUNDS, kind="soft", retry_after=timedelta(hours=2), jitter=0)
    assert decision.delay == timedelta(hours=2)


def test_gone_is_believed_the_second_time() -> None:
    first = after_gone(HOUR, BOUNDS, 0)
    second = after_gone(first.schedule, BOUNDS, 0)
    assert (first.reason, second.reason, second.delay) == ("gone_to_confirm", "gone", WEEKLY)


def test_a_move_is_settled_after_several_sightings_in_a_row() -> None:
    schedule = HOUR
    for sighting in range(1, REDIRECT_SIGHTINGS + 1):
        schedule = seen_elsewhere(schedule, "https://new.example/feed")
        assert has_moved(schedule) == (sighting == REDIRECT_SIGHTINGS)
    assert not has_moved(seen_elsewhere(schedule, None))


def test_a_server_that_says_304_for_too_long_is_asked_anew() -> None:
    assert asks_unconditionally(first_schedule(BOUNDS))
    assert not asks_unconditionally(HOUR)
    assert asks_unconditionally(replace(HOUR, not_modified=SILENCE_FACTOR))


@pytest.mark.parametrize(
    ("headers", "hint", "wish"),
    [
        ({"cache-control": "public, max-age=900"}, None, timedelta(minutes=15)),
        ({"expires": "Mon, 02 Mar 2026 13:00:00 GMT"}, None, timedelta(hours=1)),
        ({"cache-control": "max-age=60", "expires": "Mon, 02 Mar 2026 13:00:00 GMT"}, None, timedelta(minutes=1)),
        ({}, timedelta(hours=2), timedelta(hours=2)),
        ({"cache-control": "max-age=99999999"}, None, MAX_HINT),
        ({"cache-control": "no-cache", "expires": "never"}, None, ZERO),
        ({"cache-control": "max-age=" + "9" * 5000}, None, MAX_HINT),
        ({"expires": "Mon, 02 Mar 99999999999999999999 12:00:00 GMT"}, None, ZERO),
        ({"expires": "Mon, 02 Mar 2026 13:00:00"}, None, timedelta(hours=1)),
    ],
)
def test_wishes_are_read_from_headers_and_document(
    headers: dict[str, str], hint: timedelta | None, wish: timedelta
) -> None:
    assert wished_interval(headers, hint, NOW) == wish
