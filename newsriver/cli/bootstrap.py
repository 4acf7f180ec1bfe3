"""The composition root: from settings to running stages. Everything else is given what it needs."""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from newsriver.cli.catalogue import SINK
from newsriver.cli.connect import Access
from newsriver.clock import Clock
from newsriver.errors import UsageError
from newsriver.health import Health
from newsriver.kafka.runner import StageRunner
from newsriver.kafka.sink import SinkRunner
from newsriver.lifecycle import Service
from newsriver.metrics import Metrics
from newsriver.observe import StageObserver
from newsriver.settings import CONSOLE, ChannelSettings, Settings
from newsriver.stages import Stage

if TYPE_CHECKING:
    from consumers.topics.wordmodel import WordModel

EXTRACTION_WORKERS = 2
NOTICES_AT_ONCE = 64
"""Of all channels and tasks together: one at a time each, so that slow channels leave places for the others."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every stage of a process shares."""

    settings: Settings
    access: Access
    clock: Clock
    metrics: Metrics
    health: Health
    write_line: Callable[[str], None]
    """Where the console channel puts its alerts."""


@asynccontextmanager
async def running_parts(names: Sequence[str], around: Surroundings) -> AsyncIterator[list[Service]]:
    """The named stages as services, with what they need opened before and closed after."""
    async with AsyncExitStack() as stack:
        stages = [await _stage(name, around, stack) for name in names if name != SINK]
        services: list[Service] = [_runner(stage, around) for stage in stages]
        if SINK in names:
            services.append(_sink(around, stack))
        yield services


def _runner(stage: Stage[Any, Any], around: Surroundings) -> StageRunner:
    observer = StageObserver(stage.name, around.metrics, around.health, around.clock)
    concurrency = {"poller": around.settings.fetch.concurrency, "scraper": around.settings.fetch.concurrency}
    return StageRunner(
        stage,
        around.access.clients,
        around.access.names,
        around.clock,
        observer.task,
        concurrency=concurrency.get(stage.name, NOTICES_AT_ONCE),
        joined=observer.joined,
    )


def _sink(around: Surroundings, stack: AsyncExitStack) -> SinkRunner:
    from consumers.sinks.metered import MeteredStore
    from consumers.sinks.sqlite import STREAMS, SqliteStore

    store = stack.enter_context(closing(SqliteStore.open(around.settings.sqlite_path, around.clock)))
    observer = StageObserver(SINK, around.metrics, around.health, around.clock)
    return SinkRunner(
        SINK,
        STREAMS,
        MeteredStore(store, around.metrics, around.clock),
        around.access.clients,
        around.access.names,
        around.clock,
        observer.task,
        joined=observer.joined,
    )


async def _stage(name: str, around: Surroundings, stack: AsyncExitStack) -> Stage[Any, Any]:
    match name:
        case "poller":
            return await _poller(around, stack)
        case "scraper":
            return await _scraper(around, stack)
        case "revisions":
            from consumers.revisions.stage import Revisions

            return Revisions()
        case "dedup":
            from consumers.dedup.stage import Dedup

            return Dedup()
        case "stories":
            from consumers.stories.stage import Clustering

            return Clustering()
        case "topics":
            from consumers.topics.stage import Topics

            return Topics(topic_classifier(around.settings))
        case "watcher":
            from consumers.alerts.watcher import Watcher

            return Watcher()
        case "bursts":
            from consumers.alerts.bursts.stage import Bursts

            return Bursts()
        case "alerts":
            from consumers.alerts.stage import Alerts

            return Alerts()
        case "notifier":
            from consumers.alerts.notifier import Notifier

            return Notifier(await _channels(around, stack))
        case _:
            raise ValueError(f"no such stage: {name}")


async def _channels(around: Surroundings, stack: AsyncExitStack) -> dict[str, Any]:
    from consumers.alerts.channels.console import ConsoleChannel

    channels: dict[str, Any] = {CONSOLE: ConsoleChannel(around.write_line)}
    for name, channel in around.settings.channels.items():
        opened = _webhook if channel.type == "webhook" else _apprise
        channels[name] = await opened(name, channel, around, stack)
    return channels


async def _webhook(name: str, channel: ChannelSettings, around: Surroundings, stack: AsyncExitStack) -> Any:
    from consumers.alerts.channels.webhook import WebhookChannel

    webhook = WebhookChannel(
        channel.url.get_secret_value(),
        channel.secrets,
        around.clock,
        user_agent=around.settings.fetch.agent,
        timeout=timedelta(seconds=channel.timeout_s),
        allowed_networks=channel.allow_networks,
    )
    return await stack.enter_async_context(webhook)


async def _apprise(name: str, channel: ChannelSettings, around: Surroundings, stack: AsyncExitStack) -> Any:
    from consumers.alerts.channels.apprise import AppriseChannel, UnknownServiceError

    try:
        opened = AppriseChannel(channel.url.get_secret_value(), timeout=timedelta(seconds=channel.timeout_s))
    except UnknownServiceError as error:
        raise UsageError(f"channels.{name}.url: {error}") from None
    return stack.enter_context(closing(opened))


def topic_classifier(settings: Settings) -> "WordModel | None":
    """The word model that the settings name, None if they name none."""
    from consumers.topics.wordmodel import WordModel, WordModelError

    if settings.topics.word_model is None:
        return None
    try:
        return WordModel.load(settings.topics.word_model)
    except WordModelError as error:
        raise UsageError(f"topics.word_model: {error}") from error


async def _poller(around: Surroundings, stack: AsyncExitStack) -> Stage[Any, Any]:
    from producers.feeds.poll import FeedReader
    from producers.feeds.schedule import Bounds
    from producers.feeds.stage import Poller

    settings = around.settings
    reader = FeedReader(await _fetcher(settings, stack), _workers(1, stack), around.clock)
    bounds = Bounds(
        shortest=timedelta(seconds=settings.poll.min_interval_s),
        longest=timedelta(seconds=settings.poll.max_interval_s),
    )
    generator = random.Random()
    return Poller(
        reader,
        bounds=bounds,
        host_delay=timedelta(seconds=settings.fetch.host_delay_s),
        jitter=lambda: generator.uniform(-1, 1),
    )


async def _scraper(around: Surroundings, stack: AsyncExitStack) -> Stage[Any, Any]:
    from producers.articles.page import PageReader
    from producers.articles.stage import Scraper
    from producers.http.robots import Robots

    settings = around.settings
    fetcher = await _fetcher(settings, stack)
    robots = Robots(fetcher, settings.fetch.agent, around.clock)
    reader = PageReader(fetcher, robots, _workers(EXTRACTION_WORKERS, stack), around.clock)
    return Scraper(
        reader,
        host_delay=timedelta(seconds=settings.fetch.host_delay_s),
        recheck_delays=[timedelta(seconds=seconds) for seconds in settings.scrape.recheck_s],
    )


async def _fetcher(settings: Settings, stack: AsyncExitStack) -> Any:
    from newsriver.cli.fetching import fetcher

    return await stack.enter_async_context(fetcher(settings.fetch))


def _workers(count: int, stack: AsyncExitStack) -> Any:
    from producers.workers import WorkerPool

    return stack.enter_context(closing(WorkerPool(count)))
