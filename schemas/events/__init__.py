"""The events of the river: what each stream carries, as frozen values.

Every event names itself (`id`, unique and the same however often it is computed), says when it was written
(`emitted_at`) and which shape it has (`schema_version`), because storage behind a stream drops record headers.
All times are aware and in UTC. Shapes are open: a reader ignores fields it does not know, and a new version of an
event only gains optional fields.
"""

from schemas.events.alerts import (
    Acknowledgement,
    AlertArticle,
    AlertChange,
    AlertRaised,
    DeliveryAttempted,
    LabelMatcher,
    Silence,
)
from schemas.events.articles import (
    Article,
    ArticleRevised,
    ArticleScraped,
    DuplicateFound,
    RevisionKind,
    Signature,
    StoryUpdated,
    TextChange,
)
from schemas.events.base import Event, UtcTime
from schemas.events.deadletters import DeadLetter
from schemas.events.feeds import EntryDiscovered, Feed, PollCompleted, PollOutcome
from schemas.events.rules import Rule, RuleMatched
from schemas.events.topics import BurstDetected, BurstFigures, Evidence, TopicMatch, TopicSeen

__all__ = [
    "Acknowledgement",
    "AlertArticle",
    "AlertChange",
    "AlertRaised",
    "Article",
    "ArticleRevised",
    "ArticleScraped",
    "BurstDetected",
    "BurstFigures",
    "DeadLetter",
    "DeliveryAttempted",
    "DuplicateFound",
    "EntryDiscovered",
    "Event",
    "Evidence",
    "Feed",
    "LabelMatcher",
    "PollCompleted",
    "PollOutcome",
    "RevisionKind",
    "Rule",
    "RuleMatched",
    "Signature",
    "Silence",
    "StoryUpdated",
    "TextChange",
    "TopicMatch",
    "TopicSeen",
    "UtcTime",
]
