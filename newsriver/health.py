"""How a process is: ready for what it does, alive at all, or better restarted."""

from dataclasses import dataclass
from threading import Lock

from newsriver.clock import Clock

STALE_S = 30.0
"""An event loop that has not come round for so long is stuck: a member of a group has missed its session by then."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to be well, and what it says about itself."""

    ready: bool
    detail: str


class Health:
    """Named checks that parts of the process report, and the heartbeat of its event loop. Any thread may read it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._checks: dict[str, Check] = {}
        self._failures: dict[str, str] = {}
        self._beat = clock.monotonic()

    def report(self, name: str, ready: bool, detail: str = "") -> None:
        """Say how this part is at present."""
        with self._lock:
            self._checks[name] = Check(ready, detail)

    def failed(self, name: str, detail: str) -> None:
        """Say that this part has stopped for good: only a new process can help."""
        with self._lock:
            self._failures[name] = detail

    def beat(self) -> None:
        """Say that the event loop comes round."""
        self._beat = self._clock.monotonic()

    def ready(self) -> tuple[bool, dict[str, Check]]:
        """Whether every part is ready, and what each says. A process of which no part has reported is not ready."""
        with self._lock:
            checks = dict(self._checks)
        return bool(checks) and all(check.ready for check in checks.values()), checks

    def alive(self) -> tuple[bool, dict[str, Check]]:
        """Whether it is worth going on, and what says otherwise."""
        with self._lock:
            checks = {name: Check(False, detail) for name, detail in self._failures.items()}
        silent_s = self._clock.monotonic() - self._beat
        checks["event_loop"] = Check(silent_s < STALE_S, f"last came round {silent_s:.1f} s ago")
        return all(check.ready for check in checks.values()), checks
