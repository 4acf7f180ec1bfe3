"""Commands that say what rules do: explain and backtest, over a log and over what is stored."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from consumers.alerts.watcher import Watcher
from consumers.sinks.sqlite import SqliteStore
from consumers.topics.stage import Topics
from newsriver.clock import SystemClock
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.follow import Follower
from newsriver.kafka.names import Names
from newsriver.kafka.reading import extents
from newsriver.kafka.records import RawRecord
from newsriver.kafka.writing import put, put_raw
from newsriver.stages import Record, Tables
from schemas.events import Article, BurstDetected, BurstFigures, Event, Signature, TopicMatch
from schemas.identity import article_id
from schemas.streams import ARTICLES, BURSTS, RULES, Stream
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
        self.clients = clients
        self.names = names
        command("streams", "apply")

    def put(self, stream: Stream[Any], *events: Event) -> None:
        asyncio.run(put(self.clients, self.names, stream, events, "test"))

    def extents(self) -> dict[str, dict[int, tuple[int, int]]]:
        """First and next offset of each partition of each stream, changelogs among them."""
        return asyncio.run(extents(self.clients, (self.names.prefix,)))

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
        "alert.oil: does not match",
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


TALKS: dict[str, Any] = {
    "id": "talks", "title": {"en": "Talks"}, "threshold": 1, "terms": {"en": {"core": {"talks": 3}}}
}  # fmt: skip


def test_a_topic_is_explained_term_by_term(river: River) -> None:
    river.put(ARTICLES, article("p", "Talks begin", "Talks in the port."), article("q", "Tea"))
    (river.directory / "talks.yaml").write_text(yaml.safe_dump(TALKS))
    river.command("rules", "apply", "talks.yaml")
    [found] = river.command.rows("explain", "https://ostwind.example/p")
    assert (found["rule"], found["label"]) == ("topic.talks", "about")
    assert river.command.rows("explain", "https://ostwind.example/p", "--rule", "topic.talks") == [found]
    assert river.command("explain", "https://ostwind.example/p", "--rule", "talks").splitlines()[1:] == [
        "topic.talks: about (score 6.75)",
        "  ✓ mention: score 6.75, 1 to be there at all",
        "  ✓ mention: a core term is there",
        "  ✓ about: score 6.75, 1.5 to be about it",
        "  ✓ about: a core term stands in the title",
        "    +6.75 = 3 x 1.5 x 1.5  core: talks: twice",
        "  title 0-5: [Talks] begin",
        "  body 0-5: [Talks] in the port.",
    ]
    said = river.command("explain", "https://ostwind.example/q", "--rule", "talks")
    assert "topic.talks: none (score 0.00, 1 to be there at all; no core term is there)" in said
    assert "0  core: talks: not found" in said


def test_a_stored_article_and_a_rule_file_need_no_river(tmp_path: Path) -> None:
    command = Command(tmp_path, "127.0.0.1:9", "news")
    store = SqliteStore.open(tmp_path / "news.sqlite")
    store.write("s", 0, None, 1, [Record(TANKERS.article_id, TANKERS, "s", 0, 0, 0)])
    store.close()
    file = rule_file(tmp_path / "draft.yaml", OIL, {"id": "surge", "title": "Surge", "burst": {}})
    rows = {row["rule"]: row for row in command.rows("explain", TANKERS.url, "--rule", file)}
    assert rows["alert.oil"]["matches"] is True
    assert (rows["alert.surge"]["matches"], "bursts" in str(rows["alert.surge"]["reason"])) == (False, True)


@pytest.mark.parametrize("query", ['iptc:"medtop:20000642"', "topic:sanctions", "source:ostwind.* AND title:tankers"])
def test_articles_are_tailed_that_an_alert_rule_would_match(query: str, river: River) -> None:
    tagged = replace(TANKERS, topics=(replace(SANCTIONS, iptc=("medtop:20000642",)),))
    river.put(ARTICLES, tagged, article("other", "Tea"))
    rows = river.command.rows("tail", "--match", query, "--from", "beginning", "--no-follow")
    assert [row["article_id"] for row in rows] == [TANKERS.article_id]


def test_unknown_articles_and_rules_are_not_found(river: River) -> None:
    river.put(ARTICLES, TANKERS)
    river.command("explain", "https://ostwind.example/nothing", status=3)
    river.command("explain", "\udcff", status=3)
    river.command("explain", TANKERS.url, "--rule", "nothing", status=3)
    river.command("explain", TANKERS.url, "--rule", "n" * 5000, status=3)
    river.command("explain", TANKERS.url, "--rule", river.file("bad.yaml", {"id": "x"}), status=2)


PORT = replace(article("port", "Port closed", "No tankers and no coal.", 90), source="calder.example")
LOG = (
    article("old", "Tankers long ago", minutes_ago=60 * 24 * 30),
    article("tankers", "Tankers sail", "Nineteen tankers.", 120),
    PORT,
    article("coal", "Coal is dear", "Coal.", 60),
)


def test_a_new_rule_says_how_often_it_would_have_fired(river: River) -> None:
    for event in LOG:
        river.put(ARTICLES, event)
    file = river.file("draft.yaml", {"id": "ships", "title": "Ships", "query": "tanker*"})
    [row] = river.command.rows("rules", "backtest", file, "--since", "7d")
    assert (row["rule"], row["articles_read"], row["running"]) == ("alert.ships", 3, None)
    assert (row["notices"], row["groups"], row["articles"]) == (2, 2, 2)
    [first, second] = row["samples"]["fired"]  # type: ignore[index]
    assert (first["title"], first["change"], first["source"]) == ("Tankers sail", "raised", "ostwind.example")
    assert datetime.fromisoformat(first["at"]) == LOG[1].emitted_at
    assert [p["text"] for p in second["passages"]] == ["tanker"]
    [row] = river.command.rows("rules", "backtest", file, "--since", "100m", "--until", "1m", "--samples", "0")
    assert (row["notices"], row["samples"]) == (1, {"fired": []})
    [row] = river.command.rows("rules", "backtest", file, "--since", "0001-01-01")
    assert row["articles_read"] == 4
    said = river.command("rules", "backtest", file)
    assert said.startswith("3 articles, 0 bursts")
    assert "raised  calder.example  Port closed  https://ostwind.example/port" in said


def test_a_changed_rule_is_compared_with_the_running_one_and_a_broken_one_is_told_of(river: River) -> None:
    for event in LOG:
        river.put(ARTICLES, event)
    river.apply({"id": "ships", "title": "Ships", "query": "tanker*"})
    changed = {"id": "ships", "title": "Ships", "query": "coal"}
    file = river.file("draft.yaml", changed, {"id": "bad", "title": "Bad", "query": "a OR"})
    [row, fault] = river.command.rows("rules", "backtest", file)
    assert row["difference"] == {
        "notices": {"both": 1, "only_new": 1, "only_running": 1},
        "articles": {"both": 1, "only_new": 1, "only_running": 1},
    }
    samples: Any = row["samples"]
    assert [each["title"] for each in samples["only_new"]] == ["Coal is dear"]
    assert [each["title"] for each in samples["only_running"]] == ["Tankers sail"]
    assert "column 5" in str(fault["fault"])
    said = river.command("rules", "backtest", file)
    assert "alert.ships, only running:" in said
    assert "column 5" in river.command.errors
    river.command("rules", "backtest", river.file("bad.yaml", {"id": "bad"}), status=2)
    river.command("rules", "backtest", file, "--since", "yesterday", status=2)
    river.command("rules", "backtest", file, "--since", "1h", "--until", "2h", status=2)


def test_a_topic_says_what_it_gains_and_loses_and_alert_rules_see_it(river: River) -> None:
    river.put(ARTICLES, article("a", "Talks begin", "Talks."), article("b", "Truce holds", "The truce."))
    topic = river.directory / "talks.yaml"
    topic.write_text(yaml.safe_dump(TALKS))
    river.command("rules", "apply", topic.name)
    topic.write_text(yaml.safe_dump({**TALKS, "terms": {"en": {"core": {"truce": 3}}}}))
    file = river.file("draft.yaml", {"id": "any-talks", "title": "Talks", "query": "topic:talks"})
    [alert, found] = river.command.rows("rules", "backtest", topic.name, file)
    assert (alert["rule"], alert["articles"]) == ("alert.any-talks", 1)
    assert (found["about"], found["gained"], found["lost"], found["running"]) == (1, 1, 1, {"about": 1, "mention": 0})
    samples: Any = found["samples"]
    assert [(each["title"], each["new"]) for each in samples["gained"]] == [("Truce holds", "about")]
    assert [p["text"] for p in samples["lost"][0]["passages"]] == ["Talks", "Talks"]
    assert "topic.talks, lost:" in river.command("rules", "backtest", topic.name)


def test_bursts_are_run_over_for_rules_that_ask_for_them(river: River) -> None:
    burst = BurstDetected(
        id="b", emitted_at=NOW, burst_id="b", topic_id="sanctions", window_start=NOW, article_id="a", story_id="s",
        url="https://ostwind.example/a", source="ostwind.example", title="Sanctions", language="en",
        figures=BurstFigures(window_s=3600, stories=9, sources=5, expected=1.0, score=8.0),
    )  # fmt: skip
    river.put(BURSTS, burst)
    file = river.file("draft.yaml", {"id": "surge", "title": "Surge", "burst": {"min_sources": 5}})
    [row] = river.command.rows("rules", "backtest", file)
    assert (row["bursts"], row["notices"]) == (1, 1)


def test_nothing_is_written_to_the_broker(river: River) -> None:
    for event in LOG:
        river.put(ARTICLES, event)
    river.apply(OIL)
    before = river.extents()
    file = river.file("draft.yaml", {**OIL, "query": "tanker*"}, {"id": "surge", "title": "Surge", "burst": {}})
    assert river.command.rows("rules", "backtest", file)[0]["notices"] == 2
    river.command("explain", PORT.url)
    assert river.extents() == before


def test_stages_drop_rules_that_are_withdrawn(river: River) -> None:
    (river.directory / "talks.yaml").write_text(yaml.safe_dump(TALKS))
    river.command("rules", "apply", "talks.yaml", river.file("oil.yaml", OIL))
    watcher, topics = Watcher(), Topics()
    talk = replace(TANKERS, title="Talks of tankers")
    record = Record(talk.article_id, talk, ARTICLES.name, 0, 0, 0)

    def found() -> tuple[bool, bool]:
        tagged = topics.process(record, Tables(), NOW).outputs[0].event
        assert isinstance(tagged, Article)
        return bool(watcher.process(record, watcher.new_state(), NOW).outputs), bool(tagged.topics)

    async def withdraw() -> None:
        clock = SystemClock()
        async with (
            Follower(river.clients, river.names, watcher, RULES, clock),
            Follower(river.clients, river.names, topics, RULES, clock),
        ):
            assert found() == (True, True)
            said = await asyncio.to_thread(river.command, "rules", "remove", "oil", "topic.talks", "alert.oil")
            assert said == "2 rules removed\n"
            async with asyncio.timeout(15):
                while found() != (False, False):  # noqa: ASYNC110 - the stages are told by other tasks
                    await asyncio.sleep(0.05)

    asyncio.run(withdraw())
    assert river.command.rows("rules", "list") == []


def test_a_rule_is_withdrawn_by_its_id_and_all_are_or_none(river: River) -> None:
    (river.directory / "talks.yaml").write_text(yaml.safe_dump(TALKS))
    same = {"id": "talks", "title": "Talks", "query": "talks"}
    river.command("rules", "apply", "talks.yaml", river.file("rules.yaml", OIL, same, {**same, "id": "topic.talks"}))
    river.command("rules", "remove", "oil", "nosuch", "topic.nosuch", status=3)
    assert "not in force: nosuch, topic.nosuch" in river.command.errors
    river.command("rules", "remove", "oil", "talks", status=2)
    assert "there are topic.talks and alert.talks: name one" in river.command.errors
    assert len(river.command.rows("rules", "list")) == 4
    river.command("rules", "remove", "topic.talks", "oil")
    assert [row["rule"] for row in river.command.rows("rules", "list")] == ["alert.talks", "alert.topic.talks"]
    garbage = RawRecord(river.names.stream(RULES), 0, -1, -1, b"alert.garbage", b"{not json")
    asyncio.run(put_raw(river.clients, [garbage]))
    river.command("rules", "remove", "garbage", "talks")
    river.command("rules", "remove", "garbage", status=3)


def test_names_that_neither_the_rules_in_force_have_are_warned_of_when_rules_are_applied(river: River) -> None:
    (river.directory / "talks.yaml").write_text(yaml.safe_dump(TALKS))
    river.command("rules", "apply", "talks.yaml", river.file("oil.yaml", OIL))
    draft = {"id": "draft", "title": "Draft", "query": "topic:talks OR topic:talk", "inhibited_by": ["oil", "coal"]}
    river.apply(draft)
    assert river.command.errors.splitlines() == [
        "newsriver: warning: applied.yaml:2: draft: there is no topic talk; did you mean talks?",
        "newsriver: warning: applied.yaml:2: draft: inhibited_by: there is no alert rule coal",
    ]


def test_rules_of_a_folder_are_put_in_force_and_what_can_hardly_be_meant_is_warned_of(river: River) -> None:
    folder = river.directory / "rules"
    folder.mkdir()
    (folder / "talks.yaml").write_text(yaml.safe_dump(TALKS))
    rule_file(folder / "alerts.yaml", OIL, {**OIL, "id": "lost", "query": "lang:de AND lang:fr AND tanker*"})
    assert river.command("rules", "apply", "rules") == "3 of 3 rules written\n"
    assert "lost: never: lang:de AND lang:fr AND tanker*" in river.command.errors
    (river.directory / "empty").mkdir()
    river.command("rules", "apply", "empty", status=2)
    assert "empty: there are no *.yaml files in this folder" in river.command.errors
