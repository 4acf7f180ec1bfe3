"""A working stage whose luck a test decides: each errand is run once and reported."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsriver.stages import NOTHING, WORK, ZERO, Change, Effects, Output, Record, Tables, Working
from schemas.events import Event
from schemas.streams import Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand(Event):
    """Something to do, and then what came of it."""

    note: str = ""


def _stream(name: str) -> Stream[Errand]:
    return Stream(name, Errand, lambda e: e.id, lambda e: e.id, "key", "delete", None, f"Errands {name}.")


ASKED, DONE = _stream("asked"), _stream("done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """An errand in the state; its lane is what its key begins with, up to a slash."""

    due_at: datetime
    lane: str


async def _at_once(key: str) -> str:
    return "done"


def _none(lane: str) -> timedelta:
    return ZERO


class Errands(Working[Errand, Tables, Trip, str]):
    """Runs an errand by `run`, after which its lane rests as `rest` says; `complete` raises what `run` raised."""

    name = "errands"
    input = ASKED
    outputs = (DONE,)

    def __init__(
        self, run: Callable[[str], Awaitable[str]] = _at_once, *, rest: Callable[[str], timedelta] = _none
    ) -> None:
        self._run = run
        self._rest = rest

    def new_state(self) -> Tables:
        return Tables(work=Trip)

    def intake(self, record: Record[Errand], state: Tables, now: datetime) -> Effects:
        if record.value is None:
            return NOTHING
        trip = Trip(due_at=record.value.emitted_at, lane=record.key.partition("/")[0])
        return Effects(changes=(Change(WORK, record.key, trip),))

    async def work(self, key: str, item: Trip) -> str:
        return await self._run(key)

    def complete(self, key: str, item: Trip, result: str | Exception, state: Tables, now: datetime) -> Effects:
        if isinstance(result, Exception):
            raise result
        done = Errand(id=key, emitted_at=now, note=result)
        return Effects((Output(DONE, done),), (Change(WORK, key, None),))

    def pause_lane(self, item: Trip, result: str | Exception) -> timedelta:
        return self._rest(item.lane)
