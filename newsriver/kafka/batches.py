"""The records of a transaction as record batches: one a partition, or several where they outgrow the largest batch."""

import asyncio
from collections import defaultdict
from itertools import zip_longest

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from newsriver.kafka.clients import Clients
from newsriver.kafka.partition import partition_for
from newsriver.kafka.records import Outgoing


class Batches:
    """Gathers records by stream and partition, then hands them to the producer whose transaction is open."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._batches: dict[tuple[str, int], list[BatchBuilder]] = defaultdict(list)

    def append(
        self, stream: str, partition: int, key: bytes, value: bytes | None,
        headers: list[tuple[str, bytes]] | None = None,
    ) -> None:  # fmt: skip
        """Put a record behind those that its partition has already."""
        batches = self._batches[stream, partition]
        if batches and batches[-1].append(timestamp=None, key=key, value=value, headers=headers) is not None:
            return
        batch = self._producer.create_batch()
        batch.append(timestamp=None, key=key, value=value, headers=headers)
        batches.append(batch)

    async def send(self) -> list[asyncio.Future[object]]:
        """Hand all batches over; the futures tell what the broker made of each.

        The first batch of every partition goes before the second of any: nothing waits in between, so all partitions
        join the transaction in one request. One that joined while another was being written to would have the broker
        refuse that write (it checks with a coordinator that is busy adding), and the retry costs 100 ms.
        """
        futures: list[asyncio.Future[object]] = []
        for wave in zip_longest(*self._batches.values()):
            for (stream, partition), batch in zip(self._batches, wave, strict=True):
                if batch is not None:
                    futures.append(await self._producer.send_batch(batch, stream, partition=partition))
        return futures


class BatchedOutputs:
    """`Outputs` that are put into batches as they come, when their bytes are still in the processor's cache.

    Events of a stream whose number of partitions is not known yet wait for `batches`, which may ask the broker. What is
    known is looked up once for the whole transaction, so that of one stream all wait or none does and the order stays.
    """

    def __init__(self, producer: AIOKafkaProducer, clients: Clients) -> None:
        self._producer = producer
        self._clients = clients
        self._counts = clients.known_partition_counts()
        self._batches = Batches(producer)
        self._waiting: list[Outgoing] = []
        self._length = 0

    def append(self, output: Outgoing) -> None:
        self._length += 1
        count = self._counts.get(output.stream)
        if count is None:
            self._waiting.append(output)
        else:
            self._put(output, count)

    def __len__(self) -> int:
        return self._length

    async def batches(self) -> Batches:
        """All of them in batches, to which the caller may add."""
        waiting, self._waiting = self._waiting, []
        for output in waiting:
            self._put(output, await self._clients.partition_count(self._producer, output.stream))
        return self._batches

    def _put(self, output: Outgoing, count: int) -> None:
        partition = output.partition
        if partition is None:
            partition = partition_for(output.partition_key, count)
        self._batches.append(output.stream, partition, output.key, output.value, output.headers)
