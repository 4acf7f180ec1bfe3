"""Many stored queries against one document at a time.

One Aho-Corasick automaton finds all literals of all queries. A query is a candidate only if something is there of the
two groups of literals that it requires and that are expected least, and the metadata that it requires; candidates are
then evaluated exactly, so that what was found decides what is looked at and never what matches.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ahocorasick_rs import AhoCorasick, Implementation

from consumers.matching.anchors import Anchors
from consumers.matching.document import Document, Match, Span
from consumers.matching.expand import LANGUAGES, Forms, forms_of
from consumers.matching.lexicon import Lexicon
from consumers.matching.plan import Found
from consumers.matching.query import Query, languages_of, terms
from consumers.matching.searched import EVERYWHERE, Passage, Searched
from consumers.matching.shares import Shares
from consumers.matching.values import Values


class Engine:
    """A set of rules, ready to match. Immutable: a changed set is another engine."""

    def __init__(self, rules: Mapping[str, Query], *, version: str = "", languages: Sequence[str] = LANGUAGES) -> None:
        self.version = version
        self._ids = list(rules)
        self._values = Values()
        lexicon = Lexicon(self._values)
        forms = _forms(rules, languages)
        self._plans = [lexicon.plan(query, forms.get(rule_id, {})) for rule_id, query in rules.items()]
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


def _forms(rules: Mapping[str, Query], languages: Sequence[str]) -> dict[str, Forms]:
    """The forms of each rule's `~words`, in the languages that it asks for or else in `languages`."""
    words = {rule_id: {term.text for term in terms(query) if term.forms} for rule_id, query in rules.items()}
    asked = {rule_id: languages_of(rules[rule_id]) or tuple(languages) for rule_id, found in words.items() if found}
    together: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for rule_id, names in asked.items():
        together[names] |= words[rule_id]
    forms = {names: forms_of(found, names) for names, found in together.items()}
    return {rule_id: forms[names] for rule_id, names in asked.items()}


def _spans(passages: Sequence[Passage], searched: Searched) -> tuple[Span, ...]:
    """In the order of the text, without repetition."""
    if len(passages) == 1:
        return (searched.span(passages[0]),)
    return tuple(dict.fromkeys(map(searched.span, sorted(passages))))
