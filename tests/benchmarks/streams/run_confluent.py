"""confluent-kafka's exactly-once loop. No state, no changelog, no validation.

Arguments: bootstrap servers, input stream, output stream, group, records, records a transaction, compression.
"""

import sys

from confluent_kafka import Consumer, Producer, TopicPartition

from tests.benchmarks.streams.meter import Meter
from tests.benchmarks.streams.work import headers_of, transform


def main(bootstrap: str, source: str, target: str, group: str, records: int, batch: int, compression: str) -> None:
    """Read, transform and write so many records, so many a transaction."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "max.partition.fetch.bytes": 4 * 1024 * 1024,
            "fetch.wait.max.ms": 50,
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "transactional.id": group,
            "linger.ms": 5,
            "batch.size": 1_000_000,
            "compression.type": compression,
            "partitioner": "murmur2_random",
        }
    )
    consumer.subscribe([source])
    producer.init_transactions(30)
    meter, done = Meter(), 0
    while done < records:
        messages = consumer.consume(batch, 1.0)
        if not messages:
            continue
        meter.start()
        producer.begin_transaction()
        positions: dict[int, int] = {}
        for message in messages:
            value, document = transform(message.value())
            producer.produce(target, value, message.key(), headers=headers_of(document, message.headers()))
            positions[message.partition()] = message.offset() + 1
        offsets = [TopicPartition(source, partition, offset) for partition, offset in positions.items()]
        producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), 30)
        producer.commit_transaction(30)
        done += len(messages)
    meter.stop(done)
    consumer.close()


if __name__ == "__main__":
    main(*sys.argv[1:5], int(sys.argv[5]), int(sys.argv[6]), sys.argv[7])
