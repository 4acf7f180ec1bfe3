"""Events as bytes: plain JSON values, CloudEvents 1.0 binary-mode headers (Kafka protocol binding)."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, TypeVar, cast

import msgspec
import orjson

from schemas.errors import DecodeError
from schemas.events import Event

T = TypeVar("T")

Headers = Sequence[tuple[str, bytes]]

_OPTIONS = orjson.OPT_UTC_Z


def encode(value: object) -> bytes:
    """The JSON of an event or of any value made of dataclasses, aware datetimes and JSON types."""
    return orjson.dumps(value, option=_OPTIONS)


def decode(data: bytes, shape: type[T]) -> T:
    """The `shape` that `data` holds. Unknown fields are ignored; all else amiss is a DecodeError with its path."""
    try:
        return cast(T, _decoder_of(cast(Hashable, shape)).decode(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode_in_steps(data, shape)


@lru_cache(maxsize=256)
def _decoder_of(shape: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


def _decode_in_steps(data: bytes, shape: type[T]) -> T:
    """As `decode`, in two steps, which tell bytes that are no JSON from JSON that is not the shape."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise DecodeError(f"not JSON: {error}") from error
    return from_builtins(document, shape)


def from_builtins(document: object, shape: type[T]) -> T:
    """The `shape` that decoded JSON holds, or DecodeError naming the path of what is wrong."""
    try:
        return msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        raise DecodeError(f"not a valid {shape.__name__}: {error}") from error


def check_fields(document: Mapping[str, object], shape: type, where: str = "") -> None:
    """Raise DecodeError if decoded JSON has fields that the dataclass has not; `where` begins the message."""
    known = {field.name for field in fields(shape)}
    if unknown := sorted(map(str, set(document) - known)):
        raise DecodeError(f"{where}no such field: {', '.join(unknown)}; known are {', '.join(sorted(known))}")


def event_type(shape: type[Event]) -> str:
    """The CloudEvents type of an event class: `newsriver.ArticleScraped.v1`."""
    return f"newsriver.{shape.__name__}.v1"


def cloud_event_headers(event: Event, *, source: str, subject: str, traceparent: str | None) -> list[tuple[str, bytes]]:
    """Headers of CloudEvents binary mode. `source` is the stage that wrote the event, `subject` the record key."""
    headers = [
        *_fixed_headers(type(event).__name__, event.schema_version, source),
        ("ce_id", event.id.encode()),
        ("ce_time", event.emitted_at.isoformat().encode()),
        ("ce_subject", subject.encode()),
    ]
    if traceparent is not None:
        headers.append(("traceparent", traceparent.encode()))
    return headers


@lru_cache(maxsize=1024)
def _fixed_headers(event: str, version: int, source: str) -> tuple[tuple[str, bytes], ...]:
    """The headers that are the same for all events of one kind from one stage."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_source", source.encode()),
        ("ce_type", f"newsriver.{event}.v1".encode()),
        ("ce_dataschema", f"urn:newsriver:schema:{event}:{version}".encode()),
        ("content-type", b"application/json"),
    )


def header(headers: Iterable[tuple[str, bytes]], name: str) -> str | None:
    """The first header of that name as text, or None."""
    for key, value in headers:
        if key == name:
            return (value or b"").decode(errors="replace")  # Kafka allows a header without a value
    return None
