"""How a working stage's task runs: take records in, work on what is due, write what came of it.

Only this loop touches the state and the log. The work itself runs beside it and hands its results over, so a slow host
holds up neither a transaction nor another host. A lane is free as soon as its work has ended, so that it need not wait
for the transaction that writes the result.
"""

import asyncio
from collections import deque
from typing import Any

from newsriver.kafka.records import RawRecord, Transaction
from newsriver.kafka.schedule import Schedule
from newsriver.kafka.tasks import MAX_RECORDS, Task
from newsriver.logs import bound
from newsriver.stages import WORK, ZERO, Change, Working, WorkItem

GATHER_SECONDS = 0.1
"""How long results are gathered for one transaction after the first of them."""
MAX_WAITING = 5_000
"""Input is left on the stream while so many items wait to be worked on."""
POLL_SECONDS = 0.05
IDLE_SECONDS = 0.5
DRAIN_SECONDS = 3.0
"""How long work under way may go on after a stop; what is not done by then is done by the next owner."""

Result = tuple[str, WorkItem, Any, Exception | None]
"""Key and item, what came of the work, and why the lane could not be given back."""


class Pool:
    """So many places for work, shared by the tasks of a process. Not a semaphore, because nobody waits in line for a
    place: a task that gets none looks at its schedule again a moment later."""

    def __init__(self, size: int) -> None:
        self._free = size

    @property
    def full(self) -> bool:
        return self._free <= 0

    def enter(self) -> None:
        self._free -= 1

    def leave(self) -> None:
        self._free += 1


class Worker:
    """One task of a working stage. `pool` bounds the work of all tasks of the process together."""

    def __init__(self, task: Task, pool: Pool) -> None:
        stage = task.core.stage
        assert isinstance(stage, Working)
        self._task = task
        self._stage = stage
        self._pool = pool
        self._schedule = Schedule(task.core.state.table(WORK), task.clock.now())
        self._pending: deque[RawRecord] = deque()
        self._fetching: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._results: deque[Result] = deque()
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()
        self._may_start = False

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then give what is under way a moment to end, and write its results."""
        self._stop = stop
        try:
            while not stop.is_set():
                self._start_due()
                self._start_fetch()
                await self._wait(stop)
                await self._task.backlog.report(self._pending)
                await self._transact(intake=True)
            await self._drain()
        finally:
            for running in (*self._running, *([self._fetching] if self._fetching else [])):
                running.cancel()
            await asyncio.gather(*self._running, *([self._fetching] if self._fetching else []), return_exceptions=True)

    def _start_due(self) -> None:
        while not self._pool.full:
            due = self._schedule.take(self._task.clock.now())
            if due is None:
                return
            self._pool.enter()
            with bound(work=due[0]):
                running = asyncio.create_task(self._work(*due))
            self._running.add(running)
            running.add_done_callback(self._left)

    def _left(self, running: asyncio.Task[None]) -> None:
        self._running.discard(running)
        self._pool.leave()
        if self._may_start and not self._stop.is_set():
            self._start_due()

    async def _work(self, key: str, item: WorkItem) -> None:
        result: Any
        started = self._task.clock.monotonic()
        try:
            result = await self._stage.work(key, item)
        except Exception as error:  # noqa: BLE001 - the stage decides what a failure means, in `complete`
            result = error
        self._task.observer.worked(result, self._task.clock.monotonic() - started)
        pause, fault = ZERO, None
        try:
            pause = self._stage.pause_lane(item, result)
        except Exception as error:  # noqa: BLE001 - one item's fault must not stop the others
            fault = error
        self._schedule.free(key, self._task.clock.now(), pause)
        self._results.append((key, item, result, fault))
        self._wake.set()

    def _start_fetch(self) -> None:
        if self._fetching is not None and self._fetching.done():
            fetched, self._fetching = self._fetching, None
            fetched.result()
        if self._fetching is None and not self._pending and self._schedule.waiting < MAX_WAITING:
            self._fetching = asyncio.create_task(self._fetch())

    async def _fetch(self) -> None:
        records = await self._task.input.fetch(MAX_RECORDS, IDLE_SECONDS)
        if records:
            self._pending.extend(records)
        self._wake.set()

    async def _wait(self, stop: asyncio.Event) -> None:
        """Until there is something to write or to start; results are given a moment to gather."""
        timeout = POLL_SECONDS if self._schedule.waiting else IDLE_SECONDS
        next_start = self._schedule.next_start()
        if next_start is not None:
            timeout = min(timeout, max((next_start - self._task.clock.now()).total_seconds(), POLL_SECONDS / 5))
        self._may_start = True
        try:
            if not self._results and not self._pending:
                try:
                    async with asyncio.timeout(timeout):
                        await self._wake.wait()
                except TimeoutError:
                    pass
            self._wake.clear()
            if self._results and self._running and not stop.is_set():
                await asyncio.sleep(GATHER_SECONDS)
        finally:
            self._may_start = False  # nothing of a transaction that is not committed yet may be worked on

    async def _transact(self, *, intake: bool) -> None:
        transaction = self._task.log.begin()
        if intake and self._pending:
            await self._task.fill(transaction, self._pending, self._stage.intake, self._follow)
        while self._results:
            result = self._results.popleft()
            with bound(work=result[0]):
                self._take_in(transaction, *result)
        await self._task.commit(transaction)

    def _take_in(
        self, transaction: Transaction, key: str, item: WorkItem, result: Any, fault: Exception | None
    ) -> None:
        core, now = self._task.core, self._task.clock.now()
        try:
            if fault is not None:
                raise fault
            effects = self._stage.complete(key, item, result, core.state, now)
            self._follow(core.finish(transaction, effects))
        except Exception as error:  # noqa: BLE001 - one item's fault must not stop the others
            # Taken out of this process's schedule, kept in the state: it is tried again when the task next starts.
            self._schedule.apply((Change(WORK, key, None),), now)
            core.give_up(transaction, key, item, error, now)
        self._schedule.done(key, now)

    def _follow(self, changes: tuple[Change, ...]) -> None:
        self._schedule.apply(changes, self._task.clock.now())

    async def _drain(self) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=DRAIN_SECONDS)
        await self._transact(intake=False)


async def run_working(task: Task, stop: asyncio.Event, pool: Pool) -> None:
    """Run a working stage's task until `stop` is set."""
    await Worker(task, pool).run(stop)
