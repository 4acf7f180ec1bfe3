"""The same queries on tantivy: an index in memory for each document, in which all queries are run one by one."""

from collections.abc import Mapping

from tantivy import Document as Indexed
from tantivy import Index, Occur, SchemaBuilder
from tantivy import Query as Searched

from consumers.matching.document import Document
from consumers.matching.query import And, Field, Near, Not, Or, Query, Term
from consumers.matching.text import words_of

SCHEMA = SchemaBuilder().add_text_field("title").add_text_field("text").build()
SMALLEST_HEAP = 15_000_000


def matches(document: Document, queries: Mapping[str, Searched]) -> list[str]:
    """The rules that match."""
    index = Index(SCHEMA)
    writer = index.writer(heap_size=SMALLEST_HEAP, num_threads=1)
    writer.add_document(Indexed(title=document.title, text=[document.title, document.body]))
    writer.commit()
    index.reload()
    searcher = index.searcher()
    return [rule_id for rule_id, query in queries.items() if searcher.search(query, limit=1, count=False).hits]


def means_the_same(query: Query) -> bool:
    """Whether tantivy is asked for the very same: slop is not quite a distance."""
    return not isinstance(query, Near)


def translated(query: Query, field: str = "text") -> Searched:
    """A query of the benchmark for tantivy. NEAR becomes phrases with that much slop, which is nearly the same."""
    match query:
        case Term(text, "prefix"):
            return Searched.regex_query(SCHEMA, field, f"{words_of(text)[0]}.*")
        case Term(text):
            words: list[str | tuple[int, str]] = [*words_of(text)]
            if len(words) > 1:
                return Searched.phrase_query(SCHEMA, field, words)
            return Searched.term_query(SCHEMA, field, words[0], "basic")
        case And(parts):
            return Searched.boolean_query(
                [
                    (Occur.MustNot, translated(part.inner, field))
                    if isinstance(part, Not)
                    else (Occur.Must, translated(part, field))
                    for part in parts
                ]
            )
        case Or(parts):
            return Searched.boolean_query([(Occur.Should, translated(part, field)) for part in parts])
        case Near(distance, _, left, right):
            pairs = [(one, other) for one in _alternatives(left) for other in _alternatives(right)]
            phrases: list[list[str | tuple[int, str]]] = [
                [*words_of(one.text), *words_of(other.text)] for one, other in pairs
            ]
            return Searched.boolean_query(
                [(Occur.Should, Searched.phrase_query(SCHEMA, field, words, slop=distance)) for words in phrases]
            )
        case Field(name, inner):
            return translated(inner, name)
        case _:
            raise ValueError(f"no query of the benchmark: {query}")


def _alternatives(query: Query) -> list[Term]:
    return [part for part in (query.parts if isinstance(query, Or) else (query,)) if isinstance(part, Term)]
