"""Rule files, of topics and of alerts, as the events that put them into force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from consumers.alerts.rule import AlertRuleError, compile_rule
from consumers.topics.rulefile import TopicRuleError, packaged_rules, parse_rule
from newsriver.errors import UsageError
from schemas.codec import encode
from schemas.events import Rule
from schemas.identity import stable_id


class RuleFileError(UsageError):
    """A rule file that cannot be used; the message names the file, the place and what is wrong."""


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule that was checked, and where it stands."""

    kind: str
    rule_id: str
    definition: dict[str, Any]
    where: str


def load_rules(path: Path) -> list[LoadedRule]:
    """The rules of a file: one topic (it has `terms`), or a list of alerts under `alerts`. Raises RuleFileError."""
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RuleFileError(f"{path}: {error}") from error
    if not isinstance(document, dict):
        raise RuleFileError(f"{path}: neither a topic (with `id`, `title`, `terms`) nor a list under `alerts`")
    try:
        if "alerts" not in document:
            return [LoadedRule("topic", parse_rule(document, str(path)).id, document, str(path))]
        alerts = document["alerts"]
        if not isinstance(alerts, list) or not all(isinstance(alert, dict) for alert in alerts):
            raise RuleFileError(f"{path}: `alerts` is no list of rules")
        compiled = [(compile_rule(alert).rule.id, alert) for alert in alerts]
    except (TopicRuleError, AlertRuleError) as error:
        raise RuleFileError(str(error) if str(path) in str(error) else f"{path}: {error}") from error
    return [LoadedRule("alert", rule_id, alert, str(path)) for rule_id, alert in compiled]


def packaged() -> list[LoadedRule]:
    """The topic rules that come with newsriver."""
    import orjson

    return [
        LoadedRule("topic", rule.id, orjson.loads(encode(rule)), f"packaged {rule.id}") for rule in packaged_rules()
    ]


def as_events(rules: Iterable[LoadedRule], now: datetime) -> list[Rule]:
    """The events that put rules into force. Ids are those of the kind and the rule: applying again replaces."""
    events: dict[str, Rule] = {}
    for rule in rules:
        key = f"{rule.kind}.{rule.rule_id}"
        if key in events:
            raise RuleFileError(f"{rule.where}: there are two rules {rule.rule_id}")
        events[key] = Rule(
            id=stable_id("rule", key, encode(rule.definition).decode()),
            emitted_at=now,
            rule_id=key,
            kind="topic" if rule.kind == "topic" else "alert",
            definition=rule.definition,
        )
    return list(events.values())
