"""The alert rules that ask for bursts, and which of them a burst meets. Pure."""

from collections.abc import Iterable
from typing import Any

from consumers.alerts.bursts.season import HOUR
from consumers.alerts.rule import AlertRuleError, CompiledRule, compile_rule, rule_hash
from schemas.events import BurstDetected, Event, Rule, RuleMatched
from schemas.identity import stable_id


class BurstRules:
    """Those of the rules on the `rules` stream that ask for bursts. What is wrong with others is the watcher's to
    report."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._rules: dict[str, tuple[CompiledRule, dict[str, Any]]] = {}
        for event in events:
            if isinstance(event, Rule) and event.kind == "alert" and event.definition.get("burst") is not None:
                try:
                    self._rules[event.rule_id] = compile_rule(event.definition), event.definition
                except AlertRuleError:
                    continue

    def matches(self, burst: BurstDetected, *, told_with: int = 0) -> list[RuleMatched]:
        """The matches that a burst leads to; while it goes on, those that it did not lead to with the outlets that it
        was `told_with` before."""
        return [
            _matched(rule_id, definition, burst)
            for rule_id, (rule, definition) in self._rules.items()
            if _meets(rule, burst, told_with)
        ]


def _meets(rule: CompiledRule, burst: BurstDetected, told_with: int) -> bool:
    asked = rule.rule.burst
    return (
        asked is not None
        and (not asked.topics or burst.topic_id in asked.topics)
        and told_with < asked.min_sources <= burst.figures.sources
    )


def _matched(rule_id: str, definition: dict[str, Any], burst: BurstDetected) -> RuleMatched:
    version = rule_hash(definition)
    return RuleMatched(
        id=stable_id("match", rule_id, version, burst.topic_id, burst.article_id),
        emitted_at=burst.emitted_at,
        rule_id=rule_id,
        group=(burst.topic_id,),
        rule_hash=version,
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
        burst=burst.figures,
    )
