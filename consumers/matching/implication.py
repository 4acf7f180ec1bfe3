"""Whether one query matches wherever another does, as far as their form shows. Pure."""

from dataclasses import replace
from typing import NamedTuple

from consumers.matching.lexicon import pattern_of
from consumers.matching.query import (
    METADATA_FIELDS,
    And,
    AtLeast,
    Field,
    First,
    Near,
    Not,
    Or,
    Query,
    Term,
    languages_of,
    terms,
)
from consumers.matching.values import fits
from consumers.text.words import is_unspaced


def implies(one: Query, other: Query) -> bool:
    """Whether every document that matches `one` matches `other`. False also means: not known."""
    if one == other:
        return True
    match one, other:
        case Or(parts), _:
            return all(implies(part, other) for part in parts)
        case (And() as both, _) | (_, And() as both) if languages_of(both) and any(t.forms for t in terms(other)):
            return False  # the same `~word` has other forms there
        case _, And(parts):
            return all(
                _excludes(one, part.inner) if isinstance(part, Not) else implies(one, part) for part in parts
            )  # fmt: skip
        case _, Or(parts) if one in parts or any(implies(one, part) for part in parts):
            return True
        case And(parts), _:
            return any(implies(part, other) for part in parts if not isinstance(part, Not))
        case Term(), Term():
            return _term_implies(one, other)
        case Field(name, inner), Field(other_name, other_inner) if name == other_name:
            return _value_implies(inner, other_inner) if name in METADATA_FIELDS else implies(inner, other_inner)
        case First(words, inner), First(other_words, other_inner):
            return words <= other_words and _is_monotone(inner) and implies(inner, other_inner)
        case Near(distance, ordered), Near() if _same_sides(one, other):
            return distance <= other.distance and (ordered or not other.ordered)
        case AtLeast(count, inner), AtLeast(other_count, other_inner) if inner == other_inner:
            return count >= other_count
        case Near(_, _, left, right), _:
            return implies(left, other) or implies(right, other)
        case AtLeast(_, inner), _:
            return implies(inner, other)
        case Field("lead", inner), Field("body", other_inner):
            return _is_monotone(inner) and implies(inner, other_inner)
        case (Field(name, inner), _) if name not in METADATA_FIELDS:
            return _is_monotone(inner) and implies(inner, other)
        case First(_, inner), _:
            return _is_monotone(inner) and implies(inner, other)
        case _:
            return False


def _excludes(one: Query, unwanted: Query) -> bool:
    """Whether no document that matches `one` matches `unwanted`."""
    if not isinstance(one, And):
        return False
    return any(isinstance(part, Not) and implies(unwanted, part.inner) for part in one.parts)


def _is_monotone(query: Query) -> bool:
    """Whether a match within a part of the text is one in all of it, which NOT may turn round."""
    match query:
        case Not():
            return False
        case And(parts) | Or(parts):
            return all(map(_is_monotone, parts))
        case Near(_, _, left, right):
            return _is_monotone(left) and _is_monotone(right)
        case Field(_, inner) | AtLeast(_, inner) | First(_, inner):
            return _is_monotone(inner)
        case Term():
            return True


def _same_sides(one: Near, other: Near) -> bool:
    same = implies(one.left, other.left) and implies(one.right, other.right)
    return same and all(isinstance(side, Term) for side in (one.left, one.right, other.left, other.right))


def _value_implies(one: Query, other: Query) -> bool:
    match one, other:
        case Term(text, "none"), Term():
            return (one.exact or not other.exact) and fits(other, text)
        case Or(parts), _:
            return all(_value_implies(part, other) for part in parts)
        case _, Or(parts):
            return any(_value_implies(one, part) for part in parts)
        case _:
            return one == other


class Slot(NamedTuple):
    """A word of a term, and whether more letters may come before or after it."""

    text: str
    before: bool
    after: bool


def _term_implies(one: Term, other: Term) -> bool:
    if replace(one, boost=None) == replace(other, boost=None):
        return True
    if one.forms or other.exact or any(map(is_unspaced, one.text + other.text)):
        return False
    if other.forms:
        return other.text == one.text and one.wildcard == "none"
    given, wanted = slots(one), slots(other)
    return any(
        all(map(_slot_implies, given[start : start + len(wanted)], wanted))
        for start in range(len(given) - len(wanted) + 1)
    )


def slots(term: Term) -> list[Slot]:
    """The words of a term, from left to right."""
    pattern = pattern_of(term)
    if not pattern.startswith(" "):
        pattern = f"*{pattern}"
    if not pattern.endswith(" "):
        pattern = f"{pattern}*"
    return [Slot(word.strip("*"), word.startswith("*"), word.endswith("*")) for word in pattern.split()]


def _slot_implies(one: Slot, other: Slot) -> bool:
    if other.before and other.after:
        return other.text in one.text
    if other.after:
        return not one.before and one.text.startswith(other.text)
    if other.before:
        return not one.after and one.text.endswith(other.text)
    return one == other
