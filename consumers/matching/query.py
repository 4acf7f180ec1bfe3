"""Queries as values: what a rule asks of an article. Pure."""

from dataclasses import dataclass
from typing import Literal

Wildcard = Literal["none", "prefix", "suffix", "infix"]
TEXT_FIELDS = ("title", "lead", "body")
METADATA_FIELDS = ("lang", "source", "country", "topic", "iptc")


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


def languages_of(query: Query) -> tuple[str, ...]:
    """The languages that a query asks for: one of them is the article's, if it matches. None are named: any."""
    match query:
        case Field("lang", (Term() | Or()) as inner):
            named = inner.parts if isinstance(inner, Or) else (inner,)
            plain = [part.text.lower() for part in named if isinstance(part, Term) and part.wildcard == "none"]
            return tuple(plain) if len(plain) == len(named) else ()
        case And(parts):
            return next((found for part in parts if (found := languages_of(part))), ())
        case _:
            return ()
