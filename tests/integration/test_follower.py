"""A stage that follows the rules: what is good comes into force in seconds, what is bad goes to the dead letters."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from consumers.alerts.watcher import Watcher
from consumers.topics.stage import Topics
from newsriver.clock import SystemClock
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.errors import LogError
from newsriver.kafka.follow import Follower
from newsriver.kafka.names import Names
from newsriver.kafka.reading import read
from newsriver.kafka.records import RawRecord
from newsriver.kafka.runner import StageRunner
from newsriver.kafka.writing import put, put_raw
from newsriver.testing.kit import SilentObserver
from schemas.codec import decode
from schemas.events import Article, DeadLetter, Event, Rule, Signature
from schemas.streams import GROUPED, RULES, Stream, dead_letter_stream, topic_stream
from tests.streams import make_streams


def _rule(name: str, query: str) -> Rule:
    key = f"alert.{name}"
    return Rule(
        id=key, emitted_at=datetime.now(UTC), rule_id=key, kind="alert",
        definition={"id": name, "title": name, "query": query},
    )  # fmt: skip


class Listening(Watcher):
    """A watcher that remembers what it was told is in force."""

    def __init__(self) -> None:
        super().__init__()
        self.content: set[str] = set()

    def followed(self, stream: Any, events: Any) -> dict[str, Exception]:
        refused = dict(super().followed(stream, events))
        self.content = set(events) - set(refused)
        return refused


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not true():  # noqa: ASYNC110 - the stage is told by another task, which knows no event of ours
            await asyncio.sleep(0.05)


async def test_rules_come_into_force_and_broken_ones_are_kept_aside(connection: Connection, unique_prefix: str) -> None:
    clients, names, stage = Clients(connection), Names(unique_prefix, unique_prefix), Listening()
    await make_streams(clients, names, [stage], partitions=2)
    rules: list[Event] = [_rule("oil", "tanker*"), _rule("bad", "tanker OR")]
    await put(clients, names, RULES, rules, "test")
    await put_raw(clients, [RawRecord(names.stream(RULES), 0, -1, -1, b"alert.garbage", b"{not json")])
    async with Follower(clients, names, stage, RULES, SystemClock()):
        assert stage.content == {"alert.oil"}, "all that was there is in force before the stage begins"
        await put(clients, names, RULES, [_rule("gas", "pipeline*")], "test")
        await _until(lambda: stage.content == {"alert.oil", "alert.gas"})
        await put(clients, names, RULES, [_rule("bad", "tanker OR barge")], "test")
        await _until(lambda: "alert.bad" in stage.content)
        await put_raw(clients, [RawRecord(names.stream(RULES), p, -1, -1, b"alert.oil", None) for p in (0, 1)])
        await _until(lambda: "alert.oil" not in stage.content)
    stream = names.stream(dead_letter_stream(stage.name))
    letters = [
        decode(record.value or b"", DeadLetter) async for record in read(clients, stream, "beginning", follow=False)
    ]
    assert {letter.key for letter in letters} == {"alert.bad", "alert.garbage"}
    assert len(letters) == 2
    assert all(letter.stream == names.stream(RULES) and letter.value for letter in letters)


class Shaky(Listening):
    """A watcher in whose streams something is wrong at first, and which stumbles over one rule."""

    failures = 2

    def extra_streams(self, stream: Any, events: Any) -> list[Stream[Any]]:
        if self.content and self.failures:
            self.failures -= 1
            raise LogError("not now")
        return []

    def followed(self, stream: Any, events: Any) -> dict[str, Exception]:
        if "alert.stumble" in events and "alert.wind" not in events:
            raise ZeroDivisionError
        return super().followed(stream, events)


async def test_following_goes_on_after_failures_with_what_is_there_then(
    connection: Connection, unique_prefix: str
) -> None:
    clients, names, stage = Clients(connection), Names(unique_prefix, unique_prefix), Shaky()
    await make_streams(clients, names, [stage], partitions=1)
    await put(clients, names, RULES, [_rule("oil", "tanker*")], "test")
    async with Follower(clients, names, stage, RULES, SystemClock()):
        await put(clients, names, RULES, [_rule("gas", "pipeline*")], "test")
        await _until(lambda: stage.content == {"alert.oil", "alert.gas"})
        assert stage.failures == 0
        await put(clients, names, RULES, [_rule("stumble", "stone*")], "test")
        await asyncio.sleep(1)
        assert "alert.stumble" not in stage.content
        await put(clients, names, RULES, [_rule("wind", "turbine*")], "test")
        await _until(lambda: len(stage.content) == 4)


class Thorough(Watcher):
    """A watcher that takes a second to take its rules in."""

    def followed(self, stream: Any, events: Any) -> Any:
        time.sleep(1)
        return super().followed(stream, events)


async def test_the_process_goes_on_while_rules_are_taken_in(connection: Connection, unique_prefix: str) -> None:
    clients, names, stage = Clients(connection), Names(unique_prefix, unique_prefix), Thorough()
    await make_streams(clients, names, [stage], partitions=1)
    ticks: list[float] = []

    async def tick() -> None:
        while True:
            ticks.append(asyncio.get_running_loop().time())
            await asyncio.sleep(0.01)

    ticking = asyncio.create_task(tick())
    async with Follower(clients, names, stage, RULES, SystemClock()):
        ticking.cancel()
    assert max(later - earlier for earlier, later in pairwise(ticks)) < 0.7


class Harbours(Topics):
    """The topics stage, and which topics it was told of."""

    def __init__(self) -> None:
        super().__init__()
        self.told: set[str] = set()

    def followed(self, stream: Any, events: Any) -> Any:
        refused = super().followed(stream, events)
        self.told = set(events) - set(refused)
        return refused


def _topic(name: str) -> Rule:
    definition = {"id": name, "title": {"en": name}, "threshold": 1, "terms": {"en": {"core": {name: 3}}}}
    return Rule(id=name, emitted_at=datetime.now(UTC), rule_id=f"topic.{name}", kind="topic", definition=definition)


def _article(text: str) -> Article:
    now = datetime.now(UTC)
    return Article(
        id=text, emitted_at=now, article_id=text, entry_id=text, feed_id="f", url=f"https://ostwind.example/{text}",
        fetched_url="", source="ostwind.example", title=text, body=f"{text} and {text}", language="en",
        discovered_at=now, fetched_at=now, origin="page", extractor="t", extractor_version="1", revision=1, kind="new",
        signature=Signature(algorithm="a", content_hash="h", words=1, shingles=1, minhash="", lead=""),
    )  # fmt: skip


async def test_a_topic_that_is_new_while_the_stage_runs_gets_its_stream(
    connection: Connection, unique_prefix: str
) -> None:
    clients, names, stage = Clients(connection), Names(unique_prefix, unique_prefix), Harbours()
    await make_streams(clients, names, [stage], partitions=2)
    await put(clients, names, RULES, [_topic("harbour")], "test")
    stop = asyncio.Event()
    runner = StageRunner(stage, clients, names, SystemClock(), lambda _: SilentObserver())
    running = asyncio.create_task(runner.run(stop))
    try:
        for name in ("harbour", "lighthouse"):
            await put(clients, names, RULES, [_topic(name)], "test")
            await _until(lambda name=name: f"topic.{name}" in stage.told)  # type: ignore[misc]
            stream = names.stream(topic_stream(name))
            assert stream in await _streams(clients), "it is there before the first article of the topic"
            await put(clients, names, GROUPED, [_article(name)], "test")
            await _until_written(clients, stream)
    finally:
        stop.set()
        await running


async def _streams(clients: Clients) -> list[str]:
    admin = clients.admin()
    await admin.start()
    try:
        return list(await admin.list_topics())
    finally:
        await admin.close()


async def _until_written(clients: Clients, stream: str) -> None:
    async with asyncio.timeout(15), aclosing(read(clients, stream, "beginning", follow=True)) as records:
        await anext(records)
