"""Many stored queries against one document at a time.

One Aho-Corasick automaton finds all literals of all queries. A query is a candidate only if a literal of its rarest
required group is there, and one of its second rarest; candidates are then evaluated exactly, so that what was found
decides what is looked at and never what matches.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ahocorasick_rs import AhoCorasick

from consumers.matching.document import Document, Match, Span
from consumers.matching.evaluate import Passage, Searched, evaluate
from consumers.matching.expand import Forms, forms_in, no_forms
from consumers.matching.literals import Literal, literals_of
from consumers.matching.query import METADATA_FIELDS, And, AtLeast, Field, First, Near, Not, Or, Query, Term, terms

Group = frozenset[int]
"""Numbers of literals, one of which has to be there."""


class Engine:
    """A set of rules, ready to match. Immutable: a changed set is another engine."""

    def __init__(self, rules: Mapping[str, Query], *, version: str = "", forms: Forms | None = None) -> None:
        self.version = version
        self._ids = list(rules)
        self._queries = list(rules.values())
        self._literals: list[Literal] = []
        self._of_term: dict[Term, tuple[int, ...]] = {}
        self._number_literals(forms)
        self._automaton = AhoCorasick([literal.text for literal in self._literals]) if self._literals else None
        self._always: list[int] = []
        self._single: set[int] = set()
        self._first: list[tuple[int, ...]] = []
        self._second: list[tuple[int, ...]] = []
        self._index_anchors()

    def __len__(self) -> int:
        return len(self._ids)

    def match(self, document: Document) -> list[Match]:
        """The rules that the document matches, in the order they were given."""
        searched = Searched(document)
        hits = self._search(searched.text)
        finder = _Finder(self._of_term, self._literals, hits, searched)
        matches: list[Match] = []
        for number in sorted(self._candidates(hits)):
            passages = evaluate(self._queries[number], searched, finder.find)
            if passages is not None:
                spans = {searched.span(passage) for passage in passages}
                matches.append(Match(self._ids[number], tuple(sorted(spans, key=_reading_order))))
        return matches

    def _number_literals(self, forms: Forms | None) -> None:
        numbers: dict[Literal, int] = {}
        for query in self._queries:
            for term in _text_terms(query):
                if term not in self._of_term:
                    lookup = forms or (forms_in() if term.forms else no_forms)
                    self._of_term[term] = tuple(
                        numbers.setdefault(literal, len(numbers)) for literal in literals_of(term, lookup)
                    )
        self._literals = list(numbers)

    def _index_anchors(self) -> None:
        first: defaultdict[int, list[int]] = defaultdict(list)
        second: defaultdict[int, list[int]] = defaultdict(list)
        for number, query in enumerate(self._queries):
            groups = sorted(self._groups(query), key=self._frequency)
            if not groups:
                self._always.append(number)
                continue
            for literal in groups[0]:
                first[literal].append(number)
            if len(groups) == 1:
                self._single.add(number)
            else:
                for literal in groups[1]:
                    second[literal].append(number)
        self._first = [tuple(first.get(number, ())) for number in range(len(self._literals))]
        self._second = [tuple(second.get(number, ())) for number in range(len(self._literals))]

    def _frequency(self, group: Group) -> float:
        """A guess at how often a group's literals occur: longer ones are rarer, whole words rarer than parts."""
        return sum(2.0 ** -len(self._literals[number].text) for number in group)

    def _groups(self, query: Query) -> list[Group]:
        """Groups of literals of each of which one must be there for the query to match."""
        match query:
            case Term():
                return [frozenset(self._of_term[query])]
            case And(parts):
                return [group for part in parts for group in self._groups(part)]
            case Near(_, _, left, right):
                return self._groups(left) + self._groups(right)
            case Or(parts):
                rarest = [min(self._groups(part), key=self._frequency, default=None) for part in parts]
                required = [group for group in rarest if group is not None]
                return [frozenset().union(*required)] if len(required) == len(rarest) else []
            case Field(name, _) if name in METADATA_FIELDS:
                return []
            case Field(_, inner) | AtLeast(_, inner) | First(_, inner):
                return self._groups(inner)
            case Not():
                return []

    def _search(self, text: str) -> dict[int, list[int]]:
        """Where each literal begins, by its number."""
        hits: dict[int, list[int]] = {}
        if self._automaton is not None:
            for number, start, _ in self._automaton.find_matches_as_indexes(text, overlapping=True):
                if number in hits:
                    hits[number].append(start)
                else:
                    hits[number] = [start]
        return hits

    def _candidates(self, hits: Mapping[int, Sequence[int]]) -> set[int]:
        first: set[int] = set()
        second: set[int] = set()
        for number in hits:
            first.update(self._first[number])
            second.update(self._second[number])
        candidates = first & second
        candidates |= first & self._single
        candidates.update(self._always)
        return candidates


class _Finder:
    """The passages of terms in one document, found once however many queries ask."""

    def __init__(
        self, of_term: Mapping[Term, tuple[int, ...]], literals: Sequence[Literal], hits: Mapping[int, Sequence[int]],
        searched: Searched,
    ) -> None:  # fmt: skip
        self._of_term = of_term
        self._literals = literals
        self._hits = hits
        self._searched = searched
        self._found: dict[Term, list[Passage]] = {}

    def find(self, term: Term) -> list[Passage]:
        """All passages of a term, in order."""
        found = self._found.get(term)
        if found is None:
            found = self._found[term] = sorted(
                passage for number in self._of_term[term] for passage in self._passages(number)
            )
        return found

    def _passages(self, number: int) -> list[Passage]:
        literal = self._literals[number]
        passages = [
            self._searched.passage(start + literal.lead, literal.length) for start in self._hits.get(number, ())
        ]
        return [p for p in passages if self._searched.is_word(p)] if literal.dense else passages


def _reading_order(span: Span) -> tuple[bool, int, int]:
    return span.field != "title", span.start, span.end


def _text_terms(query: Query) -> list[Term]:
    """The terms that are looked for in the text, which those of metadata fields are not."""
    match query:
        case Field(name, _) if name in METADATA_FIELDS:
            return []
        case And(parts) | Or(parts):
            return [term for part in parts for term in _text_terms(part)]
        case Near(_, _, left, right):
            return _text_terms(left) + _text_terms(right)
        case Field(_, inner) | AtLeast(_, inner) | First(_, inner) | Not(inner):
            return _text_terms(inner)
        case _:
            return list(terms(query))
