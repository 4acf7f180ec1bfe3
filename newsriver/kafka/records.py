"""Records as bytes, on their way in and out of a task. Structs for the same reason as in `newsriver.stages`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

Headers = Sequence[tuple[str, bytes]]


class RawRecord(msgspec.Struct, frozen=True, gc=False):
    """A record as the broker gave it; `timestamp_ms` is milliseconds since the epoch."""

    stream: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    def tombstone(self) -> "RawRecord":
        """What, written to the same stream, deletes this record."""
        return RawRecord(self.stream, self.partition, self.offset, self.timestamp_ms, self.key, None)


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """A record to write. The partition follows from `partition_key`, unless `partition` names it."""

    stream: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    partition_key: bytes = b""
    partition: int | None = None


class Outputs(Protocol):
    """The events of one transaction, in their order; how they are kept is the log's concern. A list is one."""

    def append(self, output: Outgoing, /) -> None:
        """Put an event behind the others."""

    def __len__(self) -> int:
        """How many there are."""


@dataclass(slots=True)
class Transaction:
    """All that is written together: events, the last change of each key of the state, and the input position.

    `position` is the offset of the next input record, or None when the transaction has no input (work, ticks).
    """

    outputs: Outputs
    changelog: dict[bytes, bytes | None] = field(default_factory=dict)
    position: int | None = None
    records: int = 0
    """How many input records led to it."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.outputs and not self.changelog and self.position is None
