"""JSON Schema files and asyncapi.yaml from the Python types: `python -m schemas.generate [--check]`.

The files are checked in, so that readers in other languages need no Python; `--check` exits with 1 when they are not
what the types say.
"""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import yaml

from schemas.codec import event_type
from schemas.events import Event
from schemas.streams import CATALOGUE, PARTITIONS, Stream, dead_letter_stream, topic_stream

HERE = Path(__file__).parent
KAFKA_BINDING = "0.5.0"
SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def event_schema(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one event, with the types it refers to inside."""
    schema = msgspec.json.schema(event, ref_template="#/$defs/{name}")
    definitions = schema["$defs"]
    own = definitions.pop(event.__name__)
    result = {
        "$schema": SCHEMA_DIALECT,
        "$id": f"urn:newsriver:schema:{event.__name__}:1",
        **own,
    }
    if definitions:
        result["$defs"] = definitions
    return result


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 description of all streams, named and divided as the default settings do it."""
    streams: list[Stream[Any]] = [*CATALOGUE, topic_stream("{topicId}"), dead_letter_stream("{stage}")]
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for stream in streams:
        name = stream.name.replace(".{", "-").replace("}", "")
        event = stream.event.__name__
        messages[event] = {
            "name": event_type(stream.event),
            "contentType": "application/json",
            "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
            "payload": {"$ref": f"./jsonschema/{event}.json"},
            "bindings": {"kafka": _message_binding(stream)},
        }
        channel: dict[str, Any] = {
            "address": stream.full_name("news"),
            "summary": stream.summary,
            "messages": {event: {"$ref": f"#/components/messages/{event}"}},
            "bindings": {"kafka": _channel_binding(stream)},
            "x-partitioned-by": stream.partitioned_by,
            "x-public": stream.public,
        }
        if "{" in stream.name:
            parameter = stream.name.partition("{")[2].rstrip("}")
            channel["parameters"] = {parameter: {"description": f"The {parameter} of the stream's records."}}
        channels[name] = channel
        operations[f"receive-{name}"] = {"action": "receive", "channel": {"$ref": f"#/channels/{name}"}}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "newsriver",
            "version": "1",
            "description": "News feeds as Kafka event streams. Records carry CloudEvents 1.0 binary-mode headers; "
            "values are JSON; a null value is a tombstone. Read with isolation.level=read_committed. Names and "
            "numbers of partitions are those of the default settings.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {"CloudEventHeaders": _headers_schema()}},
    }


def _channel_binding(stream: Stream[Any]) -> dict[str, Any]:
    retention = -1 if stream.retention is None else int(stream.retention.total_seconds() * 1000)
    return {
        "partitions": PARTITIONS,
        "topicConfiguration": {"cleanup.policy": stream.cleanup.split(","), "retention.ms": retention},
        "bindingVersion": KAFKA_BINDING,
    }


def _message_binding(stream: Stream[Any]) -> dict[str, Any]:
    """The key, which is the same on every stream that carries the event."""
    return {
        "key": {"type": "string", "description": f"The event's {stream.keyed_by}."},
        "bindingVersion": KAFKA_BINDING,
    }


def _headers_schema() -> dict[str, Any]:
    names = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "ce_dataschema")
    properties = {name: {"type": "string"} for name in (*names, "content-type", "traceparent")}
    return {"type": "object", "properties": properties, "required": [*names, "content-type"]}


def files() -> dict[Path, str]:
    """Every generated file and its text."""
    events = {stream.event for stream in (*CATALOGUE, dead_letter_stream("any"))}
    generated = {
        HERE / "jsonschema" / f"{event.__name__}.json": json.dumps(event_schema(event), indent=2) + "\n"
        for event in sorted(events, key=lambda event: event.__name__)
    }
    generated[HERE / "asyncapi.yaml"] = yaml.safe_dump(asyncapi(), sort_keys=False, width=120, allow_unicode=True)
    return generated


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` only say which differ."""
    stale = [path for path, text in files().items() if not path.exists() or path.read_text("utf-8") != text]
    stale += [path for path in (HERE / "jsonschema").glob("*.json") if path not in files()]
    if "--check" in arguments:
        for path in stale:
            sys.stderr.write(f"{path.relative_to(HERE.parent)} is not what the types say: run `make schemas`\n")
        return 1 if stale else 0
    for path in (HERE / "jsonschema").glob("*.json"):
        path.unlink()
    for path, text in files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
