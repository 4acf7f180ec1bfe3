"""Queries against one document, by plain search: for who asks about a document, not for a river of them. Pure."""

from itertools import islice

from consumers.matching.expand import forms_of
from consumers.matching.lexicon import Lexicon
from consumers.matching.plan import Found, Node, occurrences
from consumers.matching.query import Languages, Query
from consumers.matching.searched import EVERYWHERE, Passage, Searched
from consumers.matching.values import Values


class Evaluator:
    """Answers by the plans that an engine would have."""

    def __init__(self, searched: Searched) -> None:
        self._searched = searched
        self._values = Values()
        self._lexicon = Lexicon(self._values, forms_of)
        self._found = Found(searched, {})
        self._looked_for = (0, 0)

    def passages(self, query: Query, languages: Languages) -> list[Passage] | None:
        """The passages that prove the query, or None; forms of `~words` are those of `languages`."""
        return self._plan(query, languages).passages(self._found, EVERYWHERE)

    def times(self, query: Query, languages: Languages) -> int:
        """How many times the query occurs, as ATLEAST counts it."""
        return len(occurrences(self._plan(query, languages), self._found, EVERYWHERE))

    def _plan(self, query: Query, languages: Languages) -> Node:
        plan = self._lexicon.plan(query, languages)
        self._look_for_new()
        return plan

    def _look_for_new(self) -> None:
        literals, values = self._looked_for
        for literal, number in islice(self._lexicon.literals.items(), literals, None):
            start = self._searched.text.rfind(literal)
            if start >= 0:
                self._found.add(number, start, start + len(literal))
        if len(self._values.fields) > values:
            self._found.numbers.update(self._values.of(self._searched.document))
        self._looked_for = (len(self._lexicon.literals), len(self._values.fields))
