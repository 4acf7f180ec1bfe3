"""The loop on FastStream: `python -m tests.benchmarks.stream.fast BOOTSTRAP PREFIX RECORDS`.

FastStream has no transactions on Kafka: this is at-least-once, the most it offers, in batches with futures awaited. It
decodes the JSON of its own accord.
"""

import asyncio
import logging
import sys
import time
import uuid
from typing import Any

import uvloop
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from schemas.codec import cloud_event_headers, encode, from_builtins
from schemas.events import ArticleScraped
from schemas.streams import SCRAPED
from tests.benchmarks.stream.work import BATCH_BYTES, FETCH_PARTITION_BYTES, FOLDED, folded, report

BATCH_RECORDS = 500
TIMEOUT_S = 120


async def run(bootstrap: str, prefix: str, records: int) -> float:
    """Records a second, at least once; no state."""
    started, done, finished = 0.0, 0, asyncio.Event()
    quiet = logging.getLogger("quiet")
    broker = KafkaBroker(bootstrap, logger=quiet, linger_ms=5, max_batch_size=BATCH_BYTES, compression_type="zstd")
    publisher = broker.publisher(FOLDED.full_name(prefix))

    @broker.subscriber(  # type: ignore[untyped-decorator]
        SCRAPED.full_name(prefix), batch=True, max_records=BATCH_RECORDS, group_id=f"fast-{uuid.uuid4().hex[:8]}",
        auto_offset_reset="earliest", max_partition_fetch_bytes=FETCH_PARTITION_BYTES, fetch_max_wait_ms=50,
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )  # fmt: skip
    async def work(values: list[dict[str, Any]]) -> None:
        nonlocal started, done
        started = started or time.perf_counter()
        sent = []
        for value in values:
            event = folded(from_builtins(value, ArticleScraped))
            headers = cloud_event_headers(event, source="fast", subject=event.id, traceparent=None)
            text = {name: content.decode() for name, content in headers}
            sent.append(
                await publisher.publish(encode(event), key=event.article_id.encode(), headers=text, no_confirm=True)
            )
        await asyncio.gather(*sent)
        done += len(values)
        if done >= records:
            finished.set()

    await broker.start()
    async with asyncio.timeout(TIMEOUT_S):
        await finished.wait()
    elapsed = time.perf_counter() - started
    await broker.stop()
    return records / elapsed


if __name__ == "__main__":
    report(uvloop.run(run(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
