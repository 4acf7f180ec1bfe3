"""What queries mean, spelled out: each is evaluated on the words of a document, without automaton or anchors.

The measure of `consumers.matching.engine` in tests and benchmarks. It shares with it the normal form of texts, the
dictionaries and nothing else.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from consumers.matching.document import Document
from consumers.matching.expand import LANGUAGES, forms_of
from consumers.matching.query import METADATA_FIELDS, And, AtLeast, Field, First, Near, Not, Or, Query, Term, values_of
from consumers.matching.segments import boundaries
from consumers.matching.text import WordStream, normalise
from consumers.text.words import INVISIBLE, MARKS
from newsriver.unspaced import UNSPACED

is_mark = re.compile(f"[{MARKS}]").match
is_unspaced = re.compile(f"[{UNSPACED}]").match
MAX_REST = 100
"""How many letters a word within a phrase may have more."""
FAR = 10**9
"""From here on the words of the body are counted, so that none is near the title."""


class Word(NamedTuple):
    text: str
    start: int
    end: int


class Slot(NamedTuple):
    """A word of a term, with more letters allowed before or after it."""

    text: str
    before: bool
    after: bool


class Place(NamedTuple):
    """Where a term stands: the numbers of its first and last word, and the character at which it begins."""

    first: int
    last: int
    start: int


ANY_OTHER = "a language that no query asks for"
Counts = Callable[[Place], bool]


class Text:
    """A text as words, and where each of them is."""

    def __init__(self, original: str, first: int, language: str) -> None:
        self.original = original
        self.first = first
        self.language = language
        self.normalised = WordStream(original).normalised
        self.words = list(split(self.normalised.text))
        self.at: dict[str, list[int]] = {}
        for number, word in enumerate(self.words):
            self.at.setdefault(word.text, []).append(number)


class Naive:
    """A document in which queries are looked for one by one."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.title = Text(document.title, 0, document.lang)
        self.body = Text(document.body, FAR, document.lang)
        beginning = self.body.words[:120]
        unspaced = sum(1 for word in beginning if is_unspaced(word.text))
        self.lead = 250 if 2 * unspaced > len(beginning) else 120

    def matches(self, query: Query, languages: AbstractSet[str] = LANGUAGES) -> bool:
        """Whether the document matches; `languages` are those of `~words` beside which none is asked for."""
        return self._evaluate(query, lambda place: True, languages) is not None

    def _evaluate(self, query: Query, counts: Counts, languages: AbstractSet[str]) -> list[Place] | None:
        """The places that prove a query, or None; values of metadata need none."""
        if isinstance(query, And):
            languages = _languages(query, languages)

        def inner_places(inner: Query, counts: Counts = counts) -> list[Place] | None:
            return self._evaluate(inner, counts, languages)

        match query:
            case Term():
                found = [place for text in (self.title, self.body) for place in _places(query, text, languages)]
                return [place for place in found if counts(place)] or None
            case And(parts):
                all_places: list[Place] = []
                for part in parts:
                    if isinstance(part, Not):
                        if inner_places(part.inner) is not None:
                            return None
                        continue
                    places = inner_places(part)
                    if places is None:
                        return None
                    all_places += places
                return all_places
            case Or(parts):
                results = [places for part in parts if (places := inner_places(part)) is not None]
                return [place for places in results for place in places] if results else None
            case Near(distance, ordered, left, right):
                pairs = _pairs(distance, ordered, inner_places(left) or (), inner_places(right) or ())
                return list({place for pair in pairs for place in pair}) or None
            case Field(name, inner) if name in METADATA_FIELDS:
                return [] if _has_value(inner, self.document.metadata(name)) else None
            case Field(name, inner):
                return inner_places(inner, self._in_field(name, counts))
            case AtLeast(count, inner):
                return inner_places(inner) if len(self._occurrences(inner, counts, languages)) >= count else None
            case First(words, inner):
                return inner_places(inner, self._in_first(words, counts))
            case Not():
                raise AssertionError("NOT stands alone")

    def _in_field(self, name: str, counts: Counts) -> Counts:
        if name == "title":
            return lambda place: counts(place) and place.last < FAR
        end = FAR + (self.lead if name == "lead" else FAR)
        return lambda place: counts(place) and place.first >= FAR and place.last < end

    def _in_first(self, words: int, counts: Counts) -> Counts:
        of_body = FAR + max(0, words - len(self.title.words))
        return lambda place: counts(place) and (place.last < words or FAR <= place.last < of_body)

    def _occurrences(self, query: Query, counts: Counts, languages: AbstractSet[str]) -> set[tuple[bool, int]]:
        """Where ATLEAST counts a query. Of pairs, the shortest of those that end first is taken, again and again."""
        places = self._evaluate(query, counts, languages)
        if not places:
            return set()
        if isinstance(query, And):
            languages = _languages(query, languages)
        match query:
            case And(parts):
                each = [self._occurrences(part, counts, languages) for part in parts if not isinstance(part, Not)]
                return min((found for found in each if found), key=len)
            case Or(parts):
                return {place for part in parts for place in self._occurrences(part, counts, languages)}
            case Near(distance, ordered, left, right):
                sides = [self._evaluate(side, counts, languages) or [] for side in (left, right)]
                pairs = [sorted(pair) for pair in _pairs(distance, ordered, *sides)]
                found = []
                while pairs:
                    first, second = min(pairs, key=lambda pair: (pair[1].last, -pair[0].first, pair[0].start))
                    found.append(first)
                    pairs = [pair for pair in pairs if pair[0].first > second.last]
                return {_beginning(place) for place in found}
            case AtLeast(_, inner):
                return self._occurrences(inner, counts, languages)
            case Field(name, inner):
                return self._occurrences(inner, self._in_field(name, counts), languages)
            case First(words, inner):
                return self._occurrences(inner, self._in_first(words, counts), languages)
            case _:
                return set(map(_beginning, places))


def split(text: str) -> Iterator[Word]:
    """The words of a text in normal form: runs of letters, digits and their marks; each unspaced character alone."""
    start = -1
    for position, character in enumerate(text):
        if start >= 0 and is_mark(character):
            continue
        ends = start >= 0 and (not character.isalnum() or is_unspaced(character) or is_unspaced(text[start]))
        if ends:
            yield Word(text[start:position], start, position)
        if ends or start < 0:
            start = position if character.isalnum() or is_unspaced(character) else -1
    if start >= 0:
        yield Word(text[start:], start, len(text))


def _languages(query: And, languages: AbstractSet[str]) -> AbstractSet[str]:
    """Those that an article with a `~word` in this query may be in, or else those around."""
    if _may_be_in(query, ANY_OTHER):
        return languages
    return {term.text.lower() for term in values_of(query, "lang") if _may_be_in(query, term.text.lower())}


def _pairs(
    distance: int, ordered: bool, left: Sequence[Place], right: Sequence[Place]
) -> Iterator[tuple[Place, Place]]:
    for one in left:
        for other in right:
            follows = 0 <= other.first - one.last - 1 <= distance
            precedes = 0 <= one.first - other.last - 1 <= distance
            if follows or (precedes and not ordered):
                yield one, other


def _beginning(place: Place) -> tuple[bool, int]:
    return place.first >= FAR, place.start


def _places(term: Term, text: Text, languages: AbstractSet[str]) -> Iterator[Place]:
    if term.forms:
        for form in {normalise(form) for form in forms_of(term.text, languages)}:
            yield from _places(Term(form), text, languages)
        return
    slots = _slots(term)
    for number, offset in _beginnings(slots[0], text):
        last = number + len(slots) - 1
        words = text.words[number : last + 1]
        if len(words) == len(slots) and _rest_fits(slots, words, offset):
            begin = words[0].start + offset
            end = begin + len(slots[0].text) if len(slots) == 1 else words[-1].start + len(slots[-1].text)
            if slots[-1].before and len(slots) > 1:
                end = words[-1].end
            if _is_whole(slots, words, term, text) and (not term.exact or _is_spelled(term, begin, end, text)):
                yield Place(text.first + number, text.first + last, begin)


@cache
def _slots(term: Term) -> list[Slot]:
    slots: list[Slot] = []
    for part in term.text.split():
        words = [word.text for word in split(normalise(part))]
        for index, word in enumerate(words):
            before = index == 0 and part.startswith("*")
            after = index == len(words) - 1 and part.endswith("*")
            slots.append(Slot(word, before, after))
    if term.wildcard in ("suffix", "infix"):
        slots[0] = slots[0]._replace(before=True)
    if term.wildcard in ("prefix", "infix"):
        slots[-1] = slots[-1]._replace(after=True)
    return slots


def _beginnings(slot: Slot, text: Text) -> Iterator[tuple[int, int]]:
    """Where the first word of a term is: the number of the word, and how far into it the term begins."""
    if is_unspaced(slot.text) or not (slot.before or slot.after):
        for number in text.at.get(slot.text, ()):
            yield number, 0
        return
    for word, numbers in text.at.items():
        for offset in range(len(word) if slot.before else 1):
            rest = word[offset:]
            if not is_unspaced(word) and (rest.startswith(slot.text) if slot.after else rest == slot.text):
                for number in numbers:
                    yield number, offset


def _rest_fits(slots: Sequence[Slot], words: Sequence[Word], offset: int) -> bool:
    """Whether the other words of a term are there too, and what its inner words have more is not too long."""
    if len(slots) > 1 and slots[0].after and len(words[0].text) - offset - len(slots[0].text) > MAX_REST:
        return False
    return all(_fits(slot, word.text, slot is slots[-1]) for slot, word in zip(slots[1:], words[1:], strict=True))


def _fits(slot: Slot, word: str, is_last: bool) -> bool:
    if is_unspaced(slot.text):
        return word == slot.text
    for start in range(min(len(word), MAX_REST) + 1 if slot.before else 1):
        rest = len(word) - start - len(slot.text)
        allowed = (len(word) if is_last else MAX_REST) if slot.after else 0
        if word.startswith(slot.text, start) and rest <= allowed:
            return True
    return False


def _is_whole(slots: Sequence[Slot], words: Sequence[Word], term: Term, text: Text) -> bool:
    """In scripts without spaces: whether words begin and end where the term does, and nothing parts its characters."""
    if not any(is_unspaced(slot.text) for slot in slots):
        return True
    apart = any(one.end != other.start for one, other in pairwise(words))
    return (
        (term.phrase or not apart)
        and (slots[0].before or not is_unspaced(slots[0].text) or _is_boundary(words[0].start, text))
        and (slots[-1].after or not is_unspaced(slots[-1].text) or _is_boundary(words[-1].end, text))
    )


def _is_boundary(place: int, text: Text) -> bool:
    characters = text.normalised.text
    start = end = place
    while start > 0 and (is_unspaced(characters[start - 1]) or is_mark(characters[start - 1])):
        start -= 1
    while end < len(characters) and (is_unspaced(characters[end]) or is_mark(characters[end])):
        end += 1
    return place - start in boundaries(characters[start:end], text.language)


def _is_spelled(term: Term, begin: int, end: int, text: Text) -> bool:
    start, stop = text.normalised.original_span(begin, end)
    spellings = [unicodedata.normalize("NFC", INVISIBLE.sub("", t)) for t in (text.original[start:stop], term.text)]
    return spellings[0].split() == spellings[1].split()


def _may_be_in(query: Query, language: str) -> bool:
    """Whether an article in a language could match, for all that is asked of the language without NOT."""
    match query:
        case Field("lang", inner):
            return _has_value(_without_not(inner), [language])
        case And(parts):
            return all(_may_be_in(part, language) for part in parts)
        case Or(parts):
            return any(_may_be_in(part, language) for part in parts)
        case Field(name, inner) if name not in METADATA_FIELDS:
            return _may_be_in(inner, language)
        case AtLeast(_, inner) | First(_, inner):
            return _may_be_in(inner, language)
        case _:
            return True


def _without_not(query: Query) -> Query:
    match query:
        case And(parts):
            return And(tuple(_without_not(part) for part in parts if not isinstance(part, Not)))
        case Or(parts):
            return Or(tuple(map(_without_not, parts)))
        case _:
            return query


def _has_value(query: Query, values: Sequence[str]) -> bool:
    match query:
        case And(parts):
            return all(_has_value(part, values) for part in parts)
        case Or(parts):
            return any(_has_value(part, values) for part in parts)
        case Not(inner):
            return not _has_value(inner, values)
        case Term(text, wildcard, exact=exact):
            wanted = text if exact else normalise(text)
            given = list(values) if exact else [normalise(value) for value in values]
            if wildcard == "infix":
                return any(wanted in value for value in given)
            if wildcard == "prefix":
                return any(value.startswith(wanted) for value in given)
            if wildcard == "suffix":
                return any(value.endswith(wanted) for value in given)
            return wanted in given
        case _:
            raise AssertionError(f"no query over values: {query}")
