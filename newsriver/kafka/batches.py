"""The records of a transaction as record batches: one a partition, or several where they outgrow the largest batch."""

import asyncio
from collections import defaultdict
from itertools import zip_longest

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from newsriver.kafka.records import Headers


class Batches:
    """Gathers records by stream and partition, then hands them to the producer whose transaction is open."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._batches: dict[tuple[str, int], list[BatchBuilder]] = defaultdict(list)

    def append(self, stream: str, partition: int, key: bytes, value: bytes | None, headers: Headers = ()) -> None:
        """Put a record behind those that its partition has already."""
        batches = self._batches[stream, partition]
        listed = list(headers)
        if batches and batches[-1].append(timestamp=None, key=key, value=value, headers=listed) is not None:
            return
        batch = self._producer.create_batch()
        batch.append(timestamp=None, key=key, value=value, headers=listed)
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
