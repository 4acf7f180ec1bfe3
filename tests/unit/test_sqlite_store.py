"""What the SQLite sink keeps, that it keeps it once, and how it is found again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from consumers.sinks.errors import SearchError, StoreBusyError, StoreError
from consumers.sinks.metered import MeteredStore
from consumers.sinks.search import ArticleSearch, match_expression
from consumers.sinks.sqlite import POLLS_KEPT, SqliteStore
from newsriver.kafka.errors import FencedError
from newsriver.metrics import Metrics
from newsriver.stages import Record
from newsriver.testing.clock import ManualClock
from schemas.events import (
    Event,
    Evidence,
    TextChange,
    TopicMatch,
)  # fmt: skip
from tests.stored_events import START, alert, article, burst, duplicate, poll, story

STREAM = "news.articles.v1"


def record(event: Event | None, offset: int = 0, key: str = "key", stream: str = STREAM) -> Record[Any]:
    return Record(key, event, stream, 0, offset, int(START.timestamp() * 1000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "news.sqlite"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def store(path: Path, clock: ManualClock) -> Iterator[SqliteStore]:
    with closing(SqliteStore.open(path, clock)) as opened:
        yield opened


class Writer:
    """Writes events one batch after the other, as the sink does."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.position: int | None = None

    def __call__(self, *events: Event | None, key: str = "key") -> None:
        following = (self.position or 0) + len(events)
        records = [record(event, (self.position or 0) + n, key) for n, event in enumerate(events)]
        self.store.write(STREAM, 0, self.position, following, records)
        self.position = following


@pytest.fixture
def write(store: SqliteStore) -> Writer:
    return Writer(store)


def rows(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def test_a_new_database_has_no_position(store: SqliteStore) -> None:
    assert store.position(STREAM, 0) is None


def test_the_position_moves_with_the_data_and_survives(store: SqliteStore, write: Writer, path: Path) -> None:
    write(article("a"), article("b"))
    assert store.position(STREAM, 0) == 2
    assert store.position(STREAM, 1) is None
    store.close()
    with closing(SqliteStore.open(path)) as again:
        assert again.position(STREAM, 0) == 2
    assert rows(path, "SELECT count(*) FROM articles") == [(2,)]


@pytest.mark.parametrize("expected", [None, 1, 3], ids=["as if first", "behind", "ahead"])
def test_a_writer_that_was_replaced_is_refused_with_nothing_stored(
    store: SqliteStore, write: Writer, path: Path, expected: int | None
) -> None:
    write(article("a"), article("b"))
    with pytest.raises(FencedError, match=r"news\.articles\.v1/0 is at 2"):
        store.write(STREAM, 0, expected, 4, [record(article("c"))])
    assert store.position(STREAM, 0) == 2
    assert rows(path, "SELECT article_id FROM articles ORDER BY 1") == [("a",), ("b",)]


def test_of_two_processes_with_the_same_partition_one_writes(path: Path) -> None:
    with closing(SqliteStore.open(path)) as first, closing(SqliteStore.open(path)) as second:
        first.write(STREAM, 0, None, 1, [record(article("a"))])
        with pytest.raises(FencedError):
            second.write(STREAM, 0, None, 1, [record(article("b"))])
        second.write(STREAM, 1, None, 1, [record(article("c"))])
    assert rows(path, "SELECT article_id FROM articles ORDER BY 1") == [("a",), ("c",)]


def test_a_batch_that_fails_half_way_leaves_nothing(store: SqliteStore, path: Path) -> None:
    broken = replace(article("b"), title=None)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="NOT NULL"):
        store.write(STREAM, 0, None, 2, [record(article("a")), record(broken)])
    assert store.position(STREAM, 0) is None
    assert rows(path, "SELECT * FROM articles") == []
    store.write(STREAM, 0, None, 1, [record(article("a"))])


def test_the_same_events_again_change_nothing(write: Writer, path: Path) -> None:
    events = [article("a"), story("s", 2), duplicate("a", "b"), alert("x"), burst("y"), poll(1)]
    tables = ("articles", "revisions", "stories", "duplicates", "alerts", "bursts", "polls")
    write(*events)
    before = [rows(path, f"SELECT * FROM {table}") for table in tables]
    write(*events)
    assert [rows(path, f"SELECT * FROM {table}") for table in tables] == before
    assert all(len(found) == 1 for found in before)


def test_a_revision_replaces_the_article_and_joins_its_history(write: Writer, path: Path, clock: ManualClock) -> None:
    write(article("a"))
    clock.advance(60)
    change = TextChange(removed=("Two ministers met.",), added=("Three ministers met.",))
    write(article("a", revision=2, title="Corrected", changes=(change,)))
    assert rows(path, "SELECT revision, title, stored_at FROM articles") == [
        (2, "Corrected", "2026-03-02T09:01:00.000Z")
    ]
    history = rows(path, "SELECT revision, kind, stored_at FROM revisions ORDER BY revision")
    assert history == [(1, "new", "2026-03-02T09:00:00.000Z"), (2, "material", "2026-03-02T09:01:00.000Z")]
    assert "Three ministers" in rows(path, "SELECT changes FROM revisions WHERE revision = 2")[0][0]


def test_an_older_revision_that_comes_late_does_not_replace_a_newer_one(write: Writer, path: Path) -> None:
    write(article("a", revision=2, title="Newer", topics=(TopicMatch(topic_id="summit", label="about", score=1),)))
    write(article("a", title="Older"))
    assert rows(path, "SELECT title FROM articles") == [("Newer",)]
    assert rows(path, "SELECT topic_id FROM article_topics") == [("summit",)]
    assert rows(path, "SELECT count(*) FROM revisions") == [(2,)]


def test_topics_of_an_article_are_those_of_its_latest_revision(write: Writer, path: Path) -> None:
    def topics(*names: str) -> tuple[TopicMatch, ...]:
        return tuple(TopicMatch(topic_id=name, label="about", score=2.5) for name in names)

    write(article("a", topics=topics("summit", "sanctions")))
    write(article("a", revision=2, topics=topics("sanctions", "election")))
    assert rows(path, "SELECT topic_id FROM article_topics ORDER BY 1") == [("election",), ("sanctions",)]


def test_a_story_is_as_its_last_event_says(write: Writer, path: Path) -> None:
    write(story("s", 1), story("s", 2), story("s", 3))
    assert rows(path, "SELECT articles, sources FROM stories") == [(3, '["harbour-post.example"]')]


def test_a_burst_is_stored_with_its_figures_and_an_alert_with_why_it_was_sent(write: Writer, path: Path) -> None:
    write(burst("y"), replace(alert("x"), change="repeated"), replace(alert("z"), change="updated", lapsed=True))
    columns = "topic_id, window_start, window_s, stories, sources, expected, score"
    assert rows(path, f"SELECT {columns} FROM bursts") == [
        ("summit", "2026-03-02T09:00:00.000Z", 3600, 9, 4, 1.5, 8.25)
    ]
    assert rows(path, "SELECT change, lapsed FROM alerts ORDER BY event_id") == [("repeated", 0), ("updated", 1)]


def test_a_tombstone_takes_down_all_that_there_is_of_an_article(write: Writer, path: Path) -> None:
    write(article("a", topics=(TopicMatch(topic_id="summit", label="about", score=1),)), article("b"))
    write(alert("x", "a"), burst("y", "a"))
    write(article("a", revision=2, body="Velmora harbour, corrected"))
    write(None, key="a")
    for table in ("articles", "revisions"):
        assert rows(path, f"SELECT DISTINCT article_id FROM {table}") == [("b",)]
    for table in ("article_topics", "alerts", "bursts"):
        assert rows(path, f"SELECT * FROM {table}") == []
    assert [hit.article_id for hit in ArticleSearch(path).search("velmora")] == ["b"]


def test_polls_are_kept_for_a_while(write: Writer, path: Path) -> None:
    write(poll(1), poll(2, START + timedelta(days=1)))
    write(poll(3, START + POLLS_KEPT + timedelta(hours=1)))
    assert rows(path, "SELECT event_id FROM polls ORDER BY 1") == [("poll-2",), ("poll-3",)]


def test_threads_may_write_their_partitions_at_once(store: SqliteStore, path: Path) -> None:
    def fill(partition: int) -> None:
        for offset in range(20):
            name = f"{partition}-{offset}"
            store.write(STREAM, partition, offset or None, offset + 1, [record(article(name), offset)])

    threads = [Thread(target=fill, args=(partition,)) for partition in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(path, "SELECT count(*) FROM articles") == [(80,)]
    assert rows(path, "SELECT partition, next_offset FROM positions ORDER BY 1") == [(n, 20) for n in range(4)]


def test_a_reader_sees_whole_batches_while_a_writer_writes(write: Writer, path: Path) -> None:
    write(article("a"))
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM articles").fetchone() == (1,)
        write(article("b"))
        assert reader.execute("SELECT count(*) FROM articles").fetchone() == (1,)
        reader.execute("COMMIT")
        assert reader.execute("SELECT count(*) FROM articles").fetchone() == (2,)


def test_a_database_that_somebody_else_holds_is_an_error_that_may_pass(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumers.sinks.sqlite._BUSY_S", 0.1)
    with closing(SqliteStore.open(path)) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError, match="locked"):
            store.write(STREAM, 0, None, 1, [record(article("a"))])
        other.execute("ROLLBACK")
        store.write(STREAM, 0, None, 1, [record(article("a"))])


@pytest.mark.parametrize("version", [0, 99])
def test_a_database_of_another_kind_is_left_alone(tmp_path: Path, version: int) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (x)")
        other.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(StoreError, match=r"another kind or version.*sink\.sqlite_path"):
        SqliteStore.open(path)
    assert rows(path, "SELECT name FROM sqlite_master") == [("theirs",)]


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("not a database at all, but long enough to be mistaken for one\n" * 100)
    with pytest.raises(StoreError, match="not a database"):
        SqliteStore.open(path)


def test_what_is_stored_is_counted_and_what_is_refused_is_not(store: SqliteStore, clock: ManualClock) -> None:
    metrics = Metrics()
    metered = MeteredStore(store, metrics, clock)
    clock.advance(7)
    metered.write(
        STREAM, 0, None, 4, [record(e) for e in (article("a"), article("b", revision=2), alert("x"), poll(1))]
    )
    with pytest.raises(FencedError):
        metered.write(STREAM, 0, None, 1, [record(article("c"))])

    def value(name: str, **labels: str) -> float | None:
        return metrics.registry.get_sample_value(f"newsriver_{name}", labels)

    assert metered.position(STREAM, 0) == 4
    assert value("articles_total", language="en", kind="new") == 1
    assert value("articles_total", language="en", kind="material") == 1
    assert (value("latency_seconds_sum"), value("latency_seconds_count")) == (7, 1)
    assert value("alerts_total", severity="high") == value("polls_total", outcome="changed") == 1


@pytest.fixture
def search(write: Writer, path: Path) -> ArticleSearch:
    sanctions = TopicMatch(
        topic_id="sanctions", label="about", score=3, evidence=(Evidence(field="title", start=0, end=4, text="x"),)
    )
    write(
        article("a", title="Sanctions against Orlund", body="The council of Velmora agreed.", topics=(sanctions,)),
        article("b", title="Harbour festival", body="Nobody spoke of sanctions at the festival.", story_id="story"),
        article(
            "c", title="Sanktionen gegen Orlund verschärft", language="de", topics=(sanctions,),
            body="Der Rat beschloss ein neues Paket über Öl und Gas.", discovered_at=START + timedelta(hours=1),
        ),
        article("d", title="Санкции против Орлунда", language="ru", body="Совет принял новый пакет мер."),
        article("e", title="Illness", body="Covid-19 cases rise in the U.S. and in Velmora."),
    )  # fmt: skip
    return ArticleSearch(path)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sanctions", ["a", "b"]),
        ("SANCTIONS orlund", ["a"]),
        ("sanctions OR sanktionen", ["a", "b", "c"]),
        ("sanctions NOT festival", ["a"]),
        ('"sanctions against"', ["a"]),
        ('"against sanctions"', []),
        ("sank* verscharft", ["c"]),
        ('"uber ol"', ["c"]),
        ("санкции", ["d"]),
        ("covid-19", ["e"]),
        ("U.S.", ["e"]),
        ("sanctions -", ["a", "b"]),
        ("near(x) column:y", []),
    ],
)
def test_articles_are_found_by_their_words(search: ArticleSearch, query: str, found: list[str]) -> None:
    assert sorted(hit.article_id for hit in search.search(query)) == found


def test_a_word_in_the_title_weighs_more(search: ArticleSearch) -> None:
    assert [hit.article_id for hit in search.search("sanctions")] == ["a", "b"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"topic": "sanctions"}, ["c", "a"]),
        ({"topic": "sanctions", "language": "de"}, ["c"]),
        ({"language": "ru"}, ["d"]),
        ({"limit": 1}, ["c"]),
        ({"topic": "unknown"}, []),
    ],
    ids=str,
)
def test_without_words_the_newest_come_first(search: ArticleSearch, filters: dict[str, Any], found: list[str]) -> None:
    assert [hit.article_id for hit in search.search(**filters)] == found


def test_a_hit_shows_where_it_matched_and_what_it_is_about(search: ArticleSearch) -> None:
    (hit,) = search.search("council", marks=("<", ">"))
    assert hit.snippet == "The <council> of Velmora agreed."
    assert (hit.topics, hit.url, hit.revision) == (("sanctions",), "https://harbour-post.example/a", 1)
    assert search.search("festival")[0].story_id == "story"


@pytest.mark.parametrize("query", ["AND x", "x OR", "NOT x", "***", '""'])
def test_a_query_that_cannot_be_is_refused(search: ArticleSearch, query: str) -> None:
    with pytest.raises(SearchError):
        search.search(query)


def test_without_a_database_there_is_nothing_to_search(tmp_path: Path) -> None:
    with pytest.raises(SearchError, match="newsriver up"):
        ArticleSearch(tmp_path / "none.sqlite")


def test_after_a_correction_only_the_new_words_are_found(write: Writer, path: Path) -> None:
    write(article("a", body="The treaty was signed."))
    write(article("a", revision=2, body="The treaty was postponed."))
    search = ArticleSearch(path)
    assert search.search("signed") == []
    assert [hit.revision for hit in search.search("postponed")] == [2]


@pytest.mark.parametrize(
    ("query", "expression"),
    [
        ("a b", '"a" "b"'),
        ("a OR b*", '"a" OR "b"*'),
        ('"a b"* c', '"a b"* "c"'),
        ("(a) 'b'", '"a" "\'b\'"'),
        ("", ""),
    ],
)
def test_a_query_is_quoted_word_by_word(query: str, expression: str) -> None:
    assert match_expression(query) == expression
