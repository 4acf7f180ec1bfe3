"""What the demo expects of a river: a perfect one has no difference, and whatever storage lacks is named."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from consumers.sinks.sqlite import SqliteStore
from newsriver.sample.content import ACTS, Outlet, Story
from newsriver.sample.expectations import EXPECTED_ALERTS, differences, storage_differences
from newsriver.sample.newsroom import BREAKS, BUSY, CONDITIONAL, GARBAGE, QUIRKS, Newsroom
from newsriver.sample.observed import Observed, read_stored
from newsriver.stages import Record
from schemas.events import (
    AlertRaised,
    Article,
    DuplicateFound,
    PollCompleted,
    Signature,
    StoryUpdated,
    TopicMatch,
)  # fmt: skip
from schemas.identity import article_id, stable_id

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FROM_FEED = ("missing", "forbidden", "disallowed")


@pytest.fixture
def room() -> Newsroom:
    """The newsroom in its last act."""
    room = Newsroom(NOW)
    while room.act < ACTS:
        room.advance()
    return room


@pytest.fixture
def seen(room: Newsroom) -> Observed:
    """What subscribers to a perfect river see."""
    kept = [(outlet, story) for outlet, story in room.published() if story.copy_of is None]
    copies = [(outlet, story) for outlet, story in room.published() if story.copy_of is not None]
    articles = [article for outlet, story in kept for article in _revisions(room, outlet, story)]
    alerts = [_alert(rule, article) for rule in EXPECTED_ALERTS for article in articles[:1]]
    return Observed(
        articles=articles,
        stories=[_story(article) for article in articles if article.revision == 1],
        duplicates=[_copy(room, outlet, story) for outlet, story in copies],
        alerts=[*alerts, _alert("court-hack", articles[1])],
        polls=_polls(room),
    )


@pytest.fixture
def database(seen: Observed, tmp_path: Path) -> Path:
    """What the sink stores of it."""
    path = tmp_path / "news.sqlite"
    with closing(SqliteStore.open(path)) as store:
        for number, events in enumerate((seen.articles, seen.stories, seen.duplicates, seen.alerts, seen.polls)):
            records: Sequence[Record[Any]] = [Record("", event, "stream", number, 0, 0) for event in events]
            store.write("stream", number, None, len(records), records)
    return path


def test_a_perfect_river_has_no_difference_in_streams_and_storage(
    room: Newsroom, seen: Observed, database: Path
) -> None:
    assert differences(room, seen) == []
    assert storage_differences(room, seen, read_stored(database)) == []


@pytest.mark.parametrize("begun", [False, True], ids=["no file", "an empty file"])
def test_a_sink_that_stored_nothing_is_found_out(begun: bool, room: Newsroom, seen: Observed, tmp_path: Path) -> None:
    if begun:
        (tmp_path / "news.sqlite").touch()
    assert storage_differences(room, seen, read_stored(tmp_path / "news.sqlite")) == ["no article is stored"]


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        ("DELETE FROM articles WHERE url LIKE '%/tariffs-on-timber'", "tariffs-on-timber has the address"),
        ("DELETE FROM revisions WHERE revision = 2", "has the revisions ['new'], not ['new', "),
        ("UPDATE articles SET revision = 1", "lacks a paragraph"),
        ("UPDATE articles SET url = source", "has the address http://127.0.0.2:0, not"),
        ("UPDATE articles SET title = lower(title)", "has the title"),
        ("UPDATE articles SET body = substr(body, 1, 200)", "lacks a paragraph"),
        ("UPDATE articles SET topics = '[]'", "is not about summit"),
        ("UPDATE article_topics SET label = 'mention'", "is indexed under the topics"),
        ("UPDATE articles SET story_id = event_id", "pieces on summit"),
        ("DELETE FROM stories WHERE language = 'fr'", "is not among the fr stories"),
        ("DELETE FROM duplicates", "of the copies"),
        ("UPDATE duplicates SET canonical_id = article_id", "of the copies"),
        ("DELETE FROM alerts WHERE rule_id = 'alert.flood'", "no alert came of the rule flood"),
        ("DELETE FROM alerts WHERE event_id = (SELECT max(event_id) FROM alerts)", "on alerts is not there"),
        ("UPDATE stories SET event_id = 'strange' WHERE language = 'fr'", "strange was never on stories"),
        ("DELETE FROM polls", "was never polled"),
    ],
)
def test_what_is_not_stored_as_it_was_published_is_named(
    spoiled: str, said: str, room: Newsroom, seen: Observed, database: Path
) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(spoiled)
    found = storage_differences(room, seen, read_stored(database))
    assert any(said in difference for difference in found), found


def _revisions(room: Newsroom, outlet: Outlet, story: Story) -> list[Article]:
    late = story.correction is None or story.correction.act == story.act
    [before] = [s for o, s in room.published(story.act) if (o.id, s.slug) == (outlet.id, story.slug)]
    first = _article(room, outlet, story if late else before)
    if late or story.correction is None:
        return [first]
    again = _article(room, outlet, story)
    return [first, replace(again, id=f"{again.id}-2", revision=2, kind=story.correction.kind)]


def _article(room: Newsroom, outlet: Outlet, story: Story) -> Article:
    url = room.url(outlet.id, story.slug)
    quirk = QUIRKS.get((outlet.id, story.slug))
    return Article(
        id=f"article-{outlet.id}-{story.slug}", emitted_at=NOW, article_id=article_id(url), entry_id="e", feed_id="f",
        url=url, fetched_url=url, source=room.home(outlet.id), title=story.title, body="\n".join(story.paragraphs),
        language=outlet.language, discovered_at=NOW, fetched_at=NOW, origin="feed" if quirk in FROM_FEED else "page",
        extractor="t", extractor_version="2", revision=1, kind="new",
        signature=Signature(algorithm="a", content_hash="h", words=8, shingles=6, minhash="", lead=""),
        story_id=stable_id(outlet.language, story.event),
        topics=(
            *(TopicMatch(topic_id=topic, label="about", score=9.0) for topic in story.topics.about),
            *(TopicMatch(topic_id=topic, label="mention", score=5.0) for topic in story.topics.mention),
        ),
    )  # fmt: skip


def _story(article: Article) -> StoryUpdated:
    assert article.story_id is not None
    return StoryUpdated(
        id=f"story-{article.id}", emitted_at=NOW, story_id=article.story_id, change="grown", title=article.title,
        language=article.language, articles=1, sources=(article.source,), article_id=article.article_id,
        first_seen_at=NOW, last_seen_at=NOW,
    )  # fmt: skip


def _copy(room: Newsroom, outlet: Outlet, story: Story) -> DuplicateFound:
    assert story.copy_of is not None
    url, canonical = room.url(outlet.id, story.slug), room.url(story.copy_of.outlet, story.copy_of.slug)
    return DuplicateFound(
        id=f"copy-{outlet.id}-{story.slug}", emitted_at=NOW, article_id=article_id(url),
        canonical_id=article_id(canonical), kind="near", jaccard=0.9, containment=0.9, url=url,
        source=room.home(outlet.id), title=story.title, language=outlet.language, canonical_url=canonical,
        canonical_source=room.home(story.copy_of.outlet), discovered_at=NOW,
    )  # fmt: skip


def _alert(rule: str, article: Article) -> AlertRaised:
    return AlertRaised(
        id=f"alert-{rule}-{article.id}", emitted_at=NOW, alert_id=f"{rule}-{article.id}", rule_id=f"alert.{rule}",
        group=() if EXPECTED_ALERTS[rule] == "rule" else (str(article.story_id),), severity="info", title=rule,
        summary=article.title, raised_at=NOW, article_id=article.article_id, url=article.url, source=article.source,
        language=article.language, discovered_at=NOW, story_id=article.story_id,
    )  # fmt: skip


def _polls(room: Newsroom) -> list[PollCompleted]:
    odd: dict[str, dict[str, Any]] = {
        CONDITIONAL: {"outcome": "not_modified", "http_status": 304},
        BUSY: {"outcome": "failed", "http_status": 429, "error": "status"},
        BREAKS[0]: {"outcome": "failed", "http_status": 500, "error": "status"},
        GARBAGE: {"outcome": "failed", "http_status": 200, "error": "parse"},
    }
    by_url = {f"{room.home(outlet)}/feed": fields for outlet, fields in odd.items()}
    return [
        PollCompleted(
            id=f"poll-{feed.url}", emitted_at=NOW, feed_id="f", url=feed.url, polled_at=NOW, next_due_at=NOW,
            reason="due", elapsed_ms=1, **by_url.get(feed.url, {"outcome": "changed", "http_status": 200}),
        )
        for feed in room.feeds
    ]  # fmt: skip
