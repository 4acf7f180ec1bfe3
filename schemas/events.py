"""The events of the river: what each stream carries, as frozen values.

Every event names itself (`id`, unique and the same however often it is computed), says when it was written
(`emitted_at`) and which shape it has (`schema_version`), because storage behind a stream drops record headers.
All times are aware and in UTC. Shapes are open: a reader ignores fields it does not know, and a new version of an
event only gains optional fields.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

UtcTime = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What all events have."""

    id: str
    emitted_at: UtcTime
    schema_version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed(Event):
    """A subscription: one feed document or news sitemap to poll. A tombstone ends it."""

    feed_id: str
    url: str
    title: str | None = None
    language: str | None = None
    country: str | None = None
    tags: tuple[str, ...] = ()


PollOutcome = Literal["changed", "unchanged", "not_modified", "failed", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollCompleted(Event):
    """One poll of one feed: what was asked, what came back, and when the next one is due."""

    feed_id: str
    url: str
    outcome: PollOutcome
    polled_at: UtcTime
    next_due_at: UtcTime
    reason: str
    elapsed_ms: Count
    http_status: int | None = None
    bytes_received: Count = 0
    new: Count = 0
    seen: Count = 0
    gap: bool = False
    error: str | None = None
    error_detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDiscovered(Event):
    """An item seen in a feed for the first time, or seen again with another content."""

    entry_id: str
    feed_id: str
    feed_url: str
    guid: str
    article_id: str
    url: str
    source: str
    title: str
    discovered_at: UtcTime
    published_at: UtcTime | None = None
    updated_at: UtcTime | None = None
    summary: str | None = None
    content_html: str | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    language: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleScraped(Event):
    """One fetch of an article: its text, where the text came from, and when each step happened.

    `source` is the outlet's registrable domain; `language` is ISO 639-1, or `und` when nobody can tell. `origin` says
    whether the text was extracted from the page or taken from the feed's own content, and `origin_reason` why.
    """

    article_id: str
    entry_id: str
    feed_id: str
    url: str
    fetched_url: str
    source: str
    title: str
    body: str
    language: str
    discovered_at: UtcTime
    fetched_at: UtcTime
    origin: Literal["page", "feed"]
    extractor: str
    extractor_version: str
    origin_reason: str | None = None
    published_at: UtcTime | None = None
    modified_at: UtcTime | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    description: str | None = None
    image: str | None = None
    country: str | None = None
    tdm_reserved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TextChange:
    """One place where two revisions differ: sentences taken out and sentences put in."""

    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What near-duplicate detection compares: min-hashes of the text and of its lead, base64 of little-endian u32."""

    algorithm: str
    content_hash: str
    words: Count
    shingles: Count
    minhash: str
    lead: str


RevisionKind = Literal["new", "minor", "material", "replaced"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRevised(ArticleScraped):
    """A new article, or a known one whose text changed: its revision number, the kind of change and the diff."""

    revision: Annotated[int, Meta(ge=1)]
    kind: RevisionKind
    signature: Signature
    changes: tuple[TextChange, ...] = ()
    previous_title: str | None = None


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
class Article(ArticleRevised):
    """The main product: an article with its revision, story, topics and the passages that prove them.

    On `grouped` the topics are not there yet. `derived_from` names an article this one takes much of its text from.
    """

    story_id: str | None = None
    topics: tuple[TopicMatch, ...] = ()
    ruleset_version: str | None = None
    derived_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateFound(Event):
    """An edge from a copy to the article it copies. The copy is named in full, because `articles` leaves copies out."""

    article_id: str
    canonical_id: str
    kind: Literal["exact", "near", "derived"]
    jaccard: float
    containment: float
    url: str
    source: str
    title: str
    language: str
    canonical_url: str
    canonical_source: str
    discovered_at: UtcTime
    published_at: UtcTime | None = None
    revision: Annotated[int, Meta(ge=1)] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryUpdated(Event):
    """A story came to be or grew: how many articles and outlets it has, and the article that changed it."""

    story_id: str
    change: Literal["created", "grown", "merged", "split", "bursting"]
    title: str
    language: str
    articles: Annotated[int, Meta(ge=1)]
    sources: tuple[str, ...]
    article_id: str
    first_seen_at: UtcTime
    last_seen_at: UtcTime
    similarity: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Event):
    """A stored query: a topic definition or an alert. A tombstone withdraws it.

    `definition` is the rule file's content as JSON; its shape is checked by the stage that uses the rule.
    """

    rule_id: str
    kind: Literal["topic", "alert"]
    definition: dict[str, Any]


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

    window_s: Annotated[int, Meta(ge=1)]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMatched(Event):
    """An alert rule matched an article. `group` holds the values of the labels that the rule groups by, in order.

    A rule on bursts matches a burst: `burst` has its figures, and the article is the one that made it a burst.
    """

    rule_id: str
    group: tuple[str, ...]
    rule_hash: str
    article_id: str
    revision: Annotated[int, Meta(ge=1)]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertArticle:
    """One of the articles that an alert is about."""

    article_id: str
    revision: Annotated[int, Meta(ge=1)]
    url: str
    source: str
    title: str
    language: str


AlertChange = Literal["raised", "updated", "repeated", "resent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(Event):
    """A notice of an alert: what a rule found for one group of matches.

    `alert_id` is the same for all notices of a group until the group has been quiet for its repeat interval; `id` is a
    notice's own. `change` says why it is sent: the first match, a later revision or more articles (`updated`), new
    matches after the repeat interval, or somebody's wish. `articles` are those since the last notice (20 at most),
    `matches` counts them all, and `suppressed` those that earlier were silenced, inhibited or came too soon to be sent.
    A notice raised in quiet hours is to be delivered at `deliver_at`, together with others of its rule.
    """

    alert_id: str
    rule_id: str
    group: tuple[str, ...]
    severity: str
    title: str
    summary: str
    raised_at: UtcTime
    article_id: str
    url: str
    source: str
    language: str
    discovered_at: UtcTime
    story_id: str | None = None
    topics: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    matches: Annotated[int, Meta(ge=1)] = 1
    suppressed: Count = 0
    labels: dict[str, str] | None = None
    channels: tuple[str, ...] = ()
    country: str | None = None
    change: AlertChange = "raised"
    deliver_at: UtcTime | None = None
    articles: tuple[AlertArticle, ...] = ()
    sources: tuple[str, ...] = ()
    burst: BurstFigures | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelMatcher:
    """A condition on an alert's label: equal, not equal, or a regular expression that must (not) match it whole.

    Labels are `rule`, `severity`, `story`, `source`, `language`, `country`, `topic` (any of them) and the rule's own.
    """

    label: str
    op: Literal["=", "!=", "=~", "!~"]
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence(Event):
    """No alert that meets all matchers is sent between the two times. A tombstone lifts it."""

    silence_id: str
    matchers: tuple[LabelMatcher, ...]
    starts_at: UtcTime
    ends_at: UtcTime
    created_by: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement(Event):
    """Somebody has seen an alert and takes care of it: it is not repeated any more, until its group has been quiet."""

    alert_id: str
    acknowledged_at: UtcTime
    by: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAttempted(Event):
    """One attempt to notify somebody of an alert; `idempotency_key` is the same for every attempt of one notice.

    `notice_id` is the `id` of the `AlertRaised` that was sent.
    """

    alert_id: str
    rule_id: str
    channel: str
    attempt: Annotated[int, Meta(ge=1)]
    outcome: Literal["delivered", "failed", "given_up"]
    attempted_at: UtcTime
    idempotency_key: str
    detail: str | None = None
    next_attempt_at: UtcTime | None = None
    notice_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter(Event):
    """A record that a stage could not process: where it came from, why, and the record itself (base64)."""

    stage: str
    stream: str
    partition: Count
    offset: Count
    error: str
    detail: str
    failed_at: UtcTime
    key: str | None = None
    value: str | None = None
    headers: dict[str, str] | None = None
