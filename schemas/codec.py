"""Events as bytes: plain JSON values, CloudEvents 1.0 binary-mode headers (Kafka protocol binding)."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

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


def event_type(shape: type[Event]) -> str:
    """The CloudEvents type of an event class: `newsriver.ArticleScraped.v1`."""
    return f"newsriver.{shape.__name__}.v1"


def cloud_event_headers(event: Event, *, source: str, subject: str, traceparent: str | None) -> list[tuple[str, bytes]]:
    """Headers of CloudEvents binary mode. `source` is the stage that wrote the event, `subject` the record key."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event.id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", event_type(type(event)).encode()),
        ("ce_time", event.emitted_at.isoformat().encode()),
        ("ce_subject", subject.encode()),
        ("ce_dataschema", f"urn:newsriver:schema:{type(event).__name__}:{event.schema_version}".encode()),
        ("content-type", b"application/json"),
    ]
    if traceparent is not None:
        headers.append(("traceparent", traceparent.encode()))
    return headers


def header(headers: Iterable[tuple[str, bytes]], name: str) -> str | None:
    """The first header of that name as text, or None."""
    return next((value.decode(errors="replace") for key, value in headers if key == name), None)
