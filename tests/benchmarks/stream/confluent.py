"""The loop on confluent-kafka: `python -m tests.benchmarks.stream.confluent BOOTSTRAP PREFIX RECORDS`."""

import sys
import time
import uuid
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

from schemas.codec import cloud_event_headers, decode, encode
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
    """Records a second: consume, work, produce with headers, offsets and output in one transaction; no state."""
    group, source, target = f"confluent-{uuid.uuid4().hex[:8]}", SCRAPED.full_name(prefix), FOLDED.full_name(prefix)
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False,
        "isolation.level": "read_committed", "fetch.wait.max.ms": 50,
        "max.partition.fetch.bytes": FETCH_PARTITION_BYTES,
    })  # fmt: skip
    consumer.subscribe([source])
    producer = Producer({
        "bootstrap.servers": bootstrap, "transactional.id": group, "linger.ms": 5, "batch.size": BATCH_BYTES,
        "compression.type": "zstd",
    })  # fmt: skip
    producer.init_transactions(30)
    done, started = 0, 0.0
    while done < records:
        messages = consumer.consume(TRANSACTION_RECORDS, 1.0)
        if not messages:
            continue
        started = started or time.perf_counter()
        producer.begin_transaction()
        offsets: dict[int, int] = {}
        for message in messages:
            event = folded(decode(message.value() or b"", ArticleScraped))
            headers: Any = cloud_event_headers(event, source=group, subject=event.id, traceparent=None)
            producer.produce(target, encode(event), key=event.article_id.encode(), headers=headers)
            offsets[message.partition() or 0] = (message.offset() or 0) + 1
        positions = [TopicPartition(source, partition, offset) for partition, offset in offsets.items()]
        producer.send_offsets_to_transaction(positions, consumer.consumer_group_metadata(), 30)
        producer.commit_transaction(30)
        done += len(messages)
    elapsed = time.perf_counter() - started
    consumer.close()
    return records / elapsed


if __name__ == "__main__":
    report(run(sys.argv[1], sys.argv[2], int(sys.argv[3])))
