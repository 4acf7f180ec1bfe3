"""`newsriver tail`: what goes by on a stream."""

from collections.abc import Callable
from datetime import UTC
from typing import TYPE_CHECKING, Annotated

import typer

from newsriver.cli.context import AsJson, of, run_async
from newsriver.cli.output import write_json, write_line
from newsriver.cli.times import moment
from newsriver.errors import UsageError

if TYPE_CHECKING:
    from newsriver.kafka.reading import Start
    from newsriver.settings import Settings
    from schemas.events import Event


def tail(
    context: typer.Context,
    stream: Annotated[str, typer.Argument(help="A stream, as in `newsriver streams list`.")] = "articles",
    topic: Annotated[str | None, typer.Option(help="Only articles with this topic.")] = None,
    match: Annotated[str | None, typer.Option(help="Only articles that match this query.")] = None,
    start: Annotated[str, typer.Option("--from", help="beginning, latest, or an ISO 8601 time.")] = "latest",
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Go on for ever, or stop at the end.")] = True,
    as_json: AsJson = False,
) -> None:
    """Show the events of a stream as they come."""
    run_async(_tail(of(context).tool(), stream, topic, match, _start(start), follow=follow, as_json=as_json))


def _start(text: str) -> "Start":
    if text == "beginning":
        return "beginning"
    if text == "latest":
        return "latest"
    return moment(text, "--from")


async def _tail(
    settings: "Settings",
    name: str,
    topic: str | None,
    match: str | None,
    start: "Start",
    *,
    follow: bool,
    as_json: bool,
) -> None:
    from contextlib import aclosing

    import orjson

    from newsriver.cli.catalogue import stream_named
    from newsriver.cli.connect import connected
    from newsriver.cli.records import readable
    from newsriver.kafka.reading import read

    wanted = _filter(topic, match)
    async with connected(settings, start=not follow) as access:
        stream = stream_named(name, access.names)
        async with aclosing(read(access.clients, access.names.stream(stream), start, follow=follow)) as records:
            async for record in records:
                event = readable(record, stream.event)
                if record.value is None:
                    if topic is None and match is None:
                        _write_tombstone((record.key or b"").decode(errors="replace"), as_json=as_json)
                elif event is not None and wanted(event):
                    if as_json:
                        write_json(orjson.loads(record.value))  # with the fields that this version does not know
                    else:
                        write_line(_line(event))


def _write_tombstone(key: str, *, as_json: bool) -> None:
    if as_json:
        write_json({"key": key, "deleted": True})
    else:
        write_line(f"- {key}")


def _filter(topic: str | None, match: str | None) -> "Callable[[Event], bool]":
    matches = None if match is None else _matcher(match)

    def wanted(event: "Event") -> bool:
        return (topic is None or topic in _topics(event)) and (matches is None or matches(event))

    return wanted


def _matcher(query: str) -> "Callable[[Event], bool]":
    from consumers.matching.document import Document, document_of
    from consumers.matching.engine import Engine
    from consumers.matching.parser import QuerySyntaxError, parse
    from schemas.events import Article

    try:
        engine = Engine({"query": parse(query)})
    except QuerySyntaxError as error:
        raise UsageError(f"--match: {error}") from error

    def document(event: "Event") -> Document:
        """An article as alert rules see it, and of any other event what it has of one."""
        if isinstance(event, Article):
            return document_of(event)
        return Document(
            title=_first(event, "title"),
            body=_first(event, "body", "summary"),
            lang=_first(event, "language") or "und",
            source=_first(event, "source"),
            country=_first(event, "country") or None,
            topics=tuple(_topics(event)),
        )

    return lambda event: bool(engine.match(document(event)))


def _topics(event: "Event") -> dict[str, str]:
    """The topics of an event, each with its label, which is empty where the event merely names them."""
    return {getattr(topic, "topic_id", topic): getattr(topic, "label", "") for topic in getattr(event, "topics", ())}


def _line(event: "Event") -> str:
    """One line for people: when, where from, what, and the topics."""
    topics = " ".join(f"{topic}:{label}" if label else topic for topic, label in _topics(event).items())
    where = _first(event, "source", "feed_id", "stage")
    what = _first(event, "title", "url", "detail", "rule_id", "id")
    revision = getattr(event, "revision", 1)
    change = f" [{_first(event, 'kind')} {revision}]" if revision > 1 else ""
    time = event.emitted_at.astimezone(UTC)
    return f"{time:%H:%M:%S} {_first(event, 'language'):3} {where:24} {what}{change}  {topics}".rstrip()


def _first(event: "Event", *names: str) -> str:
    """The first of these fields that the event has and that says something."""
    return next((str(value) for name in names if (value := getattr(event, name, None))), "")
