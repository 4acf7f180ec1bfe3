"""An explanation says that a query matches exactly when the engine does, and names the same passages."""

from hypothesis import given, settings

from consumers.matching.document import Document
from consumers.matching.engine import Engine
from consumers.matching.explain import Explanation, explain
from consumers.matching.query import Query
from tests.property.queries import documents, queries


@settings(max_examples=500, deadline=None)
@given(queries, documents)
def test_it_holds_if_and_only_if_the_engine_matches(query: Query, document: Document) -> None:
    explained = explain(query, document)
    matches = Engine({"rule": query}).match(document)
    assert explained.holds == bool(matches)
    if matches:
        assert explained.spans == matches[0].spans


@settings(max_examples=200, deadline=None)
@given(queries, documents)
def test_every_part_has_a_reason(query: Query, document: Document) -> None:
    def check(part: Explanation) -> None:
        assert part.query
        assert part.reason
        assert part.operator or not part.parts
        for inner in part.parts:
            check(inner)

    check(explain(query, document))
