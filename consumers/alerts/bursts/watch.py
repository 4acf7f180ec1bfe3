"""One topic under watch: what came in the last hour, what is usual, and whether it bursts. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from consumers.alerts.bursts.level import Level, expected, learned, score
from consumers.alerts.bursts.season import HOUR, Season
from schemas.events import BurstFigures, UtcTime

THRESHOLD = 8.0
"""From this score on it is a burst; at half of it, the burst is over."""
MIN_STORIES = 3
MIN_SOURCES = 3

UNKNOWN = Level()


@dataclass(frozen=True, slots=True)
class Seen:
    """An article with the topic."""

    at: UtcTime
    story_id: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A topic's usual level, since when it bursts, and the most outlets that it had in an hour since."""

    level: Level = UNKNOWN
    bursting_since: UtcTime | None = None
    sources: int = 0


def seen(
    watched: Watched, recent: Collection[Seen], at: datetime, season: Season
) -> tuple[Watched, BurstFigures | None]:
    """A topic after an article came at this time, with the figures if that makes it a burst, or one that more outlets
    cover than before."""
    if not watched.level.warm:
        return watched, None
    figures = figures_at(watched, recent, at, season)
    if watched.bursting_since is not None:
        grown = figures.sources > watched.sources
        return (replace(watched, sources=figures.sources), figures) if grown else (watched, None)
    if figures.stories < MIN_STORIES or figures.sources < MIN_SOURCES or figures.score < THRESHOLD:
        return watched, None
    return replace(watched, bursting_since=at, sources=figures.sources), figures


def figures_at(watched: Watched, recent: Collection[Seen], at: datetime, season: Season) -> BurstFigures:
    """The hour until then compared with what is usual."""
    within = [each for each in recent if at - HOUR < each.at <= at]
    stories = len({each.story_id for each in within})
    mean = expected(watched.level, season.factor(at))
    return BurstFigures(
        window_s=int(HOUR.total_seconds()),
        stories=stories,
        sources=len({each.source for each in within}),
        expected=round(mean, 3),
        score=round(score(stories, mean), 3),
    )


def stories_in(recent: Collection[Seen], hour: datetime) -> int:
    """How many stories had the topic in the hour that begins there."""
    return len({each.story_id for each in recent if hour <= each.at < hour + HOUR})


def closed(watched: Watched, recent: Collection[Seen], hour: datetime, season: Season) -> Watched:
    """A topic after an hour has ended: its level has learned, and a burst that has died down is over."""
    level, end = learned(watched.level, stories_in(recent, hour), season.factor(hour)), hour + HOUR
    since = watched.bursting_since  # it may have begun after the hour
    if since is None or (since < end and figures_at(watched, recent, end, season).score < THRESHOLD / 2):
        return Watched(level=level)
    return replace(watched, level=level)
