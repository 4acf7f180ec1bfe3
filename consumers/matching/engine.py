"""Many stored queries against one document at a time.

One Aho-Corasick automaton finds all literals of all queries. A query is a candidate only if something is there of the
two groups of literals that it requires and that are expected least, and the metadata that it requires; candidates are
then evaluated exactly, so that what was found decides what is looked at and never what matches.
"""

from collections.abc import Mapping, Sequence

from ahocorasick_rs import AhoCorasick, Implementation

from consumers.matching.anchors import Anchors
from consumers.matching.document import Document, Match, Span
from consumers.matching.expand import LANGUAGES, forms_of, look_up
from consumers.matching.lexicon import Lexicon
from consumers.matching.plan import Found
from consumers.matching.query import Languages, Query, inflected
from consumers.matching.searched import EVERYWHERE, Passage, Searched
from consumers.matching.shares import Shares
from consumers.matching.values import Values


class Engine:
    """A set of rules, ready to match. Immutable: a changed set is another engine."""

    def __init__(self, rules: Mapping[str, Query], *, version: str = "", languages: Languages = LANGUAGES) -> None:
        self.version = version
        self._ids = list(rules)
        self._values = Values()
        lexicon = Lexicon(self._values, forms_of)
        words = (found for query in rules.values() for found in inflected(query, languages))
        look_up((word, language) for word, asked in words for language in asked)
        self._plans = [lexicon.plan(query, languages) for query in rules.values()]
        self._anchors = Anchors(self._plans, Shares(lexicon.literals, self._values.fields))
        # The noncontiguous automaton takes three times the memory, the DFA far more than that.
        self._automaton = AhoCorasick(lexicon.literals, implementation=Implementation.ContiguousNFA)

    def __len__(self) -> int:
        return len(self._ids)

    def match(self, document: Document) -> list[Match]:
        """The rules that the document matches, in the order they were given."""
        searched = Searched(document)
        hits = {hit[0]: hit for hit in self._automaton.find_matches_as_indexes(searched.text, overlapping=True)}
        found = Found(searched, hits, self._values.of(document))
        matches: list[Match] = []
        for number in self._anchors.candidates(found.numbers):
            passages = self._plans[number].passages(found, EVERYWHERE)
            if passages is not None:
                matches.append(Match(self._ids[number], _spans(passages, searched)))
        return matches


def _spans(passages: Sequence[Passage], searched: Searched) -> tuple[Span, ...]:
    """In the order of the text, without repetition."""
    if len(passages) == 1:
        return (searched.span(passages[0]),)
    return tuple(dict.fromkeys(map(searched.span, sorted(passages))))
