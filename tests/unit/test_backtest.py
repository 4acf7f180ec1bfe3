"""Rules over a log tell what the river would have told, and what a new version of them changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from consumers.alerts.backtest import Compared, Trial, difference, with_inhibitors
from consumers.alerts.stage import Alerts
from consumers.alerts.watcher import Watcher
from consumers.topics.backtest import TopicTrial
from newsriver.testing.clock import ManualClock
from newsriver.testing.kit import StageKit
from schemas.events import Article, BurstDetected, BurstFigures, Rule, Signature, TopicMatch
from schemas.streams import ALERTS, MATCHES, RULES

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def rules(*definitions: dict[str, Any], kind: Any = "alert") -> dict[str, Rule]:
    made = {}
    for definition in definitions:
        rule_id = f"{kind}.{definition['id']}"
        full = {"title": "T", **definition} if kind == "alert" else definition
        made[rule_id] = Rule(id=rule_id, emitted_at=START, rule_id=rule_id, kind=kind, definition=full)
    return made


def article(minute: float, name: str, body: str = "tankers", **changes: Any) -> Article:
    at = START + timedelta(minutes=minute)
    made = Article(
        id=f"{name}{minute}", emitted_at=at, article_id=name, entry_id=name, feed_id="f",
        url=f"https://ostwind.example/{name}", fetched_url="", source="ostwind.example", title=f"Title of {name}",
        body=body, language="en", discovered_at=at, fetched_at=at, origin="page", extractor="t",
        extractor_version="1", revision=1, kind="new", story_id="s1",
        signature=Signature(algorithm="a", content_hash="h", words=1, shingles=1, minhash="", lead=""),
    )  # fmt: skip
    return replace(made, **changes)


LOG = [
    article(0, "a"),
    article(1, "b", source="calder.example"),
    article(3, "c", "no ships", story_id="s2"),
    article(20, "d"),
    article(45, "a", revision=2, kind="material"),
    article(50, "a", revision=3, kind="minor"),
    article(300, "e", "tankers and coal"),
    article(301, "f", "coal", story_id="s3"),
    article(900, "g", "tankers", story_id="s3"),
]


@pytest.mark.parametrize(
    "definitions",
    [
        pytest.param([{"id": "oil", "query": "tanker*"}], id="plain"),
        pytest.param([{"id": "oil", "query": "tanker*", "repeat_interval": "2h"}], id="repeated"),
        pytest.param([{"id": "oil", "query": "tanker*", "group_wait": "5m", "group_interval": "30m"}], id="waiting"),
        pytest.param([{"id": "oil", "query": "tanker*", "min_sources": 2, "group_by": "rule"}], id="two outlets"),
        pytest.param([{"id": "oil", "query": "tanker*", "active_times": ["12:00-18:00"]}], id="afternoons"),
        pytest.param(
            [{"id": "oil", "query": "tanker*"}, {"id": "any", "query": "coal OR tankers", "inhibited_by": ["oil"]}],
            id="inhibited",
        ),
    ],
)
def test_a_trial_tells_what_the_stages_tell(definitions: list[dict[str, Any]]) -> None:
    made = rules(*definitions)
    trial = Trial(made)
    watcher, alerts = StageKit(Watcher(), clock=ManualClock(START)), StageKit(Alerts(), clock=ManualClock(START))
    watcher.follow(RULES, made.values())
    for event in LOG:
        trial.take(event)
        while alerts.clock.now() < event.emitted_at:
            alerts.tick(min(timedelta(minutes=1), event.emitted_at - alerts.clock.now()))
        seen = len(watcher.written(MATCHES))
        watcher.feed(event)
        alerts.feed(*watcher.written(MATCHES)[seen:])
    trial.pass_time(START + timedelta(hours=48))
    for _ in range(48 * 60):
        alerts.tick(timedelta(minutes=1))
    told = sorted((n.rule_id, n.change, n.article_id) for n in alerts.written(ALERTS))
    assert told
    assert told == sorted((rule, *key) for rule, fired in trial.fired.items() for key in fired.notices.elements())


def test_a_trial_tells_what_a_correction_takes_back() -> None:
    trial = Trial(rules({"id": "oil", "query": "tanker*"}))
    trial.take(LOG[0])
    trial.take(replace(LOG[0], body="No ships sailed.", kind="material", revision=2))
    fired = trial.fired["alert.oil"]
    assert [(n.change, n.lapsed) for n in fired.samples.values()] == [("raised", False), ("updated", True)]
    assert len(fired.articles) == 1
    trial.take(replace(LOG[0], body="Still none.", kind="material", revision=3))
    assert fired.notices.total() == 2


def test_a_trial_forgets_what_matched_when_the_river_does() -> None:
    trial = Trial(rules({"id": "oil", "query": "tanker*", "repeat_interval": "30d"}))
    trial.take(article(0, "a"))
    trial.take(article(8 * 24 * 60, "a", "No ships sailed.", kind="material", revision=2))
    assert trial.fired["alert.oil"].by_change() == {"raised": 1}


def test_notices_are_dated_when_they_were_due() -> None:
    trial = Trial(rules({"id": "oil", "query": "tanker*", "group_wait": "5m"}))
    trial.take(LOG[0])
    assert trial.fired["alert.oil"].notices == {}
    trial.take(LOG[3])
    [notice] = trial.fired["alert.oil"].samples.values()
    assert notice.raised_at == START + timedelta(minutes=5)


def fired(**definition: Any) -> Any:
    trial = Trial(rules({"id": "oil", **definition}))
    for event in LOG:
        trial.take(event)
    return trial.fired["alert.oil"]


def test_what_a_new_version_does_differently_is_counted_and_named() -> None:
    found = difference(fired(query="tanker* AND NOT coal"), fired(query="coal"))
    assert found.articles == Compared(both=0, only_new=4, only_running=2)
    assert found.notices == Compared(both=0, only_new=3, only_running=2)
    assert [(n.change, n.article_id) for n in found.only_running] == [("raised", "e"), ("raised", "f")]
    same = difference(fired(query="tanker*"), fired(query="tanker*"))
    assert (same.notices.only_new, same.notices.only_running, same.only_new, same.only_running) == (0, 0, (), ())


def test_bursts_are_events_of_the_log_too() -> None:
    trial = Trial(rules({"id": "all", "burst": {"topics": ["sanctions"]}}, {"id": "none", "burst": {"topics": ["x"]}}))
    trial.take(
        BurstDetected(
            id="b", emitted_at=START, burst_id="b", topic_id="sanctions", window_start=START, article_id="a",
            story_id="s", url="u", source="o", title="T", language="en",
            figures=BurstFigures(window_s=3600, stories=9, sources=5, expected=1.0, score=8.0),
        )
    )  # fmt: skip
    assert [len(fired.notices) for fired in trial.fired.values()] == [1, 0]


def test_what_may_keep_a_rule_quiet_comes_with_it() -> None:
    all_rules = rules(
        {"id": "a", "inhibited_by": ["b", "gone"]}, {"id": "b", "inhibited_by": ["c", "a"]}, {"id": "c"}, {"id": "d"}
    )
    assert set(with_inhibitors(["alert.a"], all_rules)) == {"alert.a", "alert.b", "alert.c"}


def topic(threshold: float, **core: float) -> dict[str, Rule]:
    definition = {
        "id": "talks", "title": {"en": "Talks"}, "threshold": threshold, "terms": {"en": {"core": core or {"talks": 3}}}
    }  # fmt: skip
    return rules(definition, kind="topic")


def test_articles_that_a_topic_gains_and_loses_are_counted_in_their_latest_revision() -> None:
    trial = TopicTrial(topic(4, talks=3, truce=1), topic(1, truce=2))
    taken = [
        trial.take(article(0, "gained", "talks, talks")),
        trial.take(article(1, "lost", "a truce")),
        trial.take(article(2, "moved", "truce, talks, talks")),
        trial.take(article(3, "gained later", "tea", topics=(TopicMatch(topic_id="summit", label="about", score=9),))),
        trial.take(article(4, "gained later", "talks and talks", revision=2, kind="material")),
        trial.take(article(5, "neither", "tea")),
    ]
    moves = trial.moves["talks"]
    assert set(moves.moves) == {"gained", "lost", "moved", "gained later"}
    assert moves.moves["gained"][0] == moves.moves["gained later"][0] == "none"
    assert moves.moves["lost"][1] == "none"
    assert moves.counted().total() == 4
    [lost] = moves.samples[moves.moves["lost"]].values()
    assert [passage.text for passage in lost.evidence] == ["truce"]
    assert [[t.topic_id for t in each.topics] for each in taken] == [
        ["talks"], [], ["talks"], ["summit"], ["talks"], [],
    ]  # fmt: skip
