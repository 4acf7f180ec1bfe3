"""Searching what the SQLite sink has stored, beside a sink that goes on writing."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from consumers.sinks.errors import SearchError, StoreError
from schemas.codec import decode
from schemas.events import TopicMatch

_TOKEN = re.compile(r'"([^"]*)"(\*?)|([^\s"()]+)')
_OPERATORS = frozenset({"AND", "OR", "NOT"})

_SEARCH = """
SELECT a.article_id, a.revision, a.title, a.url, a.source, a.language, a.published_at, a.discovered_at, a.story_id,
       a.topics, {snippet} AS snippet
FROM {tables}
WHERE {conditions}
ORDER BY {order}
LIMIT :limit
"""
_ARTICLE = "SELECT article_id, revision, kind, url, source, title, body, language, country, topics FROM articles"
_SNIPPET = "snippet(articles_text, -1, :before, :after, '…', 24)"


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found. Times are ISO 8601 in UTC; `snippet` marks what matched."""

    article_id: str
    revision: int
    title: str
    url: str
    source: str
    language: str
    published_at: str | None
    discovered_at: str
    story_id: str | None
    topics: tuple[str, ...]
    snippet: str


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article with what rules ask about; `topics` as it was detected."""

    article_id: str
    revision: int
    kind: str
    url: str
    source: str
    title: str
    body: str
    language: str
    country: str | None
    topics: tuple[TopicMatch, ...]


class ArticleSearch:
    """A database of the SQLite sink, to read."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise SearchError(f"there is nothing to search yet: {path} does not exist; `newsriver up` makes it")
        self._path = path

    def search(
        self, query: str = "", *, topic: str | None = None, language: str | None = None, limit: int = 20,
        marks: tuple[str, str] = ("[", "]"),
    ) -> list[Hit]:  # fmt: skip
        """The articles that best match the query, or the newest without one.

        Words have all to be there unless joined by OR or NOT; `"in this order"` is a phrase, `sanct*` a beginning.
        """
        if query.strip():
            tables, order = "articles_text t JOIN articles a ON a.row_id = t.rowid", "bm25(articles_text, 3.0, 1.0)"
            conditions, snippet = ["articles_text MATCH :query"], _SNIPPET
        else:
            tables, order = "articles a", "a.discovered_at DESC, a.row_id DESC"
            conditions, snippet = ["1"], "substr(a.body, 1, 160)"
        if topic is not None:
            conditions.append("a.article_id IN (SELECT article_id FROM article_topics WHERE topic_id = :topic)")
        if language is not None:
            conditions.append("a.language = :language")
        values = {
            "query": match_expression(query), "topic": topic, "language": language, "limit": limit,
            "before": marks[0], "after": marks[1],
        }  # fmt: skip
        statement = _SEARCH.format(snippet=snippet, tables=tables, conditions=" AND ".join(conditions), order=order)
        with self._reading() as connection:
            return [_hit(row) for row in connection.execute(statement, values)]

    def article(self, article_id: str, url: str) -> FoundArticle | None:
        """The latest revision of the article of this id, or else of this URL."""
        with self._reading() as connection:
            for condition, value in (("article_id = ?", article_id), ("url = ?", url)):
                row = connection.execute(f"{_ARTICLE} WHERE {condition}", (value,)).fetchone()
                if row is not None:
                    columns = dict(row)
                    topics = decode(columns.pop("topics").encode(), tuple[TopicMatch, ...])
                    return FoundArticle(**columns, topics=topics)
        return None

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                connection.row_factory = sqlite3.Row
                yield connection
        except sqlite3.Error as error:
            if "fts5: syntax error" in str(error):
                raise SearchError(f"AND, OR and NOT stand between words or phrases: {error}") from error
            raise StoreError(f"cannot read {self._path}: {error}") from error


def match_expression(query: str) -> str:
    """An FTS5 expression for a query of words, "phrases", beginnings* and the operators AND, OR, NOT.

    Everything else is quoted, so that `U.S.` and `covid-19` are words and not syntax.
    """
    parts: list[str] = []
    for phrase, phrase_star, word in _TOKEN.findall(query):
        if word in _OPERATORS:
            parts.append(word)
        elif word.strip("*"):
            parts.append(f'"{word.rstrip("*")}"' + ("*" if word.endswith("*") else ""))
        elif phrase.strip():
            parts.append(f'"{phrase}"{phrase_star}')
    if not parts and query.strip():
        raise SearchError(f"there is no word to search for in {query!r}")
    return " ".join(parts)


def _hit(row: sqlite3.Row) -> Hit:
    columns = dict(row)
    topics = tuple(match["topic_id"] for match in orjson.loads(columns.pop("topics")))
    snippet = " ".join(columns.pop("snippet").split())
    return Hit(**columns, topics=topics, snippet=snippet)
