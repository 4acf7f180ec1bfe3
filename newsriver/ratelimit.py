"""So many of a kind in a time, and a count of what was left out."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class _Window:
    ends: float
    allowed: int = 0
    suppressed: int = 0


class RateLimit(Generic[K]):
    """Lets `limit` things of each kind pass in a window of `window_s` seconds, which begins with the first of them."""

    def __init__(self, limit: int, window_s: float, max_kinds: int = 1000) -> None:
        self._limit = limit
        self._window_s = window_s
        self._max_kinds = max_kinds
        self._windows: dict[K, _Window] = {}

    def allow(self, kind: K, now: float) -> bool:
        """Whether one more of this kind may pass at `now` (monotonic seconds). With too many kinds all may."""
        window = self._windows.get(kind)
        if window is None:
            if len(self._windows) >= self._max_kinds:
                return True
            window = self._windows[kind] = _Window(now + self._window_s)
        if window.allowed < self._limit:
            window.allowed += 1
            return True
        window.suppressed += 1
        return False

    def expired(self, now: float) -> list[tuple[K, int]]:
        """The kinds whose window is over and how many of each were left out, if any; their next window is a new one."""
        over = [kind for kind, window in self._windows.items() if window.ends <= now]
        left_out = [(kind, self._windows.pop(kind).suppressed) for kind in over]
        return [(kind, count) for kind, count in left_out if count]
