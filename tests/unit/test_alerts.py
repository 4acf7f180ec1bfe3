"""From articles to alerts: one for each group, however many articles and however often a task dies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from consumers.alerts.channels.console import ConsoleChannel
from consumers.alerts.notifier import Notifier
from consumers.alerts.rule import AlertRuleError, compile_rule, parse_duration
from consumers.alerts.stage import Alerts
from consumers.alerts.watcher import Watcher
from newsriver.cli.rulefiles import read_rules
from newsriver.testing.kit import StageKit
from schemas.events import AlertRaised, Article, Rule, Signature
from schemas.streams import ALERTS, DELIVERIES, MATCHES, RULES

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RULE = {"id": "oil", "title": "Oil", "query": "tanker*", "repeat_interval": "1h"}


def rule(definition: dict[str, Any]) -> Rule:
    key = f"alert.{definition.get('id')}"
    return Rule(id=key, emitted_at=NOW, rule_id=key, kind="alert", definition=definition)


def article(name: str, body: str, story: str = "s1", **changes: Any) -> Article:
    made = Article(
        id=name, emitted_at=NOW, article_id=name, entry_id=name, feed_id="f", url=f"https://ostwind.example/{name}",
        fetched_url="", source="ostwind.example", title="Title", body=body, language="en", discovered_at=NOW,
        fetched_at=NOW, origin="page", extractor="t", extractor_version="1", revision=1, kind="new",
        signature=Signature(algorithm="a", content_hash="h", words=1, shingles=1, minhash="", lead=""), story_id=story,
    )  # fmt: skip
    return replace(made, **changes)


def matched(*articles: Article, rules: tuple[dict[str, Any], ...] = (RULE,)) -> StageKit:
    kit = StageKit(Watcher())
    assert kit.follow(RULES, map(rule, rules)) == {}
    kit.feed(*articles)
    return kit


def test_a_match_carries_its_group_and_the_passages_that_prove_it() -> None:
    [match] = matched(article("a", "Nineteen tankers sailed."), article("b", "Nothing.")).written(MATCHES)
    assert (match.rule_id, match.group, match.article_id) == ("alert.oil", ("s1",), "a")
    assert [passage.text for passage in match.evidence] == ["tanker"]


def test_a_minor_revision_is_no_news() -> None:
    assert matched(article("a", "tankers", kind="minor", revision=2)).written(MATCHES) == []


CORRECTED = article("a", "Correction: no ships sailed.", title="Corrected", kind="material", revision=2)


@pytest.mark.parametrize("kind", ["material", "replaced"])
def test_a_revision_that_a_rule_matches_no_more_takes_the_match_back(kind: Any) -> None:
    ships = {**RULE, "id": "ships", "query": "tanker* OR ships"}
    kit = matched(article("a", "tankers"), article("b", "coal"), rules=(RULE, ships))
    kit.restart()
    kit.feed(replace(CORRECTED, kind=kind), replace(CORRECTED, article_id="b"))
    _, _, ships_again, lapse, other = kit.written(MATCHES)
    assert (ships_again.rule_id, ships_again.lapsed, other.article_id) == ("alert.ships", False, "b")
    assert (lapse.rule_id, lapse.group, lapse.lapsed) == ("alert.oil", ("s1",), True)
    assert (lapse.article_id, lapse.revision, lapse.title, lapse.evidence) == ("a", 2, "Corrected", ())
    kit.feed(replace(CORRECTED, revision=3))
    assert [match.rule_id for match in kit.written(MATCHES)[5:]] == ["alert.ships"], "it is taken back once"


@pytest.mark.parametrize("rules", [(), ({**RULE, "query": None, "burst": {}},)], ids=["withdrawn", "for bursts now"])
def test_a_rule_that_is_not_there_to_match_takes_nothing_back(rules: tuple[dict[str, Any], ...]) -> None:
    kit = matched(article("a", "tankers"))
    kit.follow(RULES, map(rule, rules))
    kit.feed(CORRECTED)
    assert len(kit.written(MATCHES)) == 1


@pytest.mark.parametrize(
    "change", [{"group_by": "article"}, {"query": "tanker* AND NOT coal"}], ids=["grouped otherwise", "narrowed"]
)
def test_a_correction_after_a_rule_was_changed_takes_nothing_back(change: dict[str, Any]) -> None:
    kit = matched(article("a", "tankers and coal"))
    kit.follow(RULES, [rule({**RULE, **change})])
    kit.feed(replace(CORRECTED, body="Many tonnes of coal."))
    assert len(kit.written(MATCHES)) == 1


def test_a_match_under_the_rule_as_it_is_now_is_taken_back_where_that_told_of_it() -> None:
    kit = matched(article("a", "tankers"))
    kit.follow(RULES, [rule({**RULE, "group_by": "article"})])
    kit.feed(article("a", "tankers!", kind="material", revision=2), replace(CORRECTED, revision=3))
    assert [(m.group, m.lapsed) for m in kit.written(MATCHES)] == [(("s1",), False), (("a",), False), (("a",), True)]


def test_a_match_is_taken_back_in_the_group_that_was_told_whatever_story_the_article_is_in_now() -> None:
    kit = matched(article("a", "tankers"))
    kit.restart()
    kit.feed(replace(CORRECTED, story_id="s2"))
    assert [(m.group, m.lapsed) for m in kit.written(MATCHES)] == [(("s1",), False), (("s1",), True)]


def test_what_articles_matched_is_once_in_memory_however_it_came_there() -> None:
    kit = matched(article("a", "tankers"), rules=(RULE, {**RULE, "id": "ships"}))
    kit.restart()
    kit.feed(article("b", "tankers"))
    [a, b] = (kit.state.rules(name) for name in "ab")
    assert all(x.rule_id is y.rule_id and x.rule_hash is y.rule_hash for x, y in zip(a, b, strict=True))
    assert a[0].group is a[1].group
    assert b[0].group is b[1].group


def test_what_an_article_matched_is_remembered_for_a_week() -> None:
    kit = matched(article("a", "tankers"))
    kit.clock.advance(timedelta(days=1))
    kit.feed(article("b", "tankers"), article("a", "tankers!", kind="material", revision=2))
    kit.restart()
    kit.tick(timedelta(days=6, hours=1))
    assert set(kit.state.table("matched")) == {"a", "b"}
    kit.tick(timedelta(days=1))
    assert not kit.state.table("matched")


def test_a_correction_that_takes_the_news_back_is_told() -> None:
    kit = matched(article("a", "tankers"))
    kit.feed(CORRECTED)
    alerts = StageKit(Alerts())
    alerts.feed(*kit.written(MATCHES))
    raised, updated = alerts.written(ALERTS)
    assert (raised.change, raised.lapsed, updated.change, updated.lapsed) == ("raised", False, "updated", True)
    assert (updated.alert_id, updated.summary) == (raised.alert_id, "Corrected")
    assert [(a.article_id, a.revision, a.title) for a in updated.articles] == [("a", 2, "Corrected")]


def test_a_broken_rule_is_reported_and_the_others_go_on() -> None:
    kit = StageKit(Watcher())
    errors = kit.follow(RULES, [rule({**RULE, "id": "bad", "query": "a OR"}), rule(RULE)])
    assert list(errors) == ["alert.bad"]
    assert "column 5" in str(errors["alert.bad"])
    kit.feed(article("a", "tankers"))
    assert len(kit.written(MATCHES)) == 1


def test_rules_that_keep_others_quiet_match_first() -> None:
    general = {**RULE, "id": "anything", "inhibited_by": ["oil"]}
    kit = matched(article("a", "tankers"), rules=(general, RULE))
    assert [match.rule_id for match in kit.written(MATCHES)] == ["alert.oil", "alert.anything"]


def test_an_article_that_matches_both_is_told_by_the_rule_that_keeps_the_other_quiet() -> None:
    general = {**RULE, "id": "anything", "inhibited_by": ["oil"]}
    kit = StageKit(Alerts())
    kit.feed(*matched(article("a", "tankers"), rules=(general, {**RULE, "group_wait": "2m"})).written(MATCHES))
    kit.tick(timedelta(minutes=3))
    assert [alert.rule_id for alert in kit.written(ALERTS)] == ["alert.oil"]


def test_one_alert_for_a_story_then_silence_then_another() -> None:
    matches = matched(*(article(n, "tankers") for n in "abc"), article("d", "tankers", "s2")).written(MATCHES)
    kit = StageKit(Alerts())
    kit.feed(*matches)
    assert [alert.group for alert in kit.written(ALERTS)] == [("s1",), ("s2",)]
    kit.restart()
    kit.clock.advance(timedelta(minutes=30))
    kit.feed(replace(matches[0], id="again", article_id="e"))
    assert len(kit.written(ALERTS)) == 2
    kit.clock.advance(timedelta(minutes=40))
    kit.feed(replace(matches[0], id="later", article_id="g"))
    assert [alert.suppressed for alert in kit.written(ALERTS)] == [0, 0, 3]


def test_groups_whose_silence_is_over_are_forgotten() -> None:
    kit = StageKit(Alerts())
    kit.feed(*matched(article("a", "tankers")).written(MATCHES))
    kit.tick(timedelta(hours=2))
    assert not kit.state.table("groups")
    assert not kit.state.table("members")


def an_alert() -> AlertRaised:
    kit = StageKit(Alerts())
    kit.feed(*matched(article("a", "tankers")).written(MATCHES))
    [alert] = kit.written(ALERTS)
    assert isinstance(alert, AlertRaised)
    return alert


def test_the_console_gets_a_line_and_the_delivery_is_recorded() -> None:
    lines: list[str] = []
    kit = StageKit(Notifier({"console": ConsoleChannel(lines.append)}))
    kit.feed(an_alert())
    assert kit.work() == 1
    assert lines == ["ALERT info Oil: Title (ostwind.example, en) https://ostwind.example/a"]
    assert [d.outcome for d in kit.written(DELIVERIES)] == ["delivered"]
    kit.restart()
    assert kit.work() == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"query": "*"}, "no letters"),
        ({"repeat_interval": "soon"}, "not a duration"),
        ({"group_by": "topic"}, "group_by: no such value: 'topic'; write story, rule, source or article"),
        ({"colour": "red"}, "no such field: colour"),
        ({"id": "Not An Id"}, "id"),
        ({"id": "summit\n"}, "id"),
        ({"group_wait": "9999999999d"}, "group_wait: not a duration"),
        ({"group_wait": "999999999d"}, "group_wait: a duration longer than a year"),
        ({"group_interval": "5"}, "group_interval: not a duration: '5'; write a number and s, m, h or d"),
        ({"group_interval": 5}, r"Expected `str \| null`, got `int` - at `\$.group_interval`"),
        ({"min_sources": 0}, "min_sources"),
        ({"min_sources": 10**23}, r"<= 10000 - at `\$.min_sources`"),
        ({"query": None, "burst": {"min_sources": 10**23}}, r"<= 10000 - at `\$.burst.min_sources`"),
        ({"severity": "high"}, "severity: no such value: 'high'; write info, warning or critical"),
        ({"severity": 3}, r"Expected `str`, got `int` - at `\$.severity`"),
        ({"labels": {"story": "x"}}, "every alert has story of itself"),
        ({"time_zone": "Berlin"}, "oil: time_zone: no such time zone: 'Berlin'"),
        ({"active_times": ["mon-fry 08:00-18:00"]}, "active_times: not a window of time: .*'mon-fry' is no day"),
        ({"quiet_hours": "22:00-07:00"}, "quiet_hours"),
        ({"quiet_hours": ["22:00-24:00"]}, "quiet_hours: not a window of time: .*hour must be in"),
        ({"quiet_hours": ["12:00-08:00", "08:00-12:00"]}, "quiet_hours: they never end"),
        ({"inhibited_by": ["oil"]}, "cannot keep itself quiet"),
        ({"inhibited_by": ["gas"], "group_by": "rule"}, "inhibited_by: .* not a rule as a whole"),
        ({"burst": {}}, "either a query or a burst"),
        ({"query": None}, "either a query or a burst"),
        ({"query": None, "burst": {"topic": ["flood"]}}, "burst: no such field: topic; known are min_sources, topics"),
        ({"query": None, "burst": {}, "group_by": "story"}, "group_by: bursts are grouped by their topic"),
        ({"query": None, "burst": {}, "min_sources": 3}, "min_sources: of a burst, write it under `burst`"),
        ({"group_by": "source", "min_sources": 2}, "min_sources: a group of one source has one outlet and never 2"),
        ({"group_by": "article", "min_sources": 3}, "min_sources: a group of one article .*; group by story or rule"),
        ({"repeat_interval": "0s", "min_sources": 2}, "repeat_interval: without any, .* never has the 2 outlets"),
    ],
)
def test_a_broken_rule_says_what_is_wrong(change: dict[str, Any], message: str) -> None:
    with pytest.raises(AlertRuleError, match=message):
        compile_rule({**RULE, **change})


@pytest.mark.parametrize(
    "change",
    [{"group_by": "article"}, {"repeat_interval": "0s"}, {"group_by": "rule", "min_sources": 2}],
)
def test_a_rule_that_can_fire_is_taken(change: dict[str, Any]) -> None:
    compile_rule({**RULE, **change})


def test_a_rule_that_would_never_keep_another_quiet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "alerts.yaml").write_text(
        "alerts:\n"
        "  - {id: flood, title: Flood, query: flood*, group_by: rule}\n"
        "  - {id: rain, title: Rain, query: rain*, inhibited_by: [flood, storm]}\n"
        "  - {id: wind, title: Wind, query: wind*, inhibited_by: [rain]}\n"
    )
    [fault] = read_rules([tmp_path / "alerts.yaml"]).faults
    assert "alerts.yaml:3: rain: inhibited_by: flood groups by rule, and this rule by story" in fault


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("4h", 14400), ("7d", 604800)])
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)
