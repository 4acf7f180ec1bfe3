"""Which story an article belongs to: one pass, TF-IDF, cosine to the stories' centroids. Pure.

Document frequency is counted over the articles of the active window. That makes it a sum over what is in the state: it
comes out the same however the state was restored, and forgets old news without any decay.
"""

import math
from base64 import b64decode, b64encode
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from xxhash import xxh32_intdigest

from newsriver.stages import Change
from schemas.events import UtcTime

THRESHOLD = 0.22
"""The cosine from which on an article joins a story; .20-.24 does best on three sets of real articles."""
ACTIVE = timedelta(hours=72)
"""How long after its last article a story takes new ones."""
KEPT = timedelta(days=7)
CENTROID_TERMS = 150
INDEXED_TERMS = 24
MAX_CANDIDATES = 400
MAX_SOURCES = 200

STORIES, MEMBERS = "stories", "members"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryState:
    """A story: the sum of its articles' vectors (its heaviest terms), and what is told of it."""

    title: str
    terms: dict[str, float]
    articles: int
    sources: tuple[str, ...]
    first_seen_at: UtcTime
    last_seen_at: UtcTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article of a story. `terms` are the 32-bit hashes of its terms (base64), which document frequency counts."""

    story_id: str
    seen_at: UtcTime
    terms: str


@dataclass(frozen=True, slots=True)
class Placement:
    """The story nearest to an article and how near, or None if none is near enough; the vector that was compared."""

    story_id: str | None
    similarity: float
    vector: Mapping[str, float]


class Stories:
    """The state of one task: stories, their articles, and the indexes that follow from them."""

    shapes: Mapping[str, Any] = {STORIES: StoryState, MEMBERS: Member}

    def __init__(self) -> None:
        self.stories: dict[str, StoryState] = {}
        self.members: dict[str, Member] = {}
        self._norms: dict[str, float] = {}
        self._indexed: dict[str, tuple[str, ...]] = {}
        self._by_term: defaultdict[str, set[str]] = defaultdict(set)
        self._frequency: Counter[int] = Counter()

    def apply(self, change: Change) -> None:
        """Carry out one change of a story or a member, and of the indexes with it."""
        if change.table == STORIES:
            self._put_story(change.key, change.value)
        else:
            self._put_member(change.key, change.value)

    def place(self, features: Mapping[str, float], now: datetime) -> Placement:
        """Where an article with these features belongs."""
        vector = self._vector(features)
        best, similarity = None, 0.0
        for story_id in self._candidates(vector, now):
            terms = self.stories[story_id].terms
            product = sum(weight * terms[term] for term, weight in vector.items() if term in terms)
            cosine = product / self._norms[story_id]
            if cosine > similarity or (cosine == similarity and best is not None and story_id < best):
                best, similarity = story_id, cosine
        return Placement(best if similarity >= THRESHOLD else None, similarity, vector)

    def expired(self, now: datetime) -> Iterator[Change]:
        """What is to be forgotten by now, articles first."""
        for key, member in self.members.items():
            if member.seen_at + KEPT <= now:
                yield Change(MEMBERS, key, None)
        for key, story in self.stories.items():
            if story.last_seen_at + KEPT <= now:
                yield Change(STORIES, key, None)

    def _vector(self, features: Mapping[str, float]) -> dict[str, float]:
        total = len(self.members) + 1
        weights = {
            term: weight * math.log(1 + total / (self._frequency[term_hash(term)] + 0.5))
            for term, weight in features.items()
        }
        norm = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {term: weight / norm for term, weight in weights.items()}

    def _candidates(self, vector: Mapping[str, float], now: datetime) -> list[str]:
        scores: Counter[str] = Counter()
        for term in _heaviest(vector, INDEXED_TERMS):
            for story_id in self._by_term.get(term, ()):
                if self.stories[story_id].last_seen_at + ACTIVE > now:
                    scores[story_id] += vector[term] * self.stories[story_id].terms[term] / self._norms[story_id]  # type: ignore[assignment]
        return [story_id for story_id, _ in scores.most_common(MAX_CANDIDATES)]

    def _put_story(self, key: str, story: StoryState | None) -> None:
        for term in self._indexed.pop(key, ()):
            self._by_term[term].discard(key)
            if not self._by_term[term]:
                del self._by_term[term]
        if story is None:
            self.stories.pop(key, None)
            self._norms.pop(key, None)
            return
        self.stories[key] = story
        self._norms[key] = math.sqrt(sum(weight * weight for weight in story.terms.values())) or 1.0
        self._indexed[key] = tuple(_heaviest(story.terms, INDEXED_TERMS))
        for term in self._indexed[key]:
            self._by_term[term].add(key)

    def _put_member(self, key: str, member: Member | None) -> None:
        before = self.members.pop(key, None)
        if before is not None:
            for term in unpack(before.terms):
                self._frequency[term] -= 1
                if not self._frequency[term]:
                    del self._frequency[term]
        if member is not None:
            self.members[key] = member
            self._frequency.update(unpack(member.terms))


def joined(
    story: StoryState | None, vector: Mapping[str, float], *, title: str, source: str, now: datetime
) -> StoryState:
    """The story with one article more; a new one of that article alone if there was none."""
    if story is None:
        return StoryState(
            title=title, terms=_rounded(vector), articles=1, sources=(source,), first_seen_at=now, last_seen_at=now
        )  # fmt: skip
    terms = dict(story.terms)
    for term, weight in vector.items():
        terms[term] = terms.get(term, 0.0) + weight
    heaviest = {term: terms[term] for term in _heaviest(terms, CENTROID_TERMS)}
    known = source in story.sources or len(story.sources) >= MAX_SOURCES
    return StoryState(
        title=story.title,
        terms=_rounded(heaviest),
        articles=story.articles + 1,
        sources=story.sources if known else (*story.sources, source),
        first_seen_at=story.first_seen_at,
        last_seen_at=max(now, story.last_seen_at),
    )


def term_hash(term: str) -> int:
    """The 32 bits by which a term is counted."""
    return xxh32_intdigest(term.encode())


def pack(terms: Iterable[str]) -> str:
    """The hashes of terms, as a member carries them."""
    hashes = np.array(sorted({term_hash(term) for term in terms}), dtype="<u4")
    return b64encode(hashes.tobytes()).decode()


def unpack(packed: str) -> Sequence[int]:
    """The hashes that `pack` packed."""
    found: list[int] = np.frombuffer(b64decode(packed), dtype="<u4").tolist()
    return found


def _heaviest(weights: Mapping[str, float], count: int) -> list[str]:
    return sorted(weights, key=lambda term: (-weights[term], term))[:count]


def _rounded(weights: Mapping[str, float]) -> dict[str, float]:
    return {term: round(weight, 4) for term, weight in weights.items()}
