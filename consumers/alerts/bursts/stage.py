"""The bursts stage: topics of articles in, bursts and the alert rules they match out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from consumers.alerts.bursts import watch
from consumers.alerts.bursts.rules import BurstRules
from consumers.alerts.bursts.season import HOUR, Season, hour_of
from consumers.alerts.bursts.season import learned as season_learned
from consumers.alerts.bursts.state import CLOCK, SEEN, TOPICS, BurstState, Clock
from consumers.alerts.bursts.watch import Seen, Watched
from newsriver.stages import NOTHING, Changes, Effects, Output, Record, Transform, effects_of
from schemas.events import BurstDetected, BurstFigures, Event, TopicSeen
from schemas.identity import stable_id
from schemas.streams import BURSTS, MATCHES, RULES, TALLIES, Stream

LATE = HOUR
"""How long after its end an hour is closed: articles do not come in the order in which they were found."""
STANDSTILL = 12 * HOUR
"""After so long without an article of any topic the river stood still, which teaches nothing of the topics."""


class Bursts(Transform[TopicSeen, BurstState]):
    """Watches each topic in one task."""

    name = "bursts"
    input = TALLIES
    outputs = (BURSTS, MATCHES)
    follows = (RULES,)

    def __init__(self) -> None:
        self._rules = BurstRules({})

    def new_state(self) -> BurstState:
        return BurstState()

    def followed(self, stream: Stream[Any], events: Mapping[str, Event]) -> Mapping[str, Exception]:
        self._rules = BurstRules(events, self._rules)
        return {}

    def process(self, record: Record[TopicSeen], state: BurstState, now: datetime) -> Effects:
        article = record.value
        if article is None:
            return NOTHING
        topic, at = article.topic_id, min(article.seen_at, now)  # the clock of who found it may be ahead
        clock = state.clock or Clock(hour_of(at), Season())
        if at < clock.hour:  # so late that it is no news
            return NOTHING
        changes, clock = _rolled(state, clock, hour_of(at - LATE))
        before = changes.get((TOPICS, topic)) or state.table(TOPICS).get(topic) or Watched()
        key, seen = f"{topic}/{article.article_id}", Seen(at, article.story_id, article.source)
        watched, figures = watch.seen(before, {**state.recent(topic), key: seen}.values(), at, clock.season)
        changes[SEEN, key] = seen
        if watched is not before or topic not in state.table(TOPICS):
            changes[TOPICS, topic] = watched
        if clock is not state.clock:
            changes[CLOCK, ""] = clock
        outputs = () if figures is None else self._outputs(_burst(article, at, figures, now), before)
        return effects_of(changes, *outputs)

    def _outputs(self, burst: BurstDetected, before: Watched) -> tuple[Output, ...]:
        """A burst that has just begun, and what it matches now that it did not match before."""
        matched = [Output(MATCHES, match) for match in self._rules.matches(burst, told_with=before.sources)]
        return tuple(matched) if before.bursting_since is not None else (Output(BURSTS, burst), *matched)


def _burst(article: TopicSeen, at: datetime, figures: BurstFigures, now: datetime) -> BurstDetected:
    burst_id = stable_id("burst", article.topic_id, article.article_id)
    return BurstDetected(
        id=burst_id,
        emitted_at=now,
        burst_id=burst_id,
        topic_id=article.topic_id,
        window_start=at - HOUR,
        figures=figures,
        article_id=article.article_id,
        story_id=article.story_id,
        url=article.url,
        source=article.source,
        title=article.title,
        language=article.language,
    )


def _rolled(state: BurstState, clock: Clock, hour: datetime) -> tuple[Changes, Clock]:
    """Close all hours before `hour`; gives what this changed."""
    changes: Changes = {}
    if hour <= clock.hour:
        return changes, clock
    topics: dict[str, Watched] = dict(state.table(TOPICS))
    recent = {topic: list(state.recent(topic).values()) for topic in topics}
    standstill = hour - clock.hour > STANDSTILL
    while clock.hour < hour:
        total = sum(watch.stories_in(seen, clock.hour) for seen in recent.values())
        for topic, watched in topics.items():
            topics[topic] = changes[TOPICS, topic] = watch.closed(watched, recent[topic], clock.hour, clock.season)
        season = season_learned(clock.season, clock.hour, total)
        clock = Clock(hour if standstill and not total else clock.hour + HOUR, season)
    for key, seen in state.table(SEEN).items():
        if seen.at < clock.hour - HOUR:  # no hour counts it any more
            changes[SEEN, key] = None
    return changes, clock
