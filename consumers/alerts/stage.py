"""The alerts stage: matches in, notices of alerts out."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from consumers.alerts import grouping
from consumers.alerts.acknowledgements import ends_at
from consumers.alerts.grouping import Group, Member, Members, Mute, Notice
from consumers.alerts.rule import AlertRuleError, CompiledRule, compile_rule
from consumers.alerts.silences import ActiveSilence, SilenceError, check_silence, labels_of
from consumers.alerts.state import GROUPS, MEMBERS, AlertState, member_key
from newsriver.stages import NOTHING, Changes, Effects, Output, Record, Transform, effects_of, together
from schemas.events import Acknowledgement, AlertRaised, Event, RuleMatched, Silence
from schemas.identity import stable_id
from schemas.streams import ACKNOWLEDGEMENTS, ALERTS, MATCHES, SILENCES, Stream

log = structlog.get_logger(__name__)

WOKEN_AT_ONCE = 1000
KEPT_RULES = 20_000

Groups = Callable[[str], Group | None]
"""The groups of a task by their key, as they are after what was decided so far."""


class Alerts(Transform[RuleMatched, AlertState]):
    """Holds each group of matches in one task, whichever partitions the articles lie in; `grouping` has its life."""

    name = "alerts"
    input = MATCHES
    outputs = (ALERTS,)
    follows = (SILENCES, ACKNOWLEDGEMENTS)

    def __init__(self) -> None:
        self._silences: tuple[ActiveSilence, ...] = ()
        self._acknowledged: Mapping[str, datetime] = {}
        self._compiled: dict[tuple[str, str], CompiledRule] = {}
        self._unreadable: set[tuple[str, str]] = set()

    def new_state(self) -> AlertState:
        return AlertState()

    def followed(self, stream: Stream[Any], events: Mapping[str, Event]) -> Mapping[str, Exception]:
        """Take in silences and acknowledgements; a silence that cannot be used is reported and left out."""
        if stream is ACKNOWLEDGEMENTS:
            self._acknowledged = {e.alert_id: ends_at(e) for e in events.values() if isinstance(e, Acknowledgement)}
            return {}
        usable: list[ActiveSilence] = []
        refused: dict[str, Exception] = {}
        for key, event in events.items():
            if isinstance(event, Silence):
                try:
                    usable.append(check_silence(event))
                except SilenceError as error:
                    refused[key] = error
        self._silences = tuple(usable)
        return refused

    def process(self, record: Record[RuleMatched], state: AlertState, now: datetime) -> Effects:
        match = record.value
        if match is None:
            return NOTHING
        return (self._lapsed if match.lapsed else self._matched)(record.key, match, state, now)

    def _matched(self, key: str, match: RuleMatched, state: AlertState, now: datetime) -> Effects:
        rule, group, members = self._rule(match), state.group(key), state.members(key)
        changes: Changes = {}
        if group is None or group.over(now):
            changes = _without(key, members)
            group, members = grouping.opened(_alert_id(match), match, now), {}
        known = members.get(match.article_id)
        if known is not None and known.article.revision >= match.revision:
            return NOTHING
        if acknowledged := self._is_acknowledged(group, now):
            group = grouping.acknowledged(group)
        silenced = self._silenced(rule, match, now)
        if not silenced and self._silenced(rule, group.latest, now):  # since it came
            group = replace(group, latest=match)
        group, member = grouping.matched(
            group, known, match, rule, now, acknowledged=acknowledged, silenced=silenced
        )  # fmt: skip
        members = {**members, match.article_id: member}
        changes[MEMBERS, member_key(key, match.article_id)] = member
        if (surplus := grouping.surplus(group, members)) is not None:
            changes[MEMBERS, member_key(key, surplus)] = None
        corrected = member if member.told and not silenced else None
        return self._attended(key, group, members, changes, state.group, now, corrected)

    def _lapsed(self, key: str, match: RuleMatched, state: AlertState, now: datetime) -> Effects:
        """What an article that matches no more leads to, if there is a group that knows it."""
        rule, group, members = self._rule(match), state.group(key), dict(state.members(key))
        known = members.pop(match.article_id, None)
        if group is None or group.over(now) or known is None or known.article.revision >= match.revision:
            return NOTHING
        if self._is_acknowledged(group, now):
            group = grouping.acknowledged(group)
        group, member = grouping.lapsed(group, known, members, match, rule)
        changes: Changes = {(MEMBERS, member_key(key, match.article_id)): member}
        if member is not None:
            members[match.article_id] = member
        if member is None or self._silenced(rule, match, now):
            return self._attended(key, group, members, changes, state.group, now)
        return self._attended(key, replace(group, latest=match), members, changes, state.group, now, member)

    def tick(self, state: AlertState, now: datetime) -> Effects:
        """Send notices whose time has come, and forget groups that have been quiet for long enough."""
        changed: dict[str, Group | None] = {}

        def present(key: str) -> Group | None:
            return changed[key] if key in changed else state.group(key)

        parts = []
        for key in state.woken(now, WOKEN_AT_ONCE):
            effects = self._woken(key, state.members(key), present, now)
            changed.update((change.key, change.value) for change in effects.changes if change.table == GROUPS)
            parts.append(effects)
        return together(parts)

    def _woken(self, key: str, members: Members, present: Groups, now: datetime) -> Effects:
        group = present(key)
        if group is None:
            return NOTHING
        if group.over(now):
            return effects_of({**_without(key, members), (GROUPS, key): None})
        if self._is_acknowledged(group, now):
            group = grouping.acknowledged(group)
        if not self._readable(group.latest):
            return effects_of({(GROUPS, key): grouping.put_off(group, now)})
        return self._attended(key, group, members, {}, present, now)

    def _attended(
        self, key: str, group: Group, members: Members, changes: Changes, present: Groups, now: datetime,
        corrected: Member | None = None,
    ) -> Effects:  # fmt: skip
        """A changed group, and its notice if one is due, as it is once an article that was told is `corrected`; of an
        acknowledged alert, that notice tells nothing else."""
        changes[GROUPS, key] = group
        if corrected is None and (group.due_at is None or group.due_at > now):
            return effects_of(changes)
        rule = self._rule(group.latest)
        mute = self._mute(rule, group.latest, present, now)
        alone = corrected is not None and self._is_acknowledged(group, now)
        after, notice = grouping.due(group, members, now, mute, corrected=corrected, alone=alone)
        changes[GROUPS, key] = after
        if notice is None:
            return effects_of(changes)
        for article in notice.articles:
            member = members[article.article_id]
            changes[MEMBERS, member_key(key, article.article_id)] = replace(member, told=True, waiting=None)
        return effects_of(changes, Output(ALERTS, _alert(group.alert_id, notice, rule, now)))

    def _mute(self, rule: CompiledRule, match: RuleMatched, present: Groups, now: datetime) -> Mute | None:
        others = (present("/".join((f"alert.{name}", *match.group))) for name in rule.rule.inhibited_by)
        if any(other is not None and self._inhibits(other, now) for other in others):
            return Mute.INHIBITED
        return self._kept_quiet(rule, match, now)

    def _inhibits(self, other: Group, now: datetime) -> bool:
        """Whether a group has an alert, or will have as soon as its wait is over."""
        if other.notices:
            return not other.over(now)
        if other.due_at is None or not self._readable(other.latest):
            return False
        return self._kept_quiet(self._rule(other.latest), other.latest, now) is None

    def _kept_quiet(self, rule: CompiledRule, match: RuleMatched, now: datetime) -> Mute | None:
        if rule.active_times.windows and not rule.active_times.contains(now):
            return Mute.INACTIVE
        return Mute.SILENCED if self._silenced(rule, match, now) else None

    def _is_acknowledged(self, group: Group, now: datetime) -> bool:
        until = self._acknowledged.get(group.alert_id)
        return until is not None and now < until

    def _silenced(self, rule: CompiledRule, match: RuleMatched, now: datetime) -> bool:
        labels = labels_of(rule.rule, match)
        return any(silence.covers(labels, now) for silence in self._silences)

    def _readable(self, match: RuleMatched) -> bool:
        """Whether the rule that a group was left with can be read by this version of newsriver, which may be later than
        the one that left it; if not, the log says so once."""
        try:
            self._rule(match)
        except AlertRuleError as error:
            if (version := (match.rule_id, match.rule_hash)) not in self._unreadable:
                self._unreadable.add(version)
                log.error("alerts.unreadable_rule", rule_id=match.rule_id, error=str(error))
            return False
        return True

    def _rule(self, match: RuleMatched) -> CompiledRule:
        """The rule as it was when it matched: a match means the same however late it is read."""
        key = (match.rule_id, match.rule_hash)
        compiled = self._compiled.get(key)
        if compiled is None:
            if len(self._compiled) >= KEPT_RULES:
                self._compiled.clear()
            compiled = self._compiled[key] = compile_rule(match.definition)
        return compiled


def _without(key: str, members: Members) -> Changes:
    """The changes that forget the members of a group."""
    return {(MEMBERS, member_key(key, article_id)): None for article_id in members}


def _alert_id(match: RuleMatched) -> str:
    return stable_id("alert", match.rule_id, *match.group, match.article_id, str(match.revision))


def _alert(alert_id: str, notice: Notice, rule: CompiledRule, now: datetime) -> AlertRaised:
    match = notice.match
    return AlertRaised(
        id=stable_id("notice", alert_id, str(notice.number)),
        emitted_at=now,
        alert_id=alert_id,
        rule_id=match.rule_id,
        group=match.group,
        severity=rule.rule.severity,
        title=rule.rule.title,
        summary=match.title,
        raised_at=now,
        article_id=match.article_id,
        url=match.url,
        source=match.source,
        language=match.language,
        discovered_at=match.discovered_at,
        story_id=match.story_id,
        topics=match.topics,
        evidence=match.evidence,
        matches=notice.matches,
        suppressed=notice.suppressed,
        labels=rule.rule.labels or None,
        channels=rule.rule.channels,
        country=match.country,
        change=notice.change,
        deliver_at=rule.quiet_hours.end_of(now) if rule.quiet_hours.contains(now) else None,
        articles=notice.articles,
        sources=notice.sources,
        burst=match.burst,
        lapsed=match.lapsed,
    )
