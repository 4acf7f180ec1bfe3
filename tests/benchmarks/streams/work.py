"""What every competitor does to a record, on plain dicts: the same fields and the same headers as newsriver's task."""

from collections.abc import Iterable
from typing import Any

import orjson

from newsriver.kafka.tracing import child_of

SOURCE = "bench.fold"
STATIC = [
    ("ce_specversion", b"1.0"),
    ("ce_source", SOURCE.encode()),
    ("ce_type", b"newsriver.Folded.v1"),
    ("ce_dataschema", b"urn:newsriver:schema:Folded:1"),
    ("content-type", b"application/json"),
]


def fold(document: dict[str, Any]) -> dict[str, Any]:
    """The document with its case-folded title and its number of words."""
    document["title_folded"] = document["title"].casefold()
    document["words"] = document["body"].count(" ") + 1
    return document


def transform(value: bytes) -> tuple[bytes, dict[str, Any]]:
    """Decode, work, encode; gives the document too, for its headers."""
    document = fold(orjson.loads(value))
    return orjson.dumps(document), document


def headers_of(document: dict[str, Any], read: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The CloudEvents headers of the outgoing record, its trace continued from the incoming one's."""
    parent = next((value.decode() for name, value in read if name == "traceparent"), None)
    return [
        *STATIC,
        ("ce_id", document["id"].encode()),
        ("ce_time", document["emitted_at"].encode()),
        ("ce_subject", document["article_id"].encode()),
        ("traceparent", child_of(parent, SOURCE, document["id"]).encode()),
    ]
