"""The articles of the last days, to be asked which of them a text resembles.

The index is the state of a task: `apply` is the only thing that alters it, and a compacted changelog rebuilds one that
gives the same answers.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from consumers.dedup.days import Day
from consumers.dedup.document import Document, Facts
from consumers.dedup.sketch import Sketch, agreement, unpack
from consumers.text.minhash import containment
from consumers.text.words import words_of
from newsriver.stages import Change
from schemas.identity import stable_id

DOCUMENTS = "documents"
WINDOW = timedelta(days=7)
MIN_WORDS = 50
"""Shorter texts are copies only when they are exactly the same: three shared sentences of a flash prove nothing."""
FORGOTTEN_AT_ONCE = 1000
_SAME_TEXT_LOOKED_AT = 8


@dataclass(frozen=True, slots=True)
class Likeness:
    """An indexed article and how much of a text is in it, both figures estimated."""

    article_id: str
    facts: Facts
    jaccard: float
    containment: float


@dataclass(frozen=True, slots=True)
class _Entry:
    facts: Facts
    day: date
    row: int


def exact_key(facts: Facts) -> str | None:
    """What exact copies share. A short text needs the same title too, and no text at all is no copy of anything."""
    if facts.words == 0:
        return None
    if facts.words >= MIN_WORDS:
        return facts.content_hash
    return stable_id(facts.content_hash, *words_of(facts.title).tokens)


class Index:
    """The state of one task of the dedup stage."""

    shapes: Mapping[str, Any] = {DOCUMENTS: Document}

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._days: dict[date, Day] = {}
        self._exact: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def facts(self, article_id: str) -> Facts | None:
        """What is known of an article, if it is in the window."""
        entry = self._entries.get(article_id)
        return None if entry is None else entry.facts

    def same_text(self, facts: Facts) -> Iterator[tuple[str, Facts]]:
        """Articles with exactly this text, first come first, a few of them."""
        key = exact_key(facts)
        for article_id in islice(self._exact.get(key, ()) if key else (), _SAME_TEXT_LOOKED_AT):
            yield article_id, self._entries[article_id].facts

    def similar(self, facts: Facts, sketch: Sketch) -> Iterator[Likeness]:
        """Articles that may carry the same text, with how alike they are."""
        for day in self._days.values():
            rows, sketches = day.candidates(sketch)
            if len(rows):
                for row, equal in zip(rows.tolist(), agreement(sketches, sketch).tolist(), strict=True):
                    article_id = day.ids[row]
                    if article_id is not None:
                        yield self._likeness(article_id, facts, equal)

    def likeness(self, article_id: str, facts: Facts, sketch: Sketch) -> Likeness | None:
        """How alike a text and one article are; None if the article is no longer in the window."""
        entry = self._entries.get(article_id)
        if entry is None:
            return None
        known = self._days[entry.day].sketch(entry.row)
        return self._likeness(article_id, facts, float(agreement(known[None, :], sketch)[0]))

    def apply(self, change: Change) -> None:
        self._forget(change.key)
        if change.value is not None:
            self._remember(change.key, change.value)

    def forgotten(self, now: datetime) -> Iterable[Change]:
        """The changes that forget whole days behind the window, a bounded number at a time."""
        last = (now - WINDOW).date()
        old = (owner for day in sorted(self._days) if day < last for owner in self._days[day].ids if owner is not None)
        return (Change(DOCUMENTS, owner, None) for owner in islice(old, FORGOTTEN_AT_ONCE))

    def _likeness(self, article_id: str, facts: Facts, equal: float) -> Likeness:
        known = self._entries[article_id].facts
        return Likeness(article_id, known, equal, containment(known.shingles, facts.shingles, equal))

    def _remember(self, article_id: str, document: Document) -> None:
        facts = document.facts
        day = facts.accepted_at.date()
        row = self._days.setdefault(day, Day()).add(article_id, unpack(document.sketch))
        self._entries[article_id] = _Entry(facts, day, row)
        key = exact_key(facts)
        if key is not None:
            self._exact.setdefault(key, []).append(article_id)

    def _forget(self, article_id: str) -> None:
        entry = self._entries.pop(article_id, None)
        if entry is None:
            return
        day = self._days[entry.day]
        day.remove(entry.row)
        if not len(day):
            del self._days[entry.day]
        key = exact_key(entry.facts)
        if key is not None:
            self._exact[key].remove(article_id)
            if not self._exact[key]:
                del self._exact[key]
