"""The loop on Quix Streams: `python -m tests.benchmarks.stream.quix BOOTSTRAP PREFIX RECORDS`."""

import sys
import tempfile
import time
import uuid

from quixstreams import Application

from schemas.codec import decode, encode
from schemas.events import ArticleScraped
from schemas.streams import SCRAPED
from tests.benchmarks.stream.work import (
    BATCH_BYTES,
    FETCH_PARTITION_BYTES,
    FOLDED,
    TRANSACTION_RECORDS,
    folded,
    report,
)


def run(bootstrap: str, prefix: str, records: int) -> float:
    """Records a second of an application with its exactly-once guarantee; no state, no headers of its own."""
    started = 0.0

    def work(value: bytes) -> bytes:
        nonlocal started
        started = started or time.perf_counter()
        return encode(folded(decode(value, ArticleScraped)))

    with tempfile.TemporaryDirectory() as state:
        application = Application(
            broker_address=bootstrap, consumer_group=f"quix-{uuid.uuid4().hex[:8]}", auto_offset_reset="earliest",
            processing_guarantee="exactly-once", commit_every=TRANSACTION_RECORDS, commit_interval=5, loglevel=None,
            state_dir=state,
            consumer_extra_config={"fetch.wait.max.ms": 50, "max.partition.fetch.bytes": FETCH_PARTITION_BYTES},
            producer_extra_config={"linger.ms": 5, "batch.size": BATCH_BYTES, "compression.type": "zstd"},
        )  # fmt: skip
        source = application.topic(SCRAPED.full_name(prefix), value_deserializer="bytes", key_deserializer="bytes")
        target = application.topic(FOLDED.full_name(prefix), value_serializer="bytes", key_serializer="bytes")
        application.dataframe(source).apply(work).to_topic(target)
        application.run(count=records)
    return records / (time.perf_counter() - started)


if __name__ == "__main__":
    report(run(sys.argv[1], sys.argv[2], int(sys.argv[3])))
