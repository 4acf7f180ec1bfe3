"""The lag that a process reports, on real brokers: none when all is processed, whatever else is on the stream."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest

from newsriver.clock import SystemClock
from newsriver.health import Health
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.kafka.runner import ObserverOf, StageRunner
from newsriver.kafka.sink import SinkRunner
from newsriver.metrics import Metrics
from newsriver.observe import StageObserver
from newsriver.stages import Record
from schemas.codec import encode
from schemas.events import Event
from schemas.streams import Stream
from tests.chaos.ledger import BOOKED, ENTERED, Ledger, Numbered
from tests.errands import ASKED, Errand, Errands
from tests.streams import make_streams


class Service(Protocol):
    async def run(self, stop: asyncio.Event) -> None: ...


class Shelf:
    """A store in memory; nothing can be put on it while it is shut."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self._positions: dict[tuple[str, int], int] = {}

    def position(self, stream: str, partition: int) -> int | None:
        return self._positions.get((stream, partition))

    def write(
        self, stream: str, partition: int, expected: int | None, next_position: int, records: Sequence[Record[Any]]
    ) -> None:
        self.open.wait(20)
        self._positions[stream, partition] = next_position


class Bank:
    """Streams of one partition, and what a process says about reading them."""

    def __init__(self, connection: Connection, prefix: str) -> None:
        self.clients, self.names = Clients(connection), Names(prefix, prefix)
        self.metrics, self.clock = Metrics(), SystemClock()
        self.shelf = Shelf()
        self._writers = 0

    def service(self, kind: str) -> tuple[Service, Stream[Any]]:
        """A stage of this kind, and the stream it reads."""
        if kind == "sink":
            return SinkRunner(
                "shelf", [BOOKED], self.shelf, self.clients, self.names, self.clock, self._observer("shelf")
            ), BOOKED  # fmt: skip
        stage, stream = (Ledger(), ENTERED) if kind == "transform" else (Errands(), ASKED)
        return StageRunner(stage, self.clients, self.names, self.clock, self._observer(stage.name)), stream

    def _observer(self, stage: str) -> ObserverOf:
        return StageObserver(stage, self.metrics, Health(self.clock), self.clock).task

    async def write(self, stream: Stream[Any], *events: Event, abort: bool = False) -> None:
        """Write events in a transaction of a writer of its own."""
        self._writers += 1
        producer = self.clients.transactional_producer(f"{self.names.app}.writer.{self._writers}")
        await producer.start()
        try:
            await producer.begin_transaction()
            for event in events:
                await producer.send_and_wait(self.names.stream(stream), encode(event), key=event.id.encode())
            await (producer.abort_transaction() if abort else producer.commit_transaction())
        finally:
            await producer.stop()

    def gauge(self, name: str) -> float | None:
        """The value of a gauge that has one child at most."""
        values = [s.value for metric in self.metrics.registry.collect() for s in metric.samples if s.name == name]
        assert len(values) <= 1
        return values[0] if values else None

    def count(self) -> float:
        return self.gauge("newsriver_records_in_total") or 0


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(service.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait({task}, timeout=30)
    task.result()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - gauges tell nobody that they change
            await asyncio.sleep(0.05)


@pytest.fixture
async def bank(connection: Connection, unique_prefix: str) -> Bank:
    bank = Bank(connection, unique_prefix)
    await make_streams(bank.clients, bank.names, [Ledger(), Errands()], partitions=1)
    return bank


def _events(kind: str, numbers: range) -> list[Event]:
    now = datetime.now(UTC)
    if kind == "working":
        return [Errand(id=str(number), emitted_at=now) for number in numbers]
    return [Numbered(id=str(number), emitted_at=now, number=number) for number in numbers]


@pytest.mark.parametrize("kind", ["transform", "working", "sink"])
async def test_a_stage_that_has_processed_all_has_no_lag(bank: Bank, kind: str) -> None:
    service, stream = bank.service(kind)
    await bank.write(stream, *_events(kind, range(5)))
    async with running(service):
        await until(lambda: bank.count() == 5 and bank.gauge("newsriver_lag_records") == 0)
        assert bank.gauge("newsriver_lag_seconds") == 0
        await bank.write(stream, *_events(kind, range(5, 9)), abort=True)
        await asyncio.sleep(1)
        assert (bank.gauge("newsriver_lag_records"), bank.gauge("newsriver_lag_seconds")) == (0, 0)
        await bank.write(stream, *_events(kind, range(5, 8)))
        await until(lambda: bank.count() == 8 and bank.gauge("newsriver_lag_records") == 0)
        assert bank.gauge("newsriver_lag_seconds") == 0


async def test_a_sink_whose_store_is_shut_falls_behind_and_catches_up(bank: Bank) -> None:
    service, stream = bank.service("sink")
    bank.shelf.open.clear()
    await bank.write(stream, *_events("sink", range(5)))
    async with running(service):
        await until(lambda: (bank.gauge("newsriver_lag_records") or 0) >= 5)
        await asyncio.sleep(0.5)
        first = bank.gauge("newsriver_lag_seconds")
        await asyncio.sleep(0.5)
        second = bank.gauge("newsriver_lag_seconds")
        assert first is not None
        assert second is not None
        assert timedelta(seconds=0.4) < timedelta(seconds=first) < timedelta(seconds=second - 0.4)
        bank.shelf.open.set()
        await until(lambda: bank.gauge("newsriver_lag_records") == 0)
        assert bank.gauge("newsriver_lag_seconds") == 0
