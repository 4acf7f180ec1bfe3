"""Queries as values: what a rule asks of an article. Pure."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal

Wildcard = Literal["none", "prefix", "suffix", "infix"]
TEXT_FIELDS = ("title", "lead", "body")
METADATA_FIELDS = ("lang", "source", "country", "topic", "iptc")
Languages = AbstractSet[str]


@dataclass(frozen=True, slots=True)
class Term:
    """A word, a phrase, or a word with a wildcard at its end (`prefix`), start (`suffix`) or both (`infix`).

    `exact` asks for this very spelling, case included. `forms` (`~word`) stands for all inflected forms of the word.
    """

    text: str
    wildcard: Wildcard = "none"
    phrase: bool = False
    exact: bool = False
    forms: bool = False
    boost: float | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """The inner query, looked for in one field only."""

    name: str
    inner: "Query"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least so many passages that match the inner query."""

    count: int
    inner: "Query"


@dataclass(frozen=True, slots=True)
class First:
    """The inner query, within the first so many words of title and body."""

    words: int
    inner: "Query"


@dataclass(frozen=True, slots=True)
class Near:
    """Both sides with at most so many words between them; `ordered`: the left one first."""

    distance: int
    ordered: bool
    left: "Query"
    right: "Query"


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be there; only beside something that must."""

    inner: "Query"


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    parts: tuple["Query", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    parts: tuple["Query", ...]


Query = Term | Field | AtLeast | First | Near | Not | And | Or


def terms(query: Query) -> list[Term]:
    """All terms of a query, from left to right."""
    match query:
        case Term():
            return [query]
        case And(parts) | Or(parts):
            return [term for part in parts for term in terms(part)]
        case Near(_, _, left, right):
            return terms(left) + terms(right)
        case Field(_, inner) | AtLeast(_, inner) | First(_, inner) | Not(inner):
            return terms(inner)


def values_of(query: Query, field: str) -> list[Term]:
    """What a query asks a field of metadata for, from left to right."""
    match query:
        case Field(name, inner) if name == field:
            return terms(inner)
        case And(parts) | Or(parts):
            return [term for part in parts for term in values_of(part, field)]
        case Near(_, _, left, right):
            return values_of(left, field) + values_of(right, field)
        case Field(_, inner) | AtLeast(_, inner) | First(_, inner) | Not(inner):
            return values_of(inner, field)
        case Term():
            return []


def languages_of(query: Query) -> frozenset[str] | None:
    """The languages of which an article that matches has one, as far as `lang` says it; None are all."""
    match query:
        case Field("lang", Term(text, "none")):
            return frozenset([text.lower()])
        case Field("lang", (And(parts) | Or(parts)) as inner):
            return languages_of(replace(inner, parts=tuple(Field("lang", part) for part in parts)))
        case And(parts):
            named = [found for part in parts if (found := languages_of(part)) is not None]
            return frozenset.intersection(*named) if named else None
        case Or(parts):
            named = []
            for part in parts:
                if (found := languages_of(part)) is None:
                    return None
                named.append(found)
            return frozenset.union(*named)
        case Field(name, inner) if name in TEXT_FIELDS:
            return languages_of(inner)
        case AtLeast(_, inner) | First(_, inner):
            return languages_of(inner)
        case _:
            return None


def languages_within(query: Query, around: Languages) -> Languages:
    """The languages that the inflected forms of `~words` in a query are of: those that the innermost AND asks for."""
    found = languages_of(query) if isinstance(query, And) else None
    return around if found is None else found


def inflected(query: Query, languages: Languages) -> Iterator[tuple[str, Languages]]:
    """The `~words` of a query, from left to right, and the languages that their forms are of."""
    languages = languages_within(query, languages)
    match query:
        case Term(text, forms=forms):
            yield from [(text, languages)] if forms else []
        case And(parts) | Or(parts):
            for part in parts:
                yield from inflected(part, languages)
        case Near(_, _, left, right):
            yield from inflected(left, languages)
            yield from inflected(right, languages)
        case Field(_, inner) | AtLeast(_, inner) | First(_, inner) | Not(inner):
            yield from inflected(inner, languages)
