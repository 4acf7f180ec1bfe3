"""The query language, from text to values. Errors say where they are and what was expected there.

query = and , { "OR" , and } ;
and   = near , { [ "AND" ] , [ "NOT" ] , near } ;
near  = unary , { ("NEAR"|"ONEAR") , "/" , int , unary } ;
unary = field ":" , unary | "ATLEAST/" , int , group | "FIRST/" , int , group | group | term ;
group = "(" , query , ")" ;
term  = ["!"] , ( '"' , words , '"' | ["*"] , word , ["*"] | "~" , word ) , [ "^" , num ] ;
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from consumers.matching.query import (
    METADATA_FIELDS,
    TEXT_FIELDS,
    And,
    AtLeast,
    Field,
    First,
    Near,
    Not,
    Or,
    Query,
    Term,
    Wildcard,
)

MIN_WILDCARD_LETTERS = 3
MAX_DEPTH = 50
_FIELDS = (*TEXT_FIELDS, *METADATA_FIELDS)

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<open>\()
      | (?P<close>\))
      | (?P<quoted>!?"(?P<words>[^"]*)")
      | (?P<unclosed>!?")
      | (?P<boost>\^(?P<number>\d+(?:\.\d+)?))
      | (?P<field>(?:FIELDS):)
      | (?P<counted>(?:NEAR|ONEAR|ATLEAST|FIRST)/(?P<count>\d+)(?=[\s(]|$))
      | (?P<operator>(?:AND|OR|NOT)(?=[\s()]|$))
      | (?P<word>[^\s()"^]+)
      | (?P<other>.)""".replace("FIELDS", "|".join(_FIELDS)),
    re.VERBOSE,
)


class QuerySyntaxError(ValueError):
    """A query that cannot be read: `line` and `column` count from 1, `expected` says what should stand there."""

    def __init__(self, message: str, line: int, column: int, expected: str) -> None:
        super().__init__(f"line {line}, column {column}: {message}; expected {expected}")
        self.line = line
        self.column = column
        self.expected = expected


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int
    value: str = ""


def parse(text: str) -> Query:
    """The query that a text says. Raises QuerySyntaxError."""
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0

    def parse(self) -> Query:
        query = self._query()
        if self._peek().kind != "end":
            self._fail(f"{self._peek().text!r} does not belong here", "a term, AND, OR, NOT or the end of the query")
        return query

    def _query(self) -> Query:
        parts = [self._and()]
        while self._accept("operator", "OR"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _and(self) -> Query:
        parts = [self._near()]
        while True:
            explicit = self._accept("operator", "AND")
            if self._accept("operator", "NOT"):
                parts.append(Not(self._near()))
            elif explicit or self._starts_unary():
                parts.append(self._near())
            else:
                return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _near(self) -> Query:
        left = self._unary()
        while self._peek().kind == "counted" and self._peek().text.startswith(("NEAR", "ONEAR")):
            token = self._take()
            right = self._unary()
            for side in (left, right):
                self._check_near_side(side, token)
            left = Near(int(token.value), token.text.startswith("ONEAR"), left, right)
        return left

    def _unary(self) -> Query:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail(f"more than {MAX_DEPTH} levels", "a flatter query")
        try:
            token = self._peek()
            match token.kind:
                case "field":
                    self._take()
                    return self._field(token)
                case "counted" if token.text.startswith(("ATLEAST", "FIRST")):
                    self._take()
                    if int(token.value) == 0:
                        self._fail(f"{token.text} asks for nothing", "a number above 0", token)
                    inner = self._group()
                    many = token.text.startswith("ATLEAST")
                    return AtLeast(int(token.value), inner) if many else First(int(token.value), inner)
                case "open":
                    return self._group()
                case _:
                    return self._term()
        finally:
            self._depth -= 1

    def _field(self, token: _Token) -> Query:
        name = token.text.removesuffix(":")
        inner = self._unary()
        if name in METADATA_FIELDS:
            self._check_metadata(inner, token)
        return Field(name, inner)

    def _group(self) -> Query:
        if not self._accept("open"):
            self._fail(f"{self._peek().text or 'the end'!r} does not begin a group", "(")
        query = self._query()
        if not self._accept("close"):
            self._fail("the group is not closed", ")")
        return query

    def _term(self) -> Query:
        token = self._peek()
        if token.kind == "quoted":
            self._take()
            words = " ".join(token.value.split())
            if not any(map(str.isalnum, words)):
                self._fail("the phrase has no words", "words between the quotes", token)
            return Term(words, phrase=True, exact=token.text.startswith("!"), boost=self._boost())
        if token.kind == "word":
            self._take()
            return self._word(token)
        if token.kind == "unclosed":
            self._fail("the phrase is not closed", 'a closing "', token)
        what = "the end of the query" if token.kind == "end" else repr(token.text)
        return self._fail(f"{what} is no term", "a word, a phrase, a field or (")

    def _word(self, token: _Token) -> Term:
        text = token.text
        exact = text.startswith("!")
        text = text[1:] if exact else text
        forms = text.startswith("~")
        text = text[1:] if forms else text
        left, right = text.startswith("*"), text.endswith("*")
        core = text.strip("*")
        letters = sum(map(str.isalnum, core))
        if not letters:
            self._fail(f"{token.text!r} has no letters", "a word", token)
        if "*" in core:
            self._fail("a * stands inside a word", "* only at the start or the end of a word", token)
        wildcard: Wildcard = "infix" if left and right else "suffix" if left else "prefix" if right else "none"
        if wildcard != "none" and letters < MIN_WILDCARD_LETTERS and core.isascii():
            self._fail(f"{token.text!r} matches too much", f"at least {MIN_WILDCARD_LETTERS} letters beside a *", token)
        if forms and wildcard != "none":
            self._fail("~ and * cannot be combined", "~word or word*", token)
        return Term(core, wildcard, exact=exact, forms=forms, boost=self._boost())

    def _boost(self) -> float | None:
        return float(self._take().value) if self._peek().kind == "boost" else None

    def _check_near_side(self, side: Query, token: _Token) -> None:
        match side:
            case Not():
                self._fail("NOT stands inside NEAR", "what must be near, not what must not", token)
            case Field(name, _) if name in METADATA_FIELDS:
                self._fail(f"{name}: has no place in the text", "words beside NEAR", token)
            case AtLeast() | First():
                self._fail("ATLEAST and FIRST have no place in the text", "words beside NEAR", token)
            case And(parts) | Or(parts):
                for part in parts:
                    self._check_near_side(part, token)
            case Field(_, inner):
                self._check_near_side(inner, token)

    def _check_metadata(self, inner: Query, token: _Token) -> None:
        match inner:
            case Term(forms=False):
                return
            case And(parts) | Or(parts):
                for part in parts:
                    self._check_metadata(part, token)
            case Not(negated):
                self._check_metadata(negated, token)
            case _:
                self._fail(f"{token.text} takes values only", "words, phrases and groups of them", token)

    def _starts_unary(self) -> bool:
        token = self._peek()
        return token.kind in ("field", "open", "quoted", "unclosed", "word", "other") or (
            token.kind == "counted" and token.text.startswith(("ATLEAST", "FIRST"))
        )

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _accept(self, kind: str, text: str | None = None) -> bool:
        token = self._peek()
        if token.kind == kind and (text is None or token.text == text):
            self._next += 1
            return True
        return False

    def _fail(self, message: str, expected: str, token: _Token | None = None) -> NoReturn:
        position = (token or self._peek()).position
        line = self._text.count("\n", 0, position) + 1
        column = position - (self._text.rfind("\n", 0, position) + 1) + 1
        raise QuerySyntaxError(message, line, column, expected)


def _tokens(text: str) -> "list[_Token]":
    found: list[_Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        # lastgroup names the outermost group that took part last; the inner ones are values of theirs
        for name in ("quoted", "boost", "counted"):
            if match[name] is not None:
                kind = name
        if kind == "space":
            continue
        value = match["words"] or match["number"] or match["count"] or ""
        found.append(_Token(kind, match[0], match.start(), value))
    found.append(_Token("end", "", len(text)))
    return found
