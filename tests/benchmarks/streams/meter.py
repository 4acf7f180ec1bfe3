"""Wall and processor time between the first record seen and the last one committed, printed as one line of JSON."""

import sys
import time
from resource import RUSAGE_SELF, getrusage

import orjson


class Meter:
    """Start it with the first record (again is harmless), stop it after the last commit."""

    def __init__(self) -> None:
        self._started: tuple[float, float] | None = None

    def start(self) -> None:
        """Begin to measure, if that has not begun."""
        if self._started is None:
            self._started = time.perf_counter(), time.process_time()

    def stop(self, records: int) -> None:
        """Print what it took; `cpu_s` is that of all threads of this process."""
        assert self._started is not None, "no record was seen"
        wall, cpu = time.perf_counter() - self._started[0], time.process_time() - self._started[1]
        figures = {"records": records, "wall_s": wall, "cpu_s": cpu, "rss_mib": getrusage(RUSAGE_SELF).ru_maxrss / 1024}
        sys.stdout.write(orjson.dumps(figures).decode() + "\n")
        sys.stdout.flush()
