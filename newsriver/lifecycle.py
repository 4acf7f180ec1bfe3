"""Running the parts of a process together, and ending them together: on a signal, or when one of them ends."""

import asyncio
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import structlog

from newsriver.errors import NewsriverError

log = structlog.get_logger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Service(Protocol):
    """A part of a process that runs until told to stop."""

    @property
    def name(self) -> str: ...

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, then finish what is under way and return. Raises what makes going on impossible."""


class ServiceFailedError(NewsriverError):
    """A service raised; its cause is the error. The others were ended in good order."""


class DrainError(NewsriverError):
    """Services did not end by the deadline, or were not given the time; they were cut off."""


async def run_until_stopped(services: Sequence[Service], deadline_s: float) -> None:
    """Run services until SIGTERM or SIGINT, or until the first of them ends; then all get `deadline_s` to finish.

    A second signal cuts them off at once, a third does what signals do. Raises what the first failed service died of,
    or DrainError.
    """
    stop, abort = asyncio.Event(), asyncio.Event()
    tasks = {asyncio.create_task(service.run(stop), name=service.name): service.name for service in services}
    stopping = asyncio.create_task(stop.wait())
    late: set[asyncio.Task[None]] = set()
    try:
        with _signals(stop, abort):
            await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            late = await _drain(set(tasks), abort, deadline_s)
    finally:
        for task in (stopping, *tasks):
            task.cancel()
        await asyncio.gather(stopping, *tasks, return_exceptions=True)
    _judge(tasks, late)


async def _drain(tasks: set[asyncio.Task[None]], abort: asyncio.Event, deadline_s: float) -> set[asyncio.Task[None]]:
    """Wait for tasks until all are done, the time is over or `abort` is set; gives those that are not done."""
    aborting = asyncio.create_task(abort.wait())
    ending = asyncio.create_task(asyncio.wait(tasks))
    try:
        await asyncio.wait({aborting, ending}, timeout=deadline_s, return_when=asyncio.FIRST_COMPLETED)
        return {task for task in tasks if not task.done()}
    finally:
        aborting.cancel()
        ending.cancel()
        await asyncio.gather(aborting, ending, return_exceptions=True)


def _judge(tasks: dict[asyncio.Task[None], str], late: set[asyncio.Task[None]]) -> None:
    for task, name in tasks.items():
        if task not in late and not task.cancelled() and (error := task.exception()) is not None:
            if isinstance(error, NewsriverError):
                raise error
            raise ServiceFailedError(f"{name} failed: {error!r}") from error
    if late:
        raise DrainError(f"cut off before they had finished: {', '.join(sorted(tasks[task] for task in late))}")


@contextmanager
def _signals(stop: asyncio.Event, abort: asyncio.Event) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def received(number: signal.Signals) -> None:
        log.info("process.stopping" if not stop.is_set() else "process.aborting", signal=number.name)
        (abort if stop.is_set() else stop).set()

    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        loop.add_signal_handler(number, received, number)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
