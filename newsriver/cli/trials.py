"""Rules of both kinds beside their running versions, over events of the log; what came of it as rows. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

import structlog

from consumers.alerts.backtest import Fired, Trial, difference, with_inhibitors
from consumers.topics.backtest import Move, Moves, Sample, TopicTrial
from consumers.topics.classifier import Classifier
from consumers.topics.rulefile import Label
from schemas.events import AlertChange, AlertRaised, Article, BurstDetected, Rule

log = structlog.get_logger(__name__)

Row = dict[str, Any]
T = TypeVar("T")

CHANGES: tuple[AlertChange, ...] = ("raised", "updated", "repeated")


class Backtest:
    """New versions of rules, and the running versions of the same rules, at work on the same events.

    Alert rules see articles with the topics that they had, except that those of new topic rules are detected anew.
    """

    def __init__(
        self, rules: Iterable[Rule], in_force: Mapping[str, Rule], classifier: Classifier | None = None
    ) -> None:
        new = {rule.rule_id: rule for rule in rules}
        self._alert_rules = [rule_id for rule_id, rule in new.items() if rule.kind == "alert"]
        self._in_force = in_force
        self._new = Trial(with_inhibitors(self._alert_rules, {**in_force, **new}))
        self._running = Trial(with_inhibitors(self._alert_rules, in_force))
        topic_rules = {rule_id: rule for rule_id, rule in new.items() if rule.kind == "topic"}
        self._topics = TopicTrial(topic_rules, in_force, classifier)
        self.wants_bursts = any(new[rule_id].definition.get("burst") is not None for rule_id in self._alert_rules)
        self.articles = 0
        self.bursts = 0

    def take(self, event: Article | BurstDetected) -> None:
        """Have all rules look at an event. One that a stage cannot process is told of and passed over, as it would
        be by the river."""
        try:
            if isinstance(event, Article):
                self.articles += 1
                self._running.take(event)
                self._new.take(self._topics.take(event))
            else:
                self.bursts += 1
                self._running.take(event)
                self._new.take(event)
        except Exception as error:  # noqa: BLE001 - whatever an event does to a stage, the next one is not its concern
            log.error("backtest.passed_over", event_id=event.id, error=repr(error))

    def finish(self, until: datetime) -> None:
        """Let time go on to the end."""
        self._running.pass_time(until)
        self._new.pass_time(until)

    def rows(self, samples: int) -> Iterator[Row]:
        """A row a rule, with at most so many samples of each kind, the latest."""
        for rule_id in self._alert_rules:
            running = self._running.fired[rule_id] if rule_id in self._in_force else None
            yield {"rule": rule_id, "kind": "alert", **_alert_row(self._new.fired[rule_id], running, samples)}
        for topic_id, moves in self._topics.moves.items():
            rule_id = f"topic.{topic_id}"
            yield {"rule": rule_id, "kind": "topic", **_topic_row(moves, samples, running=rule_id in self._in_force)}


def _alert_row(new: Fired, running: Fired | None, samples: int) -> Row:
    row = _figures(new)
    if running is None:
        shown = {"fired": _notices(tuple(new.samples.values()), samples)}
        return {**row, "running": None, "difference": None, "samples": shown}
    found = difference(new, running)
    return {
        **row,
        "running": _figures(running),
        "difference": {"notices": asdict(found.notices), "articles": asdict(found.articles)},
        "samples": {
            "fired": _notices(tuple(new.samples.values()), samples),
            "only_new": _notices(found.only_new, samples),
            "only_running": _notices(found.only_running, samples),
        },
    }


def _figures(fired: Fired) -> Row:
    by_change = fired.by_change()
    return {
        "notices": by_change.total(),
        "by_change": {change: by_change[change] for change in CHANGES},
        "groups": len(fired.groups),
        "articles": len(fired.articles),
    }


def _notices(notices: Sequence[AlertRaised], most: int) -> list[Row]:
    return [
        {
            "at": notice.raised_at, "change": notice.change, "title": notice.summary, "source": notice.source,
            "url": notice.url, "article_id": notice.article_id, "group": notice.group, "matches": notice.matches,
            "passages": [asdict(passage) for passage in notice.evidence],
        }
        for notice in _latest(notices, most)
    ]  # fmt: skip


KINDS: Mapping[str, tuple[Move, ...]] = {
    "gained": (("none", "about"), ("none", "mention")),
    "lost": (("about", "none"), ("mention", "none")),
    "now_about": (("mention", "about"),),
    "now_mention": (("about", "mention"),),
}
"""What a new version can change, as the moves from the running version's label to the new one's."""


def _topic_row(moves: Moves, samples: int, *, running: bool) -> Row:
    counted = moves.counted()
    before: Counter[Label] = Counter()
    after: Counter[Label] = Counter()
    for (old, new), count in counted.items():
        before[old] += count
        after[new] += count
    return {
        "about": after["about"],
        "mention": after["mention"],
        "running": {"about": before["about"], "mention": before["mention"]} if running else None,
        **{kind: sum(counted[move] for move in of_kind) for kind, of_kind in KINDS.items()},
        "samples": {
            kind: [
                {**_article(sample), "running": old, "new": new}
                for old, new in of_kind
                for sample in _latest(tuple(moves.samples[old, new].values()), samples)
            ]
            for kind, of_kind in KINDS.items()
        },
    }


def _article(sample: Sample) -> Row:
    return {
        "at": sample.at, "title": sample.title, "source": sample.source, "url": sample.url,
        "article_id": sample.article_id, "passages": [asdict(passage) for passage in sample.evidence],
    }  # fmt: skip


def _latest(items: Sequence[T], most: int) -> Sequence[T]:
    return items[max(0, len(items) - most) :]
