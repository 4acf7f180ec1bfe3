"""A classifier that has learnt from labelled pieces which words go with a topic: logistic regression over hashed words.

A model is learnt for each topic and language of which there are enough pieces, and is a file of plain numbers: opening
one runs no code.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
from xxhash import xxh3_64_intdigest

from consumers.text.words import words_of
from consumers.topics.labelled import LabelledPiece

FORMAT = "newsriver-word-model-1"
BUCKETS = 1 << 16
"""Words and pairs of words share so many weights; two that meet in one do little harm."""
MAX_WORDS = 400
TITLE_WEIGHT = 3
MIN_PIECES = 10
"""So many pieces with a topic, and so many without it, it takes to learn anything of it in a language."""
PENALTY = 0.1
"""Of the squared weights: keeps words that occur in few pieces from deciding."""
STEPS = 25

Floats = npt.NDArray[np.float64]
Weights = npt.NDArray[np.float32]


class WordModelError(ValueError):
    """A file that is no word model; the message names it."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a model knows of a topic in a language, and from how many pieces with and without it."""

    topic_id: str
    language: str
    present: int
    absent: int


class WordModel:
    """Weights of hashed words for topics in languages. Implements `Classifier`."""

    def __init__(self, weights: Mapping[tuple[str, str], Weights]) -> None:
        self._weights = dict(weights)
        self.version = f"{xxh3_64_intdigest(b''.join(map(self._bytes, sorted(self._weights)))):016x}"

    def probabilities(self, topic_ids: Sequence[str], title: str, body: str, language: str) -> dict[str, float]:
        """How likely each topic is there, of those that were learnt in this language."""
        known = [topic for topic in topic_ids if (topic, language) in self._weights]
        if not known:
            return {}
        buckets, values = _features(title, body)
        return {topic: float(_logistic(self._weights[topic, language][buckets] @ values)) for topic in known}

    def save(self, path: Path) -> None:
        """Write the model to a file."""
        keys = sorted(self._weights)
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                format=np.array(FORMAT),
                topics=np.array([topic for topic, _ in keys], dtype=np.str_),
                languages=np.array([language for _, language in keys], dtype=np.str_),
                weights=np.array([self._weights[key] for key in keys], dtype=np.float32).reshape(-1, BUCKETS + 1),
            )

    @classmethod
    def load(cls, path: Path) -> "WordModel":
        """The model in a file. Raises WordModelError."""
        try:
            with np.load(path, allow_pickle=False) as file:
                weights = file["weights"]
                if str(file["format"]) != FORMAT or weights.shape[1:] != (BUCKETS + 1,) or weights.dtype != np.float32:
                    raise WordModelError(f"{path}: not a word model of this version")
                keys = zip(map(str, file["topics"]), map(str, file["languages"]), strict=True)
                return cls(dict(zip(keys, weights, strict=True)))
        except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile, zlib.error) as error:
            raise error if isinstance(error, WordModelError) else WordModelError(f"{path}: {error}") from error

    def _bytes(self, key: tuple[str, str]) -> bytes:
        return " ".join(key).encode() + self._weights[key].tobytes()


def learn(pieces: Iterable[LabelledPiece]) -> tuple[WordModel, list[Learnt]]:
    """What labelled pieces teach, and of which topics and languages. A mention counts as there, as `about` does."""
    by_language: dict[str, list[LabelledPiece]] = {}
    for piece in pieces:
        by_language.setdefault(piece.lang, []).append(piece)
    weights: dict[tuple[str, str], Weights] = {}
    learnt: list[Learnt] = []
    for language, known in sorted(by_language.items()):
        rows = [_features(piece.title, piece.body) for piece in known]
        kernel = _kernel(rows)
        for topic in sorted({topic for piece in known for topic in piece.topics}):
            there = np.array([topic in piece.topics for piece in known], dtype=np.float64)
            present = int(there.sum())
            if min(present, len(known) - present) >= MIN_PIECES:
                weights[topic, language] = _combined(rows, _fit(kernel, there))
                learnt.append(Learnt(topic, language, present, len(known) - present))
    return WordModel(weights), learnt


def _fit(kernel: Floats, there: Floats) -> Floats:
    """How much each piece adds to the weights: regularised logistic regression by Newton steps on the kernel.

    See Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 4.4.1 and 12.3.3. Pieces with and
    without the topic count the same in sum, however many of either there are.
    """
    worth = np.where(there == 1, 0.5 / there.mean(), 0.5 / (1 - there.mean()))
    added = np.zeros(len(there))
    for _ in range(STEPS):
        score = kernel @ added
        chance = _logistic(score)
        slope = np.maximum(worth * chance * (1 - chance), 1e-9)
        target = score + worth * (there - chance) / slope
        step = np.linalg.solve(kernel + PENALTY * np.diag(1 / slope), target)
        if np.allclose(step, added, atol=1e-8):
            break
        added = step
    return added


def _kernel(rows: Sequence[tuple[npt.NDArray[np.int64], Floats]]) -> Floats:
    """How alike each two pieces are."""
    dense = np.zeros(BUCKETS + 1)
    alike = np.zeros((len(rows), len(rows)))
    for number, (buckets, values) in enumerate(rows):
        dense[buckets] = values
        alike[number] = [dense[others] @ theirs for others, theirs in rows]
        dense[buckets] = 0
    return alike


def _combined(rows: Sequence[tuple[npt.NDArray[np.int64], Floats]], added: Floats) -> Weights:
    weights = np.zeros(BUCKETS + 1)
    for (buckets, values), amount in zip(rows, added, strict=True):
        weights[buckets] += amount * values
    return weights.astype(np.float32)


def _features(title: str, body: str) -> tuple[npt.NDArray[np.int64], Floats]:
    """The buckets of the words and pairs of words in a text, and 1 + ln of how often they occur, of length one.

    The last bucket stands for no word and is in every text.
    """
    counts: Counter[int] = Counter()
    for text, weight in ((title, TITLE_WEIGHT), (body, 1)):
        tokens = words_of(text).tokens[:MAX_WORDS]
        for term in (*tokens, *(f"{first} {second}" for first, second in pairwise(tokens))):
            counts[xxh3_64_intdigest(term.encode()) % BUCKETS] += weight
    values = 1 + np.log(np.array(list(counts.values()), dtype=np.float64))
    length = float(np.linalg.norm(values)) or 1.0
    return np.array([*counts, BUCKETS], dtype=np.int64), np.append(values / length, 1.0)


def _logistic(score: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(score, -30, 30)))
