"""Writing single records from outside the river, by people and tools: subscriptions, rules, dead letters once more."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from newsriver.kafka.clients import Clients
from newsriver.kafka.errors import LogError
from newsriver.kafka.names import Names
from newsriver.kafka.partition import partition_for
from newsriver.kafka.records import RawRecord
from schemas.codec import cloud_event_headers, encode
from schemas.events import Event
from schemas.streams import Stream


async def put(clients: Clients, names: Names, stream: Stream[Any], events: Iterable[Event], source: str) -> int:
    """Write events as the stream's contract says, in `source`'s name; returns how many, once the broker has them."""
    name = names.stream(stream)
    async with _producer(clients) as producer:
        partitions = await clients.partition_count(producer, name)
        return await _sent(
            producer,
            [
                RawRecord(
                    stream=name,
                    partition=partition_for(stream.partition_key(event).encode(), partitions),
                    offset=-1,
                    timestamp_ms=-1,
                    key=stream.key(event).encode(),
                    value=encode(event),
                    headers=cloud_event_headers(
                        event, source=f"{names.app}.{source}", subject=stream.key(event), traceparent=None
                    ),
                )
                for event in events
            ],
        )


async def put_raw(clients: Clients, records: Iterable[RawRecord]) -> int:
    """Write records to the streams and partitions they name; a value of None is a tombstone."""
    async with _producer(clients) as producer:
        return await _sent(producer, list(records))


@asynccontextmanager
async def _producer(clients: Clients) -> AsyncIterator[AIOKafkaProducer]:
    producer = clients.producer()
    try:
        await producer.start()
        yield producer
    except KafkaError as error:
        raise LogError(f"cannot write to the broker: {error!r}") from error
    finally:
        await producer.stop()


async def _sent(producer: AIOKafkaProducer, records: list[RawRecord]) -> int:
    futures = [
        await producer.send(
            record.stream, record.value, key=record.key, partition=record.partition, headers=list(record.headers)
        )
        for record in records
    ]
    await asyncio.gather(*futures)
    return len(futures)
