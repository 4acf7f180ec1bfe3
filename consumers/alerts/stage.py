"""The alerts stage: matches in, notices of alerts out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from consumers.alerts import grouping
from consumers.alerts.grouping import Group, Mute, Notice
from consumers.alerts.rule import CompiledRule, compile_rule
from consumers.alerts.silences import ActiveSilence, SilenceError, check_silence, labels_of
from consumers.alerts.state import GROUPS, AlertState
from newsriver.stages import NOTHING, Change, Effects, Output, Record, Transform
from schemas.events import Acknowledgement, AlertRaised, Event, RuleMatched, Silence
from schemas.identity import stable_id
from schemas.streams import ACKNOWLEDGEMENTS, ALERTS, MATCHES, SILENCES, Stream

WOKEN_AT_ONCE = 1000
KEPT_RULES = 20_000


class Alerts(Transform[RuleMatched, AlertState]):
    """Holds each group of matches in one task, whichever partitions the articles lie in; `grouping` has its life."""

    name = "alerts"
    input = MATCHES
    outputs = (ALERTS,)
    follows = (SILENCES, ACKNOWLEDGEMENTS)

    def __init__(self) -> None:
        self._silences: tuple[ActiveSilence, ...] = ()
        self._acknowledged: frozenset[str] = frozenset()
        self._compiled: dict[tuple[str, str], CompiledRule] = {}

    def new_state(self) -> AlertState:
        return AlertState()

    def followed(self, stream: Stream[Any], events: Mapping[str, Event]) -> Mapping[str, Exception]:
        """Take in silences and acknowledgements; a silence that cannot be used is reported and left out."""
        if stream is ACKNOWLEDGEMENTS:
            self._acknowledged = frozenset(e.alert_id for e in events.values() if isinstance(e, Acknowledgement))
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
        rule = self._rule(match)
        before = state.group(record.key) or grouping.opened(_alert_id(match), match, now)
        group = grouping.matched(before, match, rule, now, acknowledged=before.alert_id in self._acknowledged)
        if group is before:
            return NOTHING
        return self._attended(record.key, group, state, now)

    def tick(self, state: AlertState, now: datetime) -> Effects:
        """Send notices whose time has come, and forget groups that have been quiet for long enough."""
        outputs: list[Output] = []
        changes: list[Change] = []
        for key in state.woken(now, WOKEN_AT_ONCE):
            group = state.group(key)
            if group is None:
                continue
            if group.due_at is None:
                changes.append(Change(GROUPS, key, None))
                continue
            effects = self._attended(key, group, state, now)
            outputs += effects.outputs
            changes += effects.changes
        return Effects(tuple(outputs), tuple(changes))

    def _attended(self, key: str, group: Group, state: AlertState, now: datetime) -> Effects:
        """A changed group, and its notice if one is due."""
        if group.due_at is None or group.due_at > now:
            return Effects(changes=(Change(GROUPS, key, group),))
        rule = self._rule(group.latest)
        after, notice = grouping.due(group, now, self._mute(rule, group.latest, state, now))
        outputs = () if notice is None else (Output(ALERTS, _alert(group.alert_id, notice, rule, now)),)
        return Effects(outputs, (Change(GROUPS, key, after),))

    def _mute(self, rule: CompiledRule, match: RuleMatched, state: AlertState, now: datetime) -> Mute | None:
        if rule.active_times.windows and not rule.active_times.contains(now):
            return Mute.INACTIVE
        for inhibitor in rule.rule.inhibited_by:
            other = state.group("/".join((f"alert.{inhibitor}", *match.group)))
            if other is not None and other.notices:
                return Mute.INHIBITED
        labels = labels_of(rule.rule, match)
        return Mute.SILENCED if any(silence.covers(labels, now) for silence in self._silences) else None

    def _rule(self, match: RuleMatched) -> CompiledRule:
        """The rule as it was when it matched: a match means the same however late it is read."""
        key = (match.rule_id, match.rule_hash)
        compiled = self._compiled.get(key)
        if compiled is None:
            if len(self._compiled) >= KEPT_RULES:
                self._compiled.clear()
            compiled = self._compiled[key] = compile_rule(match.definition)
        return compiled


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
    )
