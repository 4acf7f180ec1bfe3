"""Events as bytes: round trips, and errors that name what is wrong."""

from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest

from schemas.codec import cloud_event_headers, decode, encode, header
from schemas.errors import DecodeError
from schemas.events import EntryDiscovered, Evidence, Rule, TopicMatch

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

ENTRY = EntryDiscovered(
    id="e1",
    emitted_at=NOON,
    entry_id="e1",
    feed_id="f1",
    feed_url="https://nordhavn-courier.example/rss",
    guid="tag:1",
    article_id="a1",
    url="https://nordhavn-courier.example/a",
    source="nordhavn-courier.example",
    title="Präsidenten treffen sich — „endlich“",
    discovered_at=NOON,
    authors=("Ada Winther",),
)


def test_an_event_survives_the_round_trip() -> None:
    assert decode(encode(ENTRY), EntryDiscovered) == ENTRY


def test_times_are_written_in_utc() -> None:
    there = timezone(timedelta(hours=-9))
    rule = Rule(id="r", emitted_at=NOON.astimezone(there), rule_id="r", kind="alert", definition={"a": [1, None]})
    assert orjson.loads(encode(rule))["emitted_at"] == "2026-03-02T03:00:00-09:00"
    assert decode(encode(rule), Rule) == rule


def test_fields_from_the_future_are_ignored() -> None:
    document = {**orjson.loads(encode(ENTRY)), "mood": "hopeful"}
    assert decode(orjson.dumps(document), EntryDiscovered) == ENTRY


@pytest.mark.parametrize(
    ("change", "path"),
    [
        pytest.param({"title": 3}, "$.title", id="wrong type"),
        pytest.param({"authors": ["A", 1]}, "$.authors[1]", id="wrong type inside"),
        pytest.param({"discovered_at": "yesterday"}, "$.discovered_at", id="not a time"),
        pytest.param({"discovered_at": "2026-03-02T12:00:00"}, "$.discovered_at", id="a time without a zone"),
        pytest.param({"title": None}, "$.title", id="null where a value must be"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(change: dict[str, object], path: str) -> None:
    document = {**orjson.loads(encode(ENTRY)), **change}
    with pytest.raises(DecodeError, match=path.replace("$", r"\$").replace("[", r"\[").replace("]", r"\]")):
        decode(orjson.dumps(document), EntryDiscovered)


def test_a_missing_field_is_named() -> None:
    document = orjson.loads(encode(ENTRY))
    del document["guid"]
    with pytest.raises(DecodeError, match="guid"):
        decode(orjson.dumps(document), EntryDiscovered)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'"text"'], ids=repr)
def test_what_is_no_event_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(data, EntryDiscovered)


def test_headers_are_cloudevents_in_binary_mode() -> None:
    headers = cloud_event_headers(ENTRY, source="newsriver.poller", subject="e1", traceparent="00-1-2-01")
    assert dict(headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"e1",
        "ce_source": b"newsriver.poller",
        "ce_type": b"newsriver.EntryDiscovered.v1",
        "ce_time": b"2026-03-02T12:00:00+00:00",
        "ce_subject": b"e1",
        "ce_dataschema": b"urn:newsriver:schema:EntryDiscovered:1",
        "content-type": b"application/json",
        "traceparent": b"00-1-2-01",
    }
    assert header(headers, "ce_id") == "e1"
    assert header(headers, "absent") is None


def test_nested_values_keep_their_shape() -> None:
    match = TopicMatch(
        topic_id="summit",
        label="about",
        score=4.5,
        evidence=(Evidence(field="title", start=0, end=6, text="summit"),),
    )
    assert decode(encode(match), TopicMatch) == match
