"""The streams of a run, with articles on them."""

import asyncio

from newsriver.kafka.batches import Batches
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from schemas.codec import encode
from schemas.streams import SCRAPED
from tests.benchmarks.stream.work import FOLDED, PARTITIONS, TRANSACTION_RECORDS, article
from tests.streams import make_streams


async def fill(bootstrap: str, prefix: str, records: int) -> None:
    """Articles on the input, spread over its partitions."""
    clients, names = Clients(Connection(bootstrap)), Names("fill", prefix)
    await make_streams(clients, names, [], [SCRAPED, FOLDED], PARTITIONS)
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
