"""The inside of a task, without a broker: records and results in, transactions out, state kept."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from newsriver.kafka.changelog import CHECKPOINT, checkpoint_offset, checkpoint_value, entry, read_entry
from newsriver.kafka.deadletters import DeadLetterLimit, dead_letter
from newsriver.kafka.ports import TaskObserver
from newsriver.kafka.records import Outgoing, RawRecord, Transaction
from newsriver.kafka.tracing import child_of
from newsriver.stages import Change, Effects, Output, Record, Stage, WorkItem
from schemas.codec import cloud_event_headers, decode, encode, header
from schemas.errors import ContractError
from schemas.streams import dead_letter_stream

MAX_RECORD_BYTES = 4 * 1024 * 1024
"""The largest record that streams take (`max.message.bytes` of every stream)."""


class RecordTooLargeError(ContractError):
    """An event is larger than any stream takes."""


class TaskCore:
    """One task's state and what turns records into transactions. Throw it away after a transaction that failed:
    its state is ahead of the log then, and only the log knows the truth."""

    def __init__(
        self, stage: Stage[Any, Any], *, prefix: str, source: str, partition: int, observer: TaskObserver
    ) -> None:
        self.stage = stage
        self.state = stage.new_state()
        self.position: int | None = None
        self._observer = observer
        self._prefix = prefix
        self._source = source
        self._partition = partition
        self._limit = DeadLetterLimit(stage.name)
        self._dead_stream = dead_letter_stream(stage.name).full_name(prefix)

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take in one entry of the changelog, in its order."""
        if key == CHECKPOINT:
            self.position = None if value is None else checkpoint_offset(value)
            return
        self.state.apply(read_entry(key, value, self.state.shapes))

    def take(
        self, transaction: Transaction, record: RawRecord, now: datetime,
        process: Callable[[Record[Any], Any, datetime], Effects],
    ) -> tuple[Change, ...]:  # fmt: skip
        """Process one record into the transaction, as a dead letter if it cannot be; gives the changes made."""
        transaction.position = record.offset + 1
        transaction.records += 1
        try:
            traceparent = header(record.headers, "traceparent")
            decoded: Record[Any] = Record(
                "" if record.key is None else record.key.decode(),
                None if record.value is None else decode(record.value, self.stage.input.event),
                record.stream,
                record.partition,
                record.offset,
                record.timestamp_ms,
                traceparent,
            )
            changes = self.add(transaction, process(decoded, self.state, now), traceparent)
        except Exception as error:  # noqa: BLE001 - whatever a record does to a stage, the next one is not its concern
            self._write_dead_letter(transaction, record, error, now)
            return ()
        self._limit.passed()
        return changes

    def add(self, transaction: Transaction, effects: Effects, traceparent: str | None = None) -> tuple[Change, ...]:
        """Put effects into the transaction and the changes into the state; all or, when it raises, none of them."""
        outputs = [self._outgoing(output, traceparent) for output in effects.outputs]
        entries = [entry(change) for change in effects.changes]
        for output in outputs:
            transaction.outputs.append(output)
        for change, (key, value) in zip(effects.changes, entries, strict=True):
            self.state.apply(change)
            transaction.changelog.pop(key, None)  # the last change of a key stands where it happened
            transaction.changelog[key] = value
        return effects.changes

    def finish(self, transaction: Transaction, effects: Effects) -> tuple[Change, ...]:
        """`add` what a work item led to."""
        changes = self.add(transaction, effects)
        self._limit.passed()
        return changes

    def give_up(self, transaction: Transaction, key: str, item: WorkItem, error: Exception, now: datetime) -> None:
        """Write a dead letter for a work item whose result could not be taken in; one for each time it was due."""
        origin, timestamp_ms = f"{self.stage.name}.work", int(now.timestamp() * 1000)
        record = RawRecord(origin, self._partition, 0, timestamp_ms, key.encode(errors="replace"), _kept(item))
        self._write_dead_letter(transaction, record, error, now, key, item.due_at.isoformat())

    def seal(self, transaction: Transaction) -> None:
        """Write the input position next to the state it belongs to, where it outranks the group's committed offset."""
        if transaction.position is not None:
            transaction.changelog.pop(CHECKPOINT, None)
            transaction.changelog[CHECKPOINT] = checkpoint_value(transaction.position)

    def _write_dead_letter(
        self, transaction: Transaction, record: RawRecord, error: Exception, now: datetime, *which: str
    ) -> None:
        self._limit.failed(error)
        self._observer.dead_lettered(record, error)
        letter = dead_letter(self.stage.name, record, error, now, *which)
        headers = cloud_event_headers(letter, source=self._source, subject=letter.key or letter.id, traceparent=None)
        transaction.outputs.append(
            Outgoing(
                self._dead_stream, record.key or letter.id.encode(), encode(letter), headers, partition=self._partition
            )
        )

    def _outgoing(self, output: Output, traceparent: str | None) -> Outgoing:
        stream, event = output.stream, output.event
        key = stream.key(event)
        value = encode(event)
        if len(value) > MAX_RECORD_BYTES:
            raise RecordTooLargeError(f"{type(event).__name__} {event.id} has {len(value)} bytes")
        return Outgoing(
            stream.full_name(self._prefix),
            key.encode(),
            value,
            cloud_event_headers(
                event, source=self._source, subject=key, traceparent=child_of(traceparent, self._source, event.id)
            ),
            partition_key=stream.partition_key(event).encode(),
        )


def _kept(item: WorkItem) -> bytes:
    try:
        return encode(item)
    except TypeError:  # that may be the very error
        return repr(item).encode(errors="backslashreplace")
