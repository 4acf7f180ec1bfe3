"""Alert rules: what they say in a file and on the `rules` stream, and what is wrong with them if they are refused."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo

from msgspec import Meta

from consumers.alerts.calendar import Calendar, parse_calendar, parse_zone
from consumers.matching.parser import QuerySyntaxError, parse
from consumers.matching.query import Query
from schemas.codec import check_fields, encode, from_builtins
from schemas.errors import DecodeError
from schemas.identity import stable_id

T = TypeVar("T")
GroupBy = Literal["story", "rule", "source", "article"]
Severity = Literal["info", "warning", "critical"]
Outlets = Annotated[int, Meta(ge=1, le=10_000)]
RESERVED_LABELS = frozenset(("rule", "severity", "story", "source", "language", "country", "topic"))
"""Labels that every alert has of itself, and rules may not give another meaning."""

_DURATION = re.compile(r"([0-9]{1,9})(s|m|h|d)")
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
_LONGEST = timedelta(days=366)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class AlertRuleError(ValueError):
    """An alert rule that cannot be used; the message names the rule and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstCondition:
    """A burst of one of these topics (of any, if none is named), covered by at least so many outlets."""

    topics: tuple[str, ...] = ()
    min_sources: Outlets = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """An alert rule as it is written: one alert for each group of articles that match `query`, or of bursts.

    Articles are grouped by story unless `group_by` says otherwise, bursts by topic. A group's first notice waits
    `group_wait` for more articles and until `min_sources` outlets have it. Later articles of the group are told every
    `group_interval` (never, if it is not given), and the alert is repeated when there are matches again after
    `repeat_interval`. Outside `active_times` nothing is sent; what comes in `quiet_hours` is sent together when they
    end. Rules named in `inhibited_by` keep this one quiet for groups that they have an alert for.
    """

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]*\Z", max_length=100)]
    title: Annotated[str, Meta(min_length=1)]
    query: Annotated[str, Meta(min_length=1)] | None = None
    burst: BurstCondition | None = None
    group_by: GroupBy | None = None
    group_wait: str = "0s"
    group_interval: str | None = None
    repeat_interval: str = "24h"
    min_sources: Outlets = 1
    severity: Severity = "info"
    labels: dict[str, str] = field(default_factory=dict)
    time_zone: str = "UTC"
    active_times: tuple[str, ...] = ()
    quiet_hours: tuple[str, ...] = ()
    inhibited_by: tuple[str, ...] = ()
    channels: tuple[str, ...] = ("console",)

    @property
    def grouped_by(self) -> str:
        """What has one alert: a rule only keeps another quiet if both group by the same."""
        return "topic" if self.burst is not None else self.group_by or "story"


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule that has been checked, with what it says parsed; `query` is None for a rule on bursts."""

    rule: AlertRule
    query: Query | None
    group_wait: timedelta
    group_interval: timedelta | None
    repeat_interval: timedelta
    active_times: Calendar
    quiet_hours: Calendar


def compile_rule(definition: dict[str, Any]) -> CompiledRule:
    """The rule that a definition holds. Raises AlertRuleError naming the rule and what is wrong with it."""
    name = definition.get("id", "(a rule without id)")
    try:
        check_fields(definition, AlertRule)
        if isinstance(burst := definition.get("burst"), dict):
            check_fields(burst, BurstCondition, "burst: ")
        _choose(definition, "group_by", get_args(GroupBy))
        _choose(definition, "severity", get_args(Severity))
        rule = from_builtins(definition, AlertRule)
        zone = _read("time_zone", parse_zone, rule.time_zone)
        compiled = CompiledRule(
            rule,
            _query(rule),
            _read("group_wait", parse_duration, rule.group_wait),
            None if rule.group_interval is None else _read("group_interval", parse_duration, rule.group_interval),
            _read("repeat_interval", parse_duration, rule.repeat_interval),
            _read("active_times", parse_calendar, rule.active_times, zone),
            _read("quiet_hours", _quiet_hours, rule.quiet_hours, zone),
        )
        _can_fire(compiled)
        return compiled
    except (DecodeError, QuerySyntaxError, ValueError) as error:
        raise AlertRuleError(f"{name}: {error}") from error


def rule_hash(definition: dict[str, Any]) -> str:
    """What tells one version of a rule from another."""
    return stable_id(encode(definition).decode())[:12]


def parse_duration(text: str) -> timedelta:
    """`90s`, `15m`, `4h` or `7d`."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"not a duration: {text!r}; write a number and s, m, h or d, as in 4h")
    duration = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if duration > _LONGEST:
        raise ValueError(f"a duration longer than a year: {text!r}")
    return duration


def _choose(definition: dict[str, Any], name: str, choices: tuple[str, ...]) -> None:
    if isinstance(given := definition.get(name), str) and given not in choices:
        raise ValueError(f"{name}: no such value: {given!r}; write {', '.join(choices[:-1])} or {choices[-1]}")


def _read(name: str, parser: Callable[..., T], *written: Any) -> T:
    """What a field holds; what is wrong with it is said under its name."""
    try:
        return parser(*written)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _quiet_hours(windows: tuple[str, ...], zone: ZoneInfo) -> Calendar:
    calendar = parse_calendar(windows, zone)
    if calendar.contains(_ANY_TIME) and calendar.end_of(_ANY_TIME) is None:
        raise ValueError("they never end, so nothing would ever be delivered")
    return calendar


def _can_fire(compiled: CompiledRule) -> None:
    """Raises ValueError if no group could ever have the outlets that the rule asks for."""
    rule = compiled.rule
    if rule.min_sources == 1:
        return
    if rule.group_by in ("source", "article"):
        raise ValueError(
            f"min_sources: a group of one {rule.group_by} has one outlet and never {rule.min_sources}; "
            "group by story or rule"
        )
    if not compiled.repeat_interval:
        raise ValueError(
            "repeat_interval: without any, each match is a group of its own, "
            f"which never has the {rule.min_sources} outlets of min_sources"
        )


def _query(rule: AlertRule) -> Query | None:
    """The parsed query, once it is sure that the fields of the rule go together."""
    if (rule.query is None) == (rule.burst is None):
        raise ValueError("a rule has either a query or a burst")
    if rule.burst is not None and rule.group_by is not None:
        raise ValueError("group_by: bursts are grouped by their topic")
    if rule.burst is not None and rule.min_sources > 1:
        raise ValueError("min_sources: of a burst, write it under `burst`")
    if taken := sorted(RESERVED_LABELS & set(rule.labels)):
        raise ValueError(f"labels: every alert has {', '.join(taken)} of itself")
    if rule.id in rule.inhibited_by:
        raise ValueError("inhibited_by: a rule cannot keep itself quiet")
    if rule.group_by == "rule" and rule.inhibited_by:  # each such group may be in another task
        raise ValueError("inhibited_by: groups by story, source or article can be kept quiet, not a rule as a whole")
    return None if rule.query is None else parse(rule.query)
