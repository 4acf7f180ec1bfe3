"""Laws of the query language and its engine."""

import unicodedata
from collections.abc import Sequence

from hypothesis import event, given, settings
from hypothesis import strategies as st

from consumers.matching.document import Document
from consumers.matching.engine import Engine
from consumers.matching.expand import look_up
from consumers.matching.explain import explain
from consumers.matching.implication import implies
from consumers.matching.lint import lint
from consumers.matching.parser import QuerySyntaxError, parse
from consumers.matching.printer import to_text
from consumers.matching.query import Not, Or, Query, Term
from consumers.matching.query import terms as terms_of
from consumers.matching.text import WordStream, normalise, words_of
from tests.naive_matching import Naive
from tests.property.queries import (
    INFLECTED_WORDS,
    counted_documents,
    counted_queries,
    documents,
    inflected_documents,
    inflected_queries,
    languages,
    queries,
    query_texts,
    rules_and_articles,
    terms,
    unspaced_documents,
    unspaced_terms,
)

AWKWARD = st.sampled_from("İßﬁi̇ǰΐﾞｶ가각ᄒㅏｆ\u00ad\u200b ́e\u0301\u0307J\u030cাো…½\u00a0ſΣςאָ制裁ำก\u0344\u0345a.ᾳͅ’—_")
TEXT = st.text(st.one_of(AWKWARD, st.characters()), max_size=12)


@settings(max_examples=500, deadline=None)
@given(queries)
def test_a_printed_query_is_read_as_the_same(query: Query) -> None:
    assert parse(to_text(query)) == query


@settings(max_examples=1000, deadline=None)
@given(query_texts)
def test_whatever_can_be_read_is_the_same_once_printed(text: str) -> None:
    try:
        query = parse(text)
    except QuerySyntaxError:
        return
    event("read")
    assert parse(to_text(query)) == query
    assert {"AND", "OR", "NOT"}.isdisjoint(term.text for term in terms_of(query) if term == Term(term.text))


@settings(max_examples=400, deadline=None)
@given(rules_and_articles())
def test_the_engine_finds_what_a_naive_search_finds(given: tuple[list[Query], list[Document]]) -> None:
    rules, articles = given
    engine = Engine({str(number): query for number, query in enumerate(rules)})
    for article in articles:
        naive = Naive(article)
        expected = [str(number) for number, query in enumerate(rules) if naive.matches(query)]
        assert [match.rule_id for match in engine.match(article)] == expected


@settings(max_examples=400, deadline=None)
@given(st.lists(unspaced_terms, min_size=1, max_size=5), unspaced_documents)
def test_it_does_in_scripts_without_spaces_too(rules: list[Term], article: Document) -> None:
    engine = Engine({str(number): query for number, query in enumerate(rules)})
    naive = Naive(article)
    expected = [str(number) for number, query in enumerate(rules) if naive.matches(query)]
    assert [match.rule_id for match in engine.match(article)] == expected


@settings(max_examples=400, deadline=None)
@given(
    st.lists(inflected_queries, min_size=1, max_size=4),
    inflected_documents,
    languages,
)
def test_it_does_with_inflected_words_and_explanations_say_the_same(
    rules: list[Query], article: Document, otherwise: frozenset[str]
) -> None:
    look_up(INFLECTED_WORDS)
    engine = Engine({str(number): query for number, query in enumerate(rules)}, languages=otherwise)
    naive = Naive(article)
    expected = [str(number) for number, query in enumerate(rules) if naive.matches(query, otherwise)]
    assert [match.rule_id for match in engine.match(article)] == expected
    explained = [explain(query, article, otherwise) for query in rules]
    assert [str(number) for number, explanation in enumerate(explained) if explanation.holds] == expected


@settings(max_examples=400, deadline=None)
@given(st.lists(counted_queries, min_size=1, max_size=4), counted_documents)
def test_it_counts_what_a_naive_search_counts(rules: list[Query], article: Document) -> None:
    naive = Naive(article)
    expected = [str(number) for number, query in enumerate(rules) if naive.matches(query)]
    engine = Engine({str(number): query for number, query in enumerate(rules)})
    assert [match.rule_id for match in engine.match(article)] == expected
    explained = [explain(query, article) for query in rules]
    assert [str(number) for number, explanation in enumerate(explained) if explanation.holds] == expected


@settings(max_examples=400, deadline=None)
@given(inflected_queries, inflected_queries, inflected_documents, languages)
def test_what_is_implied_is_so_with_inflected_words_too(
    one: Query, other: Query, article: Document, otherwise: frozenset[str]
) -> None:
    look_up(INFLECTED_WORDS)
    naive = Naive(article)
    weaker = [part for part in (other, *parts_of(one)) if implies(one, part)]
    for query in weaker if naive.matches(one, otherwise) else ():
        assert naive.matches(query, otherwise), to_text(query)


@settings(deadline=None)
@given(terms, documents)
def test_what_proves_a_match_reads_like_the_term(term: Term, article: Document) -> None:
    for match in Engine({"rule": term}).match(article):
        for span in match.spans:
            text = (article.title if span.field == "title" else article.body)[span.start : span.end]
            found = "".join(words_of(text))
            for part in term.text.split("*"):
                assert "".join(words_of(part)) in found


@given(TEXT)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert normalise(unicodedata.normalize("NFD", text)) == once


@settings(max_examples=500, deadline=None)
@given(TEXT)
def test_every_word_is_found_again_in_the_original(text: str) -> None:
    stream = WordStream(text)
    normalised = stream.normalised
    assert normalised.text == normalise(text)
    position = 1
    for number, word in enumerate(stream.words):
        begin, end = stream.span(position, number, position + len(word), number)
        assert normalised.text[begin:end] == word
        start, stop = normalised.original_span(begin, end)
        assert word in normalise(text[start:stop])
        position += len(word) + 1


@settings(max_examples=300, deadline=None)
@given(queries, queries, documents)
def test_what_a_query_implies_matches_wherever_it_does(one: Query, other: Query, article: Document) -> None:
    naive = Naive(article)
    weaker = [part for part in (other, *parts_of(one)) if implies(one, part)]
    for query in weaker if naive.matches(one) else ():
        assert naive.matches(query), to_text(query)


@settings(max_examples=300, deadline=None)
@given(queries, documents)
def test_a_query_that_is_said_never_to_match_does_not(query: Query, article: Document) -> None:
    if any(finding.kind == "never" and finding.part == to_text(query) for finding in lint(query)):
        assert not Naive(article).matches(query)


@settings(max_examples=300, deadline=None)
@given(st.lists(queries, min_size=2, max_size=6))
def test_every_branch_that_another_implies_is_said_to_be_covered(branches: list[Query]) -> None:
    parts = flattened(branches)
    told = [finding.part for finding in lint(Or(tuple(parts))) if finding.kind == "shadowed"]
    left = list(enumerate(parts))
    for number, part in enumerate(parts):
        others = [(other, branch) for other, branch in left if other != number]
        if any(implies(part, branch) for _, branch in others):
            assert to_text(part) in told
            left = others


def parts_of(query: Query) -> list[Query]:
    """All parts of a query that could stand alone."""
    inner = [getattr(query, name) for name in ("inner", "left", "right") if hasattr(query, name)]
    inner += getattr(query, "parts", ())
    return [found for part in inner if not isinstance(part, Not) for found in (part, *parts_of(part))]


def flattened(branches: Sequence[Query]) -> list[Query]:
    """The branches of an OR, and of those of them that are ORs."""
    return [inner for part in branches for inner in (flattened(part.parts) if isinstance(part, Or) else [part])]
