"""The catalogue of streams: name, key, partitioning, retention and event of each (a stream is a Kafka topic)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import Any, Generic, Literal, TypeVar

from schemas import events
from schemas.identity import site_of

E = TypeVar("E", bound=events.Event)

Cleanup = Literal["compact", "delete", "compact,delete"]
PartitionedBy = Literal["site", "key", "language", "group"]

PARTITIONS = 4
"""How many partitions each stream has unless the settings say otherwise."""


@dataclass(frozen=True, slots=True)
class Stream(Generic[E]):
    """One stream and its contract.

    `key` gives a record's key, and `keyed_by` says to readers what of the event it is; `partition_key` gives what the
    partitioner hashes, which is why the records of one site or of one language meet in one partition whatever their
    keys.
    """

    name: str
    event: type[E]
    key: Callable[[E], str]
    partition_key: Callable[[E], str]
    partitioned_by: PartitionedBy
    cleanup: Cleanup
    retention: timedelta | None
    summary: str
    keyed_by: str = "id"
    version: int = 1
    public: bool = False

    def full_name(self, prefix: str) -> str:
        """The name on the broker: `<prefix>.<name>.v<version>`."""
        return f"{prefix}.{self.name}.v{self.version}"


def _by_key(name: str, event: type[E], keyed_by: str, cleanup: Cleanup, days: int | None, summary: str, *,
            key: Callable[[E], str] | None = None, public: bool = False) -> Stream[E]:  # fmt: skip
    """Partitioned by the key: the field `keyed_by`, unless `key` says how it is made."""
    key = key or attrgetter(keyed_by)
    retention = None if days is None else timedelta(days=days)
    return Stream(name, event, key, key, "key", cleanup, retention, summary, keyed_by, public=public)


def _by_site(name: str, event: type[E], keyed_by: str, cleanup: Cleanup, days: int | None, summary: str) -> Stream[E]:
    def site(value: Any) -> str:
        return site_of(value.url)

    retention = None if days is None else timedelta(days=days)
    return Stream(name, event, attrgetter(keyed_by), site, "site", cleanup, retention, summary, keyed_by)


def _by_language(name: str, event: type[E], keyed_by: str, cleanup: Cleanup, days: int, summary: str, *,
                 public: bool = False) -> Stream[E]:  # fmt: skip
    key, language = attrgetter(keyed_by), attrgetter("language")
    return Stream(
        name, event, key, language, "language", cleanup, timedelta(days=days), summary, keyed_by, public=public
    )


FEEDS = _by_site(
    "feeds", events.Feed, "feed_id", "compact", None, "The catalogue of subscriptions, edited at run time."
)
POLLS = _by_site(
    "polls", events.PollCompleted, "feed_id", "delete", 7,
    "Every poll: status, bytes, new and seen entries, gaps, next due.",
)  # fmt: skip
ENTRIES = _by_site(
    "entries", events.EntryDiscovered, "entry_id", "delete", 7, "Discovered entries, by the site of the article."
)
SCRAPED = _by_key("scraped", events.ArticleScraped, "article_id", "delete", 7, "Each fetched and extracted page.")
REVISIONS = _by_language(
    "revisions", events.ArticleRevised, "article_id", "delete", 7, "New articles and changed ones."
)
UNIQUE = _by_language("unique", events.Article, "article_id", "delete", 7, "Articles that are not copies of another.")
DUPLICATES = _by_key(
    "duplicates", events.DuplicateFound, "article_id", "delete", 30, "Copies, and what they copy.", public=True
)
GROUPED = _by_key("grouped", events.Article, "article_id", "delete", 7, "Articles with their story.")
ARTICLES = _by_key(
    "articles", events.Article, "article_id", "delete", 30,
    "The main product: articles with revision, story, topics and evidence.", public=True,
)  # fmt: skip
STORIES = _by_language(
    "stories", events.StoryUpdated, "story_id", "compact,delete", 30, "Stories created and grown.", public=True
)
RULES = _by_key("rules", events.Rule, "rule_id", "compact", None, "Topic and alert rules, live.")
TALLIES = _by_key(
    "tallies", events.TopicSeen, "topic_id", "delete", 7, "Topics of new articles, to be counted by topic."
)
BURSTS = _by_key(
    "bursts", events.BurstDetected, "topic_id", "delete", 30, "Topics covered far more than usual.", public=True
)
MATCHES = Stream(
    "matches", events.RuleMatched, lambda e: "/".join((e.rule_id, *e.group)),
    # By the group alone, so that rules which inhibit one another for the same story meet in one task.
    lambda e: "/".join(e.group) or e.rule_id, "group", "delete", timedelta(days=7),
    "Alert rules that matched; the matches of one alert group meet in one partition.",
    "rule_id and the values of group, joined by slashes",
)  # fmt: skip
ALERTS = _by_key("alerts", events.AlertRaised, "rule_id", "delete", 30, "Notices of alerts.", public=True)
DELIVERIES = _by_key("deliveries", events.DeliveryAttempted, "alert_id", "delete", 30, "Each attempt to notify.")
SILENCES = _by_key("silences", events.Silence, "silence_id", "compact", None, "Alerts that are not to be sent.")
ACKNOWLEDGEMENTS = _by_key(
    "acknowledgements", events.Acknowledgement, "alert_id", "compact,delete", 30, "Alerts that are taken care of."
)

CATALOGUE: tuple[Stream[Any], ...] = (
    FEEDS, POLLS, ENTRIES, SCRAPED, REVISIONS, UNIQUE, DUPLICATES, GROUPED, ARTICLES, STORIES, RULES, TALLIES,
    BURSTS, MATCHES, ALERTS, DELIVERIES, SILENCES, ACKNOWLEDGEMENTS,
)  # fmt: skip


def topic_stream(topic_id: str) -> Stream[events.Article]:
    """The stream of one news topic: the articles that carry it, so that a service can subscribe to just that."""
    return _by_key(
        f"topics.{topic_id}", events.Article, "article_id", "delete", 30, f"Articles with {topic_id}.", public=True
    )


def dead_letter_stream(stage: str) -> Stream[events.DeadLetter]:
    """The stream of what one stage could not process."""
    return _by_key(
        f"dlq.{stage}", events.DeadLetter, "key, or else its id", "delete", 30, f"What {stage} could not process.",
        key=lambda e: e.key or e.id,
    )  # fmt: skip


def by_name(name: str) -> Stream[Any]:
    """The catalogue's stream of that short name; topic and dead-letter streams are made on demand. KeyError if none."""
    for stream in CATALOGUE:
        if stream.name == name:
            return stream
    family, _, member = name.partition(".")
    if member and family == "topics":
        return topic_stream(member)
    if member and family == "dlq":
        return dead_letter_stream(member)
    raise KeyError(name)
