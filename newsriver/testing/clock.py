"""A clock that a test moves by hand."""

from datetime import datetime, timedelta


class ManualClock:
    """Stands still until told how much time has passed."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._elapsed = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    def advance(self, passed: timedelta) -> None:
        """Let time pass."""
        self._now += passed
        self._elapsed += passed.total_seconds()
