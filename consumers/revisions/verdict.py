"""What another look at an article's page means: nothing new, a small or a material change, or another article."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from consumers.revisions.fingerprint import Fingerprint
from consumers.text.minhash import containment, jaccard

Kind = Literal["new", "seen", "reextracted", "fuller", "minor", "material", "replaced"]

MATERIAL_JACCARD = 0.95
REUSED_JACCARD = 0.2
REUSED_CONTAINMENT = 0.5
"""A flash of three lines that grew into an article shares little of it, but is contained in it."""
SAME_PAGE_JACCARD = 0.5
SAME_PAGE_CONTAINMENT = 0.75
"""Two extractors agree on a page this far; that is also what makes two articles copies of one text."""
EDITED_OVERLAP = 0.6
"""A sentence that keeps this share of its words (Dice) was edited, not replaced."""
MAX_PAIRS = 10_000
"""With more sentences out and in than this, the text was rewritten and nobody asks which became which."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The kind of change and what speaks for it; `reasons` are stable names."""

    kind: Kind
    reasons: tuple[str, ...] = ()


def compare(old: Fingerprint, new: Fingerprint) -> Verdict:
    """The verdict on two versions that the same extractor read, and whose words are not all the same."""
    overlap = jaccard(old.shingles, new.shingles)
    if old.title != new.title and is_other_text(len(old.shingles), len(new.shingles), overlap):
        return Verdict("replaced", ("title_changed", "other_text"))
    reasons = []
    if old.title != new.title:
        reasons.append("title_changed")
    if overlap < MATERIAL_JACCARD:
        reasons.append("text_changed")
    reasons += _statement_changes(old.statements, new.statements)
    return Verdict("material" if reasons else "minor", tuple(reasons))


def is_other_text(old_size: int, new_size: int, overlap: float) -> bool:
    """Whether a text has nothing to do with the one before it; sizes are numbers of shingles."""
    return overlap < REUSED_JACCARD and containment(old_size, new_size, overlap) < REUSED_CONTAINMENT


def is_same_page(old_size: int, new_size: int, overlap: float) -> bool:
    """Whether the differences of two texts are such as two extractors make of one page."""
    return overlap >= SAME_PAGE_JACCARD or containment(old_size, new_size, overlap) >= SAME_PAGE_CONTAINMENT


def _statement_changes(old: Mapping[str, int], new: Mapping[str, int]) -> list[str]:
    """Statements put in, taken out, or with another figure in them. An edited one is neither in nor out."""
    removed = {key: Counter(key.split()) for key in old if key not in new}
    added = {key: Counter(key.split()) for key in new if key not in old}
    edited = list(_edited(removed, added)) if len(removed) * len(added) <= MAX_PAIRS else []
    for before, after in edited:
        del removed[before], added[after]
    figures_changed = any(_figures(before) != _figures(after) for before, after in edited)
    found = {"sentence_added": added, "sentence_removed": removed, "figure_changed": figures_changed}
    return [reason for reason, present in found.items() if present]


def _edited(removed: Mapping[str, Counter[str]], added: Mapping[str, Counter[str]]) -> Iterator[tuple[str, str]]:
    """Pairs of a removed statement and the added one that it became, each statement in one pair at most."""
    free = dict(added)
    for before, words in removed.items():
        after = max(free, key=lambda key: (_dice(words, free[key]), key), default=None)
        if after is not None and _dice(words, free[after]) >= EDITED_OVERLAP:
            del free[after]
            yield before, after


def _dice(left: Counter[str], right: Counter[str]) -> float:
    """The Dice coefficient of two bags of words."""
    return 2 * (left & right).total() / (left.total() + right.total())


def _figures(statement: str) -> Counter[str]:
    """The numbers in a statement: a corrected toll is one character, and the reason to read the article again."""
    return Counter(word for word in statement.split() if any(character.isdigit() for character in word))
