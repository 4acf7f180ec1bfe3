"""Alert rules at work on what is on the log: how often each would have fired, and what a change of it changes. Pure.

The watcher and the alerts stage are those of the river. Time is that of the events: it stands still while one is taken
in, and between two of them every timer of a group goes off when it is due.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from consumers.alerts.bursts.rules import BurstRules
from consumers.alerts.stage import Alerts
from consumers.alerts.state import AlertState
from consumers.alerts.watcher import Watcher
from newsriver.stages import Effects, Record
from schemas.events import AlertChange, AlertRaised, Article, BurstDetected, Rule, RuleMatched
from schemas.streams import ARTICLES, MATCHES, RULES

KEPT = 10_000
"""How many notices of a rule are remembered for samples; of more, the latest. All are counted."""

Told = tuple[AlertChange, str]
"""What makes two versions of a rule tell the same: the same change, about the same article."""


@dataclass(slots=True)
class Fired:
    """What a rule did: the groups and articles that it matched, and the notices it would have sent."""

    groups: set[tuple[str, ...]] = field(default_factory=set)
    articles: set[str] = field(default_factory=set)
    notices: Counter[Told] = field(default_factory=Counter)
    samples: dict[Told, AlertRaised] = field(default_factory=dict)

    def by_change(self) -> Counter[AlertChange]:
        """How many notices there were of each kind."""
        changes: Counter[AlertChange] = Counter()
        for (change, _), count in self.notices.items():
            changes[change] += count
        return changes

    def tell(self, notice: AlertRaised) -> None:
        """Count a notice."""
        told = notice.change, notice.article_id
        self.notices[told] += 1
        self.samples.pop(told, None)
        self.samples[told] = notice
        if len(self.samples) > KEPT:
            del self.samples[next(iter(self.samples))]


@dataclass(frozen=True, slots=True)
class Compared:
    """How many there are in both versions, only in the new one, and only in the running one."""

    both: int
    only_new: int
    only_running: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new version of a rule does differently, with the notices that only one of the two sends."""

    notices: Compared
    articles: Compared
    only_new: tuple[AlertRaised, ...]
    only_running: tuple[AlertRaised, ...]


def difference(new: Fired, running: Fired) -> Difference:
    """What the new version of a rule does that the running one does not, and the other way round."""
    more, fewer = new.notices - running.notices, running.notices - new.notices
    return Difference(
        Compared((new.notices & running.notices).total(), more.total(), fewer.total()),
        Compared(
            len(new.articles & running.articles),
            len(new.articles - running.articles),
            len(running.articles - new.articles),
        ),
        tuple(notice for told, notice in new.samples.items() if told in more),
        tuple(notice for told, notice in running.samples.items() if told in fewer),
    )


class Trial:
    """A set of rules at work. Give it events in the order of time."""

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self._watcher = Watcher()
        self._watched = self._watcher.new_state()
        self._watcher.followed(RULES, rules)
        self._bursts = BurstRules(rules)
        self._alerts = Alerts()
        self._state = AlertState()
        self._now: datetime | None = None
        self.fired = {rule_id: Fired() for rule_id in rules}

    def take(self, event: Article | BurstDetected) -> None:
        """Let time go on to when the event was written, and have the rules look at it."""
        if not self.fired:
            return
        # Partitions are merged by time as far as that goes; nothing is sent before what was sent already.
        now = event.emitted_at if self._now is None else max(self._now, event.emitted_at)
        self.pass_time(now)
        for match in self._matches(event, now):
            if not match.lapsed:
                fired = self.fired[match.rule_id]
                fired.groups.add(match.group)
                fired.articles.add(match.article_id)
            record = Record(MATCHES.key(match), match, MATCHES.name, 0, 0, 0)
            self._carry_out(self._alerts.process(record, self._state, now))

    def pass_time(self, until: datetime) -> None:
        """Let time go on: send what is due by then, when it is due, and forget what is to be forgotten."""
        while forgotten := self._watcher.tick(self._watched, until).changes:
            for change in forgotten:
                self._watched.apply(change)
        while (wakes_at := self._state.wakes_at) is not None and wakes_at <= until:
            self._carry_out(self._alerts.tick(self._state, wakes_at))
        self._now = until

    def _matches(self, event: Article | BurstDetected, now: datetime) -> Iterable[RuleMatched]:
        if isinstance(event, BurstDetected):
            return self._bursts.matches(event)
        record = Record(event.article_id, event, ARTICLES.name, 0, 0, 0)
        effects = self._watcher.process(record, self._watched, now)
        for change in effects.changes:
            self._watched.apply(change)
        return [output.event for output in effects.outputs if isinstance(output.event, RuleMatched)]

    def _carry_out(self, effects: Effects) -> None:
        for change in effects.changes:
            self._state.apply(change)
        for output in effects.outputs:
            if isinstance(output.event, AlertRaised):
                self.fired[output.event.rule_id].tell(output.event)


def with_inhibitors(wanted: Iterable[str], rules: Mapping[str, Rule]) -> dict[str, Rule]:
    """Of the rules, those that are wanted and whatever may keep them quiet."""
    found: dict[str, Rule] = {}
    ahead = list(wanted)
    while ahead:
        rule_id = ahead.pop()
        if rule_id in rules and rule_id not in found:
            found[rule_id] = rules[rule_id]
            inhibitors = rules[rule_id].definition.get("inhibited_by")
            ahead += [f"alert.{name}" for name in inhibitors] if isinstance(inhibitors, list | tuple) else []
    return found
