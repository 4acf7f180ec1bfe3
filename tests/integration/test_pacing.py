"""Consumers that wait for records keep to the pace they asked for, whatever the broker does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.protocol.fetch import FetchRequest

from newsriver.kafka.pacing import paced

WAIT_MS = 100


@asynccontextmanager
async def idle_consumer(bootstrap: str, stream: str) -> AsyncIterator[tuple[AIOKafkaConsumer, list[Any]]]:
    """A paced consumer at the end of an empty stream, and the list of fetches that it sends."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(stream, 1, 1)])
    await admin.close()
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, fetch_max_wait_ms=WAIT_MS, auto_offset_reset="earliest")
    fetches = recorded(consumer)
    await paced(consumer, WAIT_MS / 1000).start()
    try:
        consumer.assign([TopicPartition(stream, 0)])
        yield consumer, fetches
    finally:
        await consumer.stop()


def recorded(consumer: AIOKafkaConsumer) -> list[Any]:
    """Collects the fetches that really go to the broker from now on."""
    fetches: list[Any] = []
    send: Callable[..., Awaitable[Any]] = consumer._client.send

    async def record(node_id: Any, request: Any, **options: Any) -> Any:
        if isinstance(request, FetchRequest):
            fetches.append(request)
        return await send(node_id, request, **options)

    consumer._client.send = record
    return fetches


async def test_an_idle_consumer_fetches_no_oftener_than_it_asked_to(bootstrap: str, unique_prefix: str) -> None:
    async with idle_consumer(bootstrap, unique_prefix) as (consumer, fetches):
        assert await consumer.getmany(timeout_ms=200) == {}
        fetches.clear()
        assert await consumer.getmany(timeout_ms=1000) == {}
        assert 5 <= len(fetches) <= 12


async def test_a_record_arrives_within_the_wait(bootstrap: str, unique_prefix: str) -> None:
    async with idle_consumer(bootstrap, unique_prefix) as (consumer, _):
        await consumer.getmany(timeout_ms=200)
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
        await producer.start()
        try:
            for number in range(5):
                await producer.send_and_wait(unique_prefix, b"%d" % number)
                async with asyncio.timeout(10 * WAIT_MS / 1000):
                    assert (await consumer.getone()).value == b"%d" % number
        finally:
            await producer.stop()


async def test_a_consumer_that_is_waiting_stops_at_once(bootstrap: str, unique_prefix: str) -> None:
    async with idle_consumer(bootstrap, unique_prefix) as (consumer, _):
        await consumer.getmany(timeout_ms=200)
        async with asyncio.timeout(1):
            await consumer.stop()
