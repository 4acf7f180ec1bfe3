"""What of an article tells which event it reports: its words, the title's most, without the common ones. Pure."""

import math
from collections import Counter
from collections.abc import Iterator

from consumers.stories.stopwords import STOPWORDS
from consumers.text.words import is_unspaced, words_of

TITLE_WEIGHT = 3
BODY_WORDS = 400
MAX_TERMS = 120
_ENDINGS = {
    language: tuple(endings.split())
    for language, endings in {
        "en": "'s s",
        "de": "en es e s n",
        "fr": "es s e",
        "es": "es s",
        "ru": "ами ого его ому ему ыми ими ах ам ов ев ой ей ый ий ая яя ые ие ую юю ом ем а я ы и у ю е о ь",
        "uk": "ами ого ому ими ах ам ів ої ій ий а я и і у ю е о ь",
        "pl": "ami ego emu ach ich ów ej om y i a e u ę ą",
    }.items()
}
"""Inflections to take off, the longest that fits first."""
_MIN_STEM = 4


def features(title: str, body: str, language: str) -> dict[str, float]:
    """Terms with 1 + ln(frequency), the title's counted three times, the heaviest MAX_TERMS of them."""
    counts: Counter[str] = Counter()
    for term in _terms(title, language):
        counts[term] += TITLE_WEIGHT
    for term in _terms(" ".join(body.split()[:BODY_WORDS])[:8000], language):
        counts[term] += 1
    return {term: 1 + math.log(count) for term, count in counts.most_common(MAX_TERMS)}


def stem(word: str, language: str) -> str:
    """The word without the commonest inflection of its language; light, for two words only have to meet."""
    for ending in _ENDINGS.get(language, ()):
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM:
            return word[: -len(ending)]
    return word


def _terms(text: str, language: str) -> Iterator[str]:
    common = STOPWORDS.get(language, frozenset())
    before = ""
    for word in words_of(text).tokens:
        if is_unspaced(word):  # one character says little, two in a row are nearly a word
            if before:
                yield before + word
            before = word
            continue
        before = ""
        if len(word) > 1 and word not in common:
            yield stem(word, language)
