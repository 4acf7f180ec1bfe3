"""Times of the week in a time zone, as rules write them: `mon-fri 08:00-18:00`, `sat,sun 10:00-16:00`, `22:00-07:00`.

Pure. A window that ends before it begins goes past midnight and belongs to the day it begins on. Times are what a
clock on the wall shows, so windows keep their place over a change to or from summer time.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"(?:(?P<days>[a-z,-]+)\s+)?(?P<start>\d\d:\d\d)\s*-\s*(?P<end>\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Window:
    """A time of day on some days of the week (0 is Monday); `end` is exclusive, and equal to `start` for 24 hours."""

    days: frozenset[int]
    start: time
    end: time

    def contains(self, local: datetime) -> bool:
        """Whether a wall-clock time lies in the window."""
        now, today = local.time(), local.weekday()
        if self.start < self.end:
            return today in self.days and self.start <= now < self.end
        yesterday = (today - 1) % 7
        return (today in self.days and now >= self.start) or (yesterday in self.days and now < self.end)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Windows in a time zone."""

    windows: tuple[Window, ...]
    zone: ZoneInfo

    def contains(self, instant: datetime) -> bool:
        """Whether an instant lies in any of the windows."""
        local = instant.astimezone(self.zone)
        return any(window.contains(local) for window in self.windows)

    def end_of(self, instant: datetime) -> datetime | None:
        """The first moment after `instant`, which lies in a window, that lies in none; None if there is none within a
        week."""
        today = instant.astimezone(self.zone).date()
        ends = {
            datetime.combine(today + timedelta(ahead), window.end.replace(fold=fold), self.zone).astimezone(UTC)
            for window in self.windows
            for ahead in range(9)
            for fold in (0, 1)  # at the end of summer time a clock shows an hour twice
        }
        # A clock that is put on or back may leave a window without ever showing the window's end.
        ends.update(_clock_changes(self.zone, instant.astimezone(UTC)))
        return next((end for end in sorted(ends) if end > instant and not self.contains(end)), None)


def _clock_changes(zone: ZoneInfo, start: datetime) -> Iterator[datetime]:
    """When the clocks of a zone are put on or back within nine days, to the minute."""
    midnight = datetime(start.year, start.month, start.day, tzinfo=UTC)
    for before, after in pairwise(midnight + timedelta(days) for days in range(10)):
        offset = before.astimezone(zone).utcoffset()
        if after.astimezone(zone).utcoffset() == offset:
            continue
        unchanged, minutes = 0, 24 * 60
        while minutes - unchanged > 1:
            middle = (unchanged + minutes) // 2
            if (before + timedelta(minutes=middle)).astimezone(zone).utcoffset() == offset:
                unchanged = middle
            else:
                minutes = middle
        yield before + timedelta(minutes=minutes)


def parse_zone(name: str) -> ZoneInfo:
    """A time zone by its name. Raises ValueError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ValueError(f"no such time zone: {name!r}; write it as in Europe/Berlin") from error


def parse_calendar(windows: Sequence[str], zone: ZoneInfo) -> Calendar:
    """Windows as they are written. Raises ValueError saying what is wrong."""
    return Calendar(tuple(map(_window, windows)), zone)


def _window(text: str) -> Window:
    found = _WINDOW.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"not a window of time: {text!r}; write it as in 'mon-fri 08:00-18:00'")
    try:
        start, end = time.fromisoformat(found["start"]), time.fromisoformat(found["end"])
        days = frozenset(range(7)) if found["days"] is None else _days(found["days"])
    except ValueError as error:
        raise ValueError(f"not a window of time: {text!r}: {error}") from error
    return Window(days, start, end)


def _days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(f"{part!r} is no day; days are {', '.join(DAYS)}")
        start, end = DAYS.index(first), DAYS.index(last or first)
        days |= {day % 7 for day in range(start, end + 1 if end >= start else end + 8)}
    return frozenset(days)
