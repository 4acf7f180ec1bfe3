"""Alerts: notices, what keeps them quiet, and their delivery."""

from dataclasses import dataclass
from typing import Literal

from schemas.events.base import Count, Event, Positive, UtcTime
from schemas.events.topics import BurstFigures, Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertArticle:
    """One of the articles that an alert is about."""

    article_id: str
    revision: Positive
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
    `lapsed` says of an update that the article it is about was told of, and does not match any more as it reads now:
    it is among `articles`, but no match, nor is its outlet in `sources` unless that has another article that matches.
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
    matches: Count = 1
    suppressed: Count = 0
    labels: dict[str, str] | None = None
    channels: tuple[str, ...] = ()
    country: str | None = None
    change: AlertChange = "raised"
    deliver_at: UtcTime | None = None
    articles: tuple[AlertArticle, ...] = ()
    sources: tuple[str, ...] = ()
    burst: BurstFigures | None = None
    lapsed: bool = False


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
    """Somebody has seen an alert and takes care of it: it is not repeated until this ends, or its group has been quiet.

    It ends at `ends_at`, a week after `acknowledged_at` unless that is given, and 30 days after it at the latest. A
    tombstone takes it back.
    """

    alert_id: str
    acknowledged_at: UtcTime
    by: str = ""
    comment: str = ""
    ends_at: UtcTime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAttempted(Event):
    """One attempt to notify somebody of an alert; `idempotency_key` is the same for every attempt of one notice.

    `notice_id` is the `id` of the `AlertRaised` that was sent.
    """

    alert_id: str
    rule_id: str
    channel: str
    attempt: Positive
    outcome: Literal["delivered", "failed", "given_up"]
    attempted_at: UtcTime
    idempotency_key: str
    detail: str | None = None
    next_attempt_at: UtcTime | None = None
    notice_id: str | None = None
