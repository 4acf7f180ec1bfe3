"""How far a task is behind its input."""

from collections.abc import Sequence

from newsriver.clock import Clock
from newsriver.kafka.ports import Input, TaskObserver
from newsriver.kafka.records import RawRecord


class Backlog:
    """What one task has yet to process. Its observer hears of it after each fetch, also one that brought nothing."""

    def __init__(self, source: Input, observer: TaskObserver, clock: Clock) -> None:
        self._source = source
        self._observer = observer
        self._clock = clock
        self._oldest_ms: int | None = None

    async def report(self, pending: Sequence[RawRecord]) -> None:
        """`pending` are the records that were fetched and are in no transaction yet."""
        unread = await self._source.lag()
        if unread is None:
            return
        if pending:
            self._oldest_ms = pending[0].timestamp_ms
        elif not unread:
            self._oldest_ms = None
        elif self._oldest_ms is None:  # of records nobody has seen yet, only this is known: last time there were none
            self._oldest_ms = int(self._clock.now().timestamp() * 1000)
        self._observer.behind(unread + len(pending), self._oldest_ms)
