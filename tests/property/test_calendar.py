"""Windows of the week end when the clock on the wall leaves them, also on the days when it is put on or back."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from consumers.alerts.calendar import Calendar, Window, parse_calendar

MINUTE = timedelta(minutes=1)
BERLIN, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")

times = st.builds(time, st.integers(0, 4) | st.integers(20, 23), st.sampled_from([0, 15, 30, 59]))
windows = st.builds(Window, st.frozensets(st.integers(0, 6), min_size=1), times, times)
changes = st.sampled_from(
    [
        (BERLIN, datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (BERLIN, datetime(2026, 10, 25, 1, tzinfo=UTC)),
        (LORD_HOWE, datetime(2026, 4, 4, 15, tzinfo=UTC)),  # by half an hour
        (LORD_HOWE, datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ]
)


def walked(calendar: Calendar, instant: datetime) -> datetime | None:
    """The end, as whoever looks at the clock every minute, for more than a week, finds it."""
    for minutes in range(1, 9 * 24 * 60):
        if not calendar.contains(instant + minutes * MINUTE):
            return instant + minutes * MINUTE
    return None


@settings(max_examples=200, deadline=None)
@given(changes, st.lists(windows, min_size=1, max_size=3), st.integers(-600, 600))
def test_a_window_ends_when_the_clock_leaves_it(
    change: tuple[ZoneInfo, datetime], within: list[Window], minutes: int
) -> None:
    zone, changed_at = change
    calendar, instant = Calendar(tuple(within), zone), changed_at + minutes * MINUTE
    assume(calendar.contains(instant))
    assert calendar.end_of(instant) == walked(calendar, instant)


@pytest.mark.parametrize(
    ("window", "instant", "end"),
    [
        pytest.param("22:00-02:30", "2026-03-29T01:30+01:00", "2026-03-29T03:00+02:00", id="its end is left out"),
        pytest.param("02:30-05:00", "2026-10-25T02:45+02:00", "2026-10-25T02:00+01:00", id="before its start again"),
        pytest.param("02:30-05:00", "2026-10-25T02:45+01:00", "2026-10-25T05:00+01:00", id="in it for the second time"),
    ],
)
def test_where_a_window_meets_a_change_of_the_clock(window: str, instant: str, end: str) -> None:
    found = parse_calendar([window], BERLIN).end_of(datetime.fromisoformat(instant))
    assert found == datetime.fromisoformat(end)
