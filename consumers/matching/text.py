"""Texts made comparable: one normal form, words, and the way back to the original's offsets. Pure.

Normalising changes lengths (İ, ß, ﬁ, combining marks), so every character of the normal form remembers which characters
of the original it stands for.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

WORD = re.compile("(?:[^\\W_]|[\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff\u0e00-\u0e7f])+")
"""Letters and digits, and the marks that belong to them in scripts where they are no letters of their own."""
DENSE = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
"""Scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, kana, Han."""


def normalise(text: str) -> str:
    """NFKC and case folding, so that any two spellings that a reader takes for one compare equal."""
    return _fold(text)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a query's term, in normal form."""
    return tuple(WORD.findall(normalise(text)))


def is_dense(text: str) -> bool:
    """Whether a text has characters of a script that puts no spaces between words."""
    return DENSE.search(text) is not None


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text in normal form. `origin` maps its characters (and its end) to the original; None is the identity."""

    text: str
    origin: tuple[int, ...] | None

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """The code points of the original that `text[start:end]` stands for."""
        if self.origin is None:
            return start, end
        begin = self.origin[start]
        # A character may stand in the middle of what one original character became: go on to where that ends.
        while end < len(self.origin) - 1 and self.origin[end] == self.origin[end - 1]:
            end += 1
        return begin, self.origin[end]


def with_offsets(text: str) -> Normalised:
    """The normal form with its way back."""
    folded = _fold(text)
    if len(folded) == len(text) and unicodedata.is_normalized("NFKC", text):
        return Normalised(folded, None)  # every character became exactly one
    parts: list[str] = []
    origin: list[int] = []
    for start, end in _clusters(text):
        part = _fold(text[start:end])
        parts.append(part)
        origin.extend([start] * len(part))
    origin.append(len(text))
    return Normalised("".join(parts), tuple(origin))


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i")  # what İ folds to
    return folded if unicodedata.is_normalized("NFKC", folded) else unicodedata.normalize("NFKC", folded)


def _clusters(text: str) -> list[tuple[int, int]]:
    """Runs that normalise together: a character and the marks that combine with it."""
    starts = [
        index
        for index, character in enumerate(text)
        if index == 0 or not (unicodedata.combining(character) or "\u1160" <= character <= "\u11ff")
    ]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


class WordStream:
    """The words of a text as one string, ` word word `, in which a search finds words by their spaces."""

    __slots__ = ("_normalised", "_spans", "starts", "text")

    def __init__(self, text: str) -> None:
        self._normalised = with_offsets(text)
        self._spans = [match.span() for match in WORD.finditer(self._normalised.text)]
        words = [self._normalised.text[start:end] for start, end in self._spans]
        self.text = f" {' '.join(words)} " if words else " "
        self.starts: list[int] = []
        position = 1
        for word in words:
            self.starts.append(position)
            position += len(word) + 1

    def __len__(self) -> int:
        return len(self._spans)

    def word_at(self, position: int) -> int:
        """The number of the word that holds a position of `text`."""
        return bisect_right(self.starts, position) - 1

    def original_span(self, position: int, length: int) -> tuple[int, int]:
        """Where the characters `text[position : position + length]` stand in the original; they begin in a word."""
        first = self.word_at(position)
        last = self.word_at(position + length - 1)
        start = self._spans[first][0] + position - self.starts[first]
        end = self._spans[last][0] + position + length - self.starts[last]
        return self._normalised.original_span(start, min(end, self._spans[last][1]))
