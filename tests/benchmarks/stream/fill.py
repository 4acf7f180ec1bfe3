"""Streams for a run, and articles on them."""

import asyncio
from typing import Any

from newsriver.kafka.admin import create, wanted_streams
from newsriver.kafka.batches import Batches
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from schemas.codec import encode
from schemas.streams import SCRAPED
from tests.benchmarks.stream.work import FOLDED, PARTITIONS, TRANSACTION_RECORDS, article


async def create_streams(clients: Clients, names: Names, stages: list[Any]) -> None:
    """The input, the output, and the changelogs of `stages`."""
    admin = clients.admin()
    await admin.start()
    try:
        specs = wanted_streams(names, stages, [FOLDED], PARTITIONS, 1)
        needed = {names.stream(SCRAPED), names.stream(FOLDED), *(names.changelog(stage.name) for stage in stages)}
        await create(admin, [spec for spec in specs if spec.name in needed])
    finally:
        await admin.close()
    await asyncio.sleep(1)


async def fill(bootstrap: str, prefix: str, records: int) -> None:
    """Articles on the input, spread over its partitions."""
    clients, names = Clients(Connection(bootstrap)), Names("fill", prefix)
    await create_streams(clients, names, [])
    producer = clients.transactional_producer(prefix)
    await producer.start()
    for first in range(0, records, TRANSACTION_RECORDS):
        batches = Batches(producer)
        for number in range(first, min(first + TRANSACTION_RECORDS, records)):
            event = article(number)
            batches.append(names.stream(SCRAPED), number % PARTITIONS, event.article_id.encode(), encode(event))
        async with producer.transaction():
            await asyncio.gather(*await batches.send())
    await producer.stop()
