"""The life of a task: take it over, restore it, then transaction after transaction until told to stop.

A task is one partition of one stage. `run_task` returns when asked to stop, and raises when the task has to be thrown
away; starting it again, or not, is the group's decision (`newsriver.kafka.group`).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from newsriver.clock import Clock
from newsriver.kafka.backlog import Backlog
from newsriver.kafka.bounds import check_position
from newsriver.kafka.core import TaskCore
from newsriver.kafka.ports import AFTER_COMMIT, Input, Probe, TaskLog, TaskObserver, no_probe
from newsriver.kafka.records import RawRecord, Transaction
from newsriver.stages import Transform

MAX_RECORDS = 2000
MAX_BYTES = 8 * 1024 * 1024
MAX_SECONDS = 0.5
"""A transaction ends at the first of these, so that slow processing does not delay what is done already."""
YIELD_SECONDS = 0.005
"""How long a task may hold the event loop before others (heartbeats among them) get their turn."""
TICK_SECONDS = 1.0


@dataclass(slots=True)
class Task:
    """What the running of a task needs; put together by the group, or by a test."""

    core: TaskCore
    log: TaskLog
    input: Input
    clock: Clock
    observer: TaskObserver
    probe: Probe = no_probe
    backlog: Backlog = field(init=False)

    def __post_init__(self) -> None:
        self.backlog = Backlog(self.input, self.observer, self.clock)

    async def take_over(self) -> None:
        """Shut out the former owner, restore the state, and go to where the last transaction left off."""
        await self.log.open()
        started = last_yield = self.clock.monotonic()
        entries = 0
        async for key, value in self.log.restore():
            self.core.restore(key, value)
            entries += 1
            last_yield = await self._breathe(last_yield)
        committed = await self.input.committed()
        first, end = await self.input.bounds()
        known = [offset for offset in (self.core.position, committed) if offset is not None]
        # The checkpoint was written with the state; the group's offset may be that of an earlier transaction.
        position = max(known, default=first)
        where = f"{self.input.stream}/{self.input.partition}"
        check_position(position, first, end, where=where, who=self.core.stage.name)
        self.core.position = position
        self.input.start_at(position)
        self.observer.restored(entries, self.clock.monotonic() - started)

    async def commit(self, transaction: Transaction) -> None:
        """Write a transaction, then move on."""
        if transaction.empty:
            return
        self.core.seal(transaction)
        started = self.clock.monotonic()
        await self.log.commit(transaction)
        self.probe(AFTER_COMMIT)
        if transaction.position is not None:
            self.core.position = transaction.position
        self.observer.committed(transaction.records, len(transaction.outputs), self.clock.monotonic() - started)

    async def fill(
        self, transaction: Transaction, pending: deque[RawRecord], process: Callable[..., Any],
        changed: Callable[..., None] | None = None,
    ) -> None:  # fmt: skip
        """Process pending records into a transaction until it is large or old enough."""
        clock, take = self.clock, self.core.take
        started = last_yield = now = clock.monotonic()
        size = 0
        while pending and size < MAX_BYTES and now - started < MAX_SECONDS:
            record = pending.popleft()
            changes = take(transaction, record, clock.now(), process)
            if changed is not None:
                changed(changes)
            size += len(record.value or b"")
            now = clock.monotonic()
            if now - last_yield >= YIELD_SECONDS:
                await asyncio.sleep(0)
                last_yield = clock.monotonic()

    async def _breathe(self, last_yield: float) -> float:
        now = self.clock.monotonic()
        if now - last_yield < YIELD_SECONDS:
            return last_yield
        await asyncio.sleep(0)
        return self.clock.monotonic()


async def run_transform(task: Task, stop: asyncio.Event) -> None:
    """Process records, and let time pass, until `stop` is set; the transaction under way is finished."""
    stage = task.core.stage
    assert isinstance(stage, Transform)
    pending: deque[RawRecord] = deque()
    last_tick = task.clock.monotonic()
    while not stop.is_set():
        if len(pending) < MAX_RECORDS:  # some may be left from a transaction that was full of large records
            wait = 0 if pending else TICK_SECONDS / 4
            pending.extend(await task.input.fetch(MAX_RECORDS - len(pending), wait))
        await task.backlog.report(pending)
        transaction = task.log.begin()
        await task.fill(transaction, pending, stage.process)
        if task.clock.monotonic() - last_tick >= TICK_SECONDS:
            task.core.add(transaction, stage.tick(task.core.state, task.clock.now()))
            last_tick = task.clock.monotonic()
        await task.commit(transaction)
