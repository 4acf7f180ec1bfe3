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
        ("iptc:medtop:20000640", Field("iptc", Term("medtop:20000640"))),
        ("source:*.de", Field("source", Term(".de", "suffix"))),
        ('"air strike*"', Term("air strike", "prefix", phrase=True)),
        ('"удар* беспилотник*"', Term("удар* беспилотник", "prefix", phrase=True)),
        ("制裁*", Term("制裁", "prefix")),
        ("a^1.2345678", Term("a", boost=1.2345678)),
        ("FIRST", Term("FIRST")),
        ('oil NOT"foot ball"', And((Term("oil"), Not(Term("foot ball", phrase=True))))),
        ('oil OR"x"AND!"Y"', Or((Term("oil"), And((Term("x", phrase=True), Term("Y", phrase=True, exact=True)))))),
        ("oil NOT!NASA", And((Term("oil"), Not(Term("NASA", exact=True))))),
        ("oil OR~ship AND*board", Or((Term("oil"), And((Term("ship", forms=True), Term("board", "suffix")))))),
        ('oil NEAR/3"x"', Near(3, False, Term("oil"), Term("x", phrase=True))),
        (
            "oil NEAR/3!NASA ONEAR/2*board",
            Near(2, True, Near(3, False, Term("oil"), Term("NASA", exact=True)), Term("board", "suffix")),
        ),
        ('"AND" OR "NOT"', Or((Term("AND", phrase=True), Term("NOT", phrase=True)))),
        ("oil NOT“foot ball”", And((Term("oil"), Not(Term("foot ball", phrase=True))))),
        (
            "„Preis* deckel“ OR!«Le Quai»",
            Or((Term("Preis* deckel", phrase=True), Term("Le Quai", phrase=True, exact=True))),
        ),
        ('"he said “price cap”"', Term("he said “price cap”", phrase=True)),
        ("!OR ~NOT OR-Tools", And((Term("OR", exact=True), Term("NOT", forms=True), Term("OR-Tools")))),
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
        ("NOT a", 1, 1, "NOT stands alone; expected something beside it that has to be there"),
        ("a OR", 1, 5, "end of the query"),
        ("a\n  AND AND b", 2, 7, "AND"),
        ("(a", 1, 3, "not closed"),
        ('"a', 1, 1, "not closed"),
        ("a “b", 1, 3, "not closed"),
        ("*", 1, 1, "no letters"),
        ("ab*", 1, 1, "too much"),
        ("ATLEAST/2(a OR FIRST/9(b ATLEAST/3(c)))", 1, 26, "ATLEAST stands inside ATLEAST"),
        ("a NEAR/2 (b AND NOT c)", 1, 3, "NOT stands inside NEAR"),
        ("lang:~de", 1, 1, "values only"),
        ("ATLEAST/0(a)", 1, 1, "asks for nothing"),
        ('"--"', 1, 1, "no words"),
        ("a OR NOT b", 1, 6, "NOT stands alone"),
        ("(NOT a) b", 1, 2, "NOT stands alone"),
        ("title:NOT a", 1, 7, "NOT stands alone"),
        ("**", 1, 1, "no letters"),
        ("са*", 1, 1, "too much"),
        ('"air st*"', 1, 1, "too much"),
        ('"a*b c"', 1, 1, "inside a word"),
        ("a titel:b", 1, 3, "no field 'titel'"),
        ("a NEAR/x b", 1, 3, "no number"),
        ("a NEAR b", 1, 3, "no number"),
        ("a NEAR/3) b", 1, 9, "no term"),
        ("a AND/OR b", 1, 3, "is an operator"),
        ("a NOT, b", 1, 3, "is an operator"),
        ("a ＯＲ b", 1, 3, "is an operator"),
        ("a OR\u200b b", 1, 3, "is an operator"),
        ("a OR^2", 1, 5, "no term"),
        ("a NOT* b", 1, 6, "no letters"),
        ("topic:(a OR, b)", 1, 10, "is an operator"),
        ("a NEAR/99999999999 b", 1, 3, "too many"),
        ("a^0", 1, 2, "no boost"),
        ("!~word", 1, 1, "do not go together"),
        ("(" * 60 + "a" + ")" * 60, 1, 51, "more than 50 levels"),
        (" NEAR/1 ".join("a" * 60), 1, 453, "in a row"),
    ],
)
def test_errors_say_where_and_what(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(QuerySyntaxError, match=message) as caught:
        parse(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert caught.value.expected
