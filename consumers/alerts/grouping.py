"""The life of an alert group: what its matches and the passing of time lead to. Pure.

A group is the matches of one rule with the same labels (a story, a source). It opens with its first match, sends
notices when they are due, and is forgotten when nothing has matched for the rule's repeat interval. `due_at` is its
only timer; it is part of the state, so a group goes on where it was whoever owns it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from consumers.alerts.rule import CompiledRule
from schemas.events import AlertArticle, AlertChange, RuleMatched, UtcTime

MAX_ARTICLES = 20
"""How many articles a notice names."""
MAX_MEMBERS = 200
"""How many articles a group remembers."""
MAX_SOURCES = 50
"""How many outlets a group remembers, unless its rule asks for more."""
MAX_PASSAGES = 5
"""How many passages of an article are remembered while it waits to be told."""
PUT_OFF = timedelta(hours=1)


class Mute(Enum):
    """Why nothing is sent at present."""

    SILENCED = "silenced"
    INHIBITED = "inhibited"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article of a group as it matched last: the `number`th that is to be told, 0 if it was silenced as it came;
    `told` once a notice named it, and `lapsed` if it matched no more after that. While it waits, it has what a notice
    about it would say in `waiting`."""

    article: AlertArticle
    number: int = 0
    told: bool = False
    lapsed: bool = False
    waiting: RuleMatched | None = None


Members = Mapping[str, Member]
"""The articles of a group by their id. They are kept apart from it, so that a match does not rewrite them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What is remembered of a group besides its members.

    `taken` members have had a number; those after `settled` no notice has told yet, and the first of them came at
    `since`; so many of them have `lapsed` and are not there any more. `sources` are the outlets of all members that
    match. `latest` is the match that the next notice is about, with the rule as the last match had it.
    """

    alert_id: str
    latest: RuleMatched
    since: UtcTime
    closes_at: UtcTime
    notified_at: UtcTime | None = None
    notices: int = 0
    due_at: UtcTime | None = None
    change: AlertChange = "raised"
    taken: int = 0
    settled: int = 0
    lapsed: int = 0
    suppressed: int = 0
    sources: tuple[str, ...] = ()

    @property
    def matches(self) -> int:
        """How many members no notice has told yet."""
        return self.taken - self.settled - self.lapsed

    @property
    def wakes_at(self) -> datetime:
        """When time alone changes the group: a notice is due, or it has been quiet for long enough to be forgotten."""
        return self.closes_at if self.due_at is None else self.due_at

    def over(self, now: datetime) -> bool:
        """Whether the group has been quiet for its repeat interval, and the next match opens another."""
        return self.due_at is None and self.closes_at <= now


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
    return Group(alert_id=alert_id, latest=match, since=now, closes_at=now)


def acknowledged(group: Group) -> Group:
    """A group that somebody has seen to: what it was about to tell besides its first notice can wait."""
    return replace(group, due_at=None) if group.notices and group.due_at is not None else group


def matched(
    group: Group, known: Member | None, match: RuleMatched, rule: CompiledRule, now: datetime, *,
    acknowledged: bool, silenced: bool,
) -> tuple[Group, Member]:  # fmt: skip
    """The group with one more match, and with the time when a notice is due, if one is; and the match's article, which
    is `known` if an earlier revision matched. What is silenced as it comes is counted, and never told;
    what waits to be told stays as it was. A correction of what was told does not wait, and is for `due` to tell."""
    sources = group.sources
    if match.source not in sources and len(sources) < max(MAX_SOURCES, rule.rule.min_sources):
        sources = (*sources, match.source)
    grown = replace(group, sources=sources, closes_at=now + rule.repeat_interval)
    waiting = known is not None and known.number > group.settled
    if silenced:
        told = known is not None and known.told
        member = known if known is not None and waiting else Member(article=_article(match), told=told)
        return replace(grown, suppressed=group.suppressed + 1), member
    if known is not None and known.told:
        return replace(grown, latest=match), replace(known, article=_article(match), lapsed=False)
    number = known.number if known is not None and waiting else group.taken + 1
    grown = replace(
        grown,
        taken=max(group.taken, number),
        since=group.since if group.matches else now,
        latest=_headline(group, match),
    )
    short = replace(match, definition={}, evidence=match.evidence[:MAX_PASSAGES])
    member = Member(article=_article(match), number=number, waiting=short)
    change, due = _due(grown, rule, now, acknowledged=acknowledged)
    if due is None or (group.due_at is not None and group.due_at <= due):
        return grown, member
    return replace(grown, due_at=due, change=change), member


def lapsed(
    group: Group, known: Member, others: Members, match: RuleMatched, rule: CompiledRule
) -> tuple[Group, Member | None]:
    """The group after an article has come to match no more: as if it had not been there, but what was told of it stays
    known, for that is corrected now. It keeps no group from being forgotten."""
    waiting = _waiting(group, others)
    if known.number > group.settled:
        group = replace(group, lapsed=group.lapsed + 1)
        if waiting and group.latest.article_id == match.article_id:
            group = replace(group, latest=_about(group.latest, waiting[-1 if group.notices else 0]))
    source = known.article.source
    if all(member.lapsed or member.article.source != source for member in others.values()):
        group = replace(group, sources=tuple(name for name in group.sources if name != source))
    if not waiting or (not group.notices and len(group.sources) < rule.rule.min_sources):
        group = replace(group, due_at=None)
    if not known.told:
        return group, None
    return group, replace(known, article=_article(match), lapsed=True)


def _waiting(group: Group, members: Members) -> list[Member]:
    """The members that no notice has told yet, in their order."""
    return sorted((m for m in members.values() if m.number > group.settled), key=lambda member: member.number)


def _article(match: RuleMatched) -> AlertArticle:
    return AlertArticle(
        article_id=match.article_id, revision=match.revision, url=match.url, source=match.source, title=match.title,
        language=match.language,
    )  # fmt: skip


def _about(latest: RuleMatched, member: Member) -> RuleMatched:
    """The match of a member that waits, with the rule as the last match had it."""
    if member.waiting is None:
        return latest
    return replace(member.waiting, definition=latest.definition, rule_hash=latest.rule_hash)


def _headline(group: Group, match: RuleMatched) -> RuleMatched:
    """What the next notice is about: the first one about what opened the group, later ones about what came last."""
    if group.notices or not group.matches or match.article_id == group.latest.article_id:
        return match
    return replace(group.latest, definition=match.definition, rule_hash=match.rule_hash)


def _due(group: Group, rule: CompiledRule, now: datetime, *, acknowledged: bool) -> tuple[AlertChange, datetime | None]:
    """Why and when the next notice is due, because of what just matched."""
    if group.notified_at is None:
        enough = len(group.sources) >= rule.rule.min_sources
        return "raised", max(now, group.since + rule.group_wait) if enough else None
    if acknowledged:
        return "repeated", None
    if now >= group.notified_at + rule.repeat_interval:
        return "repeated", now
    if rule.group_interval is not None:
        return "updated", max(now, group.notified_at + rule.group_interval)
    return "updated", None


def due(
    group: Group, members: Members, now: datetime, mute: Mute | None, *,
    corrected: Member | None = None, alone: bool = False,
) -> tuple[Group, Notice | None]:  # fmt: skip
    """What becomes of a group whose notice is due, and the notice; none if the group is muted, and then what there was
    to tell only counts. An article that was told and is `corrected` is told with all that waits, or `alone`: then what
    waits goes on waiting."""
    fresh = [] if alone else _waiting(group, members)
    matches = 0 if alone else group.matches
    change, early = group.change, matches - 1 if group.change == "repeated" else 0
    if corrected is not None:
        change, early = "updated", 0
        fresh.append(corrected)
        matches += not corrected.lapsed
    rest = group if alone else replace(group, due_at=None, settled=group.taken, lapsed=0)
    if mute is not None:
        return replace(rest, suppressed=group.suppressed + matches), None
    notice = Notice(
        change=change,
        number=group.notices,
        match=group.latest,
        articles=tuple(member.article for member in fresh[-MAX_ARTICLES:]),
        sources=group.sources,
        matches=matches,
        suppressed=group.suppressed + early,
    )
    return replace(rest, notified_at=now, notices=group.notices + 1, suppressed=0), notice


def put_off(group: Group, now: datetime) -> Group:
    """A group whose notice cannot be made out at present: it is seen to again in an hour, until it is over. What it
    was to tell, its next match may tell before."""
    later = now + PUT_OFF
    return replace(group, due_at=later if later < group.closes_at else None)


def surplus(group: Group, members: Members) -> str | None:
    """The member to forget where there are too many: the oldest, but rather one that no notice named. The latest stay,
    for the next notice to name, and so does the one that it is about."""
    if len(members) <= MAX_MEMBERS:
        return None

    def worth(article_id: str) -> tuple[bool, bool, int]:
        member = members[article_id]
        named = article_id == group.latest.article_id or member.number > group.taken - MAX_ARTICLES
        return named, member.told, member.number

    return min(members, key=worth)
