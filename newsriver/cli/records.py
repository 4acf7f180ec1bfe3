"""Events as commands read them: a record that is not what its stream promises is told of and passed over."""

from typing import TypeVar

import structlog

from newsriver.kafka.records import RawRecord
from schemas.codec import decode
from schemas.errors import DecodeError
from schemas.events import Event

log = structlog.get_logger(__name__)

E = TypeVar("E", bound=Event)


def readable(record: RawRecord, shape: type[E]) -> E | None:
    """The event of a record. None of a tombstone, and of anything else that is no such event, which is logged."""
    if record.value is None:
        return None
    try:
        return decode(record.value, shape)
    except DecodeError as error:
        log.error(
            "record.unreadable", stream=record.stream, partition=record.partition, offset=record.offset,
            error=str(error),
        )  # fmt: skip
        return None
