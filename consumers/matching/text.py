"""Texts made comparable: one normal form, words, and the way back to the original's offsets. Pure.

Normalising changes lengths (İ, ß, ﬁ, soft hyphens), so the characters of the normal form remember which characters of
the original they stand for. In scripts written without spaces each character is a word.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from consumers.text.words import INVISIBLE, MARKS, UNSPACED

_WORD = re.compile(rf"[^\W_{UNSPACED}]+(?:[{MARKS}]+[^\W_{UNSPACED}]*)*|[{UNSPACED}][{MARKS}]*")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_ASCII_WORDS = {code: chr(code) if chr(code).isalnum() else " " for code in range(128)}
_TYPOGRAPHY = "’“”‘–—…«»„•·€£©™"
_RESIZING = re.compile(
    "["
    + "".join(chr(code) for code in range(0x80, 0x10000) if len(chr(code).casefold()) != 1)
    + "\u0307"
    + INVISIBLE.pattern[1:]
)
"""What folding makes longer or shorter where NFKC has nothing to change."""
_UNIFORM = re.compile("[\0-\x7f]+(?![^\0-\x7f])|[\0-\x7f]?[^\0-\x7f]+")
"""Runs that normalise on their own: nothing combines with an ASCII character before it, only after it."""


def normalise(text: str) -> str:
    """NFKC, case folding and no invisible characters: spellings that a reader takes for one compare equal."""
    if text.isascii():
        return text.lower()
    folded = _fold(INVISIBLE.sub("", text))
    return folded if unicodedata.is_normalized("NFKC", folded) else unicodedata.normalize("NFKC", _fold(folded))


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i")  # what İ folds to


def words_of(text: str) -> list[str]:
    """The words of a text in normal form."""
    return _split(normalise(text))


def _split(folded: str) -> list[str]:
    plain = _without_typography(folded)
    if plain.isascii():
        return plain.translate(_ASCII_WORDS).split()
    return _WORD.findall(plain)


def _places(folded: str) -> Sequence[int] | npt.NDArray[np.intp]:
    """Where the characters stand that words are made of."""
    plain = _without_typography(folded)
    if plain.isascii():
        characters = np.frombuffer(plain.translate(_ASCII_WORDS).encode(), np.uint8)
        return np.flatnonzero(characters != ord(" "))
    return [place for word in _WORD.finditer(plain) for place in range(*word.span())]


def _without_typography(folded: str) -> str:
    """Most texts are ASCII then, and cut into words in a fifth of the time."""
    if not folded.isascii():
        for mark in _TYPOGRAPHY:
            folded = folded.replace(mark, " ")
    return folded


def spelling(text: str) -> str:
    """A text as it is to be spelled, case included; how white space and accents are encoded does not matter."""
    return " ".join(unicodedata.normalize("NFC", INVISIBLE.sub("", text)).split())


def is_unspaced(word: str) -> bool:
    """Whether a word is one character of a script that puts no spaces between words."""
    return _UNSPACED.match(word) is not None


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text in normal form. `origin` maps its characters (and its end) to the original; None is the identity."""

    text: str
    origin: list[int] | None

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
    if _is_steady(text):
        return Normalised(normalise(text), None)
    parts: list[str] = []
    origin: list[int] = []
    for run in _UNIFORM.finditer(text):
        start, end = run.span()
        if _is_steady(run[0]):
            parts.append(normalise(run[0]))
            origin.extend(range(start, end))
            continue
        for cluster in _clusters(run[0]):
            folded = normalise(cluster)
            parts.append(folded)
            origin.extend([start] * len(folded))
            start += len(cluster)
    origin.append(len(text))
    return Normalised("".join(parts), origin)


def _is_steady(text: str) -> bool:
    """Whether every character becomes exactly one."""
    return text.isascii() or (
        _RESIZING.search(text) is None
        and unicodedata.is_normalized("NFKC", text)
        and unicodedata.is_normalized("NFKC", text.casefold())
    )


def _clusters(text: str) -> list[str]:
    """Runs that normalise together: a character and what combines with it or is left out."""
    starts = [index for index, character in enumerate(text) if index == 0 or not _continues(character)]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def _continues(character: str) -> bool:
    first = unicodedata.normalize("NFKD", character)[0]
    return (
        unicodedata.category(first).startswith("M")
        or "\u1160" <= first <= "\u11ff"  # vowels and finals of Hangul syllables
        or INVISIBLE.match(first) is not None
    )


class WordStream:
    """The words of a text as one string, ` word word `, in which a search finds words by their spaces."""

    def __init__(self, text: str) -> None:
        self._original = text
        self.words = words_of(text)
        self.text = f" {' '.join(self.words)} " if self.words else " "

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def normalised(self) -> Normalised:
        """The normal form that the words are of."""
        return with_offsets(self._original)

    def span(self, position: int, first: int, end: int, last: int) -> tuple[int, int]:
        """Where `text[position:end]` stands in the normal form; words number `first` and `last` are its outermost.

        Each word has one space before it, so the position less their number is the number of the character.
        """
        places = self._places
        return int(places[position - first - 1]), int(places[end - last - 2]) + 1

    @cached_property
    def _places(self) -> Sequence[int] | npt.NDArray[np.intp]:
        return _places(self.normalised.text)
