"""How far a task says it is behind, while records wait here, on the stream, or nowhere."""

import asyncio
from datetime import timedelta

import pytest

from newsriver.kafka.backlog import Backlog
from newsriver.kafka.records import RawRecord
from newsriver.testing.broker import MemoryBroker, MemoryInput
from newsriver.testing.clock import ManualClock
from newsriver.testing.kit import SilentObserver


class Desk(SilentObserver):
    """A stream of one record a minute, its reader, and what an observer hears about the two."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.broker = MemoryBroker()
        self.input = self.broker.input("news", "task")
        self.backlog = Backlog(self.input, self, self.clock)
        self.heard: tuple[int, int | None] | None = None

    def behind(self, records: int, oldest_ms: int | None) -> None:
        self.heard = (records, oldest_ms)

    def publish(self) -> int:
        """Write a record; gives its log time."""
        timestamp_ms = int(self.clock.now().timestamp() * 1000)
        self.broker.publish("news", b"k", b"v", timestamp_ms)
        self.clock.advance(60)
        return timestamp_ms

    def fetch(self, most: int) -> list[RawRecord]:
        return list(asyncio.run(self.input.fetch(most, 0)))

    def report(self, pending: list[RawRecord]) -> tuple[int, int | None] | None:
        asyncio.run(self.backlog.report(pending))
        return self.heard


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_with_nothing_to_read_there_is_no_lag(desk: Desk) -> None:
    assert desk.report([]) == (0, None)


def test_records_at_hand_and_records_on_the_stream_wait_since_the_first_of_them(desk: Desk) -> None:
    first, _, third = desk.publish(), desk.publish(), desk.publish()
    assert desk.report(desk.fetch(2)) == (3, first)
    assert desk.report(desk.fetch(2)) == (1, third)
    assert desk.report(desk.fetch(2)) == (0, None)


def test_records_left_on_the_stream_are_as_old_as_the_last_that_were_seen(desk: Desk) -> None:
    desk.publish()
    second = desk.publish()
    desk.publish()
    desk.report(desk.fetch(1))
    desk.report(desk.fetch(1))
    assert desk.report([]) == (1, second)
    desk.clock.advance(60)
    assert desk.report([]) == (1, second)


def test_records_that_come_after_an_idle_hour_are_not_an_hour_old(desk: Desk) -> None:
    desk.publish()
    desk.report(desk.fetch(1))
    desk.report([])
    desk.clock.advance(timedelta(hours=1))
    now = desk.publish() + 60_000
    assert desk.report([]) == (1, now)


def test_while_the_end_of_the_stream_is_not_known_nothing_is_said() -> None:
    class Unknown(MemoryInput):
        async def lag(self) -> int | None:
            return None

    desk = Desk()
    desk.backlog = Backlog(Unknown(desk.broker, "news", "task"), desk, desk.clock)
    assert desk.report([]) is None
