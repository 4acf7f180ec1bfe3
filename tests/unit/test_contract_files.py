"""The checked-in contract files: up to date, valid, and true of real events."""

import json
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import ValidationError

from newsriver.kafka.admin import wanted_streams
from newsriver.kafka.names import Names
from newsriver.settings import Settings
from schemas.codec import encode
from schemas.events import Feed
from schemas.generate import HERE, files, main
from schemas.streams import CATALOGUE, MATCHES, Stream, by_name, dead_letter_stream, topic_stream

SCHEMAS = sorted((HERE / "jsonschema").glob("*.json"))
STREAMS: list[Stream[Any]] = [*CATALOGUE, topic_stream("{topicId}"), dead_letter_stream("{stage}")]
DRAFT_07 = frozenset(jsonschema.Draft7Validator.META_SCHEMA["properties"]) | {"$defs"}

Description = dict[str, Any]


def test_files_are_what_the_types_say() -> None:
    assert main(["--check"]) == 0


def test_nothing_is_checked_in_that_is_not_generated() -> None:
    assert {path for path in files() if path.suffix == ".json"} == set(SCHEMAS)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_schemas_are_valid_and_open(path: Path) -> None:
    schema = json.loads(path.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema.get("additionalProperties", True) is not False


def test_a_schema_accepts_an_event_and_refuses_a_broken_one() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    feed = Feed(id="f", emitted_at=now, feed_id="f", url="https://nordhavn-courier.example/rss")
    schema = json.loads((HERE / "jsonschema" / "Feed.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    document = json.loads(encode(feed))
    validator.validate(document)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**document, "url": None})


@pytest.fixture
def description() -> Description:
    document: Description = yaml.safe_load((HERE / "asyncapi.yaml").read_text("utf-8"))
    return document


@pytest.fixture(scope="module")
def asyncapi() -> Any:
    """The model of a whole document, by people who wrote the specification down independently of this project."""
    with warnings.catch_warnings(action="ignore"):
        from asyncapi3.models import AsyncAPI3
    return AsyncAPI3


def test_the_description_is_asyncapi_3(description: Description, asyncapi: Any) -> None:
    """The models know the fields of every object of AsyncAPI 3.0.0 and of the Kafka bindings 0.5.0, which of them are
    required, and their types. They follow no reference and look into no payload; the tests below do."""
    assert description["asyncapi"] == "3.0.0"
    asyncapi.model_validate(description)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda d: d["info"].pop("version"), id="Info Object: version is required"),
        pytest.param(lambda d: d["channels"].update({"all news": {}}), id="Channels Object: no blank in a name"),
        pytest.param(lambda d: d["channels"]["feeds"].update(topic="x"), id="Channel Object: unknown field"),
        pytest.param(lambda d: d["channels"]["feeds"].update(parameters={"x": {}}), id="Channel Object: no parameter"),
        pytest.param(lambda d: d["operations"]["receive-feeds"].update(action="read"), id="Operation Object: action"),
        pytest.param(lambda d: d["operations"]["receive-feeds"].pop("channel"), id="Operation Object: no channel"),
        pytest.param(lambda d: d["components"]["messages"]["Feed"].update(body={}), id="Message Object: unknown field"),
        pytest.param(lambda d: _kafka(d["channels"]["feeds"]).update(partitions=0), id="Kafka channel: partitions"),
        pytest.param(lambda d: _kafka(d["channels"]["feeds"]).update(cleanup="x"), id="Kafka channel: unknown field"),
        pytest.param(
            lambda d: _kafka(d["channels"]["feeds"])["topicConfiguration"].update({"cleanup.policy": "compact"}),
            id="Kafka channel: cleanup.policy is a list",
        ),
        pytest.param(lambda d: _kafka(d["components"]["messages"]["Feed"]).update(keys={}), id="Kafka message: key"),
    ],
)
def test_a_broken_description_is_refused(
    description: Description, asyncapi: Any, spoil: Callable[[Description], object]
) -> None:
    broken = deepcopy(description)
    spoil(broken)
    with pytest.raises(ValidationError):
        asyncapi.model_validate(broken)


def _kafka(described: Description) -> Description:
    binding: Description = described["bindings"]["kafka"]
    return binding


def test_every_reference_leads_to_what_has_to_be_there(description: Description) -> None:
    """Channel Object: messages; Operation Object: a channel of the root; Message Object: headers and payload."""
    for channel in description["channels"].values():
        for name, message in channel["messages"].items():
            assert _target(description, message["$ref"]) is description["components"]["messages"][name]
    for operation in description["operations"].values():
        assert _target(description, operation["channel"]["$ref"]) in description["channels"].values()
    for name, message in description["components"]["messages"].items():
        assert _target(description, message["headers"]["$ref"])["type"] == "object"
        assert HERE / message["payload"]["$ref"] == HERE / "jsonschema" / f"{name}.json"
    assert {HERE / message["payload"]["$ref"] for message in description["components"]["messages"].values()} == set(
        SCHEMAS
    )


def _target(document: Any, reference: str) -> Any:
    assert reference.startswith("#/")
    for part in reference[2:].split("/"):
        document = document[part.replace("~1", "/").replace("~0", "~")]
    return document


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_a_payload_means_the_same_to_readers_of_draft_07(path: Path) -> None:
    """Schema Object: a superset of JSON Schema Draft 07, where a `$ref` makes its neighbours void."""
    schema = json.loads(path.read_text("utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    for part in _schemas(schema):
        assert part.keys() <= DRAFT_07
        if "$ref" in part:
            assert part.keys() == {"$ref"}
            _target(schema, part["$ref"])


def _schemas(schema: Any) -> Iterator[dict[str, Any]]:
    """A JSON Schema and all that are inside of it."""
    if isinstance(schema, dict):
        yield schema
        inner = [schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ())]
        for part in (*inner, *schema.get("properties", {}).values(), *schema.get("$defs", {}).values()):
            yield from _schemas(part)


def test_every_stream_is_described_as_the_default_settings_make_it(description: Description) -> None:
    settings = Settings()
    made = wanted_streams(
        Names(settings.app, settings.stream_prefix), [], STREAMS, settings.partitions, settings.replication_factor
    )
    channels = {channel["address"]: _kafka(channel) for channel in description["channels"].values()}
    assert channels.keys() == {spec.name for spec in made}
    for spec in made:
        described, configuration = channels[spec.name], channels[spec.name]["topicConfiguration"]
        assert described["partitions"] == spec.partitions
        assert ",".join(configuration["cleanup.policy"]) == spec.config["cleanup.policy"]
        assert str(configuration["retention.ms"]) == spec.config["retention.ms"]


def test_every_message_names_its_key_which_is_the_same_on_every_stream(description: Description) -> None:
    keyed_by = defaultdict(set)
    for stream in STREAMS:
        keyed_by[stream.event.__name__].add(stream.keyed_by)
    described = {
        name: _kafka(message)["key"]["description"] for name, message in description["components"]["messages"].items()
    }
    assert described == {name: f"The event's {key}." for name, (key,) in keyed_by.items()}


@pytest.mark.parametrize("stream", CATALOGUE, ids=lambda stream: stream.name)
def test_a_key_is_what_the_stream_says_it_is(stream: Stream[Any]) -> None:
    event = SimpleNamespace(**{field.name: field.name for field in fields(stream.event)} | {"group": ("a", "b")})
    said = "rule_id/a/b" if stream is MATCHES else stream.keyed_by
    assert stream.key(event) == said


def test_streams_are_found_by_name() -> None:
    assert by_name("articles").full_name("news") == "news.articles.v1"
    assert by_name("topics.sanctions").full_name("eu") == "eu.topics.sanctions.v1"
    assert by_name("dlq.scraper").event.__name__ == "DeadLetter"
    with pytest.raises(KeyError):
        by_name("nonsense")


def test_stream_names_are_unique() -> None:
    names = [stream.name for stream in CATALOGUE]
    assert len(names) == len(set(names))
