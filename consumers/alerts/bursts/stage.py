"""The bursts stage: topics of articles in, bursts and the alert rules they match out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta

from consumers.alerts.bursts import watch
from consumers.alerts.bursts.rules import BurstRules
from consumers.alerts.bursts.season import HOUR, Season, hour_of
from consumers.alerts.bursts.season import learned as season_learned
from consumers.alerts.bursts.watch import Seen, Watched
from newsriver.stages import NOTHING, Change, Effects, Output, Record, Tables, Transform
from schemas.events import BurstDetected, BurstFigures, Event, TopicSeen
from schemas.identity import stable_id
from schemas.streams import BURSTS, MATCHES, RULES, TALLIES, Stream

TOPICS, CLOCK = "topics", "clock"
MOST_HOURS = 24 * 14
"""A river that stood still for longer than this begins to learn anew from where it is."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The hour that is being counted, and what is known of the week."""

    hour: Annotated[datetime, Meta(tz=True)]
    season: Season


class Bursts(Transform[TopicSeen, Tables]):
    """Watches each topic in one task."""

    name = "bursts"
    input = TALLIES
    outputs = (BURSTS, MATCHES)
    follows = (RULES,)

    def __init__(self) -> None:
        self._rules = BurstRules()

    def new_state(self) -> Tables:
        return Tables(**{TOPICS: Watched, CLOCK: Clock})

    def followed(self, stream: Stream[Any], events: Mapping[str, Event]) -> Mapping[str, Exception]:
        self._rules = BurstRules(events.values())
        return {}

    def process(self, record: Record[TopicSeen], state: Tables, now: datetime) -> Effects:
        article = record.value
        if article is None:
            return NOTHING
        topics, clock = dict(state.table(TOPICS)), _clock(state, article.seen_at)
        changes, clock = _roll(topics, clock, hour_of(article.seen_at))
        watched, figures = watch.seen(
            topics.get(article.topic_id, Watched()),
            Seen(article.seen_at, article.story_id, article.source),
            clock.season,
        )
        changes[TOPICS, article.topic_id] = watched
        if clock is not state.table(CLOCK).get(""):
            changes[CLOCK, ""] = clock
        outputs = () if figures is None else self._outputs(article, figures, now)
        return Effects(outputs, tuple(Change(table, key, value) for (table, key), value in changes.items()))

    def tick(self, state: Tables, now: datetime) -> Effects:
        """Close hours in which nothing came."""
        clock = state.table(CLOCK).get("")
        if clock is None or hour_of(now) <= clock.hour:
            return NOTHING
        changes, clock = _roll(dict(state.table(TOPICS)), clock, hour_of(now))
        changes[CLOCK, ""] = clock
        return Effects(changes=tuple(Change(table, key, value) for (table, key), value in changes.items()))

    def _outputs(self, article: TopicSeen, figures: BurstFigures, now: datetime) -> tuple[Output, ...]:
        burst = BurstDetected(
            id=stable_id("burst", article.topic_id, article.article_id),
            emitted_at=now,
            burst_id=stable_id("burst", article.topic_id, article.article_id),
            topic_id=article.topic_id,
            window_start=article.seen_at - HOUR,
            figures=figures,
            article_id=article.article_id,
            story_id=article.story_id,
            url=article.url,
            source=article.source,
            title=article.title,
            language=article.language,
        )
        matched = [Output(MATCHES, match) for match in self._rules.matches(burst)]
        return (Output(BURSTS, burst), *matched)


def _clock(state: Tables, at: datetime) -> Clock:
    found: Clock | None = state.table(CLOCK).get("")
    if found is None or hour_of(at) - found.hour > MOST_HOURS * HOUR:
        return Clock(hour_of(at), Season())
    return found


def _roll(topics: dict[str, Watched], clock: Clock, hour: datetime) -> tuple[dict[tuple[str, str], Any], Clock]:
    """Close all hours before `hour`; gives the topics that this changed. `topics` is brought up to date."""
    changes: dict[tuple[str, str], Any] = {}
    while clock.hour < hour:
        total = sum(watch.stories_in(watched, clock.hour) for watched in topics.values())
        for topic, watched in topics.items():
            topics[topic] = changes[TOPICS, topic] = watch.closed(watched, clock.hour, clock.season)
        clock = Clock(clock.hour + HOUR, season_learned(clock.season, clock.hour, total))
    return changes, clock
