"""How a stage is doing, told to metrics, health and log: the runtime's events turned into what people look at.

Lines name no stage, partition or work item of their own: the runtime has bound them.
"""

from typing import Protocol

import structlog

from newsriver.clock import Clock
from newsriver.health import Health
from newsriver.kafka.records import RawRecord
from newsriver.metrics import Metrics
from newsriver.net.secrets import without_secrets

log = structlog.get_logger(__name__)


class Source(Protocol):
    """The input of a task, by name."""

    @property
    def stream(self) -> str: ...

    @property
    def partition(self) -> int: ...


class StageObserver:
    """One stage in this process. It is ready when it has joined its group and runs every task it was given."""

    def __init__(self, stage: str, metrics: Metrics, health: Health, clock: Clock) -> None:
        self._stage = stage
        self._metrics = metrics
        self._health = health
        self._clock = clock
        self._assigned: int | None = None
        self._running: set[tuple[str, int]] = set()
        self._report()

    def joined(self, partitions: int) -> None:
        """The group was divided anew; without partitions the stage stands by, which is as ready as it can be."""
        self._assigned = partitions
        self._running.clear()
        self._report()

    def task(self, source: Source) -> "TaskMeter":
        """The observer of the task with this input."""
        return TaskMeter(self, source.stream, source.partition, self._stage, self._metrics, self._clock)

    def runs(self, stream: str, partition: int, *, running: bool) -> None:
        """A task has restored its state, or has ended."""
        (self._running.add if running else self._running.discard)((stream, partition))
        self._report()

    def _report(self) -> None:
        if self._assigned is None:
            self._health.report(self._stage, False, "joining its group")
        else:
            detail = f"{len(self._running)} of {self._assigned} tasks run"
            self._health.report(self._stage, len(self._running) == self._assigned, detail)


class TaskMeter:
    """Measures one task; see `TaskObserver` for the contract."""

    def __init__(
        self, stage: StageObserver, stream: str, partition: int, name: str, metrics: Metrics, clock: Clock
    ) -> None:
        self._observer = stage
        self._where = (stream, partition)
        self._stage = name
        self._task = (name, stream, str(partition))
        self._metrics = metrics
        self._clock = clock
        metrics.task_state.labels(*self._task).set(0)

    def restored(self, entries: int, seconds: float) -> None:
        self._metrics.restores.labels(self._stage).inc()
        self._metrics.restore_seconds.labels(self._stage).observe(seconds)
        self._metrics.task_state.labels(*self._task).set(1)
        self._observer.runs(*self._where, running=True)
        log.info("task.restored", entries=entries, elapsed_ms=round(seconds * 1000))

    def behind(self, records: int, oldest_ms: int | None) -> None:
        self._metrics.lag_records.labels(*self._task).set(records)
        # Taken when somebody looks, so that it grows while the task is held up by a transaction or a store.
        self._metrics.lag_seconds.labels(*self._task).set_function(lambda: self._age_s(oldest_ms))

    def _age_s(self, timestamp_ms: int | None) -> float:
        return 0.0 if timestamp_ms is None else max(0.0, self._clock.now().timestamp() - timestamp_ms / 1000)

    def committed(self, records: int, outputs: int, seconds: float) -> None:
        self._metrics.records_in.labels(self._stage).inc(records)
        self._metrics.records_out.labels(self._stage).inc(outputs)
        self._metrics.transaction_seconds.labels(self._stage).observe(seconds)
        log.debug("task.committed", records=records, outputs=outputs, elapsed_ms=round(seconds * 1000))

    def dead_lettered(self, record: RawRecord, error: Exception) -> None:
        self._metrics.dead_letters.labels(self._stage, type(error).__name__).inc()
        log.warning(
            "record.dead", origin=f"{record.stream}/{record.partition}@{record.offset}",
            error=type(error).__name__, detail=without_secrets(str(error))[:500],
        )  # fmt: skip

    def worked(self, result: object, seconds: float) -> None:
        kind = type(result).__name__
        self._metrics.work_seconds.labels(self._stage, kind).observe(seconds)
        error = result if isinstance(result, Exception) else None
        log.debug("work.done", result=kind, elapsed_ms=round(seconds * 1000), exc_info=error)

    def closed(self, error: BaseException | None) -> None:
        # Another process measures this task from now on; a gauge left behind would stand still here.
        for gauge in (self._metrics.task_state, self._metrics.lag_records, self._metrics.lag_seconds):
            gauge.remove(*self._task)
        self._observer.runs(*self._where, running=False)
        if isinstance(error, Exception):
            self._metrics.task_failures.labels(self._stage, type(error).__name__).inc()
