"""The query language, from text to values. Errors say where they are and what was expected there.

query = and , { "OR" , and } ;
and   = near , { [ "AND" ] , [ "NOT" ] , near } ;
near  = unary , { ("NEAR"|"ONEAR") , "/" , int , unary } ;
unary = field ":" , unary | "ATLEAST/" , int , group | "FIRST/" , int , group | group | term ;
group = "(" , query , ")" ;
term  = ["!"] , ( '"' , words , '"' | ["*"] , word , ["*"] | "~" , word ) , [ "^" , num ] ;
words = ["*"] , word , ["*"] , { ["*"] , word , ["*"] } ;

Typographic quotes (“…”, „…“, «…») are quotes, too.
"""

import re
import unicodedata
from typing import NamedTuple, NoReturn

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
from consumers.matching.text import spelling, words_of
from consumers.text.words import is_unspaced

MIN_WILDCARD_CHARACTERS = 3
"""Not in scripts without spaces, where a character says as much as several letters."""
MAX_DEPTH = 50
MAX_COUNT = 10_000
MAX_BOOST = 1000
_FIELDS = (*TEXT_FIELDS, *METADATA_FIELDS)
_OPERATORS = {"AND", "OR", "NOT"}
_COUNTED = ("NEAR", "ONEAR", "ATLEAST", "FIRST")
_MARKED = re.compile(r"(?P<exact>!?)(?P<forms>~?)(?P<left>\*?)(?P<core>.*?)(?P<right>\*?)", re.DOTALL)

_QUOTES = "“”„‟«»"
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<open>\()
      | (?P<close>\))
      | (?P<quoted>!?(?:"(?P<words>[^"]*)"|[QUOTES](?P<typographic>[^"QUOTES]*)[QUOTES]))
      | (?P<unclosed>!?["QUOTES])
      | (?P<boost>\^(?P<number>\d+(?:\.\d+)?))
      | (?P<field>(?:FIELDS):)
      | (?P<counted>(?:NEAR|ONEAR|ATLEAST|FIRST)/(?P<count>\d+)(?=[\s()"QUOTES!*~^]|$))
      | (?P<operator>(?:AND|OR|NOT)(?=[\s()"QUOTES!*~^]|$))
      | (?P<word>[^\s()"QUOTES^]+)
      | (?P<other>.)""".replace("FIELDS", "|".join(_FIELDS)).replace("QUOTES", _QUOTES),
    re.VERBOSE,
)


class QuerySyntaxError(ValueError):
    """A query that cannot be read: `line` and `column` count from 1, `expected` says what should stand there."""

    def __init__(self, message: str, line: int, column: int, expected: str) -> None:
        super().__init__(f"line {line}, column {column}: {message}; expected {expected}")
        self.line = line
        self.column = column
        self.expected = expected


class _Token(NamedTuple):
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
        self._counting = False
        self._in_values = False

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
        links = 0
        while self._peek().kind == "counted" and self._peek().text.startswith(("NEAR", "ONEAR")):
            token = self._take()
            links += 1
            if links > MAX_DEPTH:
                self._fail(f"more than {MAX_DEPTH} times NEAR in a row", "a shorter chain", token)
            distance = self._count(token)
            right = self._unary()
            for side in (left, right):
                self._check_near_side(side, token)
            left = Near(distance, token.text.startswith("ONEAR"), left, right)
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
                    count = self._count(token)
                    if count == 0:
                        self._fail(f"{token.text} asks for nothing", "a number above 0", token)
                    return (
                        First(count, self._group()) if token.text.startswith("FIRST") else self._at_least(count, token)
                    )
                case "open":
                    return self._group()
                case _:
                    return self._term()
        finally:
            self._depth -= 1

    def _field(self, token: _Token) -> Query:
        name = token.text.removesuffix(":")
        if name not in METADATA_FIELDS:
            return Field(name, self._unary())
        around, self._in_values = self._in_values, True
        inner = self._unary()
        self._in_values = around
        self._check_metadata(inner, token)
        return Field(name, inner)

    def _count(self, token: _Token) -> int:
        if len(token.value) > len(str(MAX_COUNT)) or int(token.value) > MAX_COUNT:
            self._fail(f"{token.value} is too many", f"a number up to {MAX_COUNT}", token)
        return int(token.value)

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
            return self._phrase(token)
        if token.kind == "word":
            self._take()
            return self._word(token)
        if token.kind == "unclosed":
            self._fail("the phrase is not closed", 'a closing "', token)
        if token.kind == "operator" and token.text == "NOT":
            self._fail("NOT stands alone", "something beside it that has to be there, as in oil AND NOT coal", token)
        what = "the end of the query" if token.kind == "end" else repr(token.text)
        return self._fail(f"{what} is no term", "a word, a phrase, a field or (")

    def _phrase(self, token: _Token) -> Term:
        text = " ".join(token.value.split())
        if not words_of(text):
            self._fail("the phrase has no words", "words between the quotes", token)
        exact = token.text.startswith("!")
        for part in [text] if self._in_values else text.split():
            core = part.removeprefix("*").removesuffix("*")
            if "*" in core or (core != part and not words_of(core)):
                self._fail("a * stands inside a word", "* only at the start or the end of a word", token)
            if core != part:
                self._check_wildcard(core, words_of(core), token)
        inner = text.removeprefix("*").removesuffix("*")
        if exact and "*" in inner:
            self._fail("! and a * inside the phrase cannot be combined", "complete words", token)
        return Term(inner, _wildcard(text), phrase=True, exact=exact, boost=self._boost())

    def _word(self, token: _Token) -> Term:
        marked = _MARKED.fullmatch(token.text)
        assert marked is not None
        exact, forms, core = bool(marked["exact"]), bool(marked["forms"]), marked["core"]
        wildcard = _wildcard(f"{marked['left']}{core}{marked['right']}")
        words = words_of(core)
        if not words:
            self._fail(f"{token.text!r} has no letters", "a word", token)
        if "*" in core:
            self._fail("a * stands inside a word", "* only at the start or the end of a word", token)
        if core[0] in "!~" or (exact and forms):
            self._fail(f"{token.text!r} has marks that do not go together", "!word, ~word or *word*", token)
        if forms and wildcard != "none":
            self._fail("~ and * cannot be combined", "~word or word*", token)
        if wildcard != "none":
            self._check_wildcard(core, words, token)
        if token.text == core and _OPERATORS.issuperset(_letters(core)):
            self._fail(f"{core!r} is an operator", f'a space behind it, or quotes around "{core}"', token)
        if not self._in_values:
            self._check_spelling(core, token)
        return Term(core, wildcard, exact=exact, forms=forms, boost=self._boost())

    def _check_wildcard(self, core: str, words: list[str], token: _Token) -> None:
        given = len(core) if self._in_values else sum(map(len, words))
        if given < MIN_WILDCARD_CHARACTERS and not any(map(is_unspaced, words)):
            least = f"at least {MIN_WILDCARD_CHARACTERS} characters beside a *"
            self._fail(f"{token.text!r} matches too much", least, token)

    def _check_spelling(self, core: str, token: _Token) -> None:
        """What looks like a field or an operator and is none is a mistake, not a word."""
        name, colon, rest = core.partition(":")
        if colon and rest and name.isascii() and name.isalpha():
            known = ", ".join(_FIELDS)
            self._fail(f"there is no field {name!r}", f'one of {known}, or quotes around "{core}"', token)
        operator, slash, _ = core.partition("/")
        if operator in _COUNTED and (slash or operator != "FIRST"):
            self._fail(f"{core!r} has no number", f"{operator}/ and a number, as in {operator}/5", token)

    def _at_least(self, count: int, token: _Token) -> AtLeast:
        if self._counting:  # nobody could say what it counts, and each level would double the work
            self._fail("ATLEAST stands inside ATLEAST", "words, NEAR, AND, OR, FIRST or fields there", token)
        self._counting = True
        try:
            return AtLeast(count, self._group())
        finally:
            self._counting = False

    def _boost(self) -> float | None:
        if self._peek().kind != "boost":
            return None
        token = self._take()
        boost = float(token.value)
        if not 1 / MAX_BOOST <= boost <= MAX_BOOST:
            self._fail(f"{token.text} is no boost", f"a number from {1 / MAX_BOOST} to {MAX_BOOST}", token)
        return boost

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


def _letters(text: str) -> list[str]:
    """The words of a text, their case kept."""
    return re.findall(r"\w+", unicodedata.normalize("NFKC", spelling(text)))


def _wildcard(text: str) -> Wildcard:
    left, right = text.startswith("*"), text.endswith("*")
    return "infix" if left and right else "suffix" if left else "prefix" if right else "none"


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        # lastgroup names the outermost group that took part last; the inner ones are values of theirs
        for name in ("quoted", "boost", "counted"):
            if match[name] is not None:
                kind = name
        if kind == "space":
            continue
        value = match["words"] or match["typographic"] or match["number"] or match["count"] or ""
        found.append(_Token(kind, match[0], match.start(), value))
    found.append(_Token("end", "", len(text)))
    return found
