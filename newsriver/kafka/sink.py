"""Sinks: from streams into storage that keeps the input position beside the data.

What is written and how far it goes are one transaction of the storage, so a record is stored once, whatever dies when.
The position moves by compare-and-set: a process that lost the partition without noticing is refused.
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Any, Protocol

from newsriver.clock import Clock
from newsriver.kafka.backlog import Backlog
from newsriver.kafka.bounds import check_position
from newsriver.kafka.clients import Clients
from newsriver.kafka.deadletters import DeadLetterLimit, dead_letter
from newsriver.kafka.group import Group, Joined, unheard
from newsriver.kafka.inputs import KafkaInput
from newsriver.kafka.names import Names
from newsriver.kafka.ports import AFTER_COMMIT, BEFORE_BEGIN, Probe, TaskObserver, no_probe
from newsriver.kafka.records import RawRecord
from newsriver.kafka.runner import ObserverOf
from newsriver.kafka.writing import put
from newsriver.logs import bound
from newsriver.stages import Record
from schemas.codec import decode, header
from schemas.errors import DecodeError
from schemas.streams import Stream, dead_letter_stream

MAX_RECORDS = 1000
FETCH_SECONDS = 0.25


class Store(Protocol):
    """Storage that a sink writes to. Calls may block; they are made from a thread."""

    def position(self, stream: str, partition: int) -> int | None:
        """The offset of the next record to store, or None if none was stored yet."""

    def write(
        self, stream: str, partition: int, expected: int | None, next_position: int, records: Sequence[Record[Any]]
    ) -> None:
        """Store records and the new position in one transaction.

        Raises FencedError, with nothing stored, when the position is not the expected one: somebody else has written.
        """


class SinkRunner:
    """Runs one sink in this process: several input streams, one store."""

    def __init__(
        self, name: str, streams: Sequence[Stream[Any]], store: Store, clients: Clients, names: Names, clock: Clock,
        observer_of: ObserverOf, *, probe: Probe = no_probe, joined: Joined = unheard,
    ) -> None:  # fmt: skip
        self.name = name
        self._streams = {names.stream(stream): stream for stream in streams}
        self._store = store
        self._clients = clients
        self._names = names
        self._clock = clock
        self._observer_of = observer_of
        self._probe = probe
        self._joined = joined

    async def run(self, stop: asyncio.Event) -> None:
        """Store records until `stop` is set. Raises what makes it impossible to go on."""
        group = Group(
            self._clients, self._names.group(self.name), list(self._streams), self._run_partition, self._probe,
            self._joined,
        )  # fmt: skip
        with bound(stage=self.name):
            await group.run(stop)

    async def _run_partition(self, source: KafkaInput, stop: asyncio.Event) -> None:
        observer = self._observer_of(source)
        try:
            await self._store_partition(source, stop, observer)
        finally:
            observer.closed(sys.exception())

    async def _store_partition(self, source: KafkaInput, stop: asyncio.Event, observer: TaskObserver) -> None:
        limit = DeadLetterLimit(self.name)
        position = stored = await asyncio.to_thread(self._store.position, source.stream, source.partition)
        first, end = await source.bounds()
        position = first if position is None else position
        check_position(position, first, end, where=f"{source.stream}/{source.partition}", who=self.name)
        source.start_at(position)
        observer.restored(0, 0.0)
        backlog = Backlog(source, observer, self._clock)
        while not stop.is_set():
            raw = await source.fetch(MAX_RECORDS, FETCH_SECONDS)
            await backlog.report(raw)
            if not raw:
                continue
            records, unreadable = self._decode(source.stream, raw)
            await self._write_dead_letters(unreadable, limit, observer)
            limit.passed(len(records))
            position = raw[-1].offset + 1
            started = self._clock.monotonic()
            self._probe(BEFORE_BEGIN)
            await asyncio.to_thread(self._store.write, source.stream, source.partition, stored, position, records)
            self._probe(AFTER_COMMIT)
            stored = position
            await source.commit(position)
            observer.committed(len(raw), len(records), self._clock.monotonic() - started)

    def _decode(
        self, stream: str, raw: Sequence[RawRecord]
    ) -> tuple[list[Record[Any]], list[tuple[RawRecord, DecodeError]]]:
        shape = self._streams[stream].event
        records: list[Record[Any]] = []
        unreadable: list[tuple[RawRecord, DecodeError]] = []
        for item in raw:
            try:
                value = None if item.value is None else decode(item.value, shape)
            except DecodeError as error:
                unreadable.append((item, error))
                continue
            records.append(
                Record(
                    (item.key or b"").decode(errors="replace"), value, item.stream, item.partition, item.offset,
                    item.timestamp_ms, header(item.headers, "traceparent"),
                )
            )  # fmt: skip
        return records, unreadable

    async def _write_dead_letters(
        self, unreadable: Sequence[tuple[RawRecord, DecodeError]], limit: DeadLetterLimit, observer: TaskObserver
    ) -> None:
        """Write them before the position moves past them: after a crash in between they are written again, under the
        same id."""
        letters = []
        for item, error in unreadable:
            limit.failed(error)
            observer.dead_lettered(item, error)
            letters.append(dead_letter(self.name, item, error, self._clock.now()))
        if letters:
            await put(self._clients, self._names, dead_letter_stream(self.name), letters, self.name)
