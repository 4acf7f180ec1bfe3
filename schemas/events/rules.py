"""Rules, and what alert rules match."""

from dataclasses import dataclass
from typing import Any, Literal

from schemas.events.articles import RevisionKind
from schemas.events.base import Event, Positive, UtcTime
from schemas.events.topics import BurstFigures, Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Event):
    """A stored query: a topic definition or an alert. A tombstone withdraws it.

    `definition` is the rule file's content as JSON; its shape is checked by the stage that uses the rule.
    """

    rule_id: str
    kind: Literal["topic", "alert"]
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMatched(Event):
    """An alert rule matched an article. `group` holds the values of the labels that the rule groups by, in order.

    A rule on bursts matches a burst: `burst` has its figures, and the article is the one that made it a burst.
    `lapsed` takes a match back: an earlier revision of the article matched, and this one does not.
    """

    rule_id: str
    group: tuple[str, ...]
    rule_hash: str
    article_id: str
    revision: Positive
    url: str
    source: str
    title: str
    language: str
    discovered_at: UtcTime
    definition: dict[str, Any]
    story_id: str | None = None
    published_at: UtcTime | None = None
    topics: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    country: str | None = None
    kind: RevisionKind = "new"
    ruleset_version: str | None = None
    burst: BurstFigures | None = None
    lapsed: bool = False
