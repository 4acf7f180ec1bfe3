"""`newsriver feeds`: the catalogue of subscriptions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsriver.cli.context import AsJson, of, run_async
from newsriver.cli.output import write_line, write_rows
from newsriver.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from newsriver.settings import Settings

app = typer.Typer(help="Add, import, list and check feeds.", no_args_is_help=True)


@app.command()
def add(
    context: typer.Context,
    urls: Annotated[list[str], typer.Argument(help="Addresses of feeds or news sitemaps.")],
    language: Annotated[str | None, typer.Option(help="The feed's language, where it names none itself.")] = None,
    country: Annotated[str | None, typer.Option(help="The outlet's country.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A label of your own; may be repeated.")] = None,
) -> None:
    """Subscribe to feeds. A feed that is there already is updated."""
    feeds = [{"url": url, "language": language, "country": country, "tags": tuple(tag or ())} for url in urls]
    count = run_async(_put(of(context).tool(), feeds))
    write_line(f"{count} feeds subscribed")


@app.command("import")
def import_(context: typer.Context, opml: Annotated[list[Path], typer.Argument(help="OPML files.")]) -> None:
    """Subscribe to all feeds of OPML files."""
    from producers.feeds.opml import OpmlError, read_opml

    outlines = []
    for file in opml:
        try:
            outlines += read_opml(file.read_bytes())
        except (OSError, OpmlError) as error:
            raise UsageError(f"{file}: {error}") from error
    feeds = [{"url": o.url, "title": o.title, "tags": o.categories} for o in outlines]
    count = run_async(_put(of(context).tool(), feeds))
    write_line(f"{count} feeds subscribed")


@app.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """The feeds that are subscribed."""
    rows = run_async(_list(of(context).tool()))
    write_rows(rows, ("url", "title", "language", "country", "tags"), as_json=as_json)


@app.command()
def remove(context: typer.Context, urls: Annotated[list[str], typer.Argument(help="Addresses of feeds.")]) -> None:
    """End subscriptions."""
    count = run_async(_remove(of(context).tool(), urls))
    write_line(f"{count} feeds removed")


@app.command()
def check(context: typer.Context, url: str, as_json: AsJson = False) -> None:
    """Fetch a feed as the poller would and say what is in it. Exit status 3 if it is none."""
    rows = run_async(_check(of(context).tool(), url))
    write_rows(rows, ("published", "title", "link"), as_json=as_json)


async def _put(settings: "Settings", feeds: list[dict[str, Any]]) -> int:
    from newsriver.cli.connect import connected
    from newsriver.cli.river import prepare_streams
    from newsriver.clock import SystemClock
    from newsriver.kafka.writing import put
    from schemas.errors import InvalidUrlError
    from schemas.events import Feed
    from schemas.identity import canonical_url, feed_id
    from schemas.streams import FEEDS

    now = SystemClock().now()
    events: dict[str, Feed] = {}
    for feed in feeds:
        try:
            canonical_url(feed["url"])
        except InvalidUrlError as error:
            raise UsageError(str(error)) from error
        identity = feed_id(feed["url"])
        events[identity] = Feed(id=identity, emitted_at=now, feed_id=identity, **feed)
    async with connected(settings, start=True) as access:
        if access.started is not None:
            await prepare_streams(settings, access)
        return await put(access.clients, access.names, FEEDS, events.values(), "feeds")


async def _list(settings: "Settings") -> list[dict[str, Any]]:
    from newsriver.cli.connect import connected
    from newsriver.kafka.reading import snapshot
    from schemas.codec import decode
    from schemas.events import Feed
    from schemas.streams import FEEDS

    async with connected(settings, start=True) as access:
        records = await snapshot(access.clients, access.names.stream(FEEDS))
    feeds = [decode(record.value, Feed) for record in records.values() if record.value is not None]
    return [
        {
            "feed_id": feed.feed_id,
            "url": feed.url,
            "title": feed.title,
            "language": feed.language,
            "country": feed.country,
            "tags": feed.tags,
        }
        for feed in sorted(feeds, key=lambda feed: feed.url)
    ]


async def _remove(settings: "Settings", urls: list[str]) -> int:
    from newsriver.cli.connect import connected
    from newsriver.kafka.reading import snapshot
    from newsriver.kafka.writing import put_raw
    from schemas.identity import feed_id
    from schemas.streams import FEEDS

    async with connected(settings, start=True) as access:
        present = await snapshot(access.clients, access.names.stream(FEEDS))
        missing = [url for url in urls if feed_id(url) not in present]
        if missing:
            raise NotFoundError(f"not subscribed: {', '.join(missing)}")
        return await put_raw(access.clients, [present[feed_id(url)]._replace(value=None, headers=()) for url in urls])


async def _check(settings: "Settings", url: str) -> list[dict[str, Any]]:
    from newsriver.clock import SystemClock
    from producers.feeds.document import NotAFeedError
    from producers.feeds.parse import parse_feed
    from producers.http.client import ACCEPT_FEED, Fetcher, Limits
    from producers.http.errors import FetchError

    fetch = settings.fetch
    limits = Limits(fetch.connect_timeout_s, fetch.read_timeout_s, fetch.total_timeout_s, fetch.max_bytes)
    try:
        async with Fetcher(user_agent=fetch.agent, limits=limits, allowed_networks=fetch.allow_networks) as fetcher:
            response = await fetcher.fetch(url, accept=ACCEPT_FEED)
        if response.status != 200:
            raise NotFoundError(f"{url}: HTTP {response.status}")
        parsed = parse_feed(response.body, response.url, response.headers.get("content-type"), SystemClock().now())
    except (FetchError, NotAFeedError) as error:
        raise NotFoundError(f"{url}: {error}") from error
    return [
        {"published": entry.published, "title": entry.title, "link": entry.link, "guid": entry.guid}
        for entry in parsed.entries
    ]
