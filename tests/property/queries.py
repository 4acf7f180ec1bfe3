"""Strategies for queries and for documents that they match often enough."""

from hypothesis import strategies as st

from consumers.matching.document import Document
from consumers.matching.query import METADATA_FIELDS, And, AtLeast, Field, First, Near, Not, Or, Query, Term, Wildcard
from consumers.matching.query import terms as terms_of
from consumers.matching.text import words_of

_WORDS = """
    Gipfel gipfel GIPFEL Alaska-Gipfel Gipfels straße STRASSE strasse İstanbul istanbul ISTANBUL ﬁnance finance
    café café Café САНКЦИИ санкции санкция санкціями قمة القمة 制裁 限制裁员 经济制裁 峰会 G7サミット サミット
    経済制裁を協議 ประชุม NASA nasa Nasa AT&T U.S. don't the a 7 ＡＢＣ ½ Sanc\u00adtions sanctions sanction tax taxtax ǰ
"""
WORDS = _WORDS.split()
WILDCARDS: tuple[Wildcard, ...] = ("none", "prefix", "suffix", "infix")
SPACES = (" ", " ", " ", ", ", ". ", "\n", "-", "’", "\u00a0", "", "。", "_", "…")
LANGUAGES = ("de", "en", "zh", "ja", "ru")
SOURCES = ("ostwind.example", "calderledger.example", "ostwind.test")
ASKED_SOURCES = (*SOURCES, "Calderledger.example", "news.ostwind.example")
TOPICS = ("summit", "sanctions")

_words = st.sampled_from(WORDS)
_boosts = st.none() | st.floats(0.001, 1000) | st.integers(1, 1000).map(float)


def _cut(word: str, wildcard: Wildcard, cut: int) -> str:
    """A word shortened where its wildcard is, if enough of it remains."""
    shorter = word[: len(word) - cut] if wildcard == "prefix" else word[cut:] if wildcard == "suffix" else word
    return shorter if sum(map(len, words_of(shorter))) >= 3 else word


@st.composite
def wild_words(draw: st.DrawFn) -> Term:
    """A word with a wildcard."""
    word = draw(_words.filter(lambda word: sum(map(len, words_of(word))) >= 3))
    wildcard = draw(st.sampled_from(WILDCARDS[1:]))
    text = _cut(word, wildcard, draw(st.integers(0, 2)))
    return Term(text, wildcard, exact=draw(st.booleans()), boost=draw(_boosts))


@st.composite
def phrases(draw: st.DrawFn) -> Term:
    """One to three words in quotes, some of them unfinished."""
    words = draw(st.lists(_words, min_size=1, max_size=3))
    wildcard = draw(st.sampled_from(WILDCARDS))
    long = [sum(map(len, words_of(word))) >= 3 for word in words]
    if (wildcard in ("prefix", "infix") and not long[-1]) or (wildcard in ("suffix", "infix") and not long[0]):
        wildcard = "none"
    for index in range(len(words) - 1):
        if long[index] and draw(st.booleans()):
            words[index] += "*"
    text = " ".join(words)
    return Term(text, wildcard, phrase=True, exact=draw(st.booleans()) and "*" not in text, boost=draw(_boosts))


plain_words = st.builds(Term, _words, exact=st.booleans(), boost=_boosts)
terms = plain_words | wild_words() | phrases()


def _suffix(text: str) -> Term:
    return Term(text, "suffix")


values = {
    "lang": st.sampled_from(LANGUAGES).map(Term),
    "source": st.sampled_from(ASKED_SOURCES).map(Term) | st.sampled_from([".example", ".ostwind.test"]).map(_suffix),
    "country": st.sampled_from(["DE", "fr"]).map(lambda value: Term(value, exact=value == "DE")),
    "topic": st.sampled_from(TOPICS).map(Term),
    "iptc": st.just(Term("medtop:20000640")) | st.just(Term("medtop:", "prefix")),
}


def _conjunctions(parts: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    """Never without something positive at the beginning."""
    others = st.lists(parts | st.builds(Not, parts), min_size=1, max_size=2)
    return st.builds(lambda first, rest: And((first, *rest)), parts, others)


def _disjunctions(parts: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    return st.lists(parts, min_size=2, max_size=3).map(lambda found: Or(tuple(found)))


def _metadata(name: str) -> st.SearchStrategy[Query]:
    return st.recursive(values[name], lambda inner: _conjunctions(inner) | _disjunctions(inner), max_leaves=3).map(
        lambda inner: Field(name, inner)
    )


metadata = st.sampled_from(METADATA_FIELDS).flatmap(_metadata)
_fields = st.sampled_from(["title", "lead", "body"])


def _nears(sides: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    return st.builds(Near, st.integers(0, 6), st.booleans(), sides, sides)


_within_near: st.SearchStrategy[Query] = st.recursive(
    terms,
    lambda inner: st.one_of(
        _nears(inner),
        _disjunctions(inner),
        st.lists(inner, min_size=2, max_size=3).map(lambda found: And(tuple(found))),
        st.builds(Field, _fields, inner),
    ),
    max_leaves=4,
)


def _around(inner: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    return st.one_of(
        _conjunctions(inner),
        _disjunctions(inner),
        st.builds(Field, _fields, inner),
        st.builds(First, st.integers(1, 12), inner),
    )


_uncounted: st.SearchStrategy[Query] = terms | metadata | _nears(_within_near)
queries: st.SearchStrategy[Query] = st.recursive(
    _uncounted | st.builds(AtLeast, st.integers(1, 4), st.recursive(_uncounted, _around, max_leaves=4)),
    _around,
    max_leaves=8,
)


_PIECES = """
    AND OR NOT AND OR NEAR/3 ONEAR/2 ATLEAST/2( FIRST/9( ( ) ( ) " " “ ” "x" !"Y*" ! * ~ ^ ^2 - / : title: lang: source:
    iptc: or NEAR FIRST a oil tanker ban* *ban *ban* ~ship !NASA "cap" *.example medtop:1 AND/OR ＯＲ 制裁 制* Straße
"""
query_texts = st.lists(
    st.tuples(st.sampled_from(_PIECES.split()) | st.text(max_size=2), st.sampled_from(["", " ", " ", "\n"])).map(
        "".join
    ),
    max_size=9,
).map("".join)
"""Texts that are queries now and then: operators, marks and words, with spaces and without."""


def _texts(words: st.SearchStrategy[str], max_size: int) -> st.SearchStrategy[str]:
    piece = st.tuples(words | st.text(max_size=2), st.sampled_from(SPACES)).map("".join)
    return st.lists(piece, max_size=max_size).map("".join)


def documents_of(words: st.SearchStrategy[str]) -> st.SearchStrategy[Document]:
    """Documents over some words."""
    return st.builds(
        Document,
        title=_texts(words, 5),
        body=_texts(words, 16) | _texts(words, 16) | _texts(words, 2).map(lambda text: text * 60),
        lang=st.sampled_from(LANGUAGES),
        source=st.sampled_from(SOURCES),
        country=st.sampled_from([None, "DE", "FR"]),
        topics=st.lists(st.sampled_from(TOPICS), unique=True).map(tuple),
        iptc=st.sampled_from([(), ("medtop:20000640",)]),
    )


documents = documents_of(_words)


@st.composite
def rules_and_articles(draw: st.DrawFn) -> tuple[list[Query], list[Document]]:
    """Queries, and documents made of what they look for."""
    rules = draw(st.lists(queries, min_size=1, max_size=6))
    ends = ("", "s", "schaft")
    wanted = [term.text.replace("*", end) for query in rules for term in terms_of(query) for end in ends]
    longer = st.sampled_from(wanted) | st.tuples(st.sampled_from(["", "in"]), st.sampled_from(wanted), _words).map(
        "".join
    )
    return rules, draw(st.lists(documents_of(longer), min_size=1, max_size=3))


_INFLECTED = {"sanction": "en", "Gipfel": "de", "санкция": "ru"}
INFLECTED_WORDS = [(word, language) for word in _INFLECTED for language in _INFLECTED.values()]
languages = st.sets(st.sampled_from(["de", "en", "ru"]), max_size=2).map(frozenset)
_inflected_words = st.sampled_from([Term(word, forms=True) for word in _INFLECTED])
_languages = st.sampled_from(["de", "en", "ru"]).map(Term)
_asked_languages = (_languages | st.builds(lambda *both: Or(both), _languages, _languages)).map(
    lambda asked: Field("lang", asked)
)
_asked_words = st.builds(lambda *both: And(both), _asked_languages, _inflected_words)
inflected_queries: st.SearchStrategy[Query] = st.recursive(
    _inflected_words
    | _asked_languages
    | _asked_words
    | _asked_words
    | st.builds(Field, st.just("title"), _inflected_words),
    lambda inner: (
        _conjunctions(inner) | _conjunctions(inner) | _disjunctions(inner) | st.builds(First, st.just(3), inner)
    ),
    max_leaves=6,
)
inflected_documents = st.builds(
    Document,
    title=st.sampled_from(["", "Sanctions", "Gipfels"]),
    body=st.lists(st.sampled_from(["sanctions", "Gipfels", "санкций"]), max_size=2).map(" ".join),
    lang=st.sampled_from(["de", "en", "ru"]),
)
"""With forms of the words, and without the words themselves."""

_counted_words = st.sampled_from([Term("oil"), Term("gas"), Term("oil", "prefix"), Term("gas oil", phrase=True)])
counted_queries = st.builds(
    AtLeast,
    st.integers(1, 3),
    st.recursive(
        _counted_words | _nears(_counted_words | _disjunctions(_counted_words)),
        lambda inner: st.one_of(
            _conjunctions(inner),
            _disjunctions(inner),
            st.builds(Field, _fields, inner),
            st.builds(First, st.integers(2, 9), inner),
        ),
        max_leaves=4,
    ),
)
counted_documents = st.builds(
    lambda title, body: Document(title=title, body=body),
    *(st.lists(st.sampled_from(["oil", "gas", "oilman", "a"]), max_size=size).map(" ".join) for size in (3, 9)),
)

_UNSPACED = "制裁 限制裁员 制裁员 限制裁 制 裁 经济制裁 峰会 サミット ミット G7サミット 経済制裁を ประชุม G7"
_unspaced = st.sampled_from(_UNSPACED.split())
unspaced_terms = st.builds(
    Term,
    _unspaced | st.tuples(_unspaced, _unspaced).map("".join),
    st.sampled_from(WILDCARDS),
    phrase=st.booleans(),
    exact=st.booleans(),
)
unspaced_documents = documents_of(_unspaced)
