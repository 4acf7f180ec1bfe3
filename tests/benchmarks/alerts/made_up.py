"""Rules and articles of made-up words, of which some are frequent and most are rare, as in a language."""

import random
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, product
from typing import Any

from schemas.events import Article, Rule, Signature
from schemas.identity import stable_id

WORDS_AN_ARTICLE = 600
CHANNEL = "desk"
_RARE = 3000
"""Rules ask for words from this rank on: they are about something, not about everything."""

_SYLLABLES = [f"{start}{middle}" for start in "bdfgklmnprstvz" for middle in ("a", "e", "i", "o", "u", "ar", "en")]
WORDS = [f"{one}{two}{end}" for end, two, one in product(("n", "s", "rt"), _SYLLABLES, _SYLLABLES)]
_CUMULATED = list(accumulate(1 / (rank + 10) for rank in range(len(WORDS))))
"""Zipf-Mandelbrot, the usual model of how often words of a text occur."""


@dataclass(frozen=True, slots=True)
class Made:
    """A rule, words that it matches, and one that an article must not have."""

    rule: Rule
    words: str
    excluded: str


def rules(count: int, seed: int, now: datetime) -> list[Made]:
    """Rules of four kinds: both and either, a phrase, near one another, and a prefix with an exception."""
    chosen = random.Random(seed)
    made = []
    for number in range(count):
        a, b, c, d = chosen.sample(WORDS[_RARE:], 4)
        query = (f"{a} AND ({b} OR {c})", f'"{a} {b}"', f"{a} NEAR/5 {b}", f"{a[:-1]}* AND {b} AND NOT {d}")[number % 4]
        definition: dict[str, Any] = {"id": f"r{number}", "title": a, "query": query, "channels": [CHANNEL]}
        rule_id = f"alert.r{number}"
        rule = Rule(id=stable_id(rule_id), emitted_at=now, rule_id=rule_id, kind="alert", definition=definition)
        made.append(Made(rule, f"{a} {b}", d))
    return made


class Newsroom:
    """Articles, each a story of its own, each with the words of one rule somewhere in it."""

    def __init__(self, rules: list[Made], seed: int) -> None:
        self._rules = rules
        self._chosen = random.Random(seed)

    def article(self, number: int, now: datetime) -> tuple[Article, str]:
        """An article of `now`, and the id of the rule whose words it has."""
        planted = self._chosen.choice(self._rules)
        drawn = self._chosen.choices(WORDS, cum_weights=_CUMULATED, k=WORDS_AN_ARTICLE)
        words = [word for word in drawn if word != planted.excluded]
        words.insert(self._chosen.randrange(len(words)), planted.words)
        identity = stable_id("bench", str(number))
        article = Article(
            id=identity, emitted_at=now, article_id=identity, entry_id=identity, feed_id="f",
            url=f"https://ostwind.example/{number}", fetched_url="",
            source="ostwind.example", title=" ".join(words[:8]), body=" ".join(words[8:]), language="en",
            discovered_at=now, fetched_at=now, origin="page", extractor="t", extractor_version="1", revision=1,
            kind="new", signature=Signature(algorithm="a", content_hash="h", words=1, shingles=1, minhash="", lead=""),
            story_id=identity,
        )  # fmt: skip
        return article, planted.rule.rule_id
