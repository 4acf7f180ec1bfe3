"""The checked-in contract files: up to date, valid, and true of real events."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from schemas.codec import encode
from schemas.events import Feed
from schemas.generate import HERE, files, main
from schemas.streams import CATALOGUE, by_name

SCHEMAS = sorted((HERE / "jsonschema").glob("*.json"))


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


def test_asyncapi_names_every_stream_and_its_references_resolve() -> None:
    document = yaml.safe_load((HERE / "asyncapi.yaml").read_text("utf-8"))
    assert document["asyncapi"] == "3.0.0"
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert {stream.full_name("news") for stream in CATALOGUE} <= addresses
    for reference in _references(document):
        if reference.startswith("#/"):
            target: Any = document
            for part in reference[2:].split("/"):
                target = target[part.replace("~1", "/")]
        else:
            assert (HERE / reference).resolve().exists(), reference


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in _references(value)]
    if isinstance(node, list):
        return [ref for value in node for ref in _references(value)]
    return []


def test_streams_are_found_by_name() -> None:
    assert by_name("articles").full_name("news") == "news.articles.v1"
    assert by_name("topics.sanctions").full_name("eu") == "eu.topics.sanctions.v1"
    assert by_name("dlq.scraper").event.__name__ == "DeadLetter"
    with pytest.raises(KeyError):
        by_name("nonsense")


def test_stream_names_are_unique() -> None:
    names = [stream.name for stream in CATALOGUE]
    assert len(names) == len(set(names))
