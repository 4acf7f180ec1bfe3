"""The SQLite sink: articles with full text and what was found of them in one file, each event stored once.

The input position stands in the same database and moves in the same transaction as the data, by compare-and-set:
after a crash the sink goes on exactly where the data ends, and a process that was replaced without noticing is refused.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Self

from consumers.sinks import sqlite_schema as schema
from consumers.sinks.errors import StoreBusyError, StoreError
from newsriver.clock import Clock, SystemClock
from newsriver.kafka.errors import FencedError
from newsriver.stages import Record
from schemas.events import AlertRaised, Article, BurstDetected, DuplicateFound, PollCompleted, StoryUpdated
from schemas.streams import ALERTS, ARTICLES, BURSTS, DUPLICATES, POLLS, STORIES

STREAMS = (ARTICLES, STORIES, DUPLICATES, ALERTS, BURSTS, POLLS)
"""What the sink reads."""
POLLS_KEPT = timedelta(days=30)
_BUSY_S = 10.0

_OLDER = (
    "excluded.revision < {0}.revision OR (excluded.revision = {0}.revision AND excluded.emitted_at < {0}.emitted_at)"
)


class SqliteStore:
    """A database to write to; several threads may. `Store` in `newsriver.kafka.sink` says what the methods promise."""

    def __init__(self, connection: sqlite3.Connection, path: Path, clock: Clock) -> None:
        self._connection = connection
        self._path = path
        self._clock = clock
        self._lock = Lock()

    @classmethod
    def open(cls, path: Path, clock: Clock | None = None) -> Self:
        """Open the database, making it first if it is not there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with _translated(path):
            connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
            try:
                connection.execute("PRAGMA journal_mode = WAL")  # readers and the writer do not wait for each other
                # A power cut may take the last transactions, position and data alike; the streams still have them.
                connection.execute("PRAGMA synchronous = NORMAL")
                _migrate(connection, path)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path, clock or SystemClock())

    def close(self) -> None:
        """Close the database; the write-ahead log is folded in if nobody else has it open."""
        with self._lock:
            self._connection.close()

    def position(self, stream: str, partition: int) -> int | None:
        with self._lock, _translated(self._path):
            return self._position(stream, partition)

    def write(
        self, stream: str, partition: int, expected: int | None, next_position: int, records: Sequence[Record[Any]]
    ) -> None:
        with self._lock, _translated(self._path), _transaction(self._connection):
            found = self._position(stream, partition)
            if found != expected:
                raise FencedError(
                    f"{self._path}: {stream}/{partition} is at {found}, not at {expected}: another writer"
                )
            self._store(records)
            self._connection.execute(
                "INSERT INTO positions VALUES (?, ?, ?) "
                "ON CONFLICT (stream, partition) DO UPDATE SET next_offset = excluded.next_offset",
                (stream, partition, next_position),
            )

    def _position(self, stream: str, partition: int) -> int | None:
        query = "SELECT next_offset FROM positions WHERE stream = ? AND partition = ?"
        row = self._connection.execute(query, (stream, partition)).fetchone()
        return None if row is None else int(row[0])

    def _store(self, records: Sequence[Record[Any]]) -> None:
        stored_at = schema.time_text(self._clock.now())
        for record in records:
            match record.value:
                case Article() as article:
                    self._put_article(article, stored_at)
                case StoryUpdated() as story:
                    self._put("stories", schema.story_row(story), "story_id")
                case DuplicateFound() as edge:
                    self._put("duplicates", schema.duplicate_row(edge), "event_id")
                case AlertRaised() as alert:
                    self._put("alerts", schema.alert_row(alert), "event_id")
                case BurstDetected() as burst:
                    self._put("bursts", schema.burst_row(burst), "burst_id")
                case PollCompleted() as poll:
                    self._put("polls", schema.poll_row(poll), "event_id")
                case None:
                    self._take_down(record)
        polls = [record.value.polled_at for record in records if isinstance(record.value, PollCompleted)]
        if polls:
            oldest = schema.time_text(max(polls) - POLLS_KEPT)
            self._connection.execute("DELETE FROM polls WHERE polled_at < ?", (oldest,))

    def _put_article(self, article: Article, stored_at: str) -> None:
        self._put("revisions", schema.revision_row(article, stored_at), "article_id", "revision")
        row = schema.article_row(article, stored_at)
        if self._put("articles", row, "article_id", unless=_OLDER.format("articles")):
            self._connection.execute("DELETE FROM article_topics WHERE article_id = ?", (article.article_id,))
            for topic in schema.topic_rows(article):
                self._put("article_topics", topic, "topic_id", "article_id")

    def _put(self, table: str, row: dict[str, Any], *key: str, unless: str = "") -> bool:
        """Insert or replace a row; whether that changed anything."""
        return self._connection.execute(schema.upsert(table, tuple(row), key, unless), row).rowcount > 0

    def _take_down(self, record: Record[Any]) -> None:
        """A tombstone of an article or a story: nothing of it stays."""
        for table, column in (
            ("articles", "article_id"), ("revisions", "article_id"), ("article_topics", "article_id"),
            ("duplicates", "article_id"), ("alerts", "article_id"), ("bursts", "article_id"), ("stories", "story_id"),
        ):  # fmt: skip
            self._connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (record.key,))


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables in a new database; refuse one that another version has made."""
    with _transaction(connection):
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found == schema.VERSION:
            return
        if found != 0 or connection.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise StoreError(
                f"{path} is a database of another kind or version ({found}, not {schema.VERSION}); name another file "
                "in sink.sqlite_path: everything is stored again from the streams"
            )
        for statement in _statements(schema.TABLES):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {schema.VERSION}")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one, because `executescript` would commit the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:  # locked, full, unwritable: may pass
        raise StoreBusyError(f"{path}: {error}") from error
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error
