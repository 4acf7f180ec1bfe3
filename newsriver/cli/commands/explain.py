"""`newsriver explain`: which rules an article matches and why, or what it misses."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsriver.cli.context import AsJson, of, run_async
from newsriver.cli.output import write_json, write_line, write_marked
from newsriver.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from newsriver.cli.connect import Access
    from newsriver.cli.rulefiles import LoadedRule
    from newsriver.cli.verdicts import Subject
    from newsriver.settings import Settings


def explain(
    context: typer.Context,
    article: Annotated[str, typer.Argument(help="An article's id or URL.")],
    rule: Annotated[
        str | None, typer.Option(help="A topic or alert rule in force, or a rule file; else all that match.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which topics and alert rules match an article, with the passages; of one rule, why or what is missing."""
    from newsriver.cli.bootstrap import topic_classifier
    from newsriver.cli.verdicts import lines, matching, verdict

    try:
        article.encode()
    except UnicodeEncodeError as error:  # neither storage nor the log can be asked for bytes that are no UTF-8
        raise NotFoundError(f"there is no article {article}") from error
    settings = of(context).tool()
    classifier = topic_classifier(settings)
    subject, rules = run_async(_gathered(settings, article, rule))
    chosen = list(matching(rules, subject, classifier)) if rule is None else rules
    try:
        rows = [verdict(each, subject, classifier) for each in chosen]
    except ValueError as error:
        raise UsageError(str(error)) from error
    if as_json:
        for row in rows:
            write_json({"article_id": subject.article_id, "revision": subject.revision, "url": subject.url, **row})
        return
    document = subject.document
    write_line(f"{document.title}  ({document.source}, {document.lang}, revision {subject.revision}) {subject.url}")
    for row in rows:
        for line in lines(row, whole=rule is not None):
            write_marked(*line)
    if not rows:
        write_line("no topic and no alert rule in force matches; --rule says of one what is missing")


async def _gathered(
    settings: "Settings", article: str, rule: str | None
) -> "tuple[Subject, list[LoadedRule]]":  # fmt: skip
    """The article and the rules that are asked for. The broker is needed only for what is not in files."""
    from newsriver.cli.connect import connected

    subject = _stored(settings, article)
    rules = _of_file(rule)
    if subject is not None and rules is not None:
        return subject, rules
    async with connected(settings, start=True) as access:
        if subject is None:
            subject = await _on_stream(access, article)
        if rules is None:
            rules = await _in_force(access, rule)
    return subject, rules


def _of_file(rule: str | None) -> "list[LoadedRule] | None":
    from newsriver.cli.rulefiles import load_rules

    # unlike Path.is_file, this takes what no file can be called for no file
    return load_rules([Path(rule)]) if rule is not None and os.path.isfile(rule) else None


def _stored(settings: "Settings", article: str) -> "Subject | None":
    """The article as the SQLite sink has it, if there is one and it does."""
    from consumers.sinks.search import ArticleSearch
    from newsriver.cli.verdicts import Subject

    if not settings.sqlite_path.is_file():
        return None
    found = ArticleSearch(settings.sqlite_path).article(_id_of(article), article)
    return None if found is None else Subject.of(found)


async def _on_stream(access: "Access", article: str) -> "Subject":
    """The article as the stream has it, in its latest revision. Raises NotFoundError."""
    from contextlib import aclosing

    from newsriver.cli.records import readable
    from newsriver.cli.verdicts import Subject
    from newsriver.kafka.reading import read
    from schemas.events import Article
    from schemas.streams import ARTICLES

    key, text = _id_of(article).encode(), article.encode()
    found: Article | None = None
    async with aclosing(read(access.clients, access.names.stream(ARTICLES), "beginning", follow=False)) as records:
        async for record in records:
            if record.value is None or (record.key != key and text not in record.value):
                continue
            event = readable(record, Article)
            if event is not None and (record.key == key or article in (event.url, event.fetched_url)):
                found = event
    if found is None:
        raise NotFoundError(f"there is no article {article}, neither stored nor on the stream")
    return Subject.of(found)


async def _in_force(access: "Access", wanted: str | None) -> "list[LoadedRule]":
    """The rules in force: all of them, or those of that name, with or without its kind. Raises NotFoundError."""
    from newsriver.cli.rulefiles import LoadedRule
    from newsriver.cli.rulesource import rules_in_force

    rules = [
        LoadedRule(rule.kind, rule.rule_id.removeprefix(f"{rule.kind}."), rule.definition, rule.rule_id)
        for rule in (await rules_in_force(access)).values()
    ]
    found = [rule for rule in rules if wanted in (None, rule.rule_id, rule.where)]
    if wanted is not None and not found:
        raise NotFoundError(f"there is no rule {wanted} in force, and no such file; `newsriver rules list` shows them")
    return found


def _id_of(article: str) -> str:
    """The id that a URL has; anything else is an id already."""
    from schemas.errors import InvalidUrlError
    from schemas.identity import article_id

    try:
        return article_id(article)
    except InvalidUrlError:
        return article
