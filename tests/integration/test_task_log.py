"""The outputs of transactions on real brokers: in their order, in their partitions, and nothing that was not committed.

Batches are filled before anything is sent, and a stream's first transaction begins before its partitions are counted.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.kafka.partition import partition_for
from newsriver.kafka.reading import read
from newsriver.kafka.records import Outgoing, Transaction
from newsriver.kafka.transactions import KafkaTaskLog
from tests.chaos.ledger import BOOKED, ENTERED, Ledger
from tests.streams import make_streams

PARTITIONS = 4


class Desk:
    """The ledger's streams, and logs of its tasks that share what they know of them."""

    def __init__(self, connection: Connection, prefix: str) -> None:
        self.clients, self.names = Clients(connection), Names(prefix, prefix)
        self.stream = self.names.stream(BOOKED)

    @asynccontextmanager
    async def log(self, partition: int = 0) -> AsyncIterator[KafkaTaskLog]:
        log = KafkaTaskLog(
            self.clients,
            transactional_id=self.names.transactional_id("ledger", partition),
            changelog=self.names.changelog("ledger"),
            partition=partition,
            group=self.names.group("ledger"),
            input_stream=self.names.stream(ENTERED),
        )
        await log.open()
        try:
            yield log
        finally:
            await log.close()

    def write(self, transaction: Transaction, *values: int, stream: str | None = None) -> None:
        """Put values into a transaction; three in turn have a key in common."""
        for value in values:
            key = b"%d" % (value // 3)
            transaction.outputs.append(Outgoing(stream or self.stream, key, b"%d" % value, [], partition_key=key))

    async def content(self) -> dict[int, list[int]]:
        """What is on the stream, by partition."""
        found = defaultdict(list)
        async for record in read(self.clients, self.stream, "beginning", follow=False):
            found[record.partition].append(int(record.value or b""))
        return found


def placed(*values: int) -> dict[int, list[int]]:
    """Where values belong."""
    found = defaultdict(list)
    for value in values:
        found[partition_for(b"%d" % (value // 3), PARTITIONS)].append(value)
    return found


@pytest.fixture
async def desk(connection: Connection, unique_prefix: str) -> Desk:
    desk = Desk(connection, unique_prefix)
    await make_streams(desk.clients, desk.names, [Ledger()], partitions=PARTITIONS)
    return desk


async def test_outputs_are_in_order_before_and_after_the_partitions_are_known(desk: Desk) -> None:
    async with desk.log() as log:
        for first in (0, 100, 200):
            transaction = log.begin()
            desk.write(transaction, *range(first, first + 100))
            assert len(transaction.outputs) == 100
            await log.commit(transaction)
    assert await desk.content() == placed(*range(300))


async def test_partitions_that_become_known_under_way_do_not_let_later_outputs_overtake(desk: Desk) -> None:
    async with desk.log(0) as log, desk.log(1) as other:
        transaction = log.begin()
        desk.write(transaction, *range(50))
        quick = other.begin()
        desk.write(quick, 1000)
        await other.commit(quick)
        desk.write(transaction, *range(50, 100))
        await log.commit(transaction)
    assert await desk.content() == placed(1000, *range(100))


async def test_outputs_that_outgrow_a_batch_are_in_order(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsriver.kafka.clients.BATCH_BYTES", 200)
    async with desk.log() as log:
        for first in (0, 200):
            transaction = log.begin()
            desk.write(transaction, *range(first, first + 200))
            await log.commit(transaction)
    assert await desk.content() == placed(*range(400))


async def test_a_transaction_that_is_abandoned_leaves_nothing_behind(desk: Desk) -> None:
    async with desk.log() as log:
        for value in (1, 2):
            desk.write(log.begin(), value * 1000)
            transaction = log.begin()
            desk.write(transaction, value)
            await log.commit(transaction)
        desk.write(log.begin(), 3000)
    assert await desk.content() == placed(1, 2)
