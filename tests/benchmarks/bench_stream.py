"""Throughput of the task runtime against confluent-kafka doing the same exactly-once loop, interleaved on one broker.

    python -m tests.benchmarks.bench_stream --bootstrap 127.0.0.1:19092 [--records 20000] [--rounds 5]

Both read 4 KB articles from four partitions, decode them, fold the title, count words, encode the result and write it
with CloudEvents headers in transactions with the input offsets. Ours also keeps a count a source as state, and writes
changelog and checkpoint; the other loop has no state.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import uvloop
from confluent_kafka import Consumer, Producer, TopicPartition

from newsriver.clock import SystemClock
from newsriver.kafka.admin import create, wanted_streams
from newsriver.kafka.batches import Batches
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.kafka.runner import StageRunner
from newsriver.memory import settle
from newsriver.stages import NOTHING, Change, Effects, Output, Record, Tables, Transform
from newsriver.testing.kit import SilentObserver
from schemas.codec import cloud_event_headers, decode, encode
from schemas.events import ArticleScraped
from schemas.streams import SCRAPED, Stream

PARTITIONS = 4
BATCH = 2000
FOLDED = Stream("folded", ArticleScraped, lambda e: e.article_id, lambda e: e.article_id, "key", "delete", None, "Out.")
WORDS = (
    "summit",
    "minister",
    "treaty",
    "markets",
    "ceasefire",
    "energy",
    "border",
    "the",
    "of",
    "and",
    "talks",
    "vote",
)


def article(number: int) -> ArticleScraped:
    """An article of about 4 KB."""
    now = datetime.now(UTC)
    body = " ".join(WORDS[(number * 7 + i * i) % len(WORDS)] for i in range(540))
    return ArticleScraped(
        id=f"{number:032x}", emitted_at=now, article_id=f"{number:032x}", entry_id=f"{number:032x}", feed_id="f" * 32,
        url=f"https://ostwind.example/{number}", fetched_url=f"https://ostwind.example/{number}",
        source=f"outlet-{number % 50}.example", title="Talks on the Border", body=body, language="en",
        discovered_at=now, fetched_at=now, origin="page", extractor="trafilatura", extractor_version="2",
    )  # fmt: skip


def folded(event: ArticleScraped) -> ArticleScraped:
    """The work on a record: the same for all."""
    return replace(event, title=event.title.casefold(), description=str(event.body.count(" ") + 1))


class Fold(Transform[ArticleScraped, Tables]):
    """The work as a stage, with a count a source."""

    name = "fold"
    input = SCRAPED
    outputs = (FOLDED,)

    def new_state(self) -> Tables:
        return Tables(sources=int)

    def process(self, record: Record[ArticleScraped], state: Tables, now: datetime) -> Effects:
        if record.value is None:
            return NOTHING
        source = record.value.source
        count = state.table("sources").get(source, 0) + 1
        return Effects((Output(FOLDED, folded(record.value)),), (Change("sources", source, count),))


class _Meter(SilentObserver):
    def __init__(self, wanted: int, stop: asyncio.Event) -> None:
        self.wanted, self.stop, self.done = wanted, stop, 0
        self.started = 0.0

    def processed(self, records: int, lag: int | None, last_timestamp_ms: int | None) -> None:
        if records and not self.started:
            self.started = time.perf_counter()

    def committed(self, outputs: int, seconds: float) -> None:
        self.done += outputs
        if self.done >= self.wanted:
            self.elapsed = time.perf_counter() - self.started
            self.stop.set()


async def ours(bootstrap: str, prefix: str, records: int) -> float:
    """Records a second of a StageRunner."""
    settle()
    clients, names = Clients(Connection(bootstrap)), Names(f"ours-{uuid.uuid4().hex[:8]}", prefix)
    await _create(clients, names, [Fold()])
    stop = asyncio.Event()
    meter = _Meter(records, stop)
    await StageRunner(Fold(), clients, names, SystemClock(), lambda _: meter).run(stop)
    return records / meter.elapsed


def theirs(bootstrap: str, prefix: str, records: int) -> float:
    """Records a second of the same loop on confluent-kafka."""
    group, names = f"theirs-{uuid.uuid4().hex[:8]}", Names("theirs", prefix)
    consumer = Consumer({
        "bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False,
        "isolation.level": "read_committed", "max.partition.fetch.bytes": 4 * 1024 * 1024, "fetch.wait.max.ms": 50,
    })  # fmt: skip
    consumer.subscribe([names.stream(SCRAPED)])
    producer = Producer({
        "bootstrap.servers": bootstrap, "transactional.id": group, "linger.ms": 5, "batch.size": 1_000_000,
        "compression.type": "zstd",
    })  # fmt: skip
    producer.init_transactions(30)
    done, started = 0, 0.0
    while done < records:
        messages = consumer.consume(BATCH, 1.0)
        if not messages:
            continue
        started = started or time.perf_counter()
        producer.begin_transaction()
        offsets: dict[int, int] = {}
        for message in messages:
            event = folded(decode(message.value() or b"", ArticleScraped))
            headers: Any = cloud_event_headers(event, source=group, subject=event.id, traceparent=None)
            producer.produce(names.stream(FOLDED), encode(event), key=event.article_id.encode(), headers=headers)
            offsets[message.partition() or 0] = (message.offset() or 0) + 1
        positions = [TopicPartition(names.stream(SCRAPED), part, offset) for part, offset in offsets.items()]
        producer.send_offsets_to_transaction(positions, consumer.consumer_group_metadata(), 30)
        producer.commit_transaction(30)
        done += len(messages)
    elapsed = time.perf_counter() - started
    consumer.close()
    return records / elapsed


async def _create(clients: Clients, names: Names, stages: list[Any]) -> None:
    admin = clients.admin()
    await admin.start()
    try:
        specs = wanted_streams(names, stages, [FOLDED], PARTITIONS, 1)
        needed = {names.stream(SCRAPED), names.stream(FOLDED), *(names.changelog(stage.name) for stage in stages)}
        await create(admin, [spec for spec in specs if spec.name in needed])
    finally:
        await admin.close()
    await asyncio.sleep(1)


async def _fill(bootstrap: str, prefix: str, records: int) -> None:
    clients, names = Clients(Connection(bootstrap)), Names("fill", prefix)
    await _create(clients, names, [])
    producer = clients.transactional_producer(prefix)
    await producer.start()
    for first in range(0, records, BATCH):
        batches = Batches(producer)
        for number in range(first, min(first + BATCH, records)):
            event = article(number)
            batches.append(names.stream(SCRAPED), number % PARTITIONS, event.article_id.encode(), encode(event))
        async with producer.transaction():
            await asyncio.gather(*await batches.send())
    await producer.stop()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", default="127.0.0.1:19092")
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", nargs=2, metavar=("VARIANT", "PREFIX"), help="run one variant and print its rate")
    arguments = parser.parse_args()
    if arguments.one:
        variant, prefix = arguments.one
        if variant == "confluent":
            rate = theirs(arguments.bootstrap, prefix, arguments.records)
        else:
            rate = uvloop.run(ours(arguments.bootstrap, prefix, arguments.records))
        print(orjson.dumps({"rate": rate}).decode())
        return
    prefix = f"bench-{uuid.uuid4().hex[:8]}"
    asyncio.run(_fill(arguments.bootstrap, prefix, arguments.records))
    rates: dict[str, list[float]] = {"newsriver": [], "confluent": []}
    for _ in range(arguments.rounds):
        for variant, measured in rates.items():
            command = [sys.executable, "-m", "tests.benchmarks.bench_stream", "--one", variant, prefix]
            command += ["--bootstrap", arguments.bootstrap, "--records", str(arguments.records)]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            measured.append(json.loads(output.splitlines()[-1])["rate"])
    medians = {variant: statistics.median(measured) for variant, measured in rates.items()}
    for variant, median in medians.items():
        print(f"{variant}: {median:,.0f} records/s, median of {', '.join(f'{rate:,.0f}' for rate in rates[variant])}")
    print(f"ratio_to_confluent_eos: {medians['newsriver'] / medians['confluent']:.2f}")


if __name__ == "__main__":
    main()
