"""Where two versions of a text differ, sentence by sentence."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from consumers.text.words import words_of
from schemas.events import TextChange

MAX_SENTENCES = 2000
MAX_CHARACTERS = 20_000
"""The diff travels on the event: what is beyond this much text is left out of it."""


def sentence_key(sentence: str) -> str:
    """What makes two sentences the same: their words."""
    return " ".join(words_of(sentence).tokens)


def text_changes(old: Sequence[str], new: Sequence[str]) -> tuple[TextChange, ...]:
    """The places, in order, where sentences were taken out or put in. Sentences with the same words are the same."""
    old, new = old[:MAX_SENTENCES], new[:MAX_SENTENCES]
    matcher = SequenceMatcher(None, [sentence_key(s) for s in old], [sentence_key(s) for s in new], autojunk=False)
    changes = []
    left = MAX_CHARACTERS
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        change = TextChange(removed=tuple(old[old_start:old_end]), added=tuple(new[new_start:new_end]))
        left -= sum(map(len, change.removed)) + sum(map(len, change.added))
        if left < 0:
            break
        changes.append(change)
    return tuple(changes)
