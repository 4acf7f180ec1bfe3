"""The alert rules in force: of what is on the `rules` stream, what can be used. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from consumers.alerts.rule import AlertRuleError, CompiledRule, compile_rule, rule_hash
from schemas.events import Event, Rule
from schemas.identity import stable_id


@dataclass(frozen=True, slots=True)
class InForce:
    """A rule that can be used, and the event that brought it."""

    event: Rule
    compiled: CompiledRule
    rule_hash: str


def usable_rules(
    events: Mapping[str, Event], before: Mapping[str, InForce]
) -> tuple[dict[str, InForce], dict[str, Exception]]:
    """The alert rules of a stream's content, by their id, and what is wrong with others, by their key. Of a rule whose
    new version cannot be used the one `before` stays. What has not changed is not read again."""
    rules: dict[str, InForce] = {}
    refused: dict[str, Exception] = {}
    for key, event in events.items():
        if not isinstance(event, Rule) or event.kind != "alert":
            continue
        known = before.get(event.rule_id)
        try:
            rules[event.rule_id] = known if known is not None and known.event is event else _read(event)
        except AlertRuleError as error:
            if known is None:
                refused[key] = error
            else:
                rules[event.rule_id] = known
                refused[key] = AlertRuleError(f"{error}; the version before it stays in force")
    return rules, refused


def ruleset_version(rules: Mapping[str, InForce]) -> str:
    """What tells one set of rules from another."""
    return stable_id(*sorted(f"{rule_id}:{rule.rule_hash}" for rule_id, rule in rules.items()))[:12]


def _read(event: Rule) -> InForce:
    return InForce(event, compile_rule(event.definition), rule_hash(event.definition))
