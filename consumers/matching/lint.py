"""What is right by the grammar and yet not meant: rules that cost too much or never match, parts that add nothing."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Literal

from consumers.matching.implication import Slot, implies, slots
from consumers.matching.lexicon import Lexicon
from consumers.matching.printer import to_text
from consumers.matching.query import (
    METADATA_FIELDS,
    And,
    AtLeast,
    Field,
    First,
    Near,
    Not,
    Or,
    Query,
    Term,
    terms,
)
from consumers.matching.shares import Shares
from consumers.matching.text import normalise
from consumers.matching.values import Values, fits
from schemas.identity import site_of

EXPENSIVE_SHARE = 0.5
"""A rule that is looked at for more than this share of articles is expensive."""
_OPERATOR = re.compile(r"and|or|not|(?:o?near|atleast|first)(?P<number>/\d+)|o?near/?", re.IGNORECASE)
_BARE_MEDIA_TOPIC = re.compile(r"\d{8}")
_PLACEHOLDER = re.compile(r"\w\?+\w")
_ANY = ""
"""The key of an unfinished word of one or two letters, which tells nothing."""
_SINGLE = ("lang", "source", "country")
"""Fields of which an article has one value."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What to look at again: `part` is the part of the query that it is about."""

    kind: Literal["expensive", "literal", "never", "shadowed"]
    part: str
    message: str


def lint(query: Query) -> list[Finding]:
    """What seems wrong with a query, the worst first."""
    return list(dict.fromkeys([*_never(query, ()), *_literal(query), *_shadowed(query), *_expensive(query)]))


def _never(query: Query, within: tuple[str, ...]) -> Iterator[Finding]:
    """Contradictions; `within` are the text fields around."""
    match query:
        case And():
            wanted, unwanted = _conjuncts(query)
            for refused in unwanted:
                if implies(And(tuple(wanted)), refused):
                    yield Finding("never", to_text(query), f"NOT refuses what is always there: {to_text(refused)}")
            values = [part for part in wanted if isinstance(part, Field) and part.name in _SINGLE]
            for one, other in combinations(values, 2):
                if one.name == other.name and not _may_both_fit(one.inner, other.inner):
                    yield Finding("never", to_text(query), f"no article has {to_text(one)} and {to_text(other)}")
            for part in (*wanted, *unwanted):
                yield from _never(part, within)
        case Field(name, inner) if name in METADATA_FIELDS:
            if name in _SINGLE and isinstance(inner, And):
                spread = [
                    Not(Field(name, part.inner)) if isinstance(part, Not) else Field(name, part) for part in inner.parts
                ]
                yield from _never(And(tuple(spread)), within)
            for term in terms(inner):
                if reason := _why_no_value(name, term):
                    yield Finding("never", to_text(Field(name, term)), reason)
        case Field(name, inner):
            if within and (name == "title") != (within[-1] == "title"):
                yield Finding("never", to_text(query), f"{name} lies outside {within[-1]}")
            yield from _never(inner, (*within, name))
        case AtLeast(_, inner):
            if not _looks_at_text(inner):
                yield Finding("never", to_text(query), "ATLEAST counts passages of the text, and there are none")
            yield from _never(inner, within)
        case _:
            for part in _inner(query):
                yield from _never(part, within)


def _literal(query: Query) -> Iterator[Finding]:
    """What looks like an operator of this or another language, and is a word."""
    match query:
        case Term():
            if instead := _instead(query):
                yield Finding("literal", to_text(query), f"looked for as it stands; {instead}")
        case Field(name, Term() | Or()) if name in METADATA_FIELDS:
            return  # lang:or is Odia
        case _:
            for part in _inner(query):
                yield from _literal(part)


def _instead(term: Term) -> str | None:
    """What to write instead of a word that is taken for an operator."""
    if term.phrase or term.exact or term.forms:
        return None
    operator = _OPERATOR.fullmatch(term.text)
    if operator is not None and term.wildcard == "none":
        number = "/5" if "near" in term.text.lower() and not operator["number"] else ""
        return f'write {term.text.upper()}{number}, or "{term.text}" if the word is meant'
    if term.text.startswith("-"):
        return f"write NOT {term.text[1:]} if it must not be there"
    if term.text.startswith("+"):
        return f"write {term.text[1:]}, all words have to be there"
    if _PLACEHOLDER.search(term.text):
        return "write the spellings with OR between them, or a * at an end of the word"
    return None


def _shadowed(query: Query) -> Iterator[Finding]:
    """Branches of an OR that another branch covers."""
    if isinstance(query, Or):
        branches = _disjuncts(query)
        may_cover = _Coverage(branches)
        covered: set[int] = set()
        for number, part in enumerate(branches):
            others = (other for other in may_cover.of(number) if other not in covered)
            covering = next((other for other in others if implies(part, branches[other])), None)
            if covering is not None:
                covered.add(number)
                yield Finding("shadowed", to_text(part), f"{to_text(branches[covering])} covers it")
    if not (isinstance(query, Field) and query.name in METADATA_FIELDS):
        for part in _inner(query):
            yield from _shadowed(part)


class _Coverage:
    """Which branches of an OR may cover which others, so that of thousands of names each is compared with few.

    Whatever implies a branch has one of its `_keys`: a word, or three letters of one that is unfinished.
    """

    def __init__(self, branches: Sequence[Query]) -> None:
        self._features = [{feature for term in terms(branch) for feature in _features(term)} for branch in branches]
        spread = Counter(feature for features in self._features for feature in features)
        self._by_key: defaultdict[str, list[int]] = defaultdict(list)
        for number, branch in enumerate(branches):
            for key in _keys(branch, spread):
                self._by_key[key].append(number)

    def of(self, number: int) -> list[int]:
        """The branches that may cover one, in order."""
        return sorted({other for feature in self._features[number] for other in self._by_key[feature]} - {number})


def _keys(query: Query, spread: Mapping[str, int]) -> set[str]:
    """Features of which whatever implies a query has one; of several such sets, the one that is found least often."""
    match query:
        case Term():
            choices = [{key} for slot in slots(query) for key in _keys_of(slot)]
        case Or(parts):
            return {key for part in parts for key in _keys(part, spread)}
        case _:
            choices = [_keys(part, spread) for part in _inner(query) if not isinstance(part, Not)]
    return min(choices, key=lambda keys: sum(spread[key] for key in keys))


def _keys_of(slot: Slot) -> set[str]:
    return _threes(slot.text) or {_ANY} if slot.before or slot.after else {slot.text}


def _features(term: Term) -> Iterator[str]:
    yield _ANY
    for slot in slots(term):
        yield slot.text
        yield from _threes(slot.text)


def _threes(word: str) -> set[str]:
    """All runs of three letters in a word."""
    return {word[start : start + 3] for start in range(len(word) - 2)}


def _expensive(query: Query) -> Iterator[Finding]:
    """Queries for which nothing rare has to be there."""
    values = Values()
    lexicon = Lexicon(values, lambda word, languages: (word,))
    plan = lexicon.plan(query, frozenset())
    shares = Shares(lexicon.literals, values.fields)
    rarest = shares.rarest(plan.groups(shares.rarest))
    if rarest is None:
        yield Finding("expensive", to_text(query), "nothing has to be there, so that every article is looked at")
    elif shares.of(rarest) > EXPENSIVE_SHARE:
        share = min(1.0, shares.of(rarest))
        yield Finding("expensive", to_text(query), f"what has to be there is in about {share:.0%} of all articles")


def _inner(query: Query) -> tuple[Query, ...]:
    """The parts of a query."""
    match query:
        case Term():
            return ()
        case And(parts) | Or(parts):
            return parts
        case Near(_, _, left, right):
            return (left, right)
        case Field(_, inner) | AtLeast(_, inner) | First(_, inner) | Not(inner):
            return (inner,)


def _conjuncts(query: And) -> tuple[list[Query], list[Query]]:
    """What has to be there, and what must not, however it is grouped."""
    wanted: list[Query] = []
    unwanted: list[Query] = []
    for part in query.parts:
        if isinstance(part, And):
            more_wanted, more_unwanted = _conjuncts(part)
            wanted += more_wanted
            unwanted += more_unwanted
        elif isinstance(part, Not):
            unwanted.append(part.inner)
        else:
            wanted.append(part)
    return wanted, unwanted


def _disjuncts(query: Or) -> list[Query]:
    """The branches, however they are grouped."""
    return [branch for part in query.parts for branch in (_disjuncts(part) if isinstance(part, Or) else [part])]


def _why_no_value(field: str, term: Term) -> str | None:
    """Why no article has a value of metadata, if that is sure."""
    match field:
        case "source":
            return _why_no_source(term)
        case "lang" if not (_is_code(term) or fits(term, "und")):
            return "a language is two letters, as in lang:en, or und"
        case "country" if not _is_code(term):
            return "a country is two letters, as in country:se"
        case "iptc" if term.wildcard == "none" and _BARE_MEDIA_TOPIC.fullmatch(term.text):
            return f'codes of media topics begin with medtop: write iptc:"medtop:{term.text}"'
        case _:
            return None


def _is_code(term: Term) -> bool:
    """Whether a code of two letters is what a term asks for; beside a `*` there are three at least."""
    return term.wildcard == "none" and len(term.text) == 2


def _why_no_source(term: Term) -> str | None:
    """A source is what `site_of` makes of the article's URL: of a pattern, the shortest host is tried that fits it."""
    if term.wildcard in ("prefix", "infix") or (term.wildcard == "suffix" and not term.text.startswith(".")):
        return None
    host = f"a{term.text}" if term.wildcard == "suffix" else term.text
    site = _site(host)
    if site == host if term.exact else normalise(site) == normalise(host):
        return None
    instead = _site(host.partition("://")[2] or host)
    return "a source is a registrable domain" + (f": write source:{instead}" if instead else "")


def _site(host: str) -> str:
    """The source of articles that come from a host; empty if it is none."""
    try:
        return site_of(f"https://{host}")
    except ValueError:
        return ""


def _looks_at_text(query: Query) -> bool:
    if isinstance(query, Field) and query.name in METADATA_FIELDS:
        return False
    return isinstance(query, Term) or any(map(_looks_at_text, _inner(query)))


def _may_both_fit(one: Query, other: Query) -> bool:
    """Whether one value may be what two queries ask for."""
    pairs = product(_alternatives(one), _alternatives(other))
    return any(first is None or second is None or _may_be_same(first, second) for first, second in pairs)


def _alternatives(query: Query) -> list[Term | None]:
    """The values that a query allows; None is any other query."""
    parts = query.parts if isinstance(query, Or) else (query,)
    return [part if isinstance(part, Term) else None for part in parts]


def _may_be_same(one: Term, other: Term) -> bool:
    if "none" not in (one.wildcard, other.wildcard):
        return True
    return fits(one, other.text) if other.wildcard == "none" else fits(other, one.text)
