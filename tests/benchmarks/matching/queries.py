"""Made-up queries of the kinds that newsrooms and their readers keep, over the words of real articles.

Two in five ask for names and topics, half of these without something; one in three is a list of names to watch; one
in ten has NEAR, one in ten two names, one in twenty asks of the title. One name in eight is a real one; the others are
as rare as most names are in most articles.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate

from consumers.matching.document import Document
from tests.benchmarks.matching.corpus import SEED

_WORD = re.compile(r"[^\W\d_]{4,}")
_NAME = re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b")
REAL_NAMES = 0.12
PREFIXES = 0.15
COMMON_WORDS = 300
LEAST_ARTICLES = 3
LARGEST_SHARE = 0.35


def made_up_queries(articles: Sequence[Document], count: int) -> list[str]:
    """So many queries about what such articles say."""
    return [make() for make in [_Maker(articles).query] * count]


class _Maker:
    def __init__(self, articles: Sequence[Document]) -> None:
        self._random = random.Random(SEED)
        spread: Counter[str] = Counter()
        names: Counter[str] = Counter()
        for article in articles:
            spread.update(set(_WORD.findall(f"{article.title} {article.body}".lower())))
            names.update(set(_NAME.findall(article.body)))
        common = set(sorted(spread, key=lambda word: (-spread[word], word))[:COMMON_WORDS])
        usual = range(LEAST_ARTICLES, int(LARGEST_SHARE * len(articles)))
        self._topics = [word for word, times in sorted(spread.items()) if times in usual and word not in common]
        self._rare = [word for word, times in sorted(spread.items()) if times < 200]
        self._names = sorted(names)
        self._weights = list(accumulate(names[name] ** 0.5 for name in self._names))

    def query(self) -> str:
        between, names, topics = self._random.randint, self._list_of(self._name), self._list_of(self._topic)
        kind = self._random.random()
        if kind < 0.40:
            without = ""
            if self._random.random() < 0.5:
                unwanted = [self._random.choice((self._name, self._topic))() for _ in range(between(1, 3))]
                without = f" AND NOT {_group(unwanted)}"
            return f"{names(between(1, 4))} AND {topics(between(3, 8))}{without}"
        if kind < 0.50:
            whole = self._list_of(self._word)
            return f"{topics(between(3, 10))} NEAR/{self._random.choice((3, 5, 8, 10))} {whole(between(2, 6))}"
        if kind < 0.85:
            return names(between(5, 20))
        if kind < 0.95:
            return f"{self._name()} AND {self._name()}"
        return f"title:{self._list_of(self._word)(between(1, 4))} AND {topics(between(2, 6))}"

    def _list_of(self, make: Callable[[], str]) -> Callable[[int], str]:
        return lambda count: _group([make() for _ in range(count)])

    def _name(self) -> str:
        if self._random.random() < REAL_NAMES:
            return f'"{self._random.choices(self._names, cum_weights=self._weights)[0]}"'
        return f'"{self._random.choice(self._rare)} {self._random.choice(self._rare)}"'

    def _topic(self) -> str:
        word = self._word()
        return f"{word[: max(4, len(word) - 2)]}*" if self._random.random() < PREFIXES else word

    def _word(self) -> str:
        return self._random.choice(self._topics)


def _group(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"
