"""Queries as text again: parsing what is printed gives the same query."""

from consumers.matching.query import And, AtLeast, Field, First, Near, Not, Or, Query, Term

_OR, _AND, _NEAR, _UNARY = range(4)


def to_text(query: Query) -> str:
    """The query in the query language, on one line, with no more parentheses than it needs."""
    return _print(query, _OR)


def _print(query: Query, level: int) -> str:
    match query:
        case Or(parts):
            return _grouped(" OR ".join(_print(part, _AND) for part in parts), level > _OR)
        case And(parts):
            return _grouped(" AND ".join(_operand(part) for part in parts), level > _AND)
        case Near(distance, ordered, left, right):
            operator = f"{'ONEAR' if ordered else 'NEAR'}/{distance}"
            return _grouped(f"{_print(left, _NEAR)} {operator} {_print(right, _UNARY)}", level > _NEAR)
        case Field(name, inner):
            return f"{name}:{_print(inner, _UNARY)}"
        case AtLeast(count, inner):
            return f"ATLEAST/{count}({_print(inner, _OR)})"
        case First(words, inner):
            return f"FIRST/{words}({_print(inner, _OR)})"
        case Term():
            return _term(query)
        case Not(inner):
            raise ValueError(f"NOT stands alone: {inner}")


def _operand(part: Query) -> str:
    return f"NOT {_print(part.inner, _NEAR)}" if isinstance(part, Not) else _print(part, _NEAR)


def _grouped(text: str, needed: bool) -> str:
    return f"({text})" if needed else text


def _term(term: Term) -> str:
    start = "*" if term.wildcard in ("suffix", "infix") else ""
    end = "*" if term.wildcard in ("prefix", "infix") else ""
    starred = f"{start}{term.text}{end}"
    text = f'"{starred}"' if term.phrase else f"{'~' if term.forms else ''}{starred}"
    boost = "" if term.boost is None else f"^{term.boost!r}".removesuffix(".0")
    return f"{'!' if term.exact else ''}{text}{boost}"
