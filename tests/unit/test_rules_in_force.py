"""Rules that come into force while a stage runs: what has not changed is not read again; nothing is half in force."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from consumers.alerts.watcher import Watcher
from consumers.topics.stage import Topics
from newsriver.stages import Record, Transform
from schemas.events import Article, Rule, RuleMatched, Signature
from schemas.streams import GROUPED, RULES

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ARTICLE = Article(
    id="a", emitted_at=NOW, article_id="a", entry_id="e", feed_id="f", url="https://ostwind.example/a", fetched_url="",
    source="ostwind.example", title="Tankers", body="Tankers and pipelines.", language="en", discovered_at=NOW,
    fetched_at=NOW, origin="page", extractor="t", extractor_version="1", revision=1, kind="new",
    signature=Signature(algorithm="a", content_hash="h", words=1, shingles=1, minhash="", lead=""),
)  # fmt: skip
RECORD = Record("a", ARTICLE, GROUPED.name, 0, 0, 0)


class Looked(dict[str, Any]):
    """A definition that counts how often it is looked at."""

    times = 0

    def get(self, key: str, default: Any = None) -> Any:
        self.times += 1
        return super().get(key, default)


def alert(name: str, query: str) -> Rule:
    definition = Looked(id=name, title=name, query=query)
    return Rule(id=name, emitted_at=NOW, rule_id=f"alert.{name}", kind="alert", definition=definition)


def topic(name: str, term: str) -> Rule:
    definition = Looked(id=name, title={"en": name}, threshold=1, terms={"en": {"core": {term: 3}}})
    return Rule(id=name, emitted_at=NOW, rule_id=f"topic.{name}", kind="topic", definition=definition)


def times_looked_at(rule: Rule) -> int:
    assert isinstance(rule.definition, Looked)
    return rule.definition.times


@pytest.mark.parametrize(
    ("stage", "kept", "others"),
    [
        (Watcher(), alert("oil", "tanker*"), [alert("gas", "pipeline*"), topic("oil", "tanker*")]),
        (Topics(), topic("oil", "tanker*"), [alert("gas", "pipeline*")]),
    ],
    ids=["watcher", "topics"],
)
def test_a_rule_that_has_not_changed_is_not_read_again(
    stage: Transform[Any, Any], kept: Rule, others: list[Rule]
) -> None:
    stage.followed(RULES, {kept.rule_id: kept})
    once = times_looked_at(kept)
    stage.followed(RULES, {rule.rule_id: rule for rule in (kept, *others)})
    assert times_looked_at(kept) == once > 0


@pytest.mark.parametrize("kind", [alert, topic])
def test_a_new_version_that_is_broken_leaves_the_one_before_in_force(kind: Callable[[str, str], Rule]) -> None:
    stage: Transform[Any, Any] = Watcher() if kind is alert else Topics()
    good, bad, other = kind("oil", "tanker*"), kind("oil", "tanker OR"), kind("gas", "pipeline*")
    assert stage.followed(RULES, {good.rule_id: good}) == {}
    for content in ((bad,), (bad, other)):
        refused = stage.followed(RULES, {rule.rule_id: rule for rule in content})
        assert list(refused) == [good.rule_id]
        assert str(refused[good.rule_id]).endswith("; the version before it stays in force")
    assert found(stage) == {good.rule_id, other.rule_id}
    assert stage.followed(RULES, {other.rule_id: other}) == {}
    assert found(stage) == {other.rule_id}, "what is withdrawn is not in force"
    assert "stays in force" not in str(stage.followed(RULES, {bad.rule_id: bad})[bad.rule_id])


def found(stage: Transform[Any, Any]) -> set[str]:
    """The rules that the article matches."""
    events = [output.event for output in stage.process(RECORD, stage.new_state(), NOW).outputs]
    topics = {f"topic.{topic.topic_id}" for event in events if isinstance(event, Article) for topic in event.topics}
    return topics | {event.rule_id for event in events if isinstance(event, RuleMatched)}


@pytest.mark.parametrize(
    ("inhibitors", "told"),
    [
        ({"z": ["y"], "y": ["x", "none"], "x": []}, ["x", "y", "z"]),
        ({"a": [], "z": ["y"], "y": ["z"]}, ["a", "y", "z"]),
    ],
    ids=["chain", "circle"],
)
def test_the_matches_of_an_article_begin_with_those_that_may_keep_others_quiet(
    inhibitors: dict[str, list[str]], told: list[str]
) -> None:
    stage, rules = Watcher(), []
    for name, others in inhibitors.items():
        rules.append(
            replace(alert(name, "tanker*"), definition={**alert(name, "tanker*").definition, "inhibited_by": others})
        )
    assert stage.followed(RULES, {rule.rule_id: rule for rule in rules}) == {}
    events = [output.event for output in stage.process(RECORD, stage.new_state(), NOW).outputs]
    assert [event.rule_id for event in events if isinstance(event, RuleMatched)] == [f"alert.{name}" for name in told]


def test_matches_are_those_of_the_ruleset_that_they_name() -> None:
    watcher = Watcher()
    rulesets = [{"alert.oil": alert("oil", "tankers")}, {"alert.gas": alert("gas", "pipelines")}]
    found: set[tuple[str, str]] = set()
    stopped = threading.Event()

    def change() -> None:
        while not stopped.is_set():
            for ruleset in rulesets:
                watcher.followed(RULES, ruleset)

    changing = threading.Thread(target=change)
    changing.start()
    for _ in range(300):
        for output in watcher.process(RECORD, watcher.new_state(), NOW).outputs:
            assert isinstance(output.event, RuleMatched)
            found.add((output.event.rule_id, output.event.ruleset_version or ""))
    stopped.set()
    changing.join()
    assert len({version for _, version in found}) == len({rule_id for rule_id, _ in found}) == len(found)
