"""What a version of an article is compared by."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from consumers.revisions.diff import sentence_key
from consumers.text.minhash import Hashes, shingles
from consumers.text.sentences import sentences
from consumers.text.words import words_of

MIN_SENTENCE_WORDS = 8
"""Shorter sentences are captions, bylines and buttons as often as not."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A title and a text, reduced to what a change of them is judged by.

    `statements` are the keys of the sentences that are long enough to count, with how often each occurs.
    """

    title: str
    shingles: Hashes
    statements: Mapping[str, int]


def title_key(title: str) -> str:
    """What makes two titles the same: their words."""
    return " ".join(words_of(title).tokens)


def fingerprint(title: str, body: str) -> Fingerprint:
    """The fingerprint of a title and a text."""
    statements: Counter[str] = Counter()
    for sentence in sentences(body):
        if words_of(sentence).count >= MIN_SENTENCE_WORDS:
            statements[sentence_key(sentence)] += 1
    return Fingerprint(title_key(title), shingles(words_of(body)), statements)
