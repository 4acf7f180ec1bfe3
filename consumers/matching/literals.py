"""From the terms of queries to the literal strings that are searched for in a word stream. Pure."""

from dataclasses import dataclass

from consumers.matching.expand import Forms
from consumers.matching.query import Term
from consumers.matching.text import is_dense, words_of


@dataclass(frozen=True, slots=True)
class Literal:
    """A string to search for in ` word word `. Spaces at its ends stand for word boundaries.

    `dense` ones stand in scripts without spaces: where they are found, word boundaries have to be looked for.
    """

    text: str
    dense: bool

    @property
    def lead(self) -> int:
        """How many characters before the term itself the literal begins."""
        return 1 if self.text.startswith(" ") else 0

    @property
    def length(self) -> int:
        """The characters of the term itself."""
        return len(self.text.strip(" "))


def literals_of(term: Term, forms: Forms) -> tuple[Literal, ...]:
    """What to search for a term: one literal, or one for each inflected form."""
    inflected = forms(term.text) if term.forms else ()
    spellings = {words_of(spelling) for spelling in (term.text, *inflected)}
    return tuple(sorted((_literal(words, term) for words in spellings if words), key=lambda literal: literal.text))


def _literal(words: tuple[str, ...], term: Term) -> Literal:
    text = " ".join(words)
    if is_dense(text) and len(words) == 1:
        return Literal(text, dense=term.wildcard == "none")
    start = "" if term.wildcard in ("suffix", "infix") else " "
    end = "" if term.wildcard in ("prefix", "infix") else " "
    return Literal(f"{start}{text}{end}", dense=False)
