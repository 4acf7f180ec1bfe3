"""Queries against one document, by plain search: for who asks about a document, not for a river of them. Pure."""

from collections.abc import Sequence
from itertools import islice

from consumers.matching.expand import forms_of
from consumers.matching.lexicon import Lexicon
from consumers.matching.plan import Found
from consumers.matching.query import Query, terms
from consumers.matching.searched import EVERYWHERE, Passage, Searched
from consumers.matching.values import Values


class Evaluator:
    """Answers by the plans that an engine would have; forms of `~words` are those of `languages`."""

    def __init__(self, searched: Searched, languages: Sequence[str]) -> None:
        self._searched = searched
        self._languages = languages
        self._values = Values()
        self._lexicon = Lexicon(self._values)
        self._found = Found(searched, {})
        self._looked_for = (0, 0)

    def passages(self, query: Query) -> list[Passage] | None:
        """The passages that prove the query, or None."""
        words = {term.text for term in terms(query) if term.forms}
        plan = self._lexicon.plan(query, forms_of(words, self._languages) if words else {})
        self._look_for_new()
        return plan.passages(self._found, EVERYWHERE)

    def _look_for_new(self) -> None:
        literals, values = self._looked_for
        for literal, number in islice(self._lexicon.literals.items(), literals, None):
            start = self._searched.text.rfind(literal)
            if start >= 0:
                self._found.add(number, start, start + len(literal))
        if len(self._values.fields) > values:
            self._found.numbers.update(self._values.of(self._searched.document))
        self._looked_for = (len(self._lexicon.literals), len(self._values.fields))
