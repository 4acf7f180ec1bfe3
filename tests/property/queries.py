"""Strategies for queries of every kind over few words, and for documents that they have a chance to match."""

from hypothesis import strategies as st

from consumers.matching.document import Document
from consumers.matching.query import METADATA_FIELDS, And, AtLeast, Field, First, Near, Not, Or, Query, Term

WORDS = ("summit", "Summit", "tanker", "tankers", "port", "Öl", "straße", "STRASSE", "制裁", "裁员", "限制裁员", "x1")
VALUES = ("de", "en", "summit", "ostwind.example", "medtop:1")

_plain = st.builds(Term, st.sampled_from(WORDS), exact=st.booleans())
_wild = st.builds(
    Term, st.sampled_from(("tanker", "summ", "制裁", "straß")), st.sampled_from(("prefix", "suffix", "infix"))
)
_phrases = st.builds(Term, st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(" ".join), phrase=st.just(True))
_terms = _plain | _wild | _phrases


def _joined(parts: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several)


_near_sides = st.recursive(_terms, _joined, max_leaves=3)
_near = st.builds(Near, st.integers(0, 5), st.booleans(), _near_sides, _near_sides)
_value = st.builds(Term, st.sampled_from(VALUES), phrase=st.just(True))
_metadata = st.builds(Field, st.sampled_from(METADATA_FIELDS), st.recursive(_value, _joined, max_leaves=2))


def _grown(parts: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    excluding = st.builds(lambda wanted, unwanted: And((wanted, Not(unwanted))), parts, parts)
    return (
        _joined(parts)
        | excluding
        | st.builds(Field, st.sampled_from(("title", "lead", "body")), parts)
        | st.builds(AtLeast, st.integers(1, 3), parts)
        | st.builds(First, st.integers(1, 8), parts)
    )


queries: st.SearchStrategy[Query] = st.recursive(_terms | _near | _metadata, _grown, max_leaves=6)

_texts = st.lists(st.sampled_from((*WORDS, "and", "公司限制裁员", "supertankers.")), max_size=10).map(" ".join)
documents = st.builds(
    Document,
    title=_texts,
    body=_texts,
    lang=st.sampled_from(("de", "en")),
    source=st.sampled_from(("", "ostwind.example")),
    country=st.none() | st.sampled_from(("de", "en")),
    topics=st.sampled_from(((), ("summit",))),
    iptc=st.sampled_from(((), ("medtop:1",))),
)
