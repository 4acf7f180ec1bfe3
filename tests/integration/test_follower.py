"""A stage that follows the rules: what is good comes into force in seconds, what is bad goes to the dead letters."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from consumers.alerts.watcher import Watcher
from newsriver.clock import SystemClock
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.follow import Follower
from newsriver.kafka.names import Names
from newsriver.kafka.reading import read
from newsriver.kafka.records import RawRecord
from newsriver.kafka.writing import put, put_raw
from schemas.codec import decode
from schemas.events import DeadLetter, Event, Rule
from schemas.streams import RULES, dead_letter_stream
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
