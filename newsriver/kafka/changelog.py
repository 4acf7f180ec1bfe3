"""How the state of a task is written to its changelog: one record a key, `<table>:<key>`, and the input position."""

from collections.abc import Mapping
from typing import Any

import orjson

from newsriver.kafka.errors import LogError
from newsriver.stages import Change
from schemas.codec import decode, encode

CHECKPOINT = b"!checkpoint"


def entry(change: Change) -> tuple[bytes, bytes | None]:
    """The changelog record of a change; a delete is a tombstone."""
    return f"{change.table}:{change.key}".encode(), None if change.value is None else encode(change.value)


def read_entry(key: bytes, value: bytes | None, shapes: Mapping[str, Any]) -> Change:
    """The change that a changelog record holds, its value in the shape of its table."""
    table, colon, name = key.decode().partition(":")
    if not colon or table not in shapes:
        raise LogError(f"a changelog record belongs to no table: {key!r}; tables are {sorted(shapes)}")
    return Change(table, name, None if value is None else decode(value, shapes[table]))


def checkpoint_value(offset: int) -> bytes:
    """The input position as it stands in the changelog: the offset of the next record to process."""
    return orjson.dumps({"next_offset": offset})


def checkpoint_offset(value: bytes) -> int:
    """The input position that a checkpoint holds."""
    return int(orjson.loads(value)["next_offset"])
