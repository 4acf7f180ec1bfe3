"""What a query comes to once its terms are numbered literals: nodes that find the passages that prove it. Pure.

Every node answers two questions: `groups`, of each of which one literal has to be there (so that most rules need no
look), and `passages`, which decides. None means no match; values of metadata match without a passage.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from consumers.matching.searched import EVERYWHERE, Passage, Scope, Searched
from consumers.matching.text import spelling

Group = Sequence[int]
"""Numbers of literals (or, negative, of values), one of which has to be there."""
Hit = tuple[int, int, int]
"""The number of a literal, and where it begins and ends in the searched text."""
Rarest = Callable[[Sequence[Group]], Group | None]


class Found:
    """Which literals and values a document has; `hits` say of each literal where it is last."""

    __slots__ = ("_hits", "_passages", "numbers", "searched")

    def __init__(self, searched: Searched, hits: dict[int, Hit], values: Iterable[int] = ()) -> None:
        self.searched = searched
        self.numbers: set[int] = hits.keys() | values
        self._hits = hits
        self._passages: dict[int, list[Passage]] = {}

    def add(self, number: int, start: int, end: int) -> None:
        """Take in one more literal that is there."""
        self._hits[number] = (number, start, end)
        self.numbers.add(number)

    def passages(self, number: int, scope: Scope) -> list[Passage]:
        """Where a literal stands within a scope; looked up once however many queries ask."""
        passages = self._passages.get(number)
        if passages is None:
            _, start, end = self._hits[number]
            passages = self._passages[number] = self.searched.passages(start, end)
        return passages if scope is EVERYWHERE else [passage for passage in passages if scope.holds(passage)]


class Node(Protocol):
    """A part of a query."""

    def groups(self, rarest: Rarest) -> list[Group]:
        """Groups of which each has to be there for the node to match; none if no such is known."""

    def passages(self, found: Found, scope: Scope) -> list[Passage] | None:
        """The passages within the scope that prove the node, or None."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of some literals that are terms as they stand."""

    literals: Group

    def groups(self, rarest: Rarest) -> list[Group]:
        return [self.literals]

    def passages(self, found: Found, scope: Scope) -> list[Passage] | None:
        there = found.numbers.intersection(self.literals)
        return [passage for number in there for passage in found.passages(number, scope)] or None


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words of which inner ones are unfinished: all of the literals between those, and then the expression decides."""

    literals: Group
    expression: str

    def groups(self, rarest: Rarest) -> list[Group]:
        return [array("i", [number]) for number in self.literals]

    def passages(self, found: Found, scope: Scope) -> list[Passage] | None:
        if not found.numbers.issuperset(self.literals):
            return None
        passages = found.searched.find(self.expression)
        return [passage for passage in passages if scope.holds(passage)] or None


@dataclass(frozen=True, slots=True)
class Checked:
    """The inner node where the original has this `spelling`, or where words begin (`start`) and end (`end`)."""

    inner: AnyOf | Phrase
    spelling: str | None
    start: bool
    end: bool
    together: bool

    def groups(self, rarest: Rarest) -> list[Group]:
        return self.inner.groups(rarest)

    def passages(self, found: Found, scope: Scope) -> list[Passage] | None:
        passages = self.inner.passages(found, scope) or ()
        return [passage for passage in passages if self._fits(passage, found.searched)] or None

    def _fits(self, passage: Passage, searched: Searched) -> bool:
        spelled = self.spelling is None or spelling(searched.original(passage)) == self.spelling
        return spelled and searched.is_whole(passage, start=self.start, end=self.end, together=self.together)


@dataclass(frozen=True, slots=True)
class Value:
    """A value of metadata."""

    values: Group

    def groups(self, rarest: Rarest) -> list[Group]:
        return [self.values]

    def passages(self, found: Found, scope: Scope) -> list[Passage] | None:
        return None if found.numbers.isdisjoint(self.values) else []


@dataclass(frozen=True, slots=True)
class All:
    """All of `parts` and none of `without`."""

    parts: tuple[Node, ...]
    without: tuple[Node, ...]

    def groups(self, rarest: Rarest) -> list[Group]:
        return [group for part in self.parts for group in part.groups(rarest)]

    def passages(self, found: Found, scope: Scope) -> list[Passage] | None:
        all_found: list[Passage] = []
        for part in self.parts:
            passages = part.passages(found, scope)
            if passages is None:
                return None
            all_found += passages
        if any(part.passages(found, scope) is not None for part in self.without):
            return None
        return all_found


@dataclass(frozen=True, slots=True)
class Either:
    """Any of the parts."""

    parts: tuple[Node, ...]

    def groups(self, rarest: Rarest) -> list[Group]:
        required = [rarest(part.groups(rarest)) for part in self.parts]
        known = [group for group in required if group is not None]
        return [array("i", (number for group in known for number in group))] if len(known) == len(required) else []

    def passages(self, found: Found, scope: Scope) -> list[Passage] | None:
        matching = [p for part in self.parts if (p := part.passages(found, scope)) is not None]
        return [passage for passages in matching for passage in passages] if matching else None


@dataclass(frozen=True, slots=True)
class Within:
    """The inner node, in one field."""

    field: str
    inner: Node

    def groups(self, rarest: Rarest) -> list[Group]:
        return self.inner.groups(rarest)

    def passages(self, found: Found, scope: Scope) -> list[Passage] | None:
        return self.inner.passages(found, scope.narrowed(found.searched.scope(self.field)))


@dataclass(frozen=True, slots=True)
class Early:
    """The inner node, within the first so many words."""

    words: int
    inner: Node

    def groups(self, rarest: Rarest) -> list[Group]:
        return self.inner.groups(rarest)

    def passages(self, found: Found, scope: Scope) -> list[Passage] | None:
        return self.inner.passages(found, scope.narrowed(found.searched.first_words(self.words)))


@dataclass(frozen=True, slots=True)
class Often:
    """At least so many occurrences of the inner node."""

    count: int
    inner: Node

    def groups(self, rarest: Rarest) -> list[Group]:
        return self.inner.groups(rarest)

    def passages(self, found: Found, scope: Scope) -> list[Passage] | None:
        passages = self.inner.passages(found, scope)
        return passages if passages and len(occurrences(self.inner, found, scope)) >= self.count else None


@dataclass(frozen=True, slots=True)
class Close:
    """Both sides with at most so many words between them; `ordered`: the left one first."""

    distance: int
    ordered: bool
    left: Node
    right: Node

    def groups(self, rarest: Rarest) -> list[Group]:
        return self.left.groups(rarest) + self.right.groups(rarest)

    def passages(self, found: Found, scope: Scope) -> list[Passage] | None:
        close = {passage for one, others in self.pairs(found, scope) for passage in (one, *others)}
        return sorted(close) or None

    def pairs(self, found: Found, scope: Scope) -> Iterator[tuple[Passage, Sequence[Passage]]]:
        """Passages of one side, each with those of the other that follow it close enough."""
        left = self.left.passages(found, scope)
        right = self.right.passages(found, scope) if left else None
        if left and right:
            yield from _followed(left, right, self.distance)
            if not self.ordered:
                yield from _followed(right, left, self.distance)


def _followed(
    before: Sequence[Passage], after: Sequence[Passage], distance: int
) -> Iterator[tuple[Passage, Sequence[Passage]]]:
    """The passages of the one that passages of the other follow with at most so many words between, and those."""
    after = sorted(after)
    firsts = [passage.first for passage in after]
    for passage in before:
        begin = bisect_left(firsts, passage.last + 1)
        end = bisect_right(firsts, passage.last + 1 + distance)
        if begin < end:
            yield passage, after[begin:end]


def occurrences(node: Node, found: Found, scope: Scope) -> set[int]:
    """Where a node that matches occurs: as many places as it counts for.

    A term counts wherever it begins, an OR wherever one of its parts does, a NEAR as often as it has stretches, from a
    word of one side to the next of the other, that do not overlap, and an AND as often as the part of it that the text
    has least often. There is no ATLEAST inside.
    """
    match node:
        case Either(parts):
            return {place for part in parts for place in occurrences(part, found, scope)}
        case All(parts) if node.passages(found, scope):
            return min(filter(None, (occurrences(part, found, scope) for part in parts)), key=len)
        case Close():
            return _disjoint(node.pairs(found, scope))
        case Within(field, inner):
            return occurrences(inner, found, scope.narrowed(found.searched.scope(field)))
        case Early(words, inner):
            return occurrences(inner, found, scope.narrowed(found.searched.first_words(words)))
        case _:
            return {passage.start for passage in node.passages(found, scope) or ()}


def _disjoint(pairs: Iterable[tuple[Passage, Sequence[Passage]]]) -> set[int]:
    """Where pairs begin, as many as there are without a word in common: those are taken first that end first."""
    ends = sorted((min(other.last for other in others), -one.first, one.start) for one, others in pairs)
    places: set[int] = set()
    taken = -1
    for last, first, start in ends:
        if -first > taken:
            places.add(start)
            taken = last
    return places
