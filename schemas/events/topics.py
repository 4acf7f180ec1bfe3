"""News topics: where they were found, and bursts of their coverage."""

from dataclasses import dataclass
from typing import Literal

from schemas.events.base import Count, Event, Positive, UtcTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A passage that proves a match: offsets are code points of the original text, `end` is exclusive."""

    field: Literal["title", "body"]
    start: Count
    end: Count
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMatch:
    """A news topic found in an article: `about` when the article is on it, `mention` when it comes up."""

    topic_id: str
    label: Literal["about", "mention"]
    score: float
    iptc: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSeen(Event):
    """A new article is about a topic: what burst detection counts, brought together by topic."""

    topic_id: str
    article_id: str
    story_id: str
    source: str
    language: str
    url: str
    title: str
    seen_at: UtcTime


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstFigures:
    """How far a topic's coverage in a window of `window_s` seconds is above what is usual at that hour of the week.

    `stories` and `sources` are distinct ones; `expected` is the number of stories that was expected, `score` the
    negative-binomial z-score of the difference.
    """

    window_s: Positive
    stories: Count
    sources: Count
    expected: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstDetected(Event):
    """A topic is covered far more than usual; said once a burst, with the article that made it one."""

    burst_id: str
    topic_id: str
    window_start: UtcTime
    figures: BurstFigures
    article_id: str
    story_id: str
    url: str
    source: str
    title: str
    language: str
