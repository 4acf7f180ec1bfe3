"""A transforming stage and a sink on real brokers: restart, hand-over, records that cannot be read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition

from newsriver.clock import SystemClock
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.errors import DataLossError
from newsriver.kafka.names import Names
from newsriver.kafka.reading import extents, read
from newsriver.kafka.records import RawRecord
from newsriver.kafka.runner import StageRunner
from newsriver.kafka.sink import SinkRunner
from newsriver.kafka.writing import put, put_raw
from newsriver.testing.kit import SilentObserver
from schemas.codec import decode
from schemas.events import DeadLetter
from schemas.streams import Stream, dead_letter_stream
from tests.chaos.journal import Journal, journalled
from tests.chaos.ledger import BOOKED, ENTERED, Ledger, Numbered
from tests.streams import make_streams


class River:
    """A ledger's streams on a broker."""

    def __init__(self, connection: Connection, prefix: str) -> None:
        self.clients, self.names = Clients(connection), Names(prefix, prefix)

    async def enter(self, *numbers: int) -> None:
        now = datetime.now(UTC)
        entries = [Numbered(id=f"{number:04d}", emitted_at=now, number=number) for number in numbers]
        await put(self.clients, self.names, ENTERED, entries, "test")

    async def content(self, stream: Stream[Any]) -> list[Any]:
        records = read(self.clients, self.names.stream(stream), "beginning", follow=False)
        return [decode(record.value or b"", stream.event) async for record in records]

    async def booked(self, count: int) -> list[int]:
        """The numbers that were booked, as soon as there are `count`, or after a while however many there are."""
        for _ in range(60):
            numbers = sorted(entry.number for entry in await self.content(BOOKED))
            if len(numbers) >= count:
                break
            await asyncio.sleep(0.25)
        return numbers

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """The ledger, for as long as the block."""
        runner = StageRunner(Ledger(), self.clients, self.names, SystemClock(), lambda _: SilentObserver())
        async with _service(runner) as running:
            yield running


@asynccontextmanager
async def _service(runner: StageRunner | SinkRunner) -> AsyncIterator[asyncio.Task[None]]:
    stop = asyncio.Event()
    running = asyncio.create_task(runner.run(stop))
    try:
        yield running
    finally:
        stop.set()
        await asyncio.wait({running}, timeout=30)
    if not running.cancelled() and running.exception() is None:
        running.result()


@pytest.fixture
async def river(connection: Connection, unique_prefix: str) -> River:
    river = River(connection, unique_prefix)
    await make_streams(river.clients, river.names, [Ledger()])
    return river


async def test_a_restarted_stage_goes_on_where_it_was_and_remembers(river: River) -> None:
    await river.enter(*range(20))
    async with river.running():
        assert await river.booked(20) == list(range(20))
    await river.enter(*range(10, 30))
    async with river.running():
        assert await river.booked(30) == list(range(30))


async def test_a_second_process_shares_the_work_and_takes_it_over(river: River) -> None:
    async with river.running():
        await river.enter(*range(10))
        assert len(await river.booked(10)) == 10
        async with river.running():
            await river.enter(*range(10, 40))
            assert len(await river.booked(40)) == 40
        await river.enter(*range(40, 60))
        assert await river.booked(60) == list(range(60))


async def test_a_record_that_cannot_be_read_is_kept_aside_and_the_next_goes_on(river: River) -> None:
    stream = river.names.stream(ENTERED)
    await put_raw(river.clients, [RawRecord(stream, 1, -1, -1, b"k", b'{"id": 3}', (("who", b"test"),))])
    await river.enter(1, 2)
    async with river.running():
        assert await river.booked(2) == [1, 2]
        letters: list[DeadLetter] = await river.content(dead_letter_stream("ledger"))
    [letter] = letters
    assert (letter.stream, letter.partition, letter.offset, letter.key) == (stream, 1, 0, "k")
    assert letter.error == "DecodeError"
    assert letter.headers == {"who": "test"}


async def test_the_group_is_told_how_far_the_stage_is(river: River) -> None:
    await river.enter(*range(8))
    async with river.running():
        await river.booked(8)
        await asyncio.sleep(0.5)
    ends = (await extents(river.clients, (river.names.stream(ENTERED),)))[river.names.stream(ENTERED)]
    consumer = river.clients.group_consumer(river.names.group("ledger"))
    await consumer.start()
    try:
        committed = {p: await consumer.committed(TopicPartition(river.names.stream(ENTERED), p)) for p in ends}
    finally:
        await consumer.stop()
    assert {p: offset or 0 for p, offset in committed.items()} == {p: end for p, (_, end) in ends.items()}


async def test_a_sink_stores_each_record_once_over_restarts(river: River, tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    now = datetime.now(UTC)
    for first in (0, 50):
        entries = [Numbered(id=f"{n:04d}", emitted_at=now, number=n) for n in range(first, first + 50)]
        await put(river.clients, river.names, BOOKED, entries, "test")
        journal = Journal.open(path)
        sink = SinkRunner(
            "journal", [BOOKED], journal, river.clients, river.names, SystemClock(), lambda _: SilentObserver()
        )  # fmt: skip
        async with _service(sink):
            for _ in range(60):
                if journalled(path).total() >= first + 50:
                    break
                await asyncio.sleep(0.25)
        journal.close()
    assert journalled(path) == dict.fromkeys(range(100), 1)


async def test_a_sink_says_that_records_it_wanted_are_gone(river: River, tmp_path: Path) -> None:
    """Its storage is ahead of the stream: the broker lost its end, or it is another broker."""
    journal = Journal.open(tmp_path / "journal.db")
    for partition in range(4):
        journal.write(river.names.stream(BOOKED), partition, None, 1000, [])
    sink = SinkRunner(
        "journal", [BOOKED], journal, river.clients, river.names, SystemClock(), lambda _: SilentObserver()
    )  # fmt: skip
    with pytest.raises(DataLossError, match="1000"):
        async with asyncio.timeout(20):
            await sink.run(asyncio.Event())
    journal.close()
