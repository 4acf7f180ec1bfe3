"""Texts as words, in any script: the one tokenisation that hashes, signatures, revisions and stories agree on.

Scripts written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) give one token a character, with its
marks; `Words.width` says how many tokens carry as much as three words of a spaced script, so that shingles of all
scripts are about equally telling.
"""

import re
import unicodedata
from dataclasses import dataclass

from newsriver.unspaced import IDEOGRAPHIC, SYLLABIC, UNSPACED

WORDS_PER_SHINGLE = 3

# A Chinese or Japanese word has about 1.7 characters, a Thai one about 3 with their marks.
_IDEOGRAPHIC_WIDTH = 5
_SYLLABIC_WIDTH = 9


def _marks() -> str:
    """The combining marks of the basic plane as a character class: vowels of Indic scripts are marks, not letters."""
    ranges: list[list[int]] = []
    for code in range(0x300, 0x10000):
        if unicodedata.category(chr(code)) in ("Mn", "Mc"):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in ranges)


MARKS = _marks()
"""Combining marks, as the inside of a character class."""
_SIMPLE_WORD = re.compile(r"[^\W_]+")
_WORD = re.compile(rf"[{UNSPACED}][{MARKS}]*|[^\W_{UNSPACED}](?:[^\W_{UNSPACED}]|[{MARKS}])*")
_NEEDS_CARE = re.compile(rf"[{UNSPACED}{MARKS}]")
_UNSPACED = re.compile(rf"[{UNSPACED}]")
_IDEOGRAPHS = re.compile(rf"[{IDEOGRAPHIC}]")
_SYLLABLES = re.compile(rf"[{SYLLABIC}]")
# Soft hyphens, joiners and directional marks: how a page breaks or joins letters is not part of the text.
INVISIBLE = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Words:
    """The tokens of a text, and how many of them make a shingle."""

    tokens: list[str]
    width: int

    @property
    def count(self) -> int:
        """The length of the text in words, as a spaced script would have them."""
        return len(self.tokens) * WORDS_PER_SHINGLE // self.width

    def first(self, words: int) -> "Words":
        """The beginning of the text, up to so many words."""
        return Words(self.tokens[: words * self.width // WORDS_PER_SHINGLE], self.width)


def normalised(text: str) -> str:
    """NFKC, lower case, without invisible characters."""
    if text.isascii():
        return text.lower()
    return INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).lower()


def words_of(text: str) -> Words:
    """The words of a text. Punctuation, case and width of letters do not matter."""
    plain = normalised(text)
    if plain.isascii() or not _NEEDS_CARE.search(plain):
        return Words(_SIMPLE_WORD.findall(plain), WORDS_PER_SHINGLE)
    tokens: list[str] = _WORD.findall(plain)
    return Words(tokens, _width(plain, len(tokens)))


def is_unspaced(token: str) -> bool:
    """Whether the token is one character of a script that is written without spaces."""
    return _UNSPACED.match(token) is not None


def _width(text: str, tokens: int) -> int:
    """By the script that most tokens are of: copies of a text must not differ in it for a few foreign names."""
    ideographs = len(_IDEOGRAPHS.findall(text))
    syllables = len(_SYLLABLES.findall(text))
    if 2 * (ideographs + syllables) <= tokens:
        return WORDS_PER_SHINGLE
    return _IDEOGRAPHIC_WIDTH if ideographs >= syllables else _SYLLABIC_WIDTH
