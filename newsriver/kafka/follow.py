"""Following a compacted stream: its present content, in full, in every process that needs it (the rules).

Streams that this content names are there before the stage hears of it, so no transaction can miss them.
A record that cannot be used goes to the dead letters of the stage that follows, once a process; its id is the same
from all of them.
"""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from newsriver.clock import Clock
from newsriver.kafka.admin import create_like
from newsriver.kafka.clients import Clients
from newsriver.kafka.deadletters import dead_letter
from newsriver.kafka.errors import LogError
from newsriver.kafka.names import Names
from newsriver.kafka.records import RawRecord
from newsriver.kafka.writing import put
from newsriver.stages import Stage
from schemas.codec import decode
from schemas.errors import DecodeError
from schemas.events import Event
from schemas.streams import Stream, dead_letter_stream

log = structlog.get_logger(__name__)

START_SECONDS = 60


class Follower:
    """Keeps `stage` informed of one stream. Entering it returns when the stage has seen all that was there."""

    def __init__(
        self, clients: Clients, names: Names, stage: Stage[Any, Any], stream: Stream[Any], clock: Clock
    ) -> None:
        self._clients = clients
        self._names = names
        self._clock = clock
        self._name = names.stream(stream)
        self._stage = stage
        self._stream = stream
        self._content: dict[str, Event] = {}
        self._records: dict[str, RawRecord] = {}
        self._unusable: list[tuple[RawRecord, Exception]] = []
        self._handed_over = False
        self._following: asyncio.Task[None] | None = None
        self._reader: AIOKafkaConsumer | None = None

    async def __aenter__(self) -> Self:
        reader = self._reader = self._clients.reader()
        try:
            await reader.start()
            async with asyncio.timeout(START_SECONDS):
                await self._read_to_end(reader)
                await self._hand_over()
        except (KafkaError, LogError, TimeoutError) as error:
            await reader.stop()
            raise LogError(f"cannot follow {self._name}: {error!r}") from error
        self._following = asyncio.create_task(self._follow(reader))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        if self._reader is not None:
            with suppress(KafkaError):
                await self._reader.stop()

    async def _read_to_end(self, reader: AIOKafkaConsumer) -> None:
        partitions = [TopicPartition(self._name, p) for p in await _partitions_for(reader, self._name)]
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        ends = await reader.end_offsets(partitions)
        while any([await reader.position(p) < end for p, end in ends.items()]):
            for records in (await reader.getmany(timeout_ms=200)).values():
                self._take_in(records)

    async def _follow(self, reader: AIOKafkaConsumer) -> None:
        while True:
            try:
                for records in (await reader.getmany(timeout_ms=1000)).values():
                    self._take_in(records)
                await self._hand_over()
            except (KafkaError, LogError) as error:
                log.warning("follow.unreachable", stream=self._name, error=repr(error))
                await asyncio.sleep(1)
            except Exception as error:  # the stage's own fault: what was in force stays so until the content changes
                log.error("follow.failed", stream=self._name, exc_info=error)

    def _take_in(self, records: list[ConsumerRecord]) -> None:
        self._handed_over = False
        for r in records:
            key = (r.key or b"").decode(errors="replace")
            record = RawRecord(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, r.headers)
            if record.value is None:
                self._content.pop(key, None)
                self._records.pop(key, None)
                continue
            try:
                self._content[key] = decode(record.value, self._stream.event)
                self._records[key] = record
            except DecodeError as error:  # the last good one stays in force
                self._unusable.append((record, error))

    async def _hand_over(self) -> None:
        """Put the content into force if it has changed, then report what of it cannot be used."""
        if not self._handed_over:
            extra = self._stage.extra_streams(self._stream, self._content)
            await create_like(self._clients, self._names, self._names.stream(self._stage.input), extra)
            self._handed_over = True
            # In a thread: a hundred thousand rules take longer than a group waits for a sign of life.
            refused = await asyncio.to_thread(self._stage.followed, self._stream, self._content)
            for key, error in refused.items():
                record = self._records.pop(key, None)  # left out until it changes, and reported once
                if record is not None:
                    self._unusable.append((record, error))
            log.info("follow.updated", stream=self._name, entries=len(self._content) - len(refused))
        await self._report_unusable()

    async def _report_unusable(self) -> None:
        while self._unusable:
            record, error = self._unusable[0]
            letter = dead_letter(self._stage.name, record, error, self._clock.now())
            await put(self._clients, self._names, dead_letter_stream(self._stage.name), [letter], self._stage.name)
            log.error("follow.refused", stream=self._name, key=letter.key, offset=record.offset, error=str(error))
            del self._unusable[0]


async def _partitions_for(reader: AIOKafkaConsumer, stream: str) -> list[int]:
    await reader._client._wait_on_metadata(stream)
    return sorted(reader.partitions_for_topic(stream) or ())
