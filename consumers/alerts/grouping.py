"""The life of an alert group: what its matches and the passing of time lead to. Pure.

A group is the matches of one rule with the same labels (a story, a source). It opens with its first match, sends
notices when they are due, and is forgotten when nothing has matched for the rule's repeat interval. `due_at` is its
only timer; it is part of the state, so a group goes on where it was whoever owns it.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Annotated

from msgspec import Meta

from consumers.alerts.rule import CompiledRule
from schemas.events import AlertArticle, AlertChange, RuleMatched

UtcTime = Annotated[datetime, Meta(tz=True)]

MAX_ARTICLES = 20
"""How many articles a notice names."""
MAX_REMEMBERED = 200
"""How many articles and outlets a group remembers; of a larger one, the first."""


class Mute(Enum):
    """Why nothing is sent at present."""

    SILENCED = "silenced"
    INHIBITED = "inhibited"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What is remembered of a group.

    `seen` has the revision of each article that matched; `fresh` are the articles since the last notice, `matches`
    counts them. `latest` is the match that the next notice is about, with the rule as it was when it matched.
    """

    alert_id: str
    latest: RuleMatched
    closes_at: UtcTime
    notified_at: UtcTime | None = None
    notices: int = 0
    due_at: UtcTime | None = None
    change: AlertChange = "raised"
    matches: int = 0
    suppressed: int = 0
    fresh: tuple[AlertArticle, ...] = ()
    seen: dict[str, int] = field(default_factory=dict)
    sources: tuple[str, ...] = ()

    @property
    def wakes_at(self) -> datetime:
        """When time alone changes the group: a notice is due, or it has been quiet for long enough to be forgotten."""
        return self.closes_at if self.due_at is None else self.due_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is to be sent: the match it is about, and the group as it stood when it was sent."""

    change: AlertChange
    number: int
    match: RuleMatched
    articles: tuple[AlertArticle, ...]
    sources: tuple[str, ...]
    matches: int
    suppressed: int


def opened(alert_id: str, match: RuleMatched, now: datetime) -> Group:
    """The group of a first match, before `matched` takes that match in."""
    return Group(alert_id=alert_id, latest=match, closes_at=now)


def matched(group: Group, match: RuleMatched, rule: CompiledRule, now: datetime, *, acknowledged: bool) -> Group:
    """The group with one more match, and with the time when a notice is due, if one is."""
    known = group.seen.get(match.article_id)
    if known is not None and known >= match.revision:
        return group
    article = AlertArticle(
        article_id=match.article_id, revision=match.revision, url=match.url, source=match.source, title=match.title,
        language=match.language,
    )  # fmt: skip
    corrected = known is not None and group.notices > 0
    seen, sources = group.seen, group.sources
    if known is not None or len(seen) < MAX_REMEMBERED:
        seen = {**seen, match.article_id: match.revision}
    if match.source not in sources and len(sources) < MAX_REMEMBERED:
        sources = (*sources, match.source)
    grown = replace(
        group,
        closes_at=now + rule.repeat_interval,
        matches=group.matches + 1,
        seen=seen,
        sources=sources,
        fresh=(*group.fresh, article)[-MAX_ARTICLES:],
        # What opened the group is what its first notice is about.
        latest=match if group.notices else group.latest,
    )
    change, due = _due(grown, rule, now, corrected=corrected, acknowledged=acknowledged)
    if due is None or (group.due_at is not None and group.due_at <= due):
        return grown
    return replace(grown, due_at=due, change=change)


def _due(
    group: Group, rule: CompiledRule, now: datetime, *, corrected: bool, acknowledged: bool
) -> tuple[AlertChange, datetime | None]:
    """Why and when the next notice is due, because of what just matched."""
    if group.notified_at is None:
        enough = len(group.sources) >= rule.rule.min_sources
        return "raised", now + rule.group_wait if enough else None
    if corrected:
        return "updated", now
    if acknowledged:
        return "repeated", None
    if now >= group.notified_at + rule.repeat_interval:
        return "repeated", now
    if rule.group_interval is not None:
        return "updated", max(now, group.notified_at + rule.group_interval)
    return "updated", None


def due(group: Group, now: datetime, mute: Mute | None) -> tuple[Group, Notice | None]:
    """What becomes of a group whose notice is due, and the notice; none if the group is muted, and then what there was
    to tell only counts."""
    rest = replace(group, due_at=None, matches=0, fresh=())
    if mute is not None:
        return replace(rest, suppressed=group.suppressed + group.matches), None
    early = group.matches - 1 if group.change == "repeated" else 0
    notice = Notice(
        change=group.change,
        number=group.notices,
        match=group.latest,
        articles=group.fresh,
        sources=group.sources,
        matches=group.matches,
        suppressed=group.suppressed + early,
    )
    return replace(rest, notified_at=now, notices=group.notices + 1, suppressed=0), notice
