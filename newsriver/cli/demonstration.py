"""The demo itself, which is also the end-to-end test: newsroom, river, what was seen, what is different."""

import asyncio
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from newsriver.cli.catalogue import ALL
from newsriver.cli.connect import Access, connected
from newsriver.cli.river import apply_rules, prepare_streams, run_stages
from newsriver.cli.rulefiles import load_rules, packaged
from newsriver.clock import SystemClock
from newsriver.kafka.reading import read
from newsriver.kafka.writing import put
from newsriver.sample.content import ACTS
from newsriver.sample.expectations import Observed, differences
from newsriver.sample.newsroom import Newsroom
from newsriver.settings import Settings
from schemas.codec import decode
from schemas.events import AlertRaised, Article, DuplicateFound, Feed, PollCompleted
from schemas.identity import feed_id
from schemas.streams import ALERTS, ARTICLES, DUPLICATES, FEEDS, POLLS, Stream

ACT_SECONDS = 8.0
SETTLE_SECONDS = 1.0
Write = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class Seen:
    """What has come by."""

    articles: list[Article] = field(default_factory=list)
    duplicates: list[DuplicateFound] = field(default_factory=list)
    alerts: list[AlertRaised] = field(default_factory=list)
    polls: list[PollCompleted] = field(default_factory=list)

    def observed(self) -> Observed:
        return Observed(self.articles, self.duplicates, self.alerts, self.polls)


def demo_settings(settings: Settings, directory: Path) -> Settings:
    """The given settings, made quick and kept to loopback; on a configured broker under names of their own."""
    own = "demo-" + uuid.uuid4().hex[:8]
    changes: dict[str, Any] = {
        "app": own,
        "stream_prefix": own,
        "data_dir": directory,
        "partitions": 2,
        "http": settings.http.model_copy(update={"port": 0}),
        "fetch": settings.fetch.model_copy(
            update={"allow_networks": (IPv4Network("127.0.0.0/8"),), "host_delay_s": 0.02}
        ),
        "poll": settings.poll.model_copy(update={"min_interval_s": 2.0, "max_interval_s": 4.0}),
        "scrape": settings.scrape.model_copy(update={"recheck_s": (6.0,) * 20}),
        "sink": settings.sink.model_copy(update={"sqlite_path": None}),
    }
    return settings.model_copy(update=changes)


async def demonstrate(settings: Settings, seconds: float, write: Write, directory: Path | None = None) -> list[str]:
    """Run the river on the newsroom until all is as published or the time is over; gives what is different."""
    place = directory or Path(tempfile.mkdtemp(prefix="newsriver-demo-"))
    quick = demo_settings(settings, place)
    seen = Seen()
    started = asyncio.get_running_loop().time()
    async with connected(quick, start=True, alone=True) as access, Newsroom(SystemClock().now()) as room:
        broker = "the embedded broker" if access.started is not None else "Kafka"
        write({"line": f"{len(room.feeds)} made-up outlets on {room.home('ostwind')} and beside; {broker} at "
               f"{access.bootstrap_servers}", "outlets": len(room.feeds)})  # fmt: skip
        await prepare_streams(quick, access)
        alerts = load_rules([Path(str(files("newsriver.sample") / "alerts.yaml"))])
        await apply_rules(access, [*packaged(), *alerts], SystemClock())
        await subscribe(access, room)
        director = _Director(room, seen, seconds, write)
        watchers = [_Watcher(access, stream, kept, write) for stream, kept in _watched(seen)]
        await run_stages(ALL, quick, access, write_line=lambda line: None, beside=[director, *watchers])
        found = differences(room, seen.observed())
    database = quick.sqlite_path
    summary = _summary(seen, database, asyncio.get_running_loop().time() - started)
    write({"line": _summary_text(summary, database), "summary": summary, "differences": found})
    if not found and directory is None and settings.kafka.bootstrap_servers is not None:
        shutil.rmtree(place, ignore_errors=True)
    return found


async def subscribe(access: Access, room: Newsroom) -> None:
    """Put all feeds of the newsroom into the catalogue."""
    now = SystemClock().now()
    feeds = [
        Feed(
            id=feed_id(feed.url), emitted_at=now, feed_id=feed_id(feed.url), url=feed.url, title=feed.outlet,
            language=feed.language,
        )
        for feed in room.feeds
    ]  # fmt: skip
    await put(access.clients, access.names, FEEDS, feeds, "demo")


def _watched(seen: Seen) -> list[tuple[Stream[Any], list[Any]]]:
    return [(ARTICLES, seen.articles), (DUPLICATES, seen.duplicates), (ALERTS, seen.alerts), (POLLS, seen.polls)]


class _Director:
    """Moves the newsroom through its acts, and ends when all that it published has come, or the time is over."""

    name = "newsroom"

    def __init__(self, room: Newsroom, seen: Seen, seconds: float, write: Write) -> None:
        self._room = room
        self._seen = seen
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._write = write

    async def run(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        next_act = loop.time() + ACT_SECONDS
        good_since: float | None = None
        while not stop.is_set() and loop.time() < self._deadline:
            await asyncio.sleep(0.25)
            if self._room.act < ACTS:
                if loop.time() >= next_act:
                    next_act = loop.time() + ACT_SECONDS
                    act = self._room.advance()
                    self._write({"line": f"--- act {act} of {ACTS}: the newsroom publishes and corrects", "act": act})
                continue
            if differences(self._room, self._seen.observed()):
                good_since = None
            elif good_since is None:
                good_since = loop.time()
            elif loop.time() - good_since >= SETTLE_SECONDS:  # nothing more came that would spoil it
                return


class _Watcher:
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


def _summary(seen: Seen, database: Path, seconds: float) -> dict[str, Any]:
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(
            "SELECT r.discovered_at, r.stored_at FROM revisions r WHERE r.revision = 1 AND r.kind = 'new'"
        ).fetchall()
        stored = connection.execute("SELECT count(*) FROM articles").fetchone()[0]
    latencies = sorted((_moment(done) - _moment(found)).total_seconds() for found, done in rows)
    return {
        "seconds": round(seconds, 1),
        "polls": len(seen.polls),
        "articles": stored,
        "duplicates": len(seen.duplicates),
        "revisions": sum(article.revision > 1 for article in seen.articles),
        "stories": len({article.story_id for article in seen.articles}),
        "topics": len({topic.topic_id for article in seen.articles for topic in article.topics}),
        "alerts": len(seen.alerts),
        "latency_p50_s": _quantile(latencies, 0.5),
        "latency_p99_s": _quantile(latencies, 0.99),
    }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) if ordered else None


def _summary_text(summary: dict[str, Any], database: Path) -> str:
    return (
        f"--- {summary['seconds']} s: {summary['polls']} polls, {summary['articles']} articles stored, "
        f"{summary['duplicates']} copies, {summary['revisions']} revisions, {summary['stories']} stories, "
        f"{summary['topics']} topics, {summary['alerts']} alerts; from discovery to storage p50 "
        f"{summary['latency_p50_s']} s, p99 {summary['latency_p99_s']} s. Look further: "
        f"NEWSRIVER_DATA_DIR={database.parent} newsriver search --topic sanctions"
    )
