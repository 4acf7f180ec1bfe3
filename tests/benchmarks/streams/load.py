"""The input of the benchmark: made-up articles as `ArticleScraped` events of 4 KB, with the contract's headers."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from confluent_kafka import Producer

from schemas.codec import cloud_event_headers, encode
from schemas.events import ArticleScraped
from schemas.identity import stable_id

PARTITIONS = 4
SOURCES = 50
EVENT_BYTES = 4096
WORDS = 700
TIME = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def articles(count: int) -> Iterator[ArticleScraped]:
    """So many articles, the same in every run, their words as unevenly frequent as those of a language."""
    rng = random.Random(7)
    vocabulary = ["".join(rng.choices("etaoinshrdlucmfwypvbgk", k=rng.randint(2, 11))) for _ in range(8000)]
    weights = [1 / (rank + 3) for rank in range(len(vocabulary))]
    stock = rng.choices(vocabulary, weights, k=400_000)
    for number in range(count):
        start = rng.randrange(len(stock) - WORDS)
        yield _article(number, stock[start : start + WORDS])


def _article(number: int, words: Sequence[str]) -> ArticleScraped:
    source = f"outlet{number % SOURCES}.example"
    url = f"https://{source}/news/2026/03/{number}-{words[0]}-{words[1]}"
    article_id = stable_id("article", url)
    event = ArticleScraped(
        id=stable_id("scraped", article_id),
        emitted_at=TIME,
        article_id=article_id,
        entry_id=stable_id("entry", url),
        feed_id=stable_id("feed", source),
        url=url,
        fetched_url=url,
        source=source,
        title=" ".join(words[:9]).title(),
        body="",
        language="en",
        discovered_at=TIME,
        fetched_at=TIME,
        origin="page",
        extractor="trafilatura",
        extractor_version="2.0.0",
        published_at=TIME,
        authors=("Mira Solano", "Tev Harrow"),
        categories=("politics", "world"),
        description=" ".join(words[9:30]),
    )
    return replace(event, body=" ".join(words)[: EVENT_BYTES - len(encode(event))])


def fill(bootstrap: str, stream: str, count: int) -> None:
    """Write the articles to a stream, an equal share to each partition, compressed as the river's tasks write them."""
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "compression.type": "zstd",
            "batch.size": 1_000_000,
            "linger.ms": 50,
            "enable.idempotence": True,
            "queue.buffering.max.messages": count + 1,
        }
    )
    for number, event in enumerate(articles(count)):
        key = event.article_id
        trace = f"00-{event.id}-{event.id[:16]}-01"
        headers = cloud_event_headers(event, source="bench.scraper", subject=key, traceparent=trace)
        producer.produce(stream, encode(event), key, partition=number % PARTITIONS, headers=headers)
        producer.poll(0)
    producer.flush()
