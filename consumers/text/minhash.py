"""MinHash (Broder 1997) of a text's shingles: the share of equal values of two texts estimates their Jaccard index.

The same on every machine and in every version of Python and numpy: constants come from SplitMix64, words are hashed by
XXH3, and all arithmetic is unsigned and wraps.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import xxhash

from consumers.text.words import Words

Hashes = npt.NDArray[np.uint64]
Values = npt.NDArray[np.uint32]

PERMUTATIONS = 128
_CHUNK = 96
"""Shingles hashed at a time: the products then stay in the cache, four times as fast as all of a text at once."""


def _splitmix64(seed: int, count: int) -> list[int]:
    """The SplitMix64 sequence (Steele, Lea, Flood 2014)."""
    mask = (1 << 64) - 1
    values = []
    for _ in range(count):
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        values.append(z ^ (z >> 31))
    return values


_MULTIPLIERS = np.array(_splitmix64(1, PERMUTATIONS), dtype=np.uint64)[:, None] | np.uint64(1)
_OFFSETS = np.array(_splitmix64(2, PERMUTATIONS), dtype=np.uint64)[:, None]
_SHINGLE_FACTOR = np.array([0x9E3779B97F4A7C15], dtype=np.uint64)


@lru_cache(maxsize=1 << 18)
def _word_hash(word: str) -> int:
    return xxhash.xxh3_64_intdigest(word.encode("utf-8", "surrogatepass"))


def _mixed(values: Hashes) -> Hashes:
    """The finaliser of MurmurHash3: every bit of the sum over a shingle reaches every bit of its hash."""
    values = values ^ (values >> np.uint64(33))
    values = values * np.uint64(0xFF51AFD7ED558CCD)
    values = values ^ (values >> np.uint64(33))
    values = values * np.uint64(0xC4CEB9FE1A85EC53)
    return values ^ (values >> np.uint64(33))


def shingles(words: Words) -> Hashes:
    """The distinct hashes of the text's shingles, sorted. A text shorter than a shingle is one; no words give none."""
    tokens = words.tokens
    if not tokens:
        return np.empty(0, dtype=np.uint64)
    ids = np.array(list(map(_word_hash, tokens)), dtype=np.uint64)
    width = min(words.width, len(tokens))
    count = len(tokens) - width + 1
    hashes = np.zeros(count, dtype=np.uint64)
    for place in range(width):
        hashes = hashes * _SHINGLE_FACTOR + ids[place : place + count]
    return np.unique(_mixed(hashes))


def minhash(hashes: Hashes, count: int = PERMUTATIONS) -> Values:
    """The first `count` min-hashes of a set of shingles; all ones for an empty set."""
    lowest = np.full(count, 0xFFFFFFFFFFFFFFFF, dtype=np.uint64)
    products = np.empty((count, _CHUNK), dtype=np.uint64)
    for start in range(0, len(hashes), _CHUNK):
        part = hashes[start : start + _CHUNK]
        permuted = products[:, : len(part)]
        np.multiply(_MULTIPLIERS[:count], part, out=permuted)
        permuted += _OFFSETS[:count]
        np.minimum(lowest, permuted.min(axis=1), out=lowest)
    return (lowest >> np.uint64(32)).astype(np.uint32)  # multiply-shift (Dietzfelbinger 1997): the upper bits are good


def jaccard(left: Hashes, right: Hashes) -> float:
    """The Jaccard index of two sorted sets of distinct hashes; 1 for two empty sets."""
    common = len(np.intersect1d(left, right, assume_unique=True))
    union = len(left) + len(right) - common
    return common / union if union else 1.0


def containment(left: int, right: int, jaccard_index: float) -> float:
    """The share of the smaller set that lies in the larger one, from the sizes of the sets and their Jaccard index."""
    smaller = min(left, right)
    if smaller == 0:
        return 0.0
    return min(1.0, jaccard_index * (left + right) / (1.0 + jaccard_index) / smaller)
