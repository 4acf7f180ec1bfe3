"""The work that all variants do on a record, and where they read and write; imports the contract and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime

import orjson

from schemas.events import ArticleScraped
from schemas.streams import Stream

PARTITIONS = 4
TRANSACTION_RECORDS = 2000
FETCH_PARTITION_BYTES = 4 * 1024 * 1024
BATCH_BYTES = 1_000_000
FOLDED = Stream("folded", ArticleScraped, lambda e: e.article_id, lambda e: e.article_id, "key", "delete", None, "Out.")

_WORDS = (
    *("summit", "minister", "treaty", "markets", "ceasefire", "energy"),
    *("border", "the", "of", "and", "talks", "vote"),
)


def article(number: int) -> ArticleScraped:
    """An article of about 4 KB."""
    now = datetime.now(UTC)
    body = " ".join(_WORDS[(number * 7 + i * i) % len(_WORDS)] for i in range(540))
    return ArticleScraped(
        id=f"{number:032x}", emitted_at=now, article_id=f"{number:032x}", entry_id=f"{number:032x}", feed_id="f" * 32,
        url=f"https://ostwind.example/{number}", fetched_url=f"https://ostwind.example/{number}",
        source=f"outlet-{number % 50}.example", title="Talks on the Border", body=body, language="en",
        discovered_at=now, fetched_at=now, origin="page", extractor="trafilatura", extractor_version="2",
    )  # fmt: skip


def folded(event: ArticleScraped) -> ArticleScraped:
    """The work on a record: fold the title, count the words."""
    return replace(event, title=event.title.casefold(), description=str(event.body.count(" ") + 1))


def report(rate: float) -> None:
    """Say how many records a second it were, for the one who compares."""
    print(orjson.dumps({"rate": rate}).decode())
