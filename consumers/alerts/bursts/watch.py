"""One topic under watch: what came in the last hour, what is usual, and whether it bursts. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from consumers.alerts.bursts.level import Level, expected, learned, score
from consumers.alerts.bursts.season import HOUR, Season
from schemas.events import BurstFigures

UtcTime = Annotated[datetime, Meta(tz=True)]

THRESHOLD = 6.0
"""From this score on it is a burst; at half of it, the burst is over."""
MIN_STORIES = 3
MIN_SOURCES = 3
KEPT = 500
"""How many articles of an hour are remembered."""

UNKNOWN = Level()


@dataclass(frozen=True, slots=True)
class Seen:
    """An article with the topic."""

    at: UtcTime
    story_id: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A topic's usual level, its articles since an hour before the present hour began, and since when it bursts."""

    level: Level = UNKNOWN
    recent: tuple[Seen, ...] = ()
    bursting_since: UtcTime | None = None


def seen(watched: Watched, article: Seen, season: Season) -> tuple[Watched, BurstFigures | None]:
    """A topic with one more article, and the figures if that makes it a burst."""
    recent = (*watched.recent, article)[-KEPT:]
    grown = replace(watched, recent=recent)
    figures = figures_at(grown, article.at, season)
    enough = figures.stories >= MIN_STORIES and figures.sources >= MIN_SOURCES
    if watched.bursting_since is not None or not watched.level.warm or not enough or figures.score < THRESHOLD:
        return grown, None
    return replace(grown, bursting_since=article.at), figures


def figures_at(watched: Watched, at: datetime, season: Season) -> BurstFigures:
    """The last hour compared with what is usual."""
    within = [each for each in watched.recent if at - HOUR < each.at <= at]
    stories = len({each.story_id for each in within})
    mean = expected(watched.level, season.factor(at))
    return BurstFigures(
        window_s=int(HOUR.total_seconds()),
        stories=stories,
        sources=len({each.source for each in within}),
        expected=round(mean, 3),
        score=round(score(stories, mean), 3),
    )


def stories_in(watched: Watched, hour: datetime) -> int:
    """How many stories had the topic in the hour that begins there."""
    return len({each.story_id for each in watched.recent if hour <= each.at < hour + HOUR})


def closed(watched: Watched, hour: datetime, season: Season) -> Watched:
    """A topic after an hour has ended: its level has learned, and a burst that has died down is over."""
    end = hour + HOUR
    level = learned(watched.level, stories_in(watched, hour), season.factor(hour))
    over = watched.bursting_since is not None and figures_at(watched, end, season).score < THRESHOLD / 2
    return Watched(
        level=level,
        recent=tuple(each for each in watched.recent if each.at >= hour),
        bursting_since=None if over else watched.bursting_since,
    )
