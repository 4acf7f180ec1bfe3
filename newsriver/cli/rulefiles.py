"""Rule files, of topics and of alerts, as the events that put them into force."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from consumers.alerts.rule import AlertRuleError, compile_rule
from consumers.topics.rulefile import TopicRuleError, packaged_rules, parse_rule
from newsriver.errors import UsageError
from newsriver.yamlfile import YamlError, read_yaml, yaml_files
from schemas.codec import encode
from schemas.events import Rule
from schemas.identity import stable_id

Kind = Literal["topic", "alert"]
MAX_BYTES = 512 * 1024
"""An alert rule goes with each of its matches, and brokers take records of a megabyte."""


class RuleFileError(UsageError):
    """Rule files that cannot be used; the message names file, place and what is wrong, a line for each fault."""


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule that was checked, and where it stands."""

    kind: Kind
    rule_id: str
    definition: dict[str, Any]
    where: str


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """What rule files hold: the rules that can be used, and of the others what is wrong with them and where."""

    rules: list[LoadedRule] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def load_rules(paths: Iterable[Path]) -> list[LoadedRule]:
    """The rules of files, if all can be used. Raises RuleFileError, which names all that is wrong, a line each."""
    found = read_rules(paths)
    if found.faults:
        raise RuleFileError("\n".join(found.faults))
    return found.rules


def read_rules(paths: Iterable[Path]) -> RuleFiles:
    """Read files, also of folders, that each hold one topic (it has `terms`), or a list of alerts under `alerts`."""
    found = RuleFiles()
    places: dict[tuple[Kind, str], str] = {}
    for path in _files(paths, found.faults):
        for kind, definition, where in _definitions(path, found.faults):
            rule_id = _checked(kind, definition, where, found.faults)
            if rule_id is None:
                continue
            if (kind, rule_id) in places:
                found.faults.append(f"{where}: there is a rule {rule_id} at {places[kind, rule_id]} already")
                continue
            places[kind, rule_id] = where
            found.rules.append(LoadedRule(kind, rule_id, definition, where))
    found.faults.extend(_inhibitions_in_vain(found.rules))
    return found


def _inhibitions_in_vain(rules: Iterable[LoadedRule]) -> Iterator[str]:
    """What is wrong with rules that are to keep another quiet, and never would, because they group otherwise."""
    alerts = {rule.rule_id: (compile_rule(rule.definition).rule, rule.where) for rule in rules if rule.kind == "alert"}
    for rule, where in alerts.values():
        for name in rule.inhibited_by:
            if name in alerts and (other := alerts[name][0].grouped_by) != rule.grouped_by:
                yield (
                    f"{where}: {rule.id}: inhibited_by: {name} groups by {other}, and this rule by {rule.grouped_by}, "
                    "so it would never keep it quiet"
                )


def _files(paths: Iterable[Path], faults: list[str]) -> Iterator[Path]:
    for path in paths:
        try:
            yield from yaml_files(path)
        except YamlError as error:
            faults.append(str(error))


def _definitions(path: Path, faults: list[str]) -> Iterator[tuple[Kind, dict[str, Any], str]]:
    """The rules that a file claims to hold: kind, definition, and where it stands."""
    try:
        file = read_yaml(path)
    except YamlError as error:
        faults.append(str(error))
        return
    document = file.content
    if not isinstance(document, dict):
        faults.append(f"{path}: neither a topic (with `id`, `title`, `terms`) nor a list under `alerts`")
    elif "alerts" not in document:
        yield "topic", document, str(path)
    elif not isinstance(document["alerts"], list):
        faults.append(f"{path}: `alerts` is no list of rules")
    else:
        for alert, line in zip(document["alerts"], file.lines("alerts"), strict=True):
            where = f"{path}:{line}"
            if isinstance(alert, dict):
                yield "alert", alert, where
            else:
                faults.append(f"{where}: a rule is a mapping with `id`, `title` and `query`")


def _checked(kind: Kind, definition: dict[str, Any], where: str, faults: list[str]) -> str | None:
    """The id of a rule that can be used; None, and another fault, of one that cannot."""
    if (size := len(encode(definition))) > MAX_BYTES:
        faults.append(f"{where}: a rule of {size} bytes; more than {MAX_BYTES} cannot be put into force")
        return None
    try:
        return parse_rule(definition, where).id if kind == "topic" else compile_rule(definition).rule.id
    except (TopicRuleError, AlertRuleError) as error:
        faults.append(str(error) if kind == "topic" else f"{where}: {error}")
        return None


def packaged() -> list[LoadedRule]:
    """The topic rules that come with newsriver."""
    import orjson

    return [
        LoadedRule("topic", rule.id, orjson.loads(encode(rule)), f"packaged {rule.id}") for rule in packaged_rules()
    ]


def as_events(rules: Iterable[LoadedRule], now: datetime) -> list[Rule]:
    """The events that put rules into force. Ids are those of the kind and the rule: applying again replaces."""
    return [
        Rule(
            id=stable_id("rule", f"{rule.kind}.{rule.rule_id}", encode(rule.definition).decode()),
            emitted_at=now,
            rule_id=f"{rule.kind}.{rule.rule_id}",
            kind=rule.kind,
            definition=rule.definition,
        )
        for rule in rules
    ]
