"""Why a query matches a document, or what is missing: each part of it, whether it holds, and the reason. Pure.

Whether a part holds is what the plan that the engine uses says of it where it stands, so an explanation cannot differ
from the match.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from consumers.matching.document import Document, Span
from consumers.matching.evaluate import Evaluator
from consumers.matching.expand import LANGUAGES
from consumers.matching.printer import to_text
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
from consumers.matching.searched import Passage, Searched
from consumers.matching.text import words_of
from consumers.text.words import is_unspaced

SHORT = 60
"""Characters of a part of a query where it is named in a sentence."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """A part of a query: whether it holds, why, the passages that prove it (of a NOT: that exclude it), its parts.

    `operator` is what joins the parts, such as `AND` or `NEAR/5`; a word or a value has none.
    """

    query: str
    operator: str
    holds: bool
    reason: str
    spans: tuple[Span, ...] = ()
    parts: tuple["Explanation", ...] = ()


def explain(query: Query, document: Document, languages: Languages = LANGUAGES) -> Explanation:
    """The explanation of a query; `holds` of its root says whether the query matches."""
    return _Explainer(Searched(document)).part(query, _Place(languages))


def reading_order(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in the order of the text, the title first, without repetition."""
    return tuple(sorted(set(spans), key=lambda span: (span.field != "title", span.start, span.end)))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part of a query is looked for: what the fields (names) and FIRSTs (numbers) around it leave.

    `languages` are those of its inflected forms.
    """

    languages: Languages
    limits: tuple[str | int, ...] = ()

    def within(self, limit: str | int) -> "_Place":
        return replace(self, limits=(*self.limits, limit))

    def around(self, query: Query) -> Query:
        """The query as if it stood alone, with the same limits."""
        for limit in reversed(self.limits):
            query = Field(limit, query) if isinstance(limit, str) else First(limit, query)
        return query

    def __str__(self) -> str:
        names = [f"the {limit}" for limit in self.limits if isinstance(limit, str)]
        numbers = [limit for limit in self.limits if isinstance(limit, int)]
        return " of ".join([*([f"the first {min(numbers)} words"] if numbers else ()), *reversed(names)])


class _Explainer:
    def __init__(self, searched: Searched) -> None:
        self._searched = searched
        self._evaluator = Evaluator(searched)

    def part(self, query: Query, place: _Place) -> Explanation:
        """What there is to say of a part of a query in its place."""
        place = replace(place, languages=languages_within(query, place.languages))
        match query:
            case Not(inner):
                return self._not(inner, place)
            case Term():
                return self._said(query, place, self._of_term(query, place))
            case And(parts):
                explained = tuple(self.part(part, place) for part in parts)
                return self._said(query, place, _of_all(explained), explained)
            case Or(parts):
                explained = tuple(self.part(part, place) for part in parts)
                return self._said(query, place, _of_any(explained), explained)
            case Near(_, _, left, right):
                explained = (self.part(left, place), self.part(right, place))
                return self._said(query, place, self._of_near(query, place, explained), explained)
            case AtLeast(count, inner):
                times = self._evaluator.times(place.around(inner), place.languages)
                return self._said(query, place, f"{_times(times)}, {count} asked for", (self.part(inner, place),))
            case Field(name, _) if name in METADATA_FIELDS:
                return self._said(query, place, _of_values(name, self._searched.document.metadata(name)))
            case Field(name, inner):
                part = self.part(inner, place.within(name))
                return self._said(query, place, part.reason, (part,))
            case First(words, inner):
                part = self.part(inner, place.within(words))
                return self._said(query, place, part.reason, (part,))

    def _said(
        self, query: Query, place: _Place, reason: str, parts: tuple[Explanation, ...] = ()
    ) -> Explanation:  # fmt: skip
        passages = self._evaluator.passages(place.around(query), place.languages)
        spans = self._spans(passages or ())
        return Explanation(to_text(query), _operator(query), passages is not None, reason, spans, parts)

    def _not(self, inner: Query, place: _Place) -> Explanation:
        part = self.part(inner, place)
        text = f"NOT ({part.query})" if isinstance(inner, And | Or) else f"NOT {part.query}"
        reason = f"excludes it{_at(part.spans)}" if part.holds else "not there"
        return Explanation(text, "NOT", not part.holds, reason, part.spans, part.parts)

    def _of_term(self, term: Term, place: _Place) -> str:
        found = self._passages(term, place)
        if found:
            return _times(len(found))
        if place.limits and (elsewhere := self._passages(term, replace(place, limits=()))):
            return f"not in {place}, but{_at(self._spans(elsewhere))}"
        if term.exact and (other := self._passages(replace(term, exact=False), place)):
            return f"only in another spelling: {self._searched.original(other[0])}{_at(self._spans(other))}"
        if term.phrase and all(self._passages(Term(word), place) for word in term.text.split()):
            return "its words are there, but not as this phrase"
        if not term.phrase and term.wildcard == "none":
            longer = self._spans(self._passages(replace(term, wildcard="infix"), place))
            if longer:
                return f"only within {self._word_around(longer[0])}{_at(longer)}"
        return "no form of it found" if term.forms else "not found"

    def _of_near(self, near: Near, place: _Place, sides: tuple[Explanation, Explanation]) -> str:
        missing = [side for side in sides if not side.holds]
        if missing:
            return f"missing: {_listed(missing)}"
        gaps = [
            (gap, one, other)
            for one in self._passages(near.left, place)
            for other in self._passages(near.right, place)
            if (gap := _gap(one, other, ordered=near.ordered)) is not None
        ]
        if not gaps:
            return "both are there, but only in the other order" if near.ordered else "both are there, but overlap"
        gap, one, other = min(gaps)
        if self._searched.span(one).field != self._searched.span(other).field:
            return "both are there, but one in the title and one in the body"
        apart = f"{gap} word{'' if gap == 1 else 's'} apart, {near.distance} allowed"
        return apart if gap <= near.distance else f"both are there, but {apart}"

    def _passages(self, query: Query, place: _Place) -> list[Passage]:
        return self._evaluator.passages(place.around(query), place.languages) or []

    def _spans(self, passages: Iterable[Passage]) -> tuple[Span, ...]:
        return reading_order(map(self._searched.span, passages))

    def _word_around(self, span: Span) -> str:
        """The word that a passage is part of; in a script without spaces, where that is hard to say, "other words"."""
        document = self._searched.document
        text = document.title if span.field == "title" else document.body
        start, end = span.start, span.end
        if any(map(is_unspaced, words_of(text[start:end]))):
            return "other words"
        while start > 0 and text[start - 1].isalnum():
            start -= 1
        while end < len(text) and text[end].isalnum():
            end += 1
        return text[start:end]


def _operator(query: Query) -> str:
    match query:
        case And():
            return "AND"
        case Or():
            return "OR"
        case Near(distance, ordered):
            return f"{'ONEAR' if ordered else 'NEAR'}/{distance}"
        case AtLeast(count):
            return f"ATLEAST/{count}"
        case First(words):
            return f"FIRST/{words}"
        case Field(name) if name not in METADATA_FIELDS:
            return f"{name}:"
        case _:
            return ""


def _of_all(parts: Sequence[Explanation]) -> str:
    held = sum(part.holds for part in parts)
    if held == len(parts):
        return f"all {held}"
    wrong = [part for part in parts if not part.holds]
    said = [f"{held} of {len(parts)}"]
    if missing := [part for part in wrong if part.operator != "NOT"]:
        said.append(f"missing: {_listed(missing)}")
    if excluding := [part for part in wrong if part.operator == "NOT"]:
        said.append(", ".join(f"{_short(part.query)} {part.reason}" for part in excluding))
    return "; ".join(said)


def _of_any(parts: Sequence[Explanation]) -> str:
    there = [part for part in parts if part.holds]
    if not there:
        return f"none of {len(parts)}"
    return f"{len(there)} of {len(parts)}: {', '.join(_short(part.query) for part in there)}"


def _of_values(field: str, values: Sequence[str]) -> str:
    match field:
        case "lang":
            return f"article is {values[0]}"
        case "source" | "country":
            return f"article is from {values[0]}" if values and values[0] else f"article has no {field}"
        case _:
            kind = "topic" if field == "topic" else "code"
            return f"article has {', '.join(values)}" if values else f"article has no {kind}s"


def _gap(one: Passage, other: Passage, *, ordered: bool) -> int | None:
    """The words between two passages; None if they overlap, or if the second is first though it must not."""
    gap = other.first - one.last - 1
    if gap < 0 and not ordered:
        gap = one.first - other.last - 1
    return gap if gap >= 0 else None


def _listed(parts: Iterable[Explanation]) -> str:
    """The parts by name, each with its reason unless that is a long story."""
    return ", ".join(_short(part.query) + ("" if part.parts else f" ({part.reason})") for part in parts)


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"


def _at(spans: Sequence[Span]) -> str:
    return f" at {spans[0].field} {spans[0].start}-{spans[0].end}" if spans else ""


def _times(count: int) -> str:
    return {0: "not found", 1: "once", 2: "twice"}.get(count, f"{count} times")
