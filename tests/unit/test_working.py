"""A working stage's task in memory: work that fails, results that cannot be taken in, and what is left of them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from newsriver.clock import SystemClock
from newsriver.kafka.core import TaskCore
from newsriver.kafka.errors import TooManyDeadLettersError
from newsriver.kafka.records import Outgoing, Transaction
from newsriver.kafka.tasks import Task
from newsriver.kafka.working import Pool, run_working
from newsriver.testing.broker import MemoryBroker
from newsriver.testing.kit import START, SilentObserver
from schemas.codec import encode
from schemas.events import DeadLetter
from schemas.streams import dead_letter_stream
from tests.errands import ASKED, DONE, Errand, Errands, Trip


class Counting(SilentObserver):
    """Counts transactions."""

    transactions = 0

    def committed(self, records: int, outputs: int, seconds: float) -> None:
        self.transactions += 1


class Desk:
    """One task of the errands at a time, on a broker in memory that outlives it."""

    def __init__(self, partition: int = 0) -> None:
        self.broker = MemoryBroker()
        self.partition = partition
        self.observer = Counting()

    def ask(self, *keys: str) -> None:
        for key in keys:
            errand = Errand(id=key, emitted_at=START)
            self.broker.publish(ASKED.full_name(self.broker.prefix), key.encode(), encode(errand), 0)

    async def run(self, stage: Errands, outcomes: int) -> None:
        """Take over and run until so many errands in all are done or given up."""
        name, observer = stage.name, self.observer
        core = TaskCore(
            stage, prefix=self.broker.prefix, source="test", partition=self.partition, observer=observer
        )  # fmt: skip
        source = self.broker.input(ASKED.full_name(self.broker.prefix), name)
        task = Task(core, self.broker.log(name), source, SystemClock(), observer)
        await task.take_over()
        stop = asyncio.Event()
        running = asyncio.create_task(run_working(task, stop, Pool(100)))
        async with asyncio.timeout(10):
            while not running.done() and len(self.done) + len(self.letters) < outcomes:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.01)
        stop.set()
        await running

    @property
    def done(self) -> list[str]:
        return self.broker.keys(DONE)

    @property
    def letters(self) -> Sequence[DeadLetter]:
        return self.broker.read(dead_letter_stream("errands"))


async def _lost(key: str) -> str:
    raise ValueError(f"{key} was lost")


async def test_each_errand_that_fails_has_a_dead_letter_of_its_own() -> None:
    here, elsewhere = Desk(), Desk(partition=1)
    for desk in (here, elsewhere):
        desk.ask("bread", "milk", "salt")
        await desk.run(Errands(_lost), 3)
    assert {letter.key for letter in here.letters} == {"bread", "milk", "salt"}
    assert len({letter.id for letter in (*here.letters, *elsewhere.letters)}) == 6


async def test_the_same_work_that_fails_again_after_a_restart_is_the_same_dead_letter() -> None:
    desk = Desk()
    desk.ask("bread")
    await desk.run(Errands(_lost), 1)
    await desk.run(Errands(_lost), 2)
    first, second = desk.letters
    assert first.id == second.id


def test_work_that_fails_when_it_is_due_another_time_is_another_dead_letter() -> None:
    core = TaskCore(Errands(), prefix="test", source="test", partition=0, observer=SilentObserver())
    outputs: list[Outgoing] = []
    transaction = Transaction(outputs)
    for days in (0, 1, 1):
        trip = Trip(due_at=START + timedelta(days=days), lane="bread")
        core.give_up(transaction, "bread", trip, ValueError("lost"), START)
    headers = [dict(output.headers) for output in outputs]
    assert len({header["ce_id"] for header in headers}) == 2


@pytest.mark.parametrize(
    ("note", "error"),
    [
        pytest.param("\ud800", "TypeError", id="a result without an encoding"),
        pytest.param(ValueError("\ud800 is no bread"), "ValueError", id="an error that quotes it"),
    ],
)
async def test_what_cannot_be_encoded_is_given_up_and_the_others_go_on(note: str | Exception, error: str) -> None:
    async def run(key: str) -> str:
        if key != "bread":
            return "done"
        if isinstance(note, Exception):
            raise note
        return note

    desk = Desk()
    desk.ask("bread", "milk")
    await desk.run(Errands(run), 2)
    assert desk.done == ["milk"]
    [letter] = desk.letters
    assert (letter.key, letter.error) == ("bread", error)


def test_an_item_that_cannot_be_encoded_is_kept_as_text() -> None:
    core = TaskCore(Errands(), prefix="test", source="test", partition=0, observer=SilentObserver())
    outputs: list[Outgoing] = []
    transaction = Transaction(outputs)
    core.give_up(transaction, "\ud800", Trip(due_at=START, lane="\ud800"), ValueError("lost"), START)
    assert len(outputs) == 1


async def test_a_lane_that_cannot_say_how_long_to_rest_leaves_nothing_half_done() -> None:
    def rest(lane: str) -> timedelta:
        if lane == "bread":
            raise ValueError("no clock")
        return timedelta(0)

    desk = Desk()
    desk.ask("bread", "milk")
    await desk.run(Errands(rest=rest), 2)
    assert (desk.done, [letter.key for letter in desk.letters]) == (["milk"], ["bread"])
    await desk.run(Errands(), 3)
    assert desk.done == ["milk", "bread"], "it was kept in the state, and is tried again by the next owner"


async def test_a_lane_goes_on_before_the_last_result_is_written_and_still_does_one_thing_at_a_time() -> None:
    ran: list[str] = []
    under_way = 0

    async def run(key: str) -> str:
        nonlocal under_way
        under_way += 1
        await asyncio.sleep(0.002)
        assert under_way == 1
        under_way -= 1
        ran.append(key)
        return "done"

    desk = Desk()
    keys = [f"bread/{number:02}" for number in range(60)]
    desk.ask(*keys)
    await desk.run(Errands(run), 60)
    assert ran == desk.done == keys
    assert desk.observer.transactions < 30


async def test_failures_among_many_successes_do_not_stop_the_stage() -> None:
    async def run(key: str) -> str:
        if int(key) % 4 == 0:
            raise ValueError("lost")
        return "done"

    desk = Desk()
    desk.ask(*map(str, range(480)))
    await desk.run(Errands(run), 480)
    assert (len(desk.done), len(desk.letters)) == (360, 120)


async def test_a_stage_all_of_whose_work_fails_stops() -> None:
    desk = Desk()
    desk.ask(*map(str, range(200)))
    with pytest.raises(TooManyDeadLettersError, match="100 records in a row"):
        await desk.run(Errands(_lost), 200)
