"""The tables of the SQLite sink, and how events become their rows."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from schemas.codec import encode
from schemas.events import AlertRaised, Article, BurstDetected, DuplicateFound, PollCompleted, StoryUpdated

VERSION = 2

TABLES = """
CREATE TABLE positions (
    stream TEXT NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
    PRIMARY KEY (stream, partition)
) WITHOUT ROWID;

-- The latest revision of each article; what changed before is in `revisions`.
CREATE TABLE articles (
    row_id INTEGER PRIMARY KEY,
    article_id TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL, kind TEXT NOT NULL,
    url TEXT NOT NULL, source TEXT NOT NULL, language TEXT NOT NULL, country TEXT,
    title TEXT NOT NULL, body TEXT NOT NULL, description TEXT, image TEXT, authors TEXT NOT NULL,
    origin TEXT NOT NULL, extractor TEXT NOT NULL,
    published_at TEXT, discovered_at TEXT NOT NULL, fetched_at TEXT NOT NULL, emitted_at TEXT NOT NULL,
    stored_at TEXT NOT NULL,
    story_id TEXT, derived_from TEXT, topics TEXT NOT NULL, event_id TEXT NOT NULL
);
CREATE INDEX articles_by_time ON articles (discovered_at);
CREATE INDEX articles_by_story ON articles (story_id);

CREATE TABLE revisions (
    article_id TEXT NOT NULL, revision INTEGER NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,
    changes TEXT NOT NULL, discovered_at TEXT NOT NULL, emitted_at TEXT NOT NULL, stored_at TEXT NOT NULL,
    event_id TEXT NOT NULL,
    PRIMARY KEY (article_id, revision)
) WITHOUT ROWID;

CREATE TABLE article_topics (
    topic_id TEXT NOT NULL, article_id TEXT NOT NULL, label TEXT NOT NULL, score REAL NOT NULL,
    PRIMARY KEY (topic_id, article_id)
) WITHOUT ROWID;
CREATE INDEX topics_of_article ON article_topics (article_id);

CREATE TABLE stories (
    story_id TEXT PRIMARY KEY, change TEXT NOT NULL, title TEXT NOT NULL, language TEXT NOT NULL,
    articles INTEGER NOT NULL, sources TEXT NOT NULL, first_seen_at TEXT NOT NULL, last_seen_at TEXT NOT NULL,
    emitted_at TEXT NOT NULL, event_id TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE duplicates (
    event_id TEXT PRIMARY KEY, article_id TEXT NOT NULL, canonical_id TEXT NOT NULL, kind TEXT NOT NULL,
    jaccard REAL NOT NULL, containment REAL NOT NULL, revision INTEGER NOT NULL,
    url TEXT NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL, language TEXT NOT NULL,
    published_at TEXT, discovered_at TEXT NOT NULL, emitted_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX duplicates_of ON duplicates (canonical_id);
CREATE INDEX duplicates_by_article ON duplicates (article_id);

CREATE TABLE alerts (
    event_id TEXT PRIMARY KEY, alert_id TEXT NOT NULL, rule_id TEXT NOT NULL, change TEXT NOT NULL,
    severity TEXT NOT NULL,
    title TEXT NOT NULL, summary TEXT NOT NULL, article_id TEXT NOT NULL, url TEXT NOT NULL, source TEXT NOT NULL,
    language TEXT NOT NULL, story_id TEXT, topics TEXT NOT NULL, matches INTEGER NOT NULL, raised_at TEXT NOT NULL,
    discovered_at TEXT NOT NULL, lapsed INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX alerts_by_rule ON alerts (rule_id, raised_at);

CREATE TABLE bursts (
    burst_id TEXT PRIMARY KEY, topic_id TEXT NOT NULL, window_start TEXT NOT NULL, window_s INTEGER NOT NULL,
    stories INTEGER NOT NULL, sources INTEGER NOT NULL, expected REAL NOT NULL, score REAL NOT NULL,
    article_id TEXT NOT NULL, story_id TEXT NOT NULL, url TEXT NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL,
    language TEXT NOT NULL, emitted_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX bursts_by_topic ON bursts (topic_id, window_start);
CREATE INDEX bursts_by_article ON bursts (article_id);

CREATE TABLE polls (
    event_id TEXT PRIMARY KEY, feed_id TEXT NOT NULL, url TEXT NOT NULL, outcome TEXT NOT NULL, http_status INTEGER,
    reason TEXT NOT NULL, bytes_received INTEGER NOT NULL, new INTEGER NOT NULL, seen INTEGER NOT NULL,
    gap INTEGER NOT NULL, error TEXT, error_detail TEXT, elapsed_ms INTEGER NOT NULL,
    polled_at TEXT NOT NULL, next_due_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX polls_by_feed ON polls (feed_id, polled_at);
CREATE INDEX polls_by_time ON polls (polled_at);

CREATE VIRTUAL TABLE articles_text USING fts5 (
    title, body, content = 'articles', content_rowid = 'row_id', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER text_of_new AFTER INSERT ON articles BEGIN
    INSERT INTO articles_text (rowid, title, body) VALUES (new.row_id, new.title, new.body);
END;
CREATE TRIGGER text_of_gone AFTER DELETE ON articles BEGIN
    INSERT INTO articles_text (articles_text, rowid, title, body) VALUES ('delete', old.row_id, old.title, old.body);
END;
CREATE TRIGGER text_of_changed AFTER UPDATE OF title, body ON articles BEGIN
    INSERT INTO articles_text (articles_text, rowid, title, body) VALUES ('delete', old.row_id, old.title, old.body);
    INSERT INTO articles_text (rowid, title, body) VALUES (new.row_id, new.title, new.body);
END;
"""


def time_text(moment: datetime) -> str:
    """A time as it is stored: ISO 8601 in UTC with milliseconds, so that the order of texts is that of times."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@cache
def upsert(table: str, columns: tuple[str, ...], key: tuple[str, ...], unless: str = "") -> str:
    """The statement that inserts a row or replaces the one with its key; `unless` is a condition that keeps the old."""
    values = ", ".join(f":{column}" for column in columns)
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in key)
    where = f" WHERE NOT ({unless})" if unless else ""
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values}) "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}{where}"
    )


def article_row(article: Article, stored_at: str) -> dict[str, Any]:
    return {
        "article_id": article.article_id, "revision": article.revision, "kind": article.kind,
        "url": article.url, "source": article.source, "language": article.language, "country": article.country,
        "title": article.title, "body": article.body, "description": article.description, "image": article.image,
        "authors": _json(article.authors), "origin": article.origin,
        "extractor": f"{article.extractor} {article.extractor_version}",
        "published_at": _time(article.published_at), "discovered_at": time_text(article.discovered_at),
        "fetched_at": time_text(article.fetched_at), "emitted_at": time_text(article.emitted_at),
        "stored_at": stored_at, "story_id": article.story_id, "derived_from": article.derived_from,
        "topics": _json(article.topics), "event_id": article.id,
    }  # fmt: skip


def revision_row(article: Article, stored_at: str) -> dict[str, Any]:
    return {
        "article_id": article.article_id, "revision": article.revision, "kind": article.kind, "title": article.title,
        "changes": _json(article.changes), "discovered_at": time_text(article.discovered_at),
        "emitted_at": time_text(article.emitted_at), "stored_at": stored_at, "event_id": article.id,
    }  # fmt: skip


def topic_rows(article: Article) -> list[dict[str, Any]]:
    return [
        {"topic_id": match.topic_id, "article_id": article.article_id, "label": match.label, "score": match.score}
        for match in article.topics
    ]


def story_row(story: StoryUpdated) -> dict[str, Any]:
    return {
        "story_id": story.story_id, "change": story.change, "title": story.title, "language": story.language,
        "articles": story.articles, "sources": _json(story.sources), "first_seen_at": time_text(story.first_seen_at),
        "last_seen_at": time_text(story.last_seen_at), "emitted_at": time_text(story.emitted_at), "event_id": story.id,
    }  # fmt: skip


def duplicate_row(edge: DuplicateFound) -> dict[str, Any]:
    return {
        "event_id": edge.id, "article_id": edge.article_id, "canonical_id": edge.canonical_id, "kind": edge.kind,
        "jaccard": edge.jaccard, "containment": edge.containment, "revision": edge.revision, "url": edge.url,
        "source": edge.source, "title": edge.title, "language": edge.language,
        "published_at": _time(edge.published_at), "discovered_at": time_text(edge.discovered_at),
        "emitted_at": time_text(edge.emitted_at),
    }  # fmt: skip


def alert_row(alert: AlertRaised) -> dict[str, Any]:
    return {
        "event_id": alert.id, "alert_id": alert.alert_id, "rule_id": alert.rule_id, "change": alert.change,
        "severity": alert.severity,
        "title": alert.title, "summary": alert.summary, "article_id": alert.article_id, "url": alert.url,
        "source": alert.source, "language": alert.language, "story_id": alert.story_id, "topics": _json(alert.topics),
        "matches": alert.matches, "raised_at": time_text(alert.raised_at),
        "discovered_at": time_text(alert.discovered_at), "lapsed": alert.lapsed,
    }  # fmt: skip


def burst_row(burst: BurstDetected) -> dict[str, Any]:
    figures = burst.figures
    return {
        "burst_id": burst.burst_id, "topic_id": burst.topic_id, "window_start": time_text(burst.window_start),
        "window_s": figures.window_s, "stories": figures.stories, "sources": figures.sources,
        "expected": figures.expected, "score": figures.score, "article_id": burst.article_id,
        "story_id": burst.story_id, "url": burst.url, "source": burst.source, "title": burst.title,
        "language": burst.language, "emitted_at": time_text(burst.emitted_at),
    }  # fmt: skip


def poll_row(poll: PollCompleted) -> dict[str, Any]:
    return {
        "event_id": poll.id, "feed_id": poll.feed_id, "url": poll.url, "outcome": poll.outcome,
        "http_status": poll.http_status, "reason": poll.reason, "bytes_received": poll.bytes_received,
        "new": poll.new, "seen": poll.seen, "gap": poll.gap, "error": poll.error, "error_detail": poll.error_detail,
        "elapsed_ms": poll.elapsed_ms, "polled_at": time_text(poll.polled_at),
        "next_due_at": time_text(poll.next_due_at),
    }  # fmt: skip


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else time_text(moment)


def _json(value: Any) -> str:
    return encode(value).decode()
