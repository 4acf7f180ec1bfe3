"""The exact evaluation of one query over one document, given where its literals stand. Pure.

A result is None (no match) or the passages that prove the match; values of metadata prove without a passage.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from consumers.matching.document import Document, Span
from consumers.matching.query import METADATA_FIELDS, And, AtLeast, Field, First, Near, Not, Or, Query, Term
from consumers.matching.segments import stands_alone
from consumers.matching.text import WordStream, is_dense, normalise

LEAD_CHARACTERS = 700
LEAD_CHARACTERS_DENSE = 250
BETWEEN = 1000
"""Words that count as lying between title and body, so that no distance reaches across."""


class Passage(NamedTuple):
    """Where a term stands: the numbers of its first and last word, and its characters in the searched text."""

    first: int
    last: int
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the searched text that counts: characters `start` to `end`, words up to `last_word`."""

    start: int
    end: int
    last_word: int | None = None


class Searched:
    """A document as one string, title first, in which literals are searched; and the way back from it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._title = WordStream(document.title)
        self._body = WordStream(document.body)
        self._body_start = len(self._title.text) + 1
        self.text = f"{self._title.text}\0{self._body.text}"
        self.everything = Scope(0, len(self.text))

    def passage(self, start: int, length: int) -> Passage:
        """The passage of so many characters at `start`."""
        last = start + length - 1
        if start < self._body_start:
            return Passage(self._title.word_at(start), self._title.word_at(last), start, length)
        shift = len(self._title) + BETWEEN
        inside = self._body_start
        return Passage(
            shift + self._body.word_at(start - inside), shift + self._body.word_at(last - inside), start, length
        )

    def span(self, passage: Passage) -> Span:
        """The passage in the original text."""
        if passage.start < self._body_start:
            return Span("title", *self._title.original_span(passage.start, passage.length))
        return Span("body", *self._body.original_span(passage.start - self._body_start, passage.length))

    def original(self, passage: Passage) -> str:
        """The original's own characters of a passage."""
        span = self.span(passage)
        return (self.document.title if span.field == "title" else self.document.body)[span.start : span.end]

    def narrowed(self, scope: Scope, field: str) -> Scope:
        """The part of a scope that lies in a field."""
        if field == "title":
            return Scope(scope.start, min(scope.end, self._body_start), scope.last_word)
        start = max(scope.start, self._body_start)
        if field == "body":
            return Scope(start, scope.end, scope.last_word)
        characters = LEAD_CHARACTERS_DENSE if is_dense(self.document.body[:200]) else LEAD_CHARACTERS
        return Scope(start, min(scope.end, self._body_start + characters), scope.last_word)

    def within_words(self, scope: Scope, words: int) -> Scope:
        """The part of a scope that lies in the first so many words of title and body."""
        last = words - 1 if words <= len(self._title) else words - 1 + BETWEEN
        return Scope(scope.start, scope.end, last if scope.last_word is None else min(last, scope.last_word))

    def is_word(self, passage: Passage) -> bool:
        """Whether a passage in a script without spaces is made of whole words."""
        stream, inside = (
            (self._title, 0) if passage.start < self._body_start else (self._body, self._body_start)
        )  # fmt: skip
        word = stream.word_at(passage.start - inside)
        begin = stream.starts[word]
        end = stream.text.index(" ", begin)
        start = passage.start - inside - begin
        return stands_alone(stream.text[begin:end], start, start + passage.length)


Find = Callable[[Term], Sequence[Passage]]
"""All passages of a term in the searched text, in order."""


def evaluate(query: Query, searched: Searched, find: Find) -> list[Passage] | None:
    """The passages that prove the query, or None."""
    return _evaluate(query, searched, find, searched.everything)


def _evaluate(query: Query, searched: Searched, find: Find, scope: Scope) -> list[Passage] | None:
    match query:
        case Term():
            return [p for p in find(query) if _inside(p, scope) and _spelled(query, p, searched)] or None
        case And(parts):
            found: list[Passage] = []
            for part in parts:
                if isinstance(part, Not):
                    if _evaluate(part.inner, searched, find, scope) is not None:
                        return None
                    continue
                passages = _evaluate(part, searched, find, scope)
                if passages is None:
                    return None
                found += passages
            return found
        case Or(parts):
            any_found = [p for part in parts if (p := _evaluate(part, searched, find, scope)) is not None]
            return [passage for passages in any_found for passage in passages] if any_found else None
        case Near(distance, ordered, left, right):
            return _near(
                _evaluate(left, searched, find, scope) or (), _evaluate(right, searched, find, scope) or (),
                distance, ordered,
            )  # fmt: skip
        case Field(name, inner) if name in METADATA_FIELDS:
            return [] if _has_value(inner, searched.document.metadata(name)) else None
        case Field(name, inner):
            return _evaluate(inner, searched, find, searched.narrowed(scope, name))
        case AtLeast(count, inner):
            passages = _evaluate(inner, searched, find, scope)
            return passages if passages is not None and len(set(passages)) >= count else None
        case First(words, inner):
            return _evaluate(inner, searched, find, searched.within_words(scope, words))
        case Not():
            raise ValueError("NOT stands alone")


def _inside(passage: Passage, scope: Scope) -> bool:
    return (
        scope.start <= passage.start
        and passage.start + passage.length <= scope.end
        and (scope.last_word is None or passage.last <= scope.last_word)
    )


def _spelled(term: Term, passage: Passage, searched: Searched) -> bool:
    """Whether a passage of an `exact` term has its very spelling."""
    return not term.exact or searched.original(passage) == term.text


def _near(
    left: Sequence[Passage], right: Sequence[Passage], distance: int, ordered: bool
) -> list[Passage] | None:  # fmt: skip
    found: set[Passage] = set()
    for one in left:
        for other in right:
            between = other.first - one.last - 1
            if between < 0 and not ordered:
                between = one.first - other.last - 1
            if 0 <= between <= distance:
                found.add(one)
                found.add(other)
    return sorted(found) or None


def _has_value(query: Query, values: Sequence[str]) -> bool:
    match query:
        case Term(text=text, wildcard=wildcard, exact=exact):
            wanted = text if exact else normalise(text)
            return any(_value_fits(wanted, value if exact else normalise(value), wildcard) for value in values)
        case And(parts):
            return all(_has_value(part, values) for part in parts)
        case Or(parts):
            return any(_has_value(part, values) for part in parts)
        case Not(inner):
            return not _has_value(inner, values)
        case _:
            raise ValueError(f"no query over values: {query}")


def _value_fits(wanted: str, value: str, wildcard: str) -> bool:
    match wildcard:
        case "prefix":
            return value.startswith(wanted)
        case "suffix":
            return value.endswith(wanted)
        case "infix":
            return wanted in value
        case _:
            return value == wanted
