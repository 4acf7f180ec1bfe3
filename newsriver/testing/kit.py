"""Run a stage in a test: give it events, look at what it wrote, restart it, let time pass."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from newsriver.kafka.core import TaskCore
from newsriver.kafka.records import RawRecord
from newsriver.kafka.schedule import Schedule
from newsriver.kafka.tasks import Task
from newsriver.stages import WORK, Stage, Transform, Working
from newsriver.testing.broker import MemoryBroker
from newsriver.testing.clock import ManualClock
from schemas.codec import encode
from schemas.events import DeadLetter, Event
from schemas.streams import Stream, dead_letter_stream

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class SilentObserver:
    """An observer that wants to know nothing."""

    def restored(self, entries: int, seconds: float) -> None: ...

    def behind(self, records: int, oldest_ms: int | None) -> None: ...

    def committed(self, records: int, outputs: int, seconds: float) -> None: ...

    def dead_lettered(self, record: RawRecord, error: Exception) -> None: ...

    def worked(self, result: object, seconds: float) -> None: ...

    def closed(self, error: BaseException | None) -> None: ...


class StageKit:
    """One task of a stage on a broker in memory. Every call is a transaction, carried out as the real runtime does.

    A restarted task (`restart`) knows only what its compacted changelog holds, as after a crash.
    """

    def __init__(self, stage: Stage[Any, Any], *, clock: ManualClock | None = None) -> None:
        self.stage = stage
        self.broker = MemoryBroker()
        self.clock = clock or ManualClock(START)
        self._input = stage.input.full_name(self.broker.prefix)
        self.task = self._take_over()

    @property
    def state(self) -> Any:
        """The task's present state."""
        return self.task.core.state

    def feed(self, *events: Event) -> None:
        """Put events on the input stream and have the stage take them in, in one transaction."""
        for event in events:
            self.feed_raw(self.stage.input.key(event).encode(), encode(event), process=False)
        self._process()

    def feed_raw(self, key: bytes, value: bytes | None, *, process: bool = True) -> None:
        """Put any record on the input stream, good or bad; `value` None is a tombstone."""
        self.broker.publish(self._input, key, value, int(self.clock.now().timestamp() * 1000))
        if process:
            self._process()

    def follow(self, stream: Stream[Any], events: Iterable[Event]) -> dict[str, Exception]:
        """Set the content of a stream that the stage follows; gives what the stage refused of it, by key."""
        return dict(self.stage.followed(stream, {stream.key(event): event for event in events}))

    def tick(self, passed: timedelta = timedelta(0)) -> None:
        """Let time pass, then have a transforming stage look at the clock."""
        self.clock.advance(passed)
        assert isinstance(self.stage, Transform)
        transaction = self.task.log.begin()
        self.task.core.add(transaction, self.stage.tick(self.state, self.clock.now()))
        asyncio.run(self.task.commit(transaction))

    def work(self, passed: timedelta = timedelta(0)) -> int:
        """Let time pass, then have a working stage do all that is due; gives the number of items worked on."""
        self.clock.advance(passed)
        return asyncio.run(self._work())

    def written(self, stream: Stream[Any]) -> list[Any]:
        """All events that the stage has written to a stream."""
        return self.broker.read(stream)

    @property
    def dead_letters(self) -> list[DeadLetter]:
        """What the stage could not process."""
        return self.broker.read(dead_letter_stream(self.stage.name))

    def restart(self) -> None:
        """Have a new owner take the task over from a compacted changelog."""
        self.broker.compact(self.stage.name)
        self.task = self._take_over()

    def _take_over(self) -> Task:
        core = TaskCore(
            self.stage, prefix=self.broker.prefix, source="test", partition=0, observer=SilentObserver()
        )  # fmt: skip
        name = self.stage.name
        task = Task(
            core, self.broker.log(name), self.broker.input(self._input, name), self.clock, SilentObserver()
        )  # fmt: skip
        asyncio.run(task.take_over())
        return task

    def _process(self) -> None:
        process = self.stage.process if isinstance(self.stage, Transform) else self.stage.intake  # type: ignore[attr-defined]
        asyncio.run(self._process_with(process))

    async def _process_with(self, process: Any) -> None:
        records = await self.task.input.fetch(10**9, 0)
        transaction = self.task.log.begin()
        for record in records:
            self.task.core.take(transaction, record, self.clock.now(), process)
        await self.task.commit(transaction)

    async def _work(self) -> int:
        stage = self.stage
        assert isinstance(stage, Working)
        schedule = Schedule(self.state.table(WORK), self.clock.now())
        count = 0
        while (due := schedule.take(self.clock.now())) is not None:
            key, item = due
            result: Any
            try:
                result = await stage.work(key, item)
            except Exception as error:  # noqa: BLE001 - as the runtime does
                result = error
            transaction = self.task.log.begin()
            effects = stage.complete(key, item, result, self.state, self.clock.now())
            schedule.apply(self.task.core.add(transaction, effects), self.clock.now())
            schedule.free(key, self.clock.now(), stage.pause_lane(item, result))
            schedule.done(key, self.clock.now())
            await self.task.commit(transaction)
            count += 1
        return count
