"""The alerts stage: matches in, alerts out, one for each group and repeat interval."""

from datetime import datetime
from itertools import islice

from consumers.alerts.grouping import Group, decide
from consumers.alerts.rule import CompiledRule, compile_rule
from newsriver.stages import NOTHING, Change, Effects, Output, Record, Tables, Transform
from schemas.events import AlertRaised, RuleMatched
from schemas.identity import stable_id
from schemas.streams import ALERTS, MATCHES

GROUPS = "groups"
PRUNED_AT_ONCE = 1000


class Alerts(Transform[RuleMatched, Tables]):
    """Holds each group of matches in one task, whichever partitions the articles lie in."""

    name = "alerts"
    input = MATCHES
    outputs = (ALERTS,)

    def new_state(self) -> Tables:
        return Tables(groups=Group)

    def process(self, record: Record[RuleMatched], state: Tables, now: datetime) -> Effects:
        match = record.value
        if match is None:
            return NOTHING
        # The rule as it was when it matched: a match means the same however late it is read.
        compiled = compile_rule(match.definition)
        alert_id = stable_id("alert", match.rule_id, *match.group, match.article_id, str(match.revision))
        decision = decide(state.table(GROUPS).get(record.key), alert_id, now, compiled.repeat_interval)
        change = Change(GROUPS, record.key, decision.group)
        if not decision.raises:
            return Effects(changes=(change,))
        alert = _alert(match, compiled, alert_id, decision.missed, now)
        return Effects((Output(ALERTS, alert),), (change,))

    def tick(self, state: Tables, now: datetime) -> Effects:
        """Forget groups whose silence is over: the next match raises an alert with or without them."""
        over = (key for key, group in state.table(GROUPS).items() if group.until <= now)
        return Effects(changes=tuple(Change(GROUPS, key, None) for key in islice(over, PRUNED_AT_ONCE)))


def _alert(match: RuleMatched, compiled: CompiledRule, alert_id: str, missed: int, now: datetime) -> AlertRaised:
    rule = compiled.rule
    return AlertRaised(
        id=alert_id,
        emitted_at=now,
        alert_id=alert_id,
        rule_id=match.rule_id,
        group=match.group,
        severity=rule.severity,
        title=rule.title,
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
        suppressed=missed,
        labels=rule.labels or None,
        channels=rule.channels,
    )
