"""Bursts: found in counts that scatter as news does, said once, and passed on to the rules that ask for them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from consumers.alerts.bursts.level import Level, expected, learned
from consumers.alerts.bursts.season import HOUR, HOURS_A_WEEK, Season, hour_of
from consumers.alerts.bursts.season import learned as season_learned
from consumers.alerts.bursts.stage import Bursts
from consumers.alerts.bursts.state import BurstState
from consumers.alerts.bursts.watch import THRESHOLD
from consumers.alerts.stage import Alerts
from newsriver.stages import Record
from newsriver.testing.clock import ManualClock
from newsriver.testing.kit import StageKit
from schemas.codec import encode
from schemas.events import BurstFigures, Rule, TopicSeen
from schemas.streams import ALERTS, BURSTS, MATCHES, RULES

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday


def simulated(seed: int, topics: int, weeks: int) -> tuple["np.ndarray", list[range]]:
    """Stories an hour with the day and the week in them, scattered as a negative binomial; and the hours of a burst of
    each topic."""
    random = np.random.default_rng(seed)
    hours = np.arange(HOURS_A_WEEK * weeks)
    activity = (1 + 0.7 * np.sin((hours % 24 - 8) / 24 * 2 * np.pi)) * np.where(hours // 24 % 7 >= 5, 0.55, 1)
    mean = np.exp(random.normal(0.3, 1.3, topics))[:, None] * activity
    bursts = []
    for topic in range(topics):
        start = int(random.integers(HOURS_A_WEEK * 2, len(hours) - 24))
        burst = range(start, start + int(random.integers(4, 14)))
        factor = random.uniform(3, 7)
        mean[topic, burst] = mean[topic, burst] * factor + factor / 2
        bursts.append(burst)
    return random.negative_binomial(6, 6 / (6 + mean)), bursts


def said(counts: "np.ndarray", seed: int = 0) -> list[tuple[int, float]]:
    """The topic and the hour of each burst that the stage says of articles that come so often."""
    random = np.random.default_rng(seed)
    arrivals = sorted(
        (hour + random.uniform(), topic)
        for topic, hours in enumerate(counts)
        for hour, count in enumerate(hours)
        for _ in range(count)
    )
    stage, state, bursts = Bursts(), BurstState(), []
    for number, (hour, topic) in enumerate(arrivals):
        seen = article(number, START + hour * HOUR, f"topic{topic}")
        effects = stage.process(Record(seen.topic_id, seen, "tallies", 0, 0, 0), state, seen.seen_at)
        for change in effects.changes:
            state.apply(change)
        bursts += [(topic, hour) for output in effects.outputs if output.stream is BURSTS]
    return bursts


def test_most_bursts_are_found_and_hardly_any_false_ones() -> None:
    counts, bursts = simulated(2, 12, 5)
    all_said = said(counts)
    found = {topic for topic, hour in all_said if int(hour) in bursts[topic]}
    false = sum(hour > 2 * HOURS_A_WEEK and not -1 <= hour - bursts[topic].start <= 15 for topic, hour in all_said)
    assert len(found) / 12 >= 0.9
    assert false / (12 * 3 * 7) <= 1 / 100  # a day of a topic


def test_chance_is_not_taken_for_the_hours_of_the_week_where_there_are_few_stories() -> None:
    counts = np.random.default_rng(8).poisson(1.0, (2, HOURS_A_WEEK * 5))
    assert said(counts) == []


def test_the_hours_of_the_week_are_learned() -> None:
    counts, _ = simulated(5, 50, 5)
    season = Season()
    for hour in range(counts.shape[1]):
        season = season_learned(season, START + hour * HOUR, int(counts[:, hour].sum()))
    assert season.factor(START + timedelta(hours=14)) > 1.3
    assert season.factor(START + timedelta(hours=2)) < 0.6
    assert season.factor(START + timedelta(days=6, hours=14)) < season.factor(START + timedelta(days=1, hours=14))


def test_after_a_day_the_hours_of_the_next_are_taken_to_be_like_it() -> None:
    season = Season()
    for hour in range(23):
        season = season_learned(season, START + hour * HOUR, 100 if 6 <= hour < 18 else 10)
    assert {season.factor(START + hour * HOUR) for hour in range(48)} == {1.0}
    season = season_learned(season, START + 23 * HOUR, 10)
    assert season.factor(START + 34 * HOUR) > 1.5
    assert season.factor(START + 26 * HOUR) < 0.5


def test_a_burst_does_not_become_the_usual() -> None:
    quiet = Level(mean=2, hours=200)
    after = quiet
    for _ in range(6):
        after = learned(after, 60, 1)
    assert expected(after, 1) < 3


def article(number: int, at: datetime, topic: str = "sanctions", story: str | None = None) -> TopicSeen:
    return TopicSeen(
        id=f"{topic}{number}", emitted_at=at, topic_id=topic, article_id=f"a{number}", story_id=story or f"s{number}",
        source=f"outlet{number % 7}.example", language="en", url=f"https://ostwind.example/{number}", title="Sanctions",
        seen_at=at,
    )  # fmt: skip


def watched(hours: int = 72) -> StageKit:
    """A topic with a story an hour for some days."""
    kit = StageKit(Bursts(), clock=ManualClock(START))
    for hour in range(hours):
        kit.clock.advance(HOUR)
        kit.feed(article(hour, kit.clock.now()))
    return kit


def rush(kit: StageKit, count: int, *, first: int = 1000, story: str | None = None, topic: str = "sanctions") -> None:
    for number in range(count):
        kit.clock.advance(timedelta(minutes=1))
        kit.feed(article(first + number, kit.clock.now(), topic, story))


def test_a_burst_is_said_once_with_its_figures() -> None:
    kit = watched()
    rush(kit, 25)
    [burst] = kit.written(BURSTS)
    assert burst.topic_id == "sanctions"
    assert burst.figures.stories > 5
    assert burst.figures.sources >= 3
    assert burst.figures.score >= THRESHOLD


def test_after_it_has_died_down_the_next_one_is_another() -> None:
    kit = watched()
    rush(kit, 25)
    kit.clock.advance(6 * HOUR)
    rush(kit, 25, first=2000)
    assert len({burst.burst_id for burst in kit.written(BURSTS)}) == 2


@pytest.mark.parametrize(
    "case",
    [
        pytest.param({"count": 40, "story": "one"}, id="one story told by many is no burst of the topic"),
        pytest.param({"count": 2}, id="two stories are too few"),
        pytest.param({"count": 25, "topic": "flood"}, id="a topic never seen before has no usual"),
    ],
)
def test_no_burst(case: dict[str, object]) -> None:
    kit = watched()
    rush(kit, **case)  # type: ignore[arg-type]
    assert kit.written(BURSTS) == []


def test_a_task_that_is_taken_over_says_the_same() -> None:
    kit, restarted = watched(), watched()
    rush(kit, 25)
    for number in range(25):
        restarted.clock.advance(timedelta(minutes=1))
        restarted.restart()
        restarted.feed(article(1000 + number, restarted.clock.now()))
    assert restarted.written(BURSTS) == kit.written(BURSTS)


def bursts_of(articles: list[TopicSeen], *, read_at: datetime | None = None) -> list[tuple[str, BurstFigures]]:
    """What is said of articles that come in this order; as they are found, unless they are all `read_at` a time."""
    kit = watched()
    for each in articles:
        kit.clock.advance((read_at or max(each.seen_at, kit.clock.now())) - kit.clock.now())
        kit.feed(each)
    return [(burst.article_id, burst.figures) for burst in kit.written(BURSTS)]


RUSH = [article(1000 + minute, START + timedelta(hours=73, minutes=3 * minute)) for minute in range(60)]


def test_a_backlog_is_counted_as_it_would_have_been() -> None:
    live = bursts_of(RUSH)
    assert len(live) == 1
    assert bursts_of(RUSH, read_at=START + timedelta(days=9)) == live


def test_the_order_of_articles_within_an_hour_of_one_another_does_not_matter_to_what_is_usual() -> None:
    mixed = [*RUSH[19::-1], *RUSH[39:19:-1], *RUSH[:39:-1]]
    levels = []
    for articles in (RUSH, mixed):
        kit = watched()
        kit.clock.advance(5 * HOUR)
        for each in (*articles, article(1, START + timedelta(hours=77, minutes=30))):
            kit.feed(each)
        levels.append((kit.state.clock, kit.state.table("topics")["sanctions"].level))
    assert levels[0] == levels[1]


def test_an_article_that_comes_hours_late_or_from_the_future_disturbs_nothing() -> None:
    kit = watched()
    kit.feed(article(1, kit.clock.now() - 5 * HOUR, "flood"))
    assert "flood" not in kit.state.table("topics")
    kit.feed(article(2, kit.clock.now() + timedelta(days=30)))
    rush(kit, 25)
    assert len(kit.written(BURSTS)) == 1


def test_a_river_that_stood_still_has_learned_nothing_from_it() -> None:
    kit = watched(24 * 14)
    before = kit.state.table("topics")["sanctions"].level.mean
    kit.clock.advance(timedelta(days=6))
    kit.feed(article(1, kit.clock.now()))
    assert kit.state.table("topics")["sanctions"].level.mean > 0.95 * before
    assert kit.state.clock.hour == hour_of(kit.clock.now()) - HOUR


def test_an_article_is_written_once_and_forgotten_when_no_hour_counts_it() -> None:
    kit = watched()
    rush(kit, 50)
    more = article(3000, kit.clock.now())
    changes = Bursts().process(Record("sanctions", more, "tallies", 0, 0, 0), kit.state, kit.clock.now()).changes
    assert sum(len(encode(change.value)) for change in changes) < 500
    kit.clock.advance(5 * HOUR)
    kit.feed(article(3001, kit.clock.now()))
    assert len(kit.state.table("seen")) == len(kit.state.recent("sanctions")) == 1


def rule(**definition: object) -> Rule:
    full = {"id": "surge", "title": "Surge", **definition}
    return Rule(id="r", emitted_at=START, rule_id="alert.surge", kind="alert", definition=full)


@pytest.mark.parametrize(
    ("burst", "alerts"),
    [({"topics": ["sanctions"]}, 1), ({"topics": ["flood"]}, 0), ({}, 1),
     ({"min_sources": 7}, 1), ({"min_sources": 8}, 0)],
)  # fmt: skip
def test_rules_can_ask_for_bursts(burst: dict[str, object], alerts: int) -> None:
    kit = watched()
    assert kit.follow(RULES, [rule(burst=burst)]) == {}
    rush(kit, 25)
    raised = StageKit(Alerts())
    raised.feed(*kit.written(MATCHES))
    notices = raised.written(ALERTS)
    assert [(notice.group, notice.burst is not None) for notice in notices] == [(("sanctions",), True)] * alerts


def test_a_match_names_the_set_of_rules_that_it_is_of() -> None:
    versions = []
    for rules in ([rule(burst={})], [rule(burst={})], [rule(burst={}, severity="critical")]):
        kit = watched()
        kit.follow(RULES, rules)
        rush(kit, 25)
        versions.append(kit.written(MATCHES)[0].ruleset_version)
    assert versions[0]
    assert versions[0] == versions[1] != versions[2]


@pytest.mark.parametrize("broken", [{"burst": {"topic": "flood"}}, {"query": "flood OR"}])
def test_a_new_version_that_is_broken_leaves_the_one_before_in_force(broken: dict[str, object]) -> None:
    kit = watched()
    kit.follow(RULES, [rule(burst={})])
    kit.follow(RULES, [rule(**broken)])
    rush(kit, 25)
    assert [match.definition["burst"] for match in kit.written(MATCHES)] == [{}]


def test_a_rule_that_asks_for_more_outlets_than_a_burst_began_with_matches_when_they_are_there() -> None:
    kit = watched()
    kit.follow(RULES, [rule(burst={"min_sources": 40})])
    for number in range(60):
        kit.clock.advance(timedelta(seconds=20))
        kit.feed(replace(article(1000 + number, kit.clock.now()), source=f"paper{number}.example"))
    [burst], [match] = kit.written(BURSTS), kit.written(MATCHES)
    assert burst.figures.sources < 40
    assert match.burst.sources == 40
