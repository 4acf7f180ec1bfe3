"""Records that cannot be processed: what is kept of them, and how many are too many."""

from base64 import b64encode
from datetime import datetime

from newsriver.kafka.errors import TooManyDeadLettersError
from newsriver.kafka.records import RawRecord
from schemas.events import DeadLetter
from schemas.identity import stable_id

MAX_CONSECUTIVE = 100
WINDOW = 1000
MAX_RATIO = 0.5
MIN_SAMPLE = 200
MAX_KEPT_BYTES = 700_000
"""Base64 adds a third, and a record on the dead-letter stream has to stay below the brokers' usual limit of 1 MiB."""


def dead_letter(stage: str, record: RawRecord, error: Exception, now: datetime, *which: str) -> DeadLetter:
    """The record with its origin and the error; a value too large for the stream is left where it is, and named.

    The id follows from the origin, and from `which` where several records have one.
    """
    detail = str(error).encode(errors="backslashreplace").decode()  # it may quote text that has no encoding
    value = record.value
    if value is not None and len(value) > MAX_KEPT_BYTES:
        detail += f" (value of {len(value)} bytes not copied; it is at the origin)"
        value = None
    return DeadLetter(
        id=stable_id("dead", stage, record.stream, str(record.partition), str(record.offset), *which),
        emitted_at=now,
        stage=stage,
        stream=record.stream,
        partition=record.partition,
        offset=record.offset,
        error=type(error).__name__,
        detail=detail[:4000],
        failed_at=now,
        key=None if record.key is None else record.key.decode(errors="replace"),
        value=None if value is None else b64encode(value).decode(),
        headers={name: (data or b"").decode(errors="replace") for name, data in record.headers},
    )


class DeadLetterLimit:
    """Stops a stage that would drain its input into the dead letters: by a run of failures, and by their share."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._consecutive = 0
        self._seen = 0
        self._failed = 0

    def passed(self, records: int = 1) -> None:
        """Count records that were processed."""
        if records:
            self._consecutive = 0
            self._count(records, 0)

    def failed(self, error: Exception) -> None:
        """Count a record that was not; raises TooManyDeadLettersError at a limit."""
        self._consecutive += 1
        self._count(1, 1)
        if self._consecutive >= MAX_CONSECUTIVE:
            raise TooManyDeadLettersError(
                f"{self._stage}: {self._consecutive} records in a row could not be processed, the last one: {error!r}"
            ) from error
        if self._seen >= MIN_SAMPLE and self._failed > MAX_RATIO * self._seen:
            raise TooManyDeadLettersError(
                f"{self._stage}: {self._failed} of the last {self._seen} records could not be processed, "
                f"the last one: {error!r}"
            ) from error

    def _count(self, records: int, failed: int) -> None:
        if self._seen >= WINDOW:  # halve rather than slide: two integers instead of a ring, and old news still fades
            self._seen //= 2
            self._failed //= 2
        self._seen += records
        self._failed += failed
