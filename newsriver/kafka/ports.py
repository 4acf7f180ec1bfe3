"""What a task needs of the outside: its log and its input. Apache Kafka and the in-memory broker both provide them."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

from newsriver.kafka.records import RawRecord, Transaction


class TaskLog(Protocol):
    """The changelog and the transactions of one task."""

    async def open(self) -> None:
        """Become the owner of the task: whoever owned it can commit nothing from now on."""

    def restore(self) -> AsyncIterator[tuple[bytes, bytes | None]]:
        """The changelog's committed entries from its beginning to its present end."""

    def begin(self) -> Transaction:
        """An empty transaction of this log. One that is not committed is forgotten."""

    async def commit(self, transaction: Transaction) -> None:
        """Write all of it, or none: on return it is committed. Raises LogError or FencedError, and is then useless."""

    async def close(self) -> None:
        """Let go, within a few seconds, aborting what is open. Never raises."""


class Input(Protocol):
    """One partition of an input stream."""

    @property
    def stream(self) -> str: ...

    @property
    def partition(self) -> int: ...

    async def committed(self) -> int | None:
        """The group's committed offset, which may lag behind the checkpoint."""

    async def bounds(self) -> tuple[int, int]:
        """The offset of the first record still there, and the one behind the last."""

    def start_at(self, offset: int) -> None:
        """Go on reading at this offset."""

    async def fetch(self, max_records: int, timeout_s: float) -> Sequence[RawRecord]:
        """Records that are there, or come within the time-out; an empty sequence if none."""

    async def lag(self) -> int | None:
        """How much of the stream is behind the records that `fetch` gave: 0 when that was all, None while unknown.

        Counted in offsets, of which transactions take some, so between 0 and there it is an upper bound of records.
        """


class TaskObserver(Protocol):
    """Who wants to know how a task is doing (metrics, logs). Its methods return at once and never raise."""

    def restored(self, entries: int, seconds: float) -> None:
        """The task took over, with so many changelog entries."""

    def behind(self, records: int, oldest_ms: int | None) -> None:
        """So many input records wait, the oldest of them with this log time, None if there is none.

        Heard at least twice a second, unless the task is held up."""

    def committed(self, records: int, outputs: int, seconds: float) -> None:
        """A transaction was committed: this many input records, and what they led to."""

    def dead_lettered(self, record: RawRecord, error: Exception) -> None:
        """A record could not be processed."""

    def worked(self, result: object, seconds: float) -> None:
        """Work on an item ended with this result, which may be an exception."""

    def closed(self, error: BaseException | None) -> None:
        """The task ended: let go, or thrown away because of an error."""


CrashPoint = str
Probe = Callable[[CrashPoint], None]
"""Called at the named points of a task's life, so that tests can stop a process exactly there."""

BEFORE_BEGIN = "before-begin"
AFTER_SENDS = "after-sends"
AFTER_OFFSETS = "after-offsets"
AFTER_COMMIT = "after-commit"
IN_RESTORE = "in-restore"
IN_REVOCATION = "in-revocation"
CRASH_POINTS = (BEFORE_BEGIN, AFTER_SENDS, AFTER_OFFSETS, AFTER_COMMIT, IN_RESTORE, IN_REVOCATION)


def no_probe(point: CrashPoint) -> None:
    """The probe of ordinary life."""
