"""Real pages behind feeds on loopback: the river polls, scrapes and stores them, and what it stored is the text."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from html import escape
from pathlib import Path

import pytest
from aiohttp import web

from newsriver.cli.catalogue import ALL
from newsriver.cli.connect import connected
from newsriver.cli.demonstration import demo_settings
from newsriver.cli.river import prepare_streams, run_stages
from newsriver.clock import SystemClock
from newsriver.kafka.writing import put
from newsriver.settings import Settings
from schemas.events import Feed
from schemas.identity import feed_id
from schemas.streams import FEEDS
from tests.real_pages import PAGES, RealPages, four_gram_f1

pytestmark = [pytest.mark.data, pytest.mark.embedded, pytest.mark.timeout(400)]
HOSTS = 12


@asynccontextmanager
async def _outlets(pages: Mapping[str, bytes]) -> AsyncIterator[list[str]]:
    """Twelve sites on loopback, each with a feed of its share of the pages; gives the feeds' addresses."""
    shares = [dict(list(pages.items())[host::HOSTS]) for host in range(HOSTS)]
    async with AsyncExitStack() as stack:
        feeds = []
        for host, share in enumerate(shares):
            feeds.append(await _outlet(stack, f"127.0.1.{host + 1}", share))
        yield feeds


async def _outlet(stack: AsyncExitStack, address: str, share: Mapping[str, bytes]) -> str:
    async def page(request: web.Request) -> web.Response:
        body = share.get(request.match_info["name"])
        return web.Response(status=404) if body is None else web.Response(body=body, content_type="text/html")

    async def feed(request: web.Request) -> web.Response:
        home = f"http://{request.host}"
        items = "".join(
            f"<item><title>Piece {escape(name[:12])}</title><link>{home}/{name}</link><guid>{name}</guid>"
            f"<description>What the outlet itself says about this piece, number {name[:12]}.</description></item>"
            for name in share
        )
        text = f'<rss version="2.0"><channel><title>Outlet</title><link>{home}</link>{items}</channel></rss>'
        return web.Response(text=text, content_type="application/rss+xml")

    application = web.Application()
    application.router.add_get("/feed", feed)
    application.router.add_get("/{name}", page)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, address, 0)
    await site.start()
    port = runner.addresses[0][1]
    return f"http://{address}:{port}/feed"


class _UntilStored:
    """Ends the river when every page has been stored, or recognised as a copy, or the time is over."""

    name = "until stored"

    def __init__(self, database: Path, seconds: float) -> None:
        self._database = database
        self._seconds = seconds

    async def run(self, stop: asyncio.Event) -> None:
        until = time.monotonic() + self._seconds
        while not stop.is_set() and time.monotonic() < until:
            await asyncio.sleep(1)
            if sum(_counts(self._database)) >= PAGES:
                return


def _counts(database: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(database)) as connection:
        articles = connection.execute("SELECT count(*) FROM articles").fetchone()[0]
        return articles, connection.execute("SELECT count(DISTINCT article_id) FROM duplicates").fetchone()[0]


@pytest.mark.filterwarnings("default")
async def test_what_the_river_stores_of_real_pages_is_their_text(
    shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    pages = RealPages.load(shared_data("extraction/article-extraction-benchmark.tar.gz"))
    settings = demo_settings(Settings(), tmp_path)
    async with AsyncExitStack() as stack:
        access = await stack.enter_async_context(connected(settings, start=True, alone=True))
        urls = await stack.enter_async_context(_outlets(pages.html))
        await prepare_streams(settings, access)
        now = SystemClock().now()
        feeds = [Feed(id=feed_id(url), emitted_at=now, feed_id=feed_id(url), url=url) for url in urls]
        await put(access.clients, access.names, FEEDS, feeds, "test")
        waiting = _UntilStored(settings.sqlite_path, 300)
        await run_stages(ALL, settings, access, write_line=lambda line: None, beside=[waiting])
    articles, copies = _counts(settings.sqlite_path)
    assert articles + copies == PAGES
    with closing(sqlite3.connect(settings.sqlite_path)) as connection:
        stored = {url.rsplit("/", 1)[1]: body for url, body in connection.execute("SELECT url, body FROM articles")}
    scores = [four_gram_f1(text, stored.get(name, "")) for name, text in pages.text.items()]
    assert sum(scores) / len(scores) >= 0.95
