"""A broker in memory: streams, transactions, changelogs and fencing, for tests of stages and of tasks.

It keeps what Kafka keeps of a task: transactions are all or nothing, a new owner shuts out the old one, and a changelog
can be compacted. It has no time and no network; failures are asked for (`fail_next`).
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from newsriver.kafka.errors import FencedError, LogError
from newsriver.kafka.records import Outgoing, RawRecord, Transaction
from schemas.codec import decode
from schemas.streams import Stream


@dataclass(slots=True)
class MemoryBroker:
    """Streams of one partition each, under their full names, and the changelog and position of each task."""

    prefix: str = "test"
    streams: dict[str, list[RawRecord]] = field(default_factory=lambda: defaultdict(list))
    changelogs: dict[str, list[tuple[bytes, bytes | None]]] = field(default_factory=lambda: defaultdict(list))
    committed: dict[str, int] = field(default_factory=dict)
    fail_next: bool = False
    """Make the next commit fail, with nothing written."""
    _epochs: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def publish(self, stream: str, key: bytes, value: bytes | None, timestamp_ms: int, headers: Any = ()) -> None:
        """Append a record to a stream."""
        records = self.streams[stream]
        records.append(RawRecord(stream, 0, len(records), timestamp_ms, key, value, headers))

    def read(self, stream: Stream[Any]) -> list[Any]:
        """All events of a stream, in order; a tombstone is None."""
        return [
            None if record.value is None else decode(record.value, stream.event)
            for record in self.streams[stream.full_name(self.prefix)]
        ]

    def keys(self, stream: Stream[Any]) -> list[str]:
        """The keys of a stream's records, in order."""
        return [(record.key or b"").decode() for record in self.streams[stream.full_name(self.prefix)]]

    def compact(self, task: str) -> None:
        """Do to a task's changelog what the log cleaner does: only the last entry of each key stays, in its place."""
        entries = self.changelogs[task]
        last = {key: index for index, (key, _) in enumerate(entries)}
        self.changelogs[task] = [entry for index, entry in enumerate(entries) if last[entry[0]] == index]

    def log(self, task: str) -> "MemoryTaskLog":
        """The log of a task, to be opened by a new owner."""
        return MemoryTaskLog(self, task)

    def input(self, stream: str, task: str) -> "MemoryInput":
        """A stream as a task's input."""
        return MemoryInput(self, stream, task)

    def take_over(self, task: str) -> int:
        """Begin a new epoch of a task."""
        self._epochs[task] += 1
        return self._epochs[task]

    def epoch(self, task: str) -> int:
        """The present epoch of a task."""
        return self._epochs[task]


class MemoryTaskLog:
    """`TaskLog` in memory."""

    def __init__(self, broker: MemoryBroker, task: str) -> None:
        self._broker = broker
        self._task = task
        self._epoch = 0

    async def open(self) -> None:
        self._epoch = self._broker.take_over(self._task)

    async def restore(self) -> AsyncIterator[tuple[bytes, bytes | None]]:
        for entry in list(self._broker.changelogs[self._task]):
            yield entry

    def begin(self) -> Transaction:
        return Transaction([])

    async def commit(self, transaction: Transaction) -> None:
        broker = self._broker
        assert isinstance(transaction.outputs, list)
        if self._epoch != broker.epoch(self._task):
            raise FencedError(f"{self._task} has a new owner")
        if broker.fail_next:
            broker.fail_next = False
            raise LogError("asked to fail")
        for output in transaction.outputs:
            self._append(output)
        broker.changelogs[self._task] += transaction.changelog.items()
        if transaction.position is not None:
            broker.committed[self._task] = transaction.position

    async def close(self) -> None:
        self._epoch = 0

    def _append(self, output: Outgoing) -> None:
        self._broker.publish(output.stream, output.key, output.value, 0, output.headers)


class MemoryInput:
    """`Input` in memory: one partition, number 0."""

    def __init__(self, broker: MemoryBroker, stream: str, task: str) -> None:
        self._broker = broker
        self._task = task
        self._next = 0
        self.stream = stream
        self.partition = 0

    async def committed(self) -> int | None:
        return self._broker.committed.get(self._task)

    async def bounds(self) -> tuple[int, int]:
        records = self._broker.streams[self.stream]
        return (records[0].offset if records else 0), (records[-1].offset + 1 if records else 0)

    def start_at(self, offset: int) -> None:
        self._next = offset

    async def fetch(self, max_records: int, timeout_s: float) -> Sequence[RawRecord]:
        records = [r for r in self._broker.streams[self.stream] if r.offset >= self._next][:max_records]
        if records:
            self._next = records[-1].offset + 1
        return records

    async def lag(self) -> int | None:
        return len([r for r in self._broker.streams[self.stream] if r.offset >= self._next])
