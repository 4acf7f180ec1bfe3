"""The query language: what is said is what is read, and what is wrong is said where."""

import pytest

from consumers.matching.parser import QuerySyntaxError, parse
from consumers.matching.printer import to_text
from consumers.matching.query import And, AtLeast, Field, First, Near, Not, Or, Term


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("summit", Term("summit")),
        ('"arms delivery"', Term("arms delivery", phrase=True)),
        ("sanction*", Term("sanction", "prefix")),
        ("*lieferung", Term("lieferung", "suffix")),
        ("*sanktion*", Term("sanktion", "infix")),
        ('!"NASA"^2', Term("NASA", phrase=True, exact=True, boost=2.0)),
        ("~weapon", Term("weapon", forms=True)),
        ("a b", And((Term("a"), Term("b")))),
        ("a AND NOT b", And((Term("a"), Not(Term("b"))))),
        ("a b OR c", Or((And((Term("a"), Term("b"))), Term("c")))),
        ("a NEAR/5 b", Near(5, False, Term("a"), Term("b"))),
        ("a ONEAR/2 b", Near(2, True, Term("a"), Term("b"))),
        ("ATLEAST/3(a)", AtLeast(3, Term("a"))),
        ("FIRST/50(a)", First(50, Term("a"))),
        ("title:(a OR b)", Field("title", Or((Term("a"), Term("b"))))),
        ("lang:de a", And((Field("lang", Term("de")), Term("a")))),
    ],
)
def test_queries_are_read_and_printed(text: str, query: object) -> None:
    parsed = parse(text)
    assert parsed == query
    assert parse(to_text(parsed)) == parsed


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "end of the query"),
        ("NOT a", 1, 1, "NOT"),
        ("a OR", 1, 5, "end of the query"),
        ("a\n  AND AND b", 2, 7, "AND"),
        ("(a", 1, 3, "not closed"),
        ('"a', 1, 1, "not closed"),
        ("*", 1, 1, "no letters"),
        ("ab*", 1, 1, "too much"),
        ("a NEAR/2 (b AND NOT c)", 1, 3, "NOT stands inside NEAR"),
        ("lang:~de", 1, 1, "values only"),
        ("ATLEAST/0(a)", 1, 1, "asks for nothing"),
        ('"--"', 1, 1, "no words"),
    ],
)
def test_errors_say_where_and_what(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(QuerySyntaxError, match=message) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.expected
