"""Fetching no faster than was asked for.

A fetch says how long the broker may wait for records (`max_wait_ms`). The embedded broker answers an empty fetch at
once, and a consumer asks again at once: 2,000 times a second, a whole core for nothing. Apache Kafka keeps to the time,
so nothing here ever waits there.
"""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.protocol.fetch import FetchRequest


def paced(consumer: AIOKafkaConsumer, max_wait_s: float) -> AIOKafkaConsumer:
    """Give the same consumer back, which from now on takes an empty answer only when `max_wait_s` has passed.

    Wrapping the client's `send` is the one place through which fetches go. A rebalance or a stop cancels the wait as it
    would cancel the fetch itself.
    """
    client = consumer._client
    send = client.send

    async def send_paced(node_id: Any, request: Any, **options: Any) -> Any:
        if not isinstance(request, FetchRequest):
            return await send(node_id, request, **options)
        clock = asyncio.get_running_loop().time
        started = clock()
        response = await send(node_id, request, **options)
        early = max_wait_s - (clock() - started)
        if early > 0 and is_empty(response):
            await asyncio.sleep(early)
        return response

    client.send = send_paced
    return consumer


def is_empty(response: Any) -> bool:
    """Whether a fetch response has neither a record nor an error for any of its partitions."""
    return all(
        error_code == 0 and not records
        for _, partitions in response.topics
        for _, error_code, *_, records in partitions
    )
