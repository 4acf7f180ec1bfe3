"""What a stage is: pure decisions over records and state, which the runtime carries out exactly once.

A stage never sees a client of a broker. It answers each record with `Effects`: events to write and changes to its
state. The runtime writes both, and the position in the input, in one transaction. State is the sum of its changes:
`State.apply` is the only thing that alters it, live and when a task is restored from its changelog, so a restored task
answers as the one that died would have. A record whose processing raises changes nothing and goes to the dead letters.

Records and effects are structs, because tens of thousands are made a second. They hold what was there before them: no
cycle goes through them, and the garbage collector need not look (`gc=False`).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import msgspec

from schemas.events import Event
from schemas.streams import Stream

E = TypeVar("E", bound=Event)
S = TypeVar("S", bound="State")
W = TypeVar("W", bound="WorkItem")
R = TypeVar("R")

ZERO = timedelta(0)
WORK = "work"
"""The table of a working stage that holds what is to be done, by key, with its due time."""


class Record(msgspec.Struct, Generic[E], frozen=True, gc=False):
    """A decoded record of an input stream; `value` is None for a tombstone, `timestamp_ms` is the log's, since 1970."""

    key: str
    value: E | None
    stream: str
    partition: int
    offset: int
    timestamp_ms: int
    traceparent: str | None = None


class Output(msgspec.Struct, frozen=True, gc=False):
    """An event to write to a stream; the stream says under which key and in which partition."""

    stream: Stream[Any]
    event: Event


class Change(msgspec.Struct, frozen=True, gc=False):
    """A put (`value` is a dataclass or JSON value) or a delete (`value` is None) of one key of one table."""

    table: str
    key: str
    value: Any


class Effects(msgspec.Struct, frozen=True, gc=False):
    """What one record, work item or tick leads to."""

    outputs: tuple[Output, ...] = ()
    changes: tuple[Change, ...] = ()


Changes = dict[tuple[str, str], Any]
"""Changes being gathered, by table and key; None deletes."""


def effects_of(changes: Changes, *outputs: Output) -> Effects:
    """The effects of changes that were gathered, and of outputs."""
    return Effects(outputs, tuple(Change(table, key, value) for (table, key), value in changes.items()))


def together(parts: Iterable[Effects]) -> Effects:
    """What several things lead to, in their order."""
    parts = tuple(parts)
    return Effects(
        tuple(output for part in parts for output in part.outputs),
        tuple(change for part in parts for change in part.changes),
    )


NOTHING = Effects()


class State(Protocol):
    """The state of one task. Subclass `Tables`, or keep the values in an index that fits the stage."""

    @property
    def shapes(self) -> Mapping[str, Any]:
        """The type of the values of each table, by the table's name."""

    def apply(self, change: Change) -> None:
        """Carry out one change. Must give the same state whether it sees all changes or only the last of each key."""


class Tables:
    """State as a dict a table."""

    def __init__(self, **shapes: Any) -> None:
        self._shapes = shapes
        self._tables: dict[str, dict[str, Any]] = {name: {} for name in shapes}

    @property
    def shapes(self) -> Mapping[str, Any]:
        return self._shapes

    def table(self, name: str) -> Mapping[str, Any]:
        """The table of that name, to read."""
        return self._tables[name]

    def apply(self, change: Change) -> None:
        if change.value is None:
            self._tables[change.table].pop(change.key, None)
        else:
            self._tables[change.table][change.key] = change.value


class Stage(ABC, Generic[E, S]):
    """What both kinds of stage have. One stage object serves all tasks of a process; it holds no state of a task."""

    name: str
    input: Stream[E]
    outputs: tuple[Stream[Any], ...] = ()
    follows: tuple[Stream[Any], ...] = ()
    """Compacted streams that every task needs in full, such as the rules."""

    @abstractmethod
    def new_state(self) -> S:
        """Empty state for one task."""

    def followed(self, stream: Stream[Any], events: Mapping[str, Event]) -> Mapping[str, Exception]:
        """Take in the present content of a followed stream, by key. Returns what is wrong with records, by their key.

        Called before the first task starts and after each change, in a thread of its own while records are processed:
        it puts what it has made into force by a single assignment. Of what has not changed the events are the same.
        """
        raise NotImplementedError(f"{self.name} follows {stream.name} but takes nothing in")

    def extra_streams(self, stream: Stream[Any], events: Mapping[str, Event]) -> Iterable[Stream[Any]]:
        """Output streams that only what is followed can name, such as one stream for each news topic.

        Asked with what `followed` is called with next, by when these streams exist.
        """
        return ()


class Transform(Stage[E, S]):
    """A stage that computes: no I/O, no clock, no randomness."""

    @abstractmethod
    def process(self, record: Record[E], state: S, now: datetime) -> Effects:
        """What this record leads to. `state` is read only. Raising sends the record to the dead letters."""

    def tick(self, state: S, now: datetime) -> Effects:
        """What the passing of time leads to; called about once a second when there are no records to process."""
        return NOTHING


@runtime_checkable
class WorkItem(Protocol):
    """Something to do at a time. Items of one lane (a site) are done one after the other."""

    @property
    def due_at(self) -> datetime: ...

    @property
    def lane(self) -> str: ...


class Working(Stage[E, S], Generic[E, S, W, R]):
    """A stage that does slow I/O outside the transaction.

    Records become work items in the `work` table; due items are worked on, a bounded number at a time and one of a lane
    at a time; what came of them becomes effects. An item is in the table until `complete` changes it, so a process that
    dies loses none. Work may therefore be done twice; its effects are written once.
    """

    @abstractmethod
    def intake(self, record: Record[E], state: S, now: datetime) -> Effects:
        """Turn a record into work. `state` is read only. Raising sends the record to the dead letters."""

    @abstractmethod
    async def work(self, key: str, item: W) -> R:
        """Do the slow part. Return failures that are to be expected; what is raised is passed to `complete`."""

    @abstractmethod
    def complete(self, key: str, item: W, result: R | Exception, state: S, now: datetime) -> Effects:
        """What the work led to. Must put (with a later due time) or delete the item. `state` is read only.

        `item` is as it was when the work began; `state` may hold a newer one, put by a record that came meanwhile.
        """

    def pause_lane(self, item: W, result: R | Exception) -> timedelta:
        """How long the item's lane rests after this work (a host's delay between requests, Retry-After)."""
        return ZERO
