"""Which articles a query matches, and where."""

from dataclasses import replace

import pytest

from consumers.matching.document import Document
from consumers.matching.engine import Engine
from consumers.matching.explain import explain
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
        ("~Sanktionen", ["Sanktionen"]),
        ('"neu* sanktion*"', ["Neue Sanktion"]),
        ('"*sanktionen gegen öltank*"', ["Sanktionen gegen Öltank"]),
        ("新一轮 NEAR/2 制裁", ["新一轮", "制裁"]),
        ('"新一轮 制裁"', ["新一轮制裁"]),
        ("country:DE OR topic:summit", []),
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


@pytest.mark.parametrize(
    ("query", "language", "text", "matches"),
    [
        ("制裁", "zh", "公司限制裁员。", False),
        ("制裁*", "zh", "公司限制裁员。", False),
        ("*制裁*", "zh", "公司限制裁员。", True),
        ("制裁", "zh", "美国经济制裁俄罗斯。", True),
        ("制裁", "zh", "限制、裁员。", False),
        ("制裁", "ja", "経済制裁を協議した。", True),
        ("G7サミット", "ja", "G7サミットで協議。", True),
        ("ミット", "ja", "G7サミットで協議。", False),
        ("คว่ำบาตร", "th", "การคว่ำบาตรทางเศรษฐกิจ", True),
    ],
)
def test_a_word_in_a_script_without_spaces_is_no_part_of_others(
    query: str, language: str, text: str, matches: bool
) -> None:
    assert (passages(query, Document(title="", body=text, lang=language)) is not None) == matches


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("~санкция", ["санкций", "санкциями"]),
        ("lang:ru ~санкция", ["санкций", "санкциями"]),
        ("~weapon lang:ru", None),
        ("~wordthatnobodyknows", None),
    ],
)
def test_inflected_forms_are_those_of_the_languages_that_a_rule_asks_for(query: str, found: list[str] | None) -> None:
    document = Document(title="Пакет санкций", body="Угрожают санкциями. Weapons.", lang="ru")
    assert passages(query, document) == found


@pytest.mark.parametrize(
    ("query", "language", "found"),
    [
        ("lang:pl ~sankcja", "pl", ["sankcje"]),
        ("(lang:pl ~sankcja) OR (lang:en ~sanction)", "pl", ["sankcje"]),
        ("(lang:pl ~sankcja) OR (lang:en ~sanction)", "en", ["sanctions"]),
        ("(lang:pl OR lang:cs) ~sankcja", "pl", ["sankcje"]),
        ("lang:(pl OR cs) AND (nowe OR ~sankcja)", "cs", ["Nowe", "sankcje"]),
        ("title:(lang:pl AND ~sankcja)", "pl", ["sankcje"]),
        ("((lang:pl nowe) OR (lang:cs nowe)) FIRST/9(~sankcja)", "pl", ["Nowe", "sankcje"]),
        ("lang:(pl OR en) AND (lang:en ~sankcja OR ~sanction)", "en", ["sanctions"]),
        ("nowe AND NOT (lang:pl ~sankcja)", "pl", None),
        ("(lang:pl OR nowe) ~sankcja", "pl", None),
        ("~sankcja", "pl", None),
        ("~عقوبة", "ar", ["العقوبات"]),
    ],
)
def test_each_inflected_word_has_the_languages_of_what_stands_beside_it(
    query: str, language: str, found: list[str] | None
) -> None:
    assert passages(query, Document(title="Nowe sankcje, sanctions, العقوبات", body="", lang=language)) == found


@pytest.mark.parametrize(
    ("query", "text", "times"),
    [
        ("oil", "oil oil gas", 2),
        ("oil OR gas", "oil oil gas", 3),
        ("oil NEAR/5 gas", "oil gas", 1),
        ("oil NEAR/5 gas", "oil oil gas", 1),
        ("oil NEAR/5 gas", "oil gas gas oil", 2),
        ("oil NEAR/5 gas", "oil gas oil", 1),
        ("oil NEAR/1 gas", "oil gas and so on and so on gas oil oil and so on", 2),
        ("oil ONEAR/5 gas", "oil gas gas oil", 1),
        ("oil* NEAR/2 oil*", "oil oils oilman", 1),
        ("(oil NEAR/1 gas) OR coal", "oil gas coal oil gas", 3),
        ("oil AND gas", "oil gas", 1),
        ("oil AND gas", "oil gas oil oil", 1),
        ("oil AND gas", "oil gas gas oil", 2),
        ("lang:und AND oil", "oil oil gas", 2),
        ("oil NEAR/5 gas", "oil oil gas gas", 1),
        ("oil AND NOT coal", "oil oil gas", 2),
        ("FIRST/2(oil NEAR/5 gas)", "oil gas oil gas", 1),
        ("title:oil OR body:(oil AND gas)", "oil gas oil gas", 2),
    ],
)
def test_what_atleast_counts(query: str, text: str, times: int) -> None:
    document = Document(title="", body=text)
    assert passages(f"ATLEAST/{times}({query})", document)
    assert passages(f"ATLEAST/{times + 1}({query})", document) is None
    said = explain(parse(f"ATLEAST/9({query})"), document).reason
    assert said == f"{ {1: 'once', 2: 'twice'}.get(times, f'{times} times') }, 9 asked for"


def test_title_and_body_are_far_from_each_other_and_the_lead_is_the_beginning() -> None:
    document = Document(title="alaska", body="gipfel " + "und " * 118 + "ende schluss")
    assert passages("alaska NEAR/10000 gipfel", document) is None
    assert passages("lead:ende", document) == ["ende"]
    assert passages("lead:schluss", document) is None
    assert passages("FIRST/2(gipfel)", document) == ["gipfel"]


def test_a_rule_for_a_language_is_no_candidate_in_others() -> None:
    engine = Engine({"de": parse("lang:de gipfel"), "any": parse("gipfel"), "not": parse("gipfel NOT lang:fr")})
    found = {
        language: [match.rule_id for match in engine.match(replace(DOCUMENT, lang=language))]
        for language in ("de", "en", "fr")
    }
    assert found == {"de": ["de", "any", "not"], "en": ["any", "not"], "fr": ["any"]}


def test_an_engine_without_rules_matches_nothing() -> None:
    assert Engine({}).match(DOCUMENT) == []
    assert [match.rule_id for match in Engine({"all": parse("lang:de")}).match(Document(title="", body="", lang="de"))]


def test_each_rule_of_many_is_judged_on_its_own() -> None:
    engine = Engine({"a": parse("gipfel"), "b": parse("nowhere"), "c": parse("gipfel OR nowhere")})
    assert [match.rule_id for match in engine.match(DOCUMENT)] == ["a", "c"]
