"""One partition of an input stream, read through the consumer that the stage's tasks share."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from newsriver.kafka.errors import DataLossError, LogError
from newsriver.kafka.records import RawRecord


class KafkaInput:
    """The input of the task that a group assigned to this member; see `Input` for the contract."""

    def __init__(self, consumer: AIOKafkaConsumer, assigned: TopicPartition) -> None:
        self._consumer = consumer
        self._assigned = assigned
        self._fetching: asyncio.Task[dict[TopicPartition, list[ConsumerRecord]]] | None = None
        self._interrupted = False

    @property
    def stream(self) -> str:
        return str(self._assigned.topic)

    @property
    def partition(self) -> int:
        return int(self._assigned.partition)

    async def committed(self) -> int | None:
        try:
            offset = await self._consumer.committed(self._assigned)
        except KafkaError as error:
            raise LogError(f"cannot read the committed offset of {self._assigned}: {error!r}") from error
        return None if offset is None or offset < 0 else int(offset)

    async def bounds(self) -> tuple[int, int]:
        try:
            beginning = await self._consumer.beginning_offsets([self._assigned])
            end = await self._consumer.end_offsets([self._assigned])
        except KafkaError as error:
            raise LogError(f"cannot read the bounds of {self._assigned}: {error!r}") from error
        return int(beginning[self._assigned]), int(end[self._assigned])

    async def commit(self, position: int) -> None:
        """Tell the group how far this partition is done, for those who watch its lag."""
        try:
            await self._consumer.commit({self._assigned: position})
        except KafkaError as error:
            raise LogError(f"cannot commit the offset of {self._assigned}: {error!r}") from error

    async def confirm_membership(self) -> bool:
        """Whether the group still counts this process as the partition's owner, which only the broker knows."""
        try:
            offset = await self._consumer.committed(self._assigned)
            if offset is not None and offset >= 0:
                await self._consumer.commit({self._assigned: offset})
        except KafkaError:
            return False
        return self._assigned in self._consumer.assignment()

    def start_at(self, offset: int) -> None:
        try:
            self._consumer.seek(self._assigned, offset)
            self._consumer.resume(self._assigned)
        except KafkaError as error:
            raise LogError(f"{self.stream}/{self.partition} is not assigned any more: {error!r}") from error

    async def fetch(self, max_records: int, timeout_s: float) -> Sequence[RawRecord]:
        if self._interrupted:
            return ()
        self._fetching = asyncio.create_task(
            self._consumer.getmany(self._assigned, timeout_ms=max(1, round(timeout_s * 1000)), max_records=max_records)
        )
        try:
            got = await self._fetching
        except asyncio.CancelledError:
            if self._interrupted:
                return ()
            self._fetching.cancel()
            raise
        except OffsetOutOfRangeError as error:
            raise DataLossError(
                f"{self.stream}/{self.partition}: records were deleted before they were read"
            ) from error
        except KafkaError as error:
            raise LogError(f"cannot read {self.stream}/{self.partition}: {error!r}") from error
        return [
            RawRecord(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, r.headers)
            for r in got.get(self._assigned, ())
        ]

    def interrupt(self) -> None:
        """End a fetch that is under way, with no records, and every later one. During a rebalance the client would
        keep it waiting until the next assignment, which in turn waits for the owner to let go."""
        self._interrupted = True
        if self._fetching is not None:
            self._fetching.cancel()

    async def lag(self) -> int | None:
        # The client's own position, because it moves past what is no record: marks of transactions, aborted records.
        if self._interrupted or self._assigned not in self._consumer.assignment():
            return None
        position = await self._consumer.position(self._assigned)
        stable = self._consumer.last_stable_offset(self._assigned)
        return None if stable is None or stable < 0 else max(0, int(stable) - int(position))
