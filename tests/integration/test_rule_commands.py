"""Commands that say what rules do: explain and backtest, over a log and over what is stored."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from consumers.sinks.sqlite import SqliteStore
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.kafka.writing import put
from newsriver.stages import Record
from schemas.events import Article, Event, Signature, TopicMatch
from schemas.identity import article_id
from schemas.streams import ARTICLES, Stream
from tests.integration.test_commands import Command

NOW = datetime.now(UTC).replace(microsecond=0)
OIL = {"id": "oil", "title": "Oil", "query": "tanker* AND topic:sanctions"}
pytestmark = [pytest.mark.embedded, pytest.mark.timeout(180)]


def article(name: str, title: str, body: str = "", minutes_ago: float = 0, **changes: Any) -> Article:
    url = f"https://ostwind.example/{name}"
    at = NOW - timedelta(minutes=minutes_ago)
    made = Article(
        id=f"{name}{changes.get('revision', 1)}", emitted_at=at, article_id=article_id(url), entry_id=name, feed_id="f",
        url=url, fetched_url=url, source="ostwind.example", title=title, body=body, language="en", discovered_at=at,
        fetched_at=at, origin="page", extractor="t", extractor_version="1", revision=1, kind="new", story_id=name,
        signature=Signature(algorithm="a", content_hash="h", words=1, shingles=1, minhash="", lead=""),
    )  # fmt: skip
    return replace(made, **changes)


def rule_file(path: Path, *rules: dict[str, Any]) -> str:
    """A file of alert rules, by its name."""
    path.write_text(yaml.safe_dump({"alerts": list(rules)}))
    return path.name


class River:
    """A command, and the streams that it looks at."""

    def __init__(self, command: Command, clients: Clients, names: Names, directory: Path) -> None:
        self.command = command
        self.directory = directory
        self._clients = clients
        self._names = names
        command("streams", "apply")

    def put(self, stream: Stream[Any], *events: Event) -> None:
        asyncio.run(put(self._clients, self._names, stream, events, "test"))

    def file(self, name: str, *rules: dict[str, Any]) -> str:
        return rule_file(self.directory / name, *rules)

    def apply(self, *rules: dict[str, Any]) -> None:
        self.command("rules", "apply", self.file("applied.yaml", *rules))


@pytest.fixture
def river(embedded_bootstrap: str, unique_prefix: str, tmp_path: Path) -> River:
    command = Command(tmp_path, embedded_bootstrap, unique_prefix)
    clients = Clients(Connection(embedded_bootstrap, fresh_producer_ids=True))
    return River(command, clients, Names(unique_prefix, unique_prefix), tmp_path)


SANCTIONS = TopicMatch(topic_id="sanctions", label="about", score=9)
TANKERS = article("tankers", "Tankers sail again", "Nineteen tankers left.", topics=(SANCTIONS,))


def test_what_matches_an_article_is_said_with_the_passages(river: River) -> None:
    river.put(ARTICLES, TANKERS, article("other", "Tea"))
    river.apply(OIL, {"id": "tea", "title": "Tea", "query": "tea"})
    [row] = river.command.rows("explain", TANKERS.article_id)
    assert (row["rule"], row["matches"], row["url"]) == ("alert.oil", True, TANKERS.url)
    assert [(p["field"], p["start"], p["end"], p["text"]) for p in row["passages"]] == [  # type: ignore[attr-defined]
        ("title", 0, 6, "Tanker"),
        ("body", 9, 15, "tanker"),
    ]
    said = river.command("explain", f"{TANKERS.url}?utm_source=mail#top")
    assert said.splitlines() == [
        f"Tankers sail again  (ostwind.example, en, revision 1) {TANKERS.url}",
        "alert.oil: matches (all 2)",
        "  title 0-6: [Tanker]s sail again",
        "  body 9-15: Nineteen [tanker]s left.",
    ]


def test_what_is_missing_is_said_part_by_part(river: River) -> None:
    river.put(ARTICLES, replace(TANKERS, topics=()))
    river.apply(OIL)
    said = river.command("explain", TANKERS.url, "--rule", "oil")
    assert said.splitlines()[1:5] == [
        "alert.oil: does not match (1 of 2; missing: topic:sanctions (article has no topics))",
        "  ✗ AND: 1 of 2; missing: topic:sanctions (article has no topics)",
        "    ✓ tanker*: twice",
        "    ✗ topic:sanctions: article has no topics",
    ]
    assert river.command("explain", TANKERS.url).splitlines()[1].startswith("no topic and no alert rule")


def test_the_latest_revision_is_asked_about_and_a_minor_one_is_no_news(river: River) -> None:
    river.put(ARTICLES, replace(TANKERS, title="Ships"), replace(TANKERS, id="2", revision=2, kind="minor"))
    river.apply(OIL)
    [row] = river.command.rows("explain", TANKERS.article_id, "--rule", "alert.oil")
    assert (row["revision"], row["matches"]) == (2, False)
    assert "minor" in str(row["reason"])


def test_a_topic_is_explained_term_by_term(river: River) -> None:
    river.put(ARTICLES, article("p", "Parliament passes sanctions", "New sanctions against shipping firms."))
    river.command("rules", "apply")
    [found] = river.command.rows("explain", "https://ostwind.example/p")
    assert (found["rule"], found["label"]) == ("topic.sanctions", "about")
    [asked] = river.command.rows("explain", "https://ostwind.example/p", "--rule", "topic.sanctions")
    assert asked == found
    said = river.command("explain", "https://ostwind.example/p", "--rule", "sanctions")
    assert "✓ about: a core term stands in the title" in said
    assert "= 3 x 1.5 x 1.5  core: " in said
    said = river.command("explain", "https://ostwind.example/p", "--rule", "summit")
    assert "topic.summit: none (score 0.00, " in said
    assert "not found" in said


def test_a_stored_article_and_a_rule_file_need_no_river(tmp_path: Path) -> None:
    command = Command(tmp_path, "127.0.0.1:9", "news")
    store = SqliteStore.open(tmp_path / "news.sqlite")
    store.write("s", 0, None, 1, [Record(TANKERS.article_id, TANKERS, "s", 0, 0, 0)])
    store.close()
    file = rule_file(tmp_path / "draft.yaml", OIL, {"id": "surge", "title": "Surge", "burst": {}})
    rows = {row["rule"]: row for row in command.rows("explain", TANKERS.url, "--rule", file)}
    assert rows["alert.oil"]["matches"] is True
    assert (rows["alert.surge"]["matches"], "bursts" in str(rows["alert.surge"]["reason"])) == (False, True)


def test_unknown_articles_and_rules_are_not_found(river: River) -> None:
    river.put(ARTICLES, TANKERS)
    river.command("explain", "https://ostwind.example/nothing", status=3)
    river.command("explain", TANKERS.url, "--rule", "nothing", status=3)
    river.command("explain", TANKERS.url, "--rule", river.file("bad.yaml", {"id": "x"}), status=2)
