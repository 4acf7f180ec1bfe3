"""Watching a river from outside: what comes by on its public streams, kept and shown."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from newsriver.cli.connect import Access
from newsriver.kafka.reading import read
from newsriver.sample.observed import Observed
from schemas.codec import decode
from schemas.events import AlertRaised, Article, DuplicateFound, PollCompleted, StoryUpdated
from schemas.streams import ALERTS, ARTICLES, DUPLICATES, POLLS, STORIES, Stream

Write = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What has come by."""

    articles: list[Article] = field(default_factory=list)
    stories: list[StoryUpdated] = field(default_factory=list)
    duplicates: list[DuplicateFound] = field(default_factory=list)
    alerts: list[AlertRaised] = field(default_factory=list)
    polls: list[PollCompleted] = field(default_factory=list)

    def observed(self) -> Observed:
        return Observed(self.articles, self.stories, self.duplicates, self.alerts, self.polls)


def witnesses(access: Access, seen: Seen, write: Write) -> list["Witness"]:
    """A witness of each of the streams that `seen` keeps."""
    watched: list[tuple[Stream[Any], list[Any]]] = [
        (ARTICLES, seen.articles),
        (STORIES, seen.stories),
        (DUPLICATES, seen.duplicates),
        (ALERTS, seen.alerts),
        (POLLS, seen.polls),
    ]
    return [Witness(access, stream, kept, write) for stream, kept in watched]


class Witness:
    """Reads one stream of the river as any subscriber would, keeps what comes and shows it."""

    def __init__(self, access: Access, stream: Stream[Any], kept: list[Any], write: Write) -> None:
        self.name = f"watching {stream.name}"
        self._access = access
        self._stream = stream
        self._kept = kept
        self._write = write

    async def run(self, stop: asyncio.Event) -> None:
        reading = asyncio.create_task(self._read())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (reading, stopping):
            task.cancel()
        for outcome in await asyncio.gather(reading, stopping, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome

    async def _read(self) -> None:
        name = self._access.names.stream(self._stream)
        async with aclosing(read(self._access.clients, name, "beginning", follow=True)) as records:
            async for record in records:
                if record.value is None:
                    continue
                event = decode(record.value, self._stream.event)
                self._kept.append(event)
                line = _line(event)
                if line is not None:
                    self._write({"line": line, "stream": self._stream.name, "id": event.id})


def _line(event: Any) -> str | None:
    match event:
        case Article():
            topics = " ".join(f"{t.topic_id}" if t.label == "about" else f"({t.topic_id})" for t in event.topics)
            change = "" if event.revision == 1 else f" [revision {event.revision}, {event.kind}]"
            return f"article  {event.language}  {event.title[:70]}{change}  {topics}".rstrip()
        case DuplicateFound():
            return f"copy     {event.language}  {event.title[:60]}  = {event.canonical_url}"
        case AlertRaised():
            return f"ALERT    {event.severity}  {event.title}: {event.summary[:60]} ({event.source}, {event.language})"
        case PollCompleted() if event.outcome in ("failed", "gone"):
            return f"poll     {event.url}  {event.error} {event.http_status or ''}  next {event.next_due_at:%H:%M:%S}"
    return None
