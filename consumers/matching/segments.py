"""Where words begin and end in scripts without spaces: 制裁 is a word in 宣布新一轮制裁, and is none in 限制裁员.

Chinese is cut by rjieba's dictionary, in all the ways that a search engine would (经济制裁 is also 经济 and 制裁).
Japanese, Thai, Lao, Khmer and Burmese are cut by ICU if icu4py is installed (the extra `segments`); without it, a term
in them is found wherever its characters stand.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache

import rjieba

from consumers.text.words import MARKS
from newsriver.unspaced import UNSPACED

_RUN = re.compile(f"[{UNSPACED}{MARKS}]*")
_CHINESE = re.compile("[々㐀-䶿一-鿿豈-龎\U00020000-\U0003ffff]+")
MAX_RUN = 100
"""Characters to either side of a place that are looked at; sentences without punctuation are rarely longer."""


def is_boundary(text: str, place: int, language: str) -> bool:
    """Whether a word begins or ends at a place of a text in normal form, as far as is known."""
    before = _length_of_run(text[max(0, place - MAX_RUN) : place][::-1])
    after = _length_of_run(text[place : place + MAX_RUN])
    return before in boundaries(text[place - before : place + after], language)


def _length_of_run(text: str) -> int:
    found = _RUN.match(text)
    return 0 if found is None else found.end()


@lru_cache(maxsize=4096)
def boundaries(run: str, language: str) -> frozenset[int]:
    """The offsets at which words of a run of characters without spaces begin or end, its own ends included."""
    ends = {0, len(run)}
    if language != "ja" and _CHINESE.fullmatch(run):
        return frozenset(ends.union(*(span for _, *span in rjieba.tokenize(run, "search"))))
    cut = _icu("ja" if language == "ja" else "und")
    return frozenset(range(len(run) + 1) if cut is None else ends.union(*cut(run)))


@cache
def _icu(locale: str) -> Callable[[str], list[tuple[int, int]]] | None:
    try:
        from icu4py.breakers import WordBreaker
    except ImportError:
        return None
    return lambda run: list(WordBreaker(run, locale).segments())
