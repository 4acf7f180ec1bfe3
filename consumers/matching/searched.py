"""One document as it is searched: a string of words, passages in it, and the way back to the original. Pure."""

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

from consumers.matching.document import Document, Span
from consumers.matching.segments import is_boundary
from consumers.matching.text import WordStream
from consumers.text.words import is_unspaced

LEAD_WORDS = 120
LEAD_CHARACTERS = 250
"""The lead where most words are characters of scripts without spaces."""
BETWEEN = 1_000_000
"""Words that count as lying between title and body, so that no distance reaches across."""


class Passage(NamedTuple):
    """Where a term stands: the numbers of its first and last word, and its characters in the searched text."""

    first: int
    last: int
    start: int
    length: int


class Scope(NamedTuple):
    """The words that count, from `first` to `last`."""

    first: int
    last: int

    def holds(self, passage: Passage) -> bool:
        """Whether a passage lies within."""
        return self.first <= passage.first and passage.last <= self.last

    def narrowed(self, other: "Scope") -> "Scope":
        """The words that count in both."""
        return Scope(max(self.first, other.first), min(self.last, other.last))


EVERYWHERE = Scope(0, 2 * BETWEEN)


class Searched:
    """A document as one string, title first, in which literals are searched."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._title = WordStream(document.title)
        self._body = WordStream(document.body)
        self._body_start = len(self._title.text) + 1
        self._first_of_body = len(self._title) + BETWEEN
        self.text = f"{self._title.text}\0{self._body.text}"
        self._spans: dict[Passage, Span] = {}

    def passages(self, start: int, end: int) -> list[Passage]:
        """All passages like the last one, from `start` to `end`; spaces at its ends stand for the ends of words."""
        literal = self.text[start:end]
        lead = literal[0] == " "
        length = len(literal) - lead - (literal[-1] == " ")
        places: list[tuple[int, int]] = []
        position = -1
        while position < start:
            position = self.text.find(literal, position + 1, end)
            places.append((position + lead, position + lead + length))
        return self._numbered(places)

    def find(self, expression: str) -> list[Passage]:
        """The passages that a regular expression has in its group."""
        return self._numbered([match.span(1) for match in _compiled(expression).finditer(self.text)])

    def _numbered(self, places: Sequence[tuple[int, int]]) -> list[Passage]:
        """The passages at some places, in order, with the numbers of their words."""
        passages: list[Passage] = []
        word, counted = -1, 0
        for start, end in places:
            word += self.text.count(" ", counted, start)
            counted = start
            first = word if start < self._body_start else word - 1 + BETWEEN  # one space is the title's last
            passages.append(Passage(first, first + self.text.count(" ", start, end), start, end - start))
        return passages

    def span(self, passage: Passage) -> Span:
        """The passage in the original text."""
        span = self._spans.get(passage)
        if span is None:
            field: Literal["title", "body"] = "title" if passage.start < self._body_start else "body"
            stream, begin, end = self._normalised(passage)
            span = self._spans[passage] = Span(field, *stream.normalised.original_span(begin, end))
        return span

    def original(self, passage: Passage) -> str:
        """The original's own characters of a passage."""
        span = self.span(passage)
        return (self.document.title if span.field == "title" else self.document.body)[span.start : span.end]

    def scope(self, field: str) -> Scope:
        """The words of a text field."""
        if field == "title":
            return Scope(0, len(self._title) - 1)
        return Scope(self._first_of_body, self._first_of_body + (self._lead if field == "lead" else BETWEEN) - 1)

    def first_words(self, count: int) -> Scope:
        """The first so many words of title and body."""
        return Scope(0, count - 1 if count <= len(self._title) else count - 1 + BETWEEN)

    def is_whole(self, passage: Passage, *, start: bool, end: bool, together: bool) -> bool:
        """Whether a passage in a script without spaces begins (`start`) and ends (`end`) where words do.

        `together`: and nothing stands between its characters.
        """
        stream, begin, stop = self._normalised(passage)
        text, language = stream.normalised.text, self.document.lang
        return (
            (not together or stop - begin == passage.length - (passage.last - passage.first))
            and (not start or is_boundary(text, begin, language))
            and (not end or is_boundary(text, stop, language))
        )

    def _normalised(self, passage: Passage) -> tuple[WordStream, int, int]:
        """The text that a passage is in, and where it stands in the normal form of that."""
        stream, shift, words = self._title, 0, 0
        if passage.start >= self._body_start:
            stream, shift, words = self._body, self._body_start, self._first_of_body
        start = passage.start - shift
        return stream, *stream.span(start, passage.first - words, start + passage.length, passage.last - words)

    @cached_property
    def _lead(self) -> int:
        beginning = self._body.words[:LEAD_WORDS]
        return LEAD_CHARACTERS if 2 * sum(map(is_unspaced, beginning)) > len(beginning) else LEAD_WORDS


_compiled = lru_cache(maxsize=4096)(re.compile)
