"""A stage whose mistakes show: numbered entries in, each number out once; duplicates in the input are left out."""

from dataclasses import dataclass
from datetime import datetime

from newsriver.stages import NOTHING, Change, Effects, Output, Record, Tables, Transform
from schemas.events import Event
from schemas.streams import Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered(Event):
    """An entry of the ledger."""

    number: int


def _stream(name: str) -> Stream[Numbered]:
    return Stream(name, Numbered, lambda e: e.id, lambda e: e.id, "key", "delete", None, f"The {name} of the ledger.")


ENTERED, BOOKED = _stream("entered"), _stream("booked")


class Ledger(Transform[Numbered, Tables]):
    """Books each number once, however often it is entered."""

    name = "ledger"
    input = ENTERED
    outputs = (BOOKED,)

    def new_state(self) -> Tables:
        return Tables(booked=int)

    def process(self, record: Record[Numbered], state: Tables, now: datetime) -> Effects:
        entry = record.value
        if entry is None or entry.id in state.table("booked"):
            return NOTHING
        return Effects((Output(BOOKED, entry),), (Change("booked", entry.id, entry.number),))
