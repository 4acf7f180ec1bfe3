"""One event of each kind that is stored, small and valid."""

from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.events import (
    AlertRaised,
    Article,
    BurstDetected,
    BurstFigures,
    DuplicateFound,
    PollCompleted,
    Signature,
    StoryUpdated,
)

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def article(name: str, *, revision: int = 1, **fields: Any) -> Article:
    values: dict[str, Any] = {
        "id": f"event-{name}-{revision}", "emitted_at": START + timedelta(minutes=revision), "article_id": name,
        "entry_id": f"entry-{name}", "feed_id": "feed", "url": f"https://harbour-post.example/{name}",
        "fetched_url": f"https://harbour-post.example/{name}", "source": "harbour-post.example",
        "title": f"Title of {name}", "body": "Ministers of Velmora met in the harbour town.", "language": "en",
        "discovered_at": START, "fetched_at": START, "origin": "page", "extractor": "trafilatura",
        "extractor_version": "2", "revision": revision, "kind": "new" if revision == 1 else "material",
        "signature": Signature(algorithm="a", content_hash="h", words=8, shingles=6, minhash="", lead=""),
    }  # fmt: skip
    return Article(**(values | fields))


def story(name: str, articles: int) -> StoryUpdated:
    return StoryUpdated(
        id=f"story-{name}-{articles}", emitted_at=START, story_id=name, change="grown", title="Talks in Velmora",
        language="en", articles=articles, sources=("harbour-post.example",), article_id="a", first_seen_at=START,
        last_seen_at=START,
    )  # fmt: skip


def burst(name: str, of: str = "a") -> BurstDetected:
    return BurstDetected(
        id=f"event-{name}", emitted_at=START, burst_id=name, topic_id="summit", window_start=START,
        figures=BurstFigures(window_s=3600, stories=9, sources=4, expected=1.5, score=8.25), article_id=of,
        story_id="s", url=f"https://harbour-post.example/{of}", source="harbour-post.example", title="Talks in Velmora",
        language="en",
    )  # fmt: skip


def duplicate(of: str, copy: str) -> DuplicateFound:
    return DuplicateFound(
        id=f"edge-{of}-{copy}", emitted_at=START, article_id=copy, canonical_id=of, kind="near", jaccard=0.9,
        containment=0.95, url="https://valley-echo.example/c", source="valley-echo.example", title="Copy",
        language="en", canonical_url="https://harbour-post.example/a", canonical_source="harbour-post.example",
        discovered_at=START,
    )  # fmt: skip


def alert(name: str, article_id: str = "a") -> AlertRaised:
    return AlertRaised(
        id=f"event-{name}", emitted_at=START, alert_id=name, rule_id="rule", group=("s",), severity="high",
        title="Talks", summary="Talks in Velmora", raised_at=START, article_id=article_id,
        url="https://harbour-post.example/a", source="harbour-post.example", language="en", discovered_at=START,
    )  # fmt: skip


def poll(number: int, at: datetime = START) -> PollCompleted:
    return PollCompleted(
        id=f"poll-{number}", emitted_at=at, feed_id="feed", url="https://harbour-post.example/feed", outcome="changed",
        polled_at=at, next_due_at=at + timedelta(minutes=5), reason="due", elapsed_ms=12, http_status=200, new=2,
    )  # fmt: skip
