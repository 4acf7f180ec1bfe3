"""Bursts: found in counts that scatter as news does, said once, and passed on to the rules that ask for them."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from consumers.alerts.bursts.level import Level, expected, learned, score
from consumers.alerts.bursts.season import HOUR, HOURS_A_WEEK, Season
from consumers.alerts.bursts.season import learned as season_learned
from consumers.alerts.bursts.stage import Bursts
from consumers.alerts.bursts.watch import THRESHOLD
from consumers.alerts.stage import Alerts
from newsriver.testing.clock import ManualClock
from newsriver.testing.kit import StageKit
from schemas.events import Rule, TopicSeen
from schemas.streams import ALERTS, BURSTS, MATCHES, RULES

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday


def simulated(topics: int, weeks: int) -> tuple["np.ndarray", "np.ndarray"]:
    """Stories an hour with the day and the week in them, scattered as a negative binomial; and where bursts are."""
    random = np.random.default_rng(5)
    hours = np.arange(HOURS_A_WEEK * weeks)
    activity = (1 + 0.7 * np.sin((hours % 24 - 8) / 24 * 2 * np.pi)) * np.where(hours // 24 % 7 >= 5, 0.55, 1)
    mean = np.exp(random.normal(0.3, 1.3, topics))[:, None] * activity
    bursts = np.zeros(mean.shape, bool)
    for topic in range(topics):
        start = int(random.integers(HOURS_A_WEEK * 3, len(hours) - 24))
        end = start + int(random.integers(4, 14))
        factor = random.uniform(3, 7)
        mean[topic, start:end] = mean[topic, start:end] * factor + factor / 2
        bursts[topic, start:end] = True
    return random.negative_binomial(6, 6 / (6 + mean)), bursts


def scored(counts: "np.ndarray") -> "np.ndarray":
    """The score of each hour, from what was learned before it."""
    season, levels = Season(), [Level()] * len(counts)
    scores = np.zeros(counts.shape)
    for hour in range(counts.shape[1]):
        at = START + hour * HOUR
        factor = season.factor(at)
        for topic, level in enumerate(levels):
            count = int(counts[topic, hour])
            scores[topic, hour] = score(count, expected(level, factor)) if level.warm else 0
            levels[topic] = learned(level, count, factor)
        season = season_learned(season, at, int(counts[:, hour].sum()))
    return scores


def test_most_bursts_are_found_and_hardly_any_false_ones() -> None:
    counts, bursts = simulated(100, 6)
    above = scored(counts) >= THRESHOLD
    found = np.array([above[topic][bursts[topic]].any() for topic in range(len(counts))])
    tested = np.zeros_like(bursts)
    tested[:, HOURS_A_WEEK * 3 :] = True
    begun = above & ~np.pad(above, ((0, 0), (1, 0)))[:, :-1]
    false_a_day = (begun & tested & ~bursts).sum() / (tested[0].sum() / 24)
    assert found.mean() >= 0.9
    assert false_a_day / len(counts) <= 1 / 100  # one in a hundred days of a topic


def test_the_hours_of_the_week_are_learned() -> None:
    counts, _ = simulated(50, 5)
    season = Season()
    for hour in range(counts.shape[1]):
        season = season_learned(season, START + hour * HOUR, int(counts[:, hour].sum()))
    assert season.factor(START + timedelta(hours=14)) > 1.3
    assert season.factor(START + timedelta(hours=2)) < 0.6
    assert season.factor(START + timedelta(days=6, hours=14)) < season.factor(START + timedelta(days=1, hours=14))


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


def rush(kit: StageKit, count: int, *, story: str | None = None, topic: str = "sanctions") -> None:
    for number in range(count):
        kit.clock.advance(timedelta(minutes=1))
        kit.feed(article(1000 + number, kit.clock.now(), topic, story))


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
    for _ in range(6):
        kit.tick(HOUR)
    rush(kit, 25)
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


def rule(**definition: object) -> Rule:
    full = {"id": "surge", "title": "Surge", **definition}
    return Rule(id="r", emitted_at=START, rule_id="alert.surge", kind="alert", definition=full)


@pytest.mark.parametrize(
    ("burst", "alerts"),
    [({"topics": ["sanctions"]}, 1), ({"topics": ["flood"]}, 0), ({}, 1), ({"min_sources": 9}, 0)],
)  # fmt: skip
def test_rules_can_ask_for_bursts(burst: dict[str, object], alerts: int) -> None:
    kit = watched()
    assert kit.follow(RULES, [rule(burst=burst)]) == {}
    rush(kit, 25)
    raised = StageKit(Alerts())
    raised.feed(*kit.written(MATCHES))
    notices = raised.written(ALERTS)
    assert [(notice.group, notice.burst is not None) for notice in notices] == [(("sanctions",), True)] * alerts
