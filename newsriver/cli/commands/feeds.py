"""`newsriver feeds`: the catalogue of subscriptions."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsriver.cli.context import AsJson, of, run_async
from newsriver.cli.output import write_error, write_json, write_line, write_rows
from newsriver.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from newsriver.cli.connect import Access
    from newsriver.cli.subscriptions import Subscriptions
    from newsriver.kafka.records import RawRecord
    from newsriver.settings import Settings

app = typer.Typer(help="Add, import, list and check feeds.", no_args_is_help=True)


@app.command()
def add(
    context: typer.Context,
    urls: Annotated[list[str], typer.Argument(help="Addresses of feeds or news sitemaps.")],
    language: Annotated[str | None, typer.Option(help="The feed's language, where it names none itself.")] = None,
    country: Annotated[str | None, typer.Option(help="The outlet's country, two letters (ISO 3166-1).")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="A label of your own; may be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Subscribe to feeds. A feed that is there already is updated. A wrong address is refused, and then all are."""
    from newsriver.cli.subscriptions import subscriptions

    said = {"language": language, "country": country, "tags": tuple(tag or ())}
    wanted = subscriptions({"url": url, **said} for url in urls)
    if wanted.refused:
        raise UsageError("\n".join(wanted.refused.values()))
    run_async(_put(of(context).tool(), wanted.feeds))
    _write_outcome(wanted, as_json=as_json)


@app.command("import")
def import_(
    context: typer.Context,
    opml: Annotated[list[Path], typer.Argument(help="OPML files.")],
    as_json: AsJson = False,
) -> None:
    """Subscribe to all feeds of OPML files. Addresses that are none are left out and named on stderr."""
    from newsriver.cli.subscriptions import subscriptions
    from producers.feeds.opml import OpmlError, read_opml

    outlines = []
    for file in opml:
        try:
            outlines += read_opml(file.read_bytes())
        except (OSError, OpmlError) as error:
            raise UsageError(f"{file}: {error}") from error
    wanted = subscriptions({"url": o.url, "title": o.title, "tags": o.categories} for o in outlines)
    for reason in wanted.refused.values():
        write_error(reason)
    if wanted.refused and not wanted.feeds:
        raise UsageError(f"none of the {len(wanted.refused)} addresses can be subscribed to")
    run_async(_put(of(context).tool(), wanted.feeds))
    _write_outcome(wanted, as_json=as_json)
    if wanted.refused:
        write_error(f"{len(wanted.refused)} of {len(wanted.feeds) + len(wanted.refused)} addresses left out")


def _write_outcome(outcome: "Subscriptions", *, as_json: bool) -> None:
    if not as_json:
        write_line(f"{_counted(len(outcome.feeds))} subscribed")
        return
    for identity, fields in outcome.feeds.items():
        write_json({"feed_id": identity, **fields, "action": "subscribed"})
    for url, reason in outcome.refused.items():
        write_json({"url": url, "action": "refused", "detail": reason})


@app.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """The feeds that are subscribed."""
    rows = run_async(_list(of(context).tool()))
    if not write_rows(rows, ("url", "title", "language", "country", "tags"), as_json=as_json) and not as_json:
        write_line("no feeds are subscribed; `newsriver feeds add URL` adds one")


@app.command()
def remove(context: typer.Context, urls: Annotated[list[str], typer.Argument(help="Addresses of feeds.")]) -> None:
    """End subscriptions."""
    count = run_async(_remove(of(context).tool(), urls))
    write_line(f"{_counted(count)} removed")


@app.command()
def check(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="Address of a feed or news sitemap; it need not be subscribed.")],
    as_json: AsJson = False,
) -> None:
    """Fetch a feed as the poller would and say what is in it. Exit status 3 if it is none."""
    rows = run_async(_check(of(context).tool(), url))
    write_rows(rows, ("published", "title", "link"), as_json=as_json)


def _counted(feeds: int) -> str:
    return "1 feed" if feeds == 1 else f"{feeds} feeds"


async def _put(settings: "Settings", feeds: Mapping[str, Mapping[str, Any]]) -> None:
    from newsriver.cli.connect import connected
    from newsriver.cli.river import prepare_streams
    from newsriver.clock import SystemClock
    from newsriver.kafka.writing import put
    from schemas.events import Feed
    from schemas.streams import FEEDS

    now = SystemClock().now()
    events = [Feed(id=key, emitted_at=now, feed_id=key, **fields) for key, fields in feeds.items()]
    async with connected(settings, start=True) as access:
        if access.started is not None:
            await prepare_streams(settings, access)
        await put(access.clients, access.names, FEEDS, events, "feeds")


async def _list(settings: "Settings") -> list[dict[str, Any]]:
    from newsriver.cli.connect import connected
    from newsriver.cli.records import readable
    from schemas.events import Feed

    async with connected(settings, start=True) as access:
        records = await _subscribed(access)
    feeds = [feed for record in records.values() if (feed := readable(record, Feed)) is not None]
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


async def _subscribed(access: "Access") -> "dict[str, RawRecord]":
    """The records of the feeds that are subscribed, by key; none before there is a stream of them."""
    from newsriver.kafka.reading import NoSuchStreamError, snapshot
    from schemas.streams import FEEDS

    try:
        return await snapshot(access.clients, access.names.stream(FEEDS))
    except NoSuchStreamError:
        return {}


async def _remove(settings: "Settings", urls: list[str]) -> int:
    from newsriver.cli.connect import connected
    from newsriver.cli.subscriptions import without_feed_scheme
    from newsriver.kafka.writing import put_raw
    from schemas.identity import feed_id

    async with connected(settings, start=True) as access:
        present = await _subscribed(access)
        records = {url: present.get(feed_id(url)) or present.get(feed_id(without_feed_scheme(url))) for url in urls}
        missing = [url for url, record in records.items() if record is None]
        if missing:
            raise NotFoundError(f"not subscribed: {', '.join(missing)}")
        tombstones = [record.tombstone() for record in records.values() if record is not None]
        return await put_raw(access.clients, tombstones)


async def _check(settings: "Settings", url: str) -> list[dict[str, Any]]:
    from newsriver.cli.fetching import fetcher
    from newsriver.cli.subscriptions import feed_url
    from newsriver.clock import SystemClock
    from producers.feeds.document import NotAFeedError
    from producers.feeds.poll import parse_in_worker
    from producers.http.client import ACCEPT_FEED
    from producers.http.errors import FetchError
    from producers.workers import WorkerFailedError, WorkerPool
    from schemas.errors import InvalidUrlError

    try:
        url = feed_url(url)
        async with fetcher(settings.fetch) as client:
            response = await client.fetch(url, accept=ACCEPT_FEED)
        if response.status != 200:
            raise NotFoundError(f"{url}: HTTP {response.status}")
        with closing(WorkerPool(1)) as workers:
            parsed = await parse_in_worker(workers, response, SystemClock().now())
    except InvalidUrlError as error:
        raise UsageError(str(error)) from error
    except FetchError as error:
        raise NotFoundError(str(error)) from error
    except (NotAFeedError, WorkerFailedError) as error:
        raise NotFoundError(f"{url}: {error}") from error
    return [
        {"published": entry.published, "title": entry.title, "link": entry.link, "guid": entry.guid}
        for entry in parsed.entries
    ]
