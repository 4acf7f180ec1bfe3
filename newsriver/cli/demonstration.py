"""The demo itself, which is also the end-to-end test: newsroom, river, what was seen and stored, what is different."""

import asyncio
import shlex
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from importlib.resources import files
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from newsriver.cli.catalogue import ALL
from newsriver.cli.connect import Access, connected
from newsriver.cli.river import apply_rules, prepare_streams, run_stages
from newsriver.cli.rulefiles import load_rules, packaged
from newsriver.cli.witness import Seen, Write, witnesses
from newsriver.clock import SystemClock
from newsriver.errors import NewsriverError
from newsriver.kafka.removal import remove_river
from newsriver.kafka.writing import put
from newsriver.lifecycle import Service
from newsriver.sample.content import ACTS
from newsriver.sample.expectations import differences, storage_differences
from newsriver.sample.newsroom import Newsroom
from newsriver.sample.observed import Observed, StoredArticle, read_stored
from newsriver.settings import Settings
from schemas.events import Feed
from schemas.identity import feed_id
from schemas.streams import FEEDS

ACT_SECONDS = 8.0
SETTLE_SECONDS = 1.0
DRAIN_SECONDS = 8.0
"""What the stages may take to finish what is under way."""
END_SECONDS = DRAIN_SECONDS + 3
"""What they may take to end, those included that have to be cut off."""
TIDY_SECONDS = 4.0
"""What it may then take to delete the demo's streams, or to stop the embedded broker."""


def demo_settings(settings: Settings, directory: Path) -> Settings:
    """The given settings, made quick and kept to loopback; on a configured broker under names of their own."""
    own = "demo-" + uuid.uuid4().hex[:8]
    changes: dict[str, Any] = {
        "app": own,
        "stream_prefix": own,
        "data_dir": directory,
        "partitions": 2,
        "shutdown_s": DRAIN_SECONDS,
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
    """Run the river on the newsroom until all is as published, in streams and in storage; gives what is different.

    It is over after `seconds`, from the start of the broker to the tidying up, whatever hangs.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    end = started + seconds - TIDY_SECONDS
    quick = demo_settings(settings, directory or Path(tempfile.mkdtemp(prefix="newsriver-demo-")))
    room, seen = Newsroom(SystemClock().now()), Seen()
    failures = await _run(quick, room, seen, end, write)
    found = failures + _differences(room, seen, quick.sqlite_path)
    summary = _summary(seen, read_stored(quick.sqlite_path), loop.time() - started)
    further = f"NEWSRIVER_SINK__SQLITE_PATH={_quoted(quick.sqlite_path)} {_this_command()} search --topic sanctions"
    lines = (_summary_text(summary), f"look further: {further}", f"and be rid of it: rm -r {_quoted(quick.data_dir)}")
    write({"line": "\n".join(lines), "summary": summary, "differences": found, "look_further": further})
    return found


async def _run(quick: Settings, room: Newsroom, seen: Seen, end: float, write: Write) -> list[str]:
    """Run broker, newsroom and river until all is well or the loop's time is `end`; gives what failed."""
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout_at(end) as limit:
                access = await stack.enter_async_context(connected(quick, start=True, alone=True, stop_s=TIDY_SECONDS))
                if access.started is None:
                    stack.push_async_callback(_remove, access, write)
                await stack.enter_async_context(room)
                return await _flow(quick, access, room, seen, end - END_SECONDS, write)
        except TimeoutError:
            if not limit.expired():
                raise
    return ["the river had to be cut off"]


async def _flow(quick: Settings, access: Access, room: Newsroom, seen: Seen, until: float, write: Write) -> list[str]:
    """Run the river until all is well or the loop's time is `until`; gives what failed."""
    broker = "the embedded broker" if access.started is not None else "Kafka"
    write({"line": f"{len(room.feeds)} made-up outlets on {room.home('ostwind')} and beside; {broker} at "
           f"{access.bootstrap_servers}", "outlets": len(room.feeds), "river": quick.app})  # fmt: skip
    await prepare_streams(quick, access)
    alerts = load_rules([Path(str(files("newsriver.sample") / "alerts.yaml"))])
    await apply_rules(access, [*packaged(), *alerts], {}, SystemClock())
    await subscribe(access, room)
    director = _Director(room, lambda: _differences(room, seen, quick.sqlite_path), until, write)
    beside: list[Service] = [director, *witnesses(access, seen, write)]
    try:
        await run_stages(ALL, quick, access, write_line=lambda line: None, beside=beside)
    except NewsriverError as error:
        return [str(error)]
    return []


async def _remove(access: Access, write: Write) -> None:
    """Leave nothing on a broker that stays."""
    try:
        async with asyncio.timeout(TIDY_SECONDS):
            await remove_river(access.clients, access.names)
    except (NewsriverError, TimeoutError) as error:
        why = str(error) or "it takes too long"
        write({"line": f"--- streams and groups {access.names.app}.* are left on the broker: {why}"})


def _differences(room: Newsroom, seen: Seen, database: Path) -> list[str]:
    observed = seen.observed()
    return differences(room, observed) + storage_differences(room, observed, read_stored(database))


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


class _Director:
    """Moves the newsroom through its acts, and ends when all that it published has come, or the time is over."""

    name = "newsroom"

    def __init__(self, room: Newsroom, differences: Callable[[], list[str]], until: float, write: Write) -> None:
        self._room = room
        self._differences = differences
        self._until = until
        self._write = write

    async def run(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        next_act = loop.time() + ACT_SECONDS
        good_since: float | None = None
        while not stop.is_set() and loop.time() < self._until:
            await asyncio.sleep(0.25)
            if self._room.act < ACTS:
                if loop.time() >= next_act:
                    next_act = loop.time() + ACT_SECONDS
                    act = self._room.advance()
                    self._write({"line": f"--- act {act} of {ACTS}: the newsroom publishes and corrects", "act": act})
                continue
            if self._differences():
                good_since = None
            elif good_since is None:
                good_since = loop.time()
            elif loop.time() - good_since >= SETTLE_SECONDS:  # nothing more came that would spoil it
                return


def _summary(seen: Seen, stored: Observed, seconds: float) -> dict[str, Any]:
    articles = [article for article in stored.articles if isinstance(article, StoredArticle)]
    latencies = sorted((a.stored_at - a.discovered_at).total_seconds() for a in articles if a.revision == 1)
    return {
        "seconds": round(seconds, 1),
        "polls": len(seen.polls),
        "articles": len({article.article_id for article in articles}),
        "duplicates": len(seen.duplicates),
        "revisions": sum(article.revision > 1 for article in seen.articles),
        "stories": len({article.story_id for article in seen.articles}),
        "topics": len({topic.topic_id for article in seen.articles for topic in article.topics}),
        "alerts": len(seen.alerts),
        "latency_p50_s": _quantile(latencies, 0.5),
        "latency_p99_s": _quantile(latencies, 0.99),
    }


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) if ordered else None


def _summary_text(summary: dict[str, Any]) -> str:
    return (
        f"--- {summary['seconds']} s: {summary['polls']} polls, {summary['articles']} articles stored, "
        f"{summary['duplicates']} copies, {summary['revisions']} revisions, {summary['stories']} stories, "
        f"{summary['topics']} topics, {summary['alerts']} alerts; from discovery to storage p50 "
        f"{summary['latency_p50_s']} s, p99 {summary['latency_p99_s']} s"
    )


def _this_command() -> str:
    """How a shell calls this program from here: by its name if that leads to it, otherwise by its path."""
    called = Path(sys.argv[0])
    found = shutil.which(called.name)
    by_name = found is not None and called.exists() and Path(found).samefile(called)
    return called.name if by_name else _quoted(called)


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
