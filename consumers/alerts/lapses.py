"""What articles match, kept for as long as they may be corrected, so that it can be said what they match no more."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile
from sys import intern

from newsriver.stages import Change, Tables
from schemas.events import UtcTime

MATCHED = "matched"
KEPT = timedelta(days=7)
"""As long as matches are, and as stories remember an article, which gives a revision the group of the one before."""


@dataclass(frozen=True, slots=True)
class ByRule:
    """A rule that matched, as it was then, and the group that was told."""

    rule_id: str
    rule_hash: str
    group: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matched:
    """The rules that an article's latest revision matched, and when that was."""

    rules: tuple[ByRule, ...]
    at: UtcTime


class WatcherState(Tables):
    """What articles matched, by their id, the latest last."""

    def __init__(self) -> None:
        super().__init__(**{MATCHED: Matched})

    def rules(self, article_id: str) -> tuple[ByRule, ...]:
        """The rules that the article matched when it was last seen."""
        found: Matched | None = self.table(MATCHED).get(article_id)
        return () if found is None else found.rules

    def apply(self, change: Change) -> None:
        super().apply(Change(change.table, change.key, None))
        if change.value is not None:
            super().apply(Change(change.table, change.key, _shared(change.value)))

    def expired(self, now: datetime) -> Iterator[Change]:
        """What is to be forgotten by now."""
        for key, _ in takewhile(lambda item: item[1].at + KEPT <= now, self.table(MATCHED).items()):
            yield Change(MATCHED, key, None)


def _shared(found: Matched) -> Matched:
    """The same, with each text once in memory: what is restored has its own of every rule in every article."""
    groups: dict[tuple[str, ...], tuple[str, ...]] = {}
    rules = (
        ByRule(intern(by.rule_id), intern(by.rule_hash), groups.setdefault(by.group, by.group)) for by in found.rules
    )
    return replace(found, rules=tuple(rules))
