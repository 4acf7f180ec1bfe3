"""What came out of the river, from either of two witnesses: a subscriber to its streams, and the sink's database."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from schemas.codec import from_builtins
from schemas.events import AlertRaised, Article, DuplicateFound, PollCompleted, StoryUpdated, TopicMatch

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """A revision of an article. Only of the latest one is there more than its number, kind and title."""

    id: str
    article_id: str
    revision: int
    kind: str
    title: str
    url: str
    body: str
    language: str
    origin: str
    story_id: str | None
    topics: tuple[TopicMatch, ...]
    labels: Mapping[str, str]
    """The label of each topic as the index of topics has it, which has to be what `topics` says."""
    discovered_at: datetime
    stored_at: datetime
    origin_reason: None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStory:
    """A story as it was when it last changed."""

    id: str
    story_id: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDuplicate:
    """A copy, and what it copies."""

    id: str
    article_id: str
    canonical_id: str
    kind: str
    url: str
    canonical_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAlert:
    """A notice of an alert."""

    id: str
    alert_id: str
    rule_id: str
    story_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPoll:
    """A poll of a feed."""

    url: str
    outcome: str
    http_status: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Observed:
    """All that one witness has: every record of each stream, or every row of each table."""

    articles: Sequence[Article | StoredArticle] = ()
    stories: Sequence[StoryUpdated | StoredStory] = ()
    duplicates: Sequence[DuplicateFound | StoredDuplicate] = ()
    alerts: Sequence[AlertRaised | StoredAlert] = ()
    polls: Sequence[PollCompleted | StoredPoll] = ()


_ARTICLES = """
SELECT r.event_id AS id, r.article_id, r.revision, r.kind, r.discovered_at, r.stored_at,
       coalesce(a.title, r.title) AS title, coalesce(a.url, '') AS url, coalesce(a.body, '') AS body,
       coalesce(a.language, '') AS language, coalesce(a.origin, '') AS origin, a.story_id,
       coalesce(a.topics, '[]') AS topics
FROM revisions r LEFT JOIN articles a ON a.article_id = r.article_id AND a.revision = r.revision
"""
_STORIES = "SELECT event_id AS id, story_id, language FROM stories"
_DUPLICATES = """
SELECT d.event_id AS id, d.article_id, d.canonical_id, d.kind, d.url, coalesce(a.url, d.canonical_id) AS canonical_url
FROM duplicates d LEFT JOIN articles a ON a.article_id = d.canonical_id
"""
_ALERTS = "SELECT event_id AS id, alert_id, rule_id, story_id FROM alerts"
_POLLS = "SELECT url, outcome, http_status, error FROM polls"


def read_stored(database: Path) -> Observed:
    """What the SQLite sink has stored up to now, seen at one moment; nothing if it has not begun."""
    if not database.is_file():
        return Observed()
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'articles'").fetchone() is None:
            return Observed()
        return Observed(
            articles=_articles(connection),
            stories=_rows(connection, _STORIES, StoredStory),
            duplicates=_rows(connection, _DUPLICATES, StoredDuplicate),
            alerts=_rows(connection, _ALERTS, StoredAlert),
            polls=_rows(connection, _POLLS, StoredPoll),
        )


def _articles(connection: sqlite3.Connection) -> list[StoredArticle]:
    labels: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for article, topic, label in connection.execute("SELECT article_id, topic_id, label FROM article_topics"):
        labels[article][topic] = label
    return [
        from_builtins({**row, "topics": json.loads(row["topics"]), "labels": labels[row["article_id"]]}, StoredArticle)
        for row in map(dict, connection.execute(_ARTICLES))
    ]


def _rows(connection: sqlite3.Connection, query: str, shape: type[T]) -> list[T]:
    return [from_builtins(dict(row), shape) for row in connection.execute(query)]
