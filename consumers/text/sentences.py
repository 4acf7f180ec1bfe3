"""Texts as sentences, without a model: good enough to show what changed, and the same for both versions of a text."""

import re

_END = re.compile(r"""[.!?…؟۔।።]+["'”’»)\]]*\s+|[。！？]+[」』”’）]*\s*|\s*\n\s*""")
_MIN_WORD_BEFORE_STOP = 2
"""A full stop after a single letter ends an initial, not a sentence."""


def sentences(text: str) -> list[str]:
    """The sentences and headings of a text, in order, without surrounding space; line ends always divide."""
    found = []
    start = 0
    for end in _END.finditer(text):
        if "\n" in end.group() or _divides(text, start, end):
            found.append(text[start : end.end()].strip())
            start = end.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]


def _divides(text: str, start: int, end: re.Match[str]) -> bool:
    if not end.group().startswith("."):
        return True
    if text[end.end() : end.end() + 1].islower():
        return False
    word = text[start : end.start()].rpartition(" ")[2]
    return len(word) >= _MIN_WORD_BEFORE_STOP
