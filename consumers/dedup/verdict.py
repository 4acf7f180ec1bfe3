"""Whether an article is a copy of one that came before it, and of which."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from consumers.dedup.document import Canonical, Facts
from consumers.dedup.index import MIN_WORDS, Index, Likeness
from consumers.dedup.sketch import Sketch
from consumers.text.words import words_of

DUPLICATE_JACCARD = 0.5
DUPLICATE_CONTAINMENT = 0.75
DERIVED_CONTAINMENT = 0.4
SAME_OUTLET_TITLE_OVERLAP = 0.2


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an article is; the figures are those of the article and the canonical one, if that is still known."""

    kind: Literal["unique", "exact", "near", "derived"]
    canonical: Canonical | None = None
    jaccard: float = 0.0
    containment: float = 0.0


UNIQUE = Verdict("unique")


def judge(index: Index, article_id: str, facts: Facts, sketch: Sketch) -> Verdict:
    """The verdict on an article. It may be in the index itself: it is no copy of itself."""
    for known_id, known in index.same_text(facts):
        if not _is_own(article_id, known_id, known) and not _is_standing_text(facts, known):
            return Verdict("exact", _canonical(known_id, known), 1.0, 1.0)
    if facts.words < MIN_WORDS:
        return UNIQUE
    found = [like for like in index.similar(facts, sketch) if _counts(article_id, facts, like)]
    copied = [verdict for like in found if _is_copy(like) for verdict in _as_copy(index, facts, sketch, like)]
    if copied:
        return copied[0] if len(copied) == 1 else max(copied, key=_preference)
    derived = [_verdict("derived", like) for like in found if not _is_copy(like)]
    return max(derived, key=_preference, default=UNIQUE)


def _counts(article_id: str, facts: Facts, like: Likeness) -> bool:
    if like.containment < DERIVED_CONTAINMENT or like.facts.words < MIN_WORDS:
        return False
    return not _is_own(article_id, like.article_id, like.facts) and not _is_standing_text(facts, like.facts)


def _is_own(article_id: str, known_id: str, known: Facts) -> bool:
    """Whether a known article is this one in an earlier revision, or a copy of it."""
    return article_id in (known_id, known.canonical.article_id if known.canonical else None)


def _is_copy(like: Likeness) -> bool:
    return like.jaccard >= DUPLICATE_JACCARD or like.containment >= DUPLICATE_CONTAINMENT


def _as_copy(index: Index, facts: Facts, sketch: Sketch, like: Likeness) -> Iterator[Verdict]:
    """The verdict that the article copies what a known one copies.

    Copies of copies drift. One that has lost touch with the canonical text is no copy of it, and what stands between
    the two is not on `unique`: then the article stands for itself.
    """
    canonical = like.facts.canonical
    to_canonical = index.likeness(canonical.article_id, facts, sketch) if canonical else like
    if to_canonical is None:  # the canonical article has left the window
        yield _verdict("near", like)
    elif to_canonical.containment >= DERIVED_CONTAINMENT:
        yield _verdict("near", to_canonical)


def _verdict(kind: Literal["near", "derived"], like: Likeness) -> Verdict:
    return Verdict(kind, _canonical(like.article_id, like.facts), like.jaccard, like.containment)


def _canonical(article_id: str, facts: Facts) -> Canonical:
    return facts.canonical or Canonical(article_id, facts.url, facts.source)


def _preference(verdict: Verdict) -> tuple[float, float, str]:
    canonical = verdict.canonical
    return verdict.jaccard, verdict.containment, "" if canonical is None else canonical.article_id


def _is_standing_text(left: Facts, right: Facts) -> bool:
    """Whether two pages of one outlet share a text though their titles have nothing in common: a paywall's, a notice's.

    Taking them for copies would lose every article behind the paywall but the first.
    """
    if left.source != right.source:
        return False
    a, b = set(words_of(left.title).tokens), set(words_of(right.title).tokens)
    return len(a & b) < SAME_OUTLET_TITLE_OVERLAP * len(a | b)
