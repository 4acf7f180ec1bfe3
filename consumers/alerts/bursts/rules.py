"""The alert rules that ask for bursts, and which of them a burst meets. Pure."""

from collections.abc import Mapping

from consumers.alerts.bursts.season import HOUR
from consumers.alerts.inforce import InForce, ruleset_version, usable_rules
from consumers.alerts.rule import CompiledRule
from schemas.events import BurstDetected, Event, Rule, RuleMatched
from schemas.identity import stable_id


class BurstRules:
    """Those of the rules on the `rules` stream that ask for bursts. What is wrong with a rule is the watcher's to
    report; of a broken one the version that was in force `before` stays so."""

    def __init__(self, events: Mapping[str, Event], before: "BurstRules | None" = None) -> None:
        known: Mapping[str, InForce] = {} if before is None else before._rules
        rules, _ = usable_rules({key: event for key, event in events.items() if _may_ask(event, known)}, known)
        self._rules: Mapping[str, InForce] = {
            rule_id: rule for rule_id, rule in rules.items() if rule.compiled.rule.burst is not None
        }
        self._version = ruleset_version(self._rules)

    def matches(self, burst: BurstDetected, *, told_with: int = 0) -> list[RuleMatched]:
        """The matches that a burst leads to; while it goes on, those that it did not lead to with the outlets that it
        was `told_with` before."""
        return [
            _matched(rule, burst, self._version)
            for rule in self._rules.values()
            if _meets(rule.compiled, burst, told_with)
        ]


def _may_ask(event: Event, known: Mapping[str, InForce]) -> bool:
    """Whether a rule is, or was, for this stage; the others, which are many, are not read for nothing."""
    return isinstance(event, Rule) and (event.definition.get("burst") is not None or event.rule_id in known)


def _meets(rule: CompiledRule, burst: BurstDetected, told_with: int) -> bool:
    asked = rule.rule.burst
    return (
        asked is not None
        and (not asked.topics or burst.topic_id in asked.topics)
        and told_with < asked.min_sources <= burst.figures.sources
    )


def _matched(rule: InForce, burst: BurstDetected, version: str) -> RuleMatched:
    rule_id, definition = rule.event.rule_id, rule.event.definition
    return RuleMatched(
        id=stable_id("match", rule_id, rule.rule_hash, burst.topic_id, burst.article_id),
        emitted_at=burst.emitted_at,
        rule_id=rule_id,
        group=(burst.topic_id,),
        rule_hash=rule.rule_hash,
        article_id=burst.article_id,
        revision=1,
        url=burst.url,
        source=burst.source,
        title=burst.title,
        language=burst.language,
        discovered_at=burst.window_start + HOUR,  # the window ends with the article that made it a burst
        definition=definition,
        story_id=burst.story_id,
        topics=(burst.topic_id,),
        ruleset_version=version,
        burst=burst.figures,
    )
