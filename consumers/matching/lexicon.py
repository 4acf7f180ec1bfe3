"""From queries to plans: the literals that they look for get numbers, each one however many ask. Pure."""

import re
from array import array
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache

from consumers.matching.plan import All, AnyOf, Checked, Close, Early, Either, Node, Often, Phrase, Value, Within
from consumers.matching.query import (
    METADATA_FIELDS,
    And,
    AtLeast,
    Field,
    First,
    Languages,
    Near,
    Not,
    Or,
    Query,
    Term,
    languages_within,
)
from consumers.matching.text import spelling, words_of
from consumers.matching.values import Values
from consumers.text.words import is_unspaced

MAX_REST = 100
"""How many letters an unfinished word within a phrase may have more: a text that is one long word must cost no more."""
FormsOf = Callable[[str, Languages], Collection[str]]
"""The inflected forms of a word in some languages."""


class Lexicon:
    """Numbers literals from 0 on. Spaces at the ends of `literals` stand for the ends of words."""

    def __init__(self, values: Values, forms_of: FormsOf) -> None:
        self.literals: dict[str, int] = {}
        self._values = values
        self._forms_of = forms_of

    def plan(self, query: Query, languages: Languages) -> Node:
        """The plan of a query; forms of its `~words` are those of `languages`, unless it asks for others."""
        languages = languages_within(query, languages)
        match query:
            case Term(forms=True):
                spellings = {tuple(words_of(form)) for form in self._forms_of(query.text, languages)}
                return AnyOf(array("i", (self._number(f" {' '.join(words)} ") for words in sorted(spellings) if words)))
            case Term():
                return self._term(query)
            case And(parts):
                return All(
                    tuple(self.plan(part, languages) for part in parts if not isinstance(part, Not)),
                    tuple(self.plan(part.inner, languages) for part in parts if isinstance(part, Not)),
                )
            case Or(parts):
                return _either([self.plan(part, languages) for part in parts])
            case Near(distance, ordered, left, right):
                return Close(distance, ordered, self.plan(left, languages), self.plan(right, languages))
            case Field(name, inner) if name in METADATA_FIELDS:
                return self._metadata(name, inner)
            case Field(name, inner):
                return Within(name, self.plan(inner, languages))
            case AtLeast(count, inner):
                return Often(count, self.plan(inner, languages))
            case First(words, inner):
                return Early(words, self.plan(inner, languages))
            case Not():
                raise ValueError("NOT stands alone")

    def _term(self, term: Term) -> Node:
        pattern, words = pattern_of(term), words_of(term.text)
        literals = array("i", (self._number(chunk) for chunk in pattern.split("*") if chunk.strip()))
        found = Phrase(literals, _expression(pattern)) if "*" in pattern else AnyOf(literals)
        unspaced = any(map(is_unspaced, words))
        if not term.exact and not unspaced:
            return found
        return Checked(
            found,
            spelling(term.text) if term.exact else None,
            start=is_unspaced(words[0]) and term.wildcard not in ("suffix", "infix"),
            end=is_unspaced(words[-1]) and term.wildcard not in ("prefix", "infix"),
            together=unspaced and not term.phrase,
        )

    def _metadata(self, field: str, query: Query) -> Node:
        match query:
            case Term():
                return Value(array("i", [self._values.number(field, query)]))
            case And(parts):
                return All(
                    tuple(self._metadata(field, part) for part in parts if not isinstance(part, Not)),
                    tuple(self._metadata(field, part.inner) for part in parts if isinstance(part, Not)),
                )
            case Or(parts):
                return _either([self._metadata(field, part) for part in parts])
            case _:
                raise ValueError(f"no query over values: {query}")

    def _number(self, literal: str) -> int:
        return self.literals.setdefault(literal, len(self.literals))


@lru_cache(maxsize=1000)
def pattern_of(term: Term) -> str:
    """A term as ` word word `, with a * where an inner word goes on and no space where an outer one does.

    In scripts without spaces each character is a word, so that every one is complete.
    """
    parts: list[str] = []
    for part in term.text.split():
        if words := words_of(part):
            before = "*" if part.startswith("*") and not is_unspaced(words[0]) else ""
            after = "*" if part.endswith("*") and not is_unspaced(words[-1]) else ""
            parts.append(f"{before}{' '.join(words)}{after}")
    text = " ".join(parts)
    start = "" if term.wildcard in ("suffix", "infix") and not is_unspaced(text) else " "
    end = "" if term.wildcard in ("prefix", "infix") and not is_unspaced(text[-1]) else " "
    return f"{start}{text}{end}"


def _expression(pattern: str) -> str:
    """A pattern as a regular expression over ` word word `, whose group is a passage; passages may overlap."""
    inner = f"[^ ]{{0,{MAX_REST}}}".join(map(re.escape, pattern.strip(" ").split("*")))
    return f"{'(?<= )' if pattern.startswith(' ') else ''}(?=({inner}){'(?= )' if pattern.endswith(' ') else ''})"


def _either(parts: Sequence[Node]) -> Node:
    """Any of the parts, of which literals that need no check are one, and values too."""
    literals = array("i", dict.fromkeys(n for part in parts if isinstance(part, AnyOf) for n in part.literals))
    values = array("i", dict.fromkeys(n for part in parts if isinstance(part, Value) for n in part.values))
    merged: list[Node] = [part for part in parts if not isinstance(part, AnyOf | Value)]
    if values:
        merged.insert(0, Value(values))
    if literals:
        merged.insert(0, AnyOf(literals))
    return merged[0] if len(merged) == 1 else Either(tuple(merged))
