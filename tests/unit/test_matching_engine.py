"""Which articles a query matches, and where."""

import pytest

from consumers.matching.document import Document
from consumers.matching.engine import Engine
from consumers.matching.parser import parse

DOCUMENT = Document(
    title="Präsidenten treffen sich zum Alaska-Gipfel",
    body="Der Gipfel begann. Neue Sanktionen gegen Öltanker; die Straße nach İstanbul ist frei. The NASA and nasa. "
    "Waffenlieferungen stocken. 美国宣布对俄罗斯实施新一轮制裁。",
    lang="de",
    source="ostwind.example",
    topics=("summit",),
    iptc=("medtop:20000640",),
)


def passages(query: str, document: Document = DOCUMENT) -> list[str] | None:
    """The matched texts, or None."""
    matches = Engine({"rule": parse(query)}).match(document)
    if not matches:
        return None
    texts = {"title": document.title, "body": document.body}
    return [texts[span.field][span.start : span.end] for span in matches[0].spans]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("gipfel", ["Gipfel", "Gipfel"]),
        ("title:gipfel", ["Gipfel"]),
        ('"neue sanktionen"', ["Neue Sanktionen"]),
        ("sanktion*", ["Sanktion"]),
        ("*lieferung*", ["lieferung"]),
        ("!NASA", ["NASA"]),
        ("strasse istanbul", ["Straße", "İstanbul"]),
        ("制裁", ["制裁"]),
        ("ATLEAST/2(gipfel)", ["Gipfel", "Gipfel"]),
        ("FIRST/6(gipfel)", ["Gipfel"]),
        ("neue NEAR/0 sanktionen", ["Neue", "Sanktionen"]),
        ("gipfel lang:de topic:summit", ["Gipfel", "Gipfel"]),
        ("source:*.example", []),
        ('iptc:"medtop:20000640"', []),
        ("~Sanktion", ["Sanktionen"]),
    ],
)
def test_what_matches_and_where(query: str, found: list[str]) -> None:
    assert passages(query) == found


@pytest.mark.parametrize(
    "query",
    [
        "gipfel AND NOT waffen*",
        "ATLEAST/3(gipfel)",
        "FIRST/3(gipfel)",
        "lang:en",
        "präsidenten NEAR/1 gipfel",
        "sanktionen ONEAR/5 neue",
        "title:sanktionen",
        "alaska NEAR/50 öltanker",
        "ipfel",
    ],
)
def test_what_does_not_match(query: str) -> None:
    assert passages(query) is None


def test_a_chinese_word_is_no_part_of_others() -> None:
    assert passages("制裁", Document(title="限制裁员", body="公司限制裁员。", lang="zh")) is None


def test_each_rule_of_many_is_judged_on_its_own() -> None:
    engine = Engine({"a": parse("gipfel"), "b": parse("nowhere"), "c": parse("gipfel OR nowhere")})
    assert [match.rule_id for match in engine.match(DOCUMENT)] == ["a", "c"]
