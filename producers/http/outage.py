"""Telling an outage of our own network from the failures of single hosts."""

from collections import OrderedDict

WINDOW_S = 120.0
MIN_HOSTS = 10
MIN_SHARE = 0.9
"""So many hosts, and nearly all that were asked of late: then it is not they."""
MAX_HOSTS = 1000


class OutageDetector:
    """Remembers how the last request to each host went; times are monotonic seconds."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, tuple[float, bool]] = OrderedDict()

    def answered(self, host: str, now: float) -> None:
        """A host answered, with whatever status: the network works."""
        self._note(host, now, failed=False)

    def unreachable(self, host: str, now: float) -> None:
        """A host's name, connection or answer could not be had."""
        self._note(host, now, failed=True)

    def suspected(self, now: float) -> bool:
        """Whether so many hosts fail at once that the fault must be ours."""
        recent = [failed for time, failed in self._last.values() if now - time <= WINDOW_S]
        return sum(recent) >= max(MIN_HOSTS, MIN_SHARE * len(recent))

    def _note(self, host: str, now: float, *, failed: bool) -> None:
        self._last[host] = (now, failed)
        self._last.move_to_end(host)
        if len(self._last) > MAX_HOSTS:
            self._last.popitem(last=False)
