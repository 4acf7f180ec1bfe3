"""Where words begin and end in Chinese: 制裁 is a word in 宣布新一轮制裁, and is none in 限制裁员."""

from functools import lru_cache

import rjieba


@lru_cache(maxsize=4096)
def boundaries(run: str) -> frozenset[int]:
    """The offsets at which words of a run of Han characters begin or end."""
    offsets = {0}
    position = 0
    for word in rjieba.cut(run):
        position += len(word)
        offsets.add(position)
    return frozenset(offsets)


def stands_alone(run: str, start: int, end: int) -> bool:
    """Whether `run[start:end]` is made of whole words, as far as the dictionary can tell."""
    found = boundaries(run)
    return start in found and end in found
