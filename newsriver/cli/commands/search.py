"""`newsriver search`: find articles in what the SQLite sink has stored."""

from typing import Annotated, Any

import typer

from newsriver.cli.context import AsJson, of
from newsriver.cli.output import write_rows
from newsriver.errors import NotFoundError


def search(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help='Words, "phrases", begin*, AND, OR, NOT; the newest without any.')] = "",
    topic: Annotated[str | None, typer.Option(help="Only articles with this topic.")] = None,
    language: Annotated[str | None, typer.Option(help="Only articles in this language (ISO 639-1).")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at the most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Find articles. Exit status 3 when there are none."""
    from dataclasses import asdict

    from consumers.sinks.search import ArticleSearch

    hits = ArticleSearch(of(context).tool().sqlite_path).search(query, topic=topic, language=language, limit=limit)
    rows: list[dict[str, Any]] = [asdict(hit) for hit in hits]
    if not write_rows(rows, ("language", "title", "source", "topics", "snippet"), as_json=as_json):
        raise NotFoundError("nothing was found")
