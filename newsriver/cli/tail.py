"""`newsriver tail`: what goes by on a stream."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsriver.cli.context import AsJson, of, run_async
from newsriver.cli.output import write_json, write_line
from newsriver.errors import UsageError

if TYPE_CHECKING:
    from newsriver.kafka.reading import Start
    from newsriver.settings import Settings


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
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--from is neither beginning nor latest nor a time: {text}") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


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
    from newsriver.kafka.reading import read

    wanted = _filter(topic, match)
    async with connected(settings, start=not follow) as access:
        stream = stream_named(name, access.names)
        async with aclosing(read(access.clients, access.names.stream(stream), start, follow=follow)) as records:
            async for record in records:
                event: dict[str, Any] = {} if record.value is None else orjson.loads(record.value)
                if not wanted(event):
                    continue
                if as_json:
                    write_json(event if event else {"key": (record.key or b"").decode(), "deleted": True})
                else:
                    write_line(_line(event, record.key))


def _filter(topic: str | None, match: str | None) -> Any:
    from consumers.matching.document import Document
    from consumers.matching.engine import Engine
    from consumers.matching.parser import QuerySyntaxError, parse

    try:
        engine = None if match is None else Engine({"query": parse(match)})
    except QuerySyntaxError as error:
        raise UsageError(f"--match: {error}") from error

    def wanted(event: dict[str, Any]) -> bool:
        topics = [found.get("topic_id") for found in event.get("topics") or () if isinstance(found, dict)]
        if topic is not None and topic not in topics:
            return False
        if engine is None:
            return True
        document = Document(
            title=event.get("title") or "",
            body=event.get("body") or event.get("summary") or "",
            lang=event.get("language") or "und",
            source=event.get("source") or "",
            topics=tuple(filter(None, topics)),
        )
        return bool(engine.match(document))

    return wanted


def _line(event: dict[str, Any], key: bytes | None) -> str:
    """One line for people: when, where from, what, and the topics."""
    if not event:
        return f"- {(key or b'').decode(errors='replace')}"
    topics = " ".join(
        f"{found['topic_id']}:{found['label']}" for found in event.get("topics") or () if isinstance(found, dict)
    )
    where = event.get("source") or event.get("feed_id") or event.get("stage") or ""
    what = event.get("title") or event.get("url") or event.get("detail") or event.get("rule_id") or event.get("id")
    change = f" [{event['kind']} {event['revision']}]" if event.get("revision", 1) > 1 else ""
    return f"{event['emitted_at'][11:19]} {event.get('language') or '':3} {where:24} {what}{change}  {topics}".rstrip()
