"""One partition of an input stream, read through the consumer that the stage's tasks share."""

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from newsriver.kafka.records import RawRecord


class KafkaInput:
    """The input of the task that a group assigned to this member; see `Input` for the contract."""

    def __init__(self, consumer: AIOKafkaConsumer, assigned: TopicPartition) -> None:
        self._consumer = consumer
        self._assigned = assigned

    @property
    def stream(self) -> str:
        return str(self._assigned.topic)

    @property
    def partition(self) -> int:
        return int(self._assigned.partition)

    async def committed(self) -> int | None:
        offset = await self._consumer.committed(self._assigned)
        return None if offset is None or offset < 0 else int(offset)

    async def bounds(self) -> tuple[int, int]:
        beginning = await self._consumer.beginning_offsets([self._assigned])
        end = await self._consumer.end_offsets([self._assigned])
        return int(beginning[self._assigned]), int(end[self._assigned])

    def start_at(self, offset: int) -> None:
        self._consumer.seek(self._assigned, offset)
        self._consumer.resume(self._assigned)

    async def fetch(self, max_records: int, timeout_s: float) -> Sequence[RawRecord]:
        got = await self._consumer.getmany(
            self._assigned, timeout_ms=max(1, round(timeout_s * 1000)), max_records=max_records
        )
        return [
            RawRecord(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, r.headers)
            for r in got.get(self._assigned, ())
        ]

    def lag(self, position: int) -> int | None:
        if self._assigned not in self._consumer.assignment():
            return None
        stable = self._consumer.last_stable_offset(self._assigned)
        return None if stable is None or stable < 0 else max(0, int(stable) - position)
