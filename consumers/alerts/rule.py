"""Alert rules: what they say in a file and on the `rules` stream, and what is wrong with them if they are refused."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any, Literal

from msgspec import Meta

from consumers.matching.parser import QuerySyntaxError, parse
from consumers.matching.query import Query
from schemas.codec import from_builtins
from schemas.errors import DecodeError

GroupBy = Literal["story", "rule", "source", "article"]

_DURATION = re.compile(r"^(\d+)(s|m|h|d)$")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class AlertRuleError(ValueError):
    """An alert rule that cannot be used; the message names the rule and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """An alert rule as it is written: raise an alert when `query` matches, once per group and `repeat_interval`."""

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=100)]
    title: Annotated[str, Meta(min_length=1)]
    query: Annotated[str, Meta(min_length=1)]
    group_by: GroupBy = "story"
    repeat_interval: str = "24h"
    severity: Literal["info", "warning", "critical"] = "info"
    labels: dict[str, str] = field(default_factory=dict)
    channels: tuple[str, ...] = ("console",)


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule that has been checked, with its query parsed."""

    rule: AlertRule
    query: Query
    repeat_interval: timedelta


def compile_rule(definition: dict[str, Any]) -> CompiledRule:
    """The rule that a definition holds. Raises AlertRuleError naming the rule and what is wrong with it."""
    name = definition.get("id", "(a rule without id)")
    known = set(AlertRule.__dataclass_fields__)
    if unknown := sorted(set(definition) - known):
        raise AlertRuleError(f"{name}: no such field: {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    try:
        rule = from_builtins(definition, AlertRule)
        return CompiledRule(rule, parse(rule.query), parse_duration(rule.repeat_interval))
    except (DecodeError, QuerySyntaxError, ValueError) as error:
        raise AlertRuleError(f"{name}: {error}") from error


def parse_duration(text: str) -> timedelta:
    """`90s`, `15m`, `4h` or `7d`."""
    found = _DURATION.match(text)
    if found is None:
        raise ValueError(f"not a duration: {text!r}; write a number and s, m, h or d, as in 4h")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
