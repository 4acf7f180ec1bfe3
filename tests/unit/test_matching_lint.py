"""What is right by the grammar and yet not meant."""

import time

import pytest

from consumers.matching.lint import lint
from consumers.matching.parser import parse


def findings(query: str) -> list[tuple[str, str]]:
    return [(finding.kind, finding.part) for finding in lint(parse(query))]


@pytest.mark.parametrize(
    "query",
    [
        "lang:de AND lang:fr",
        "lang:(de OR en) AND gipfel AND lang:fr",
        "source:ostwind.example AND source:*.test",
        "lang:(de AND fr)",
        "gipfel AND NOT gipfel",
        "gipfel AND (sanktion* AND NOT gipfel)",
        "gipfeltreffen AND NOT gipfel*",
        '"price cap" AND NOT cap',
        "title:gipfel AND NOT gipfel",
        "gipfel NEAR/3 sanktionen AND NOT sanktionen",
        "title:lead:gipfel",
        "ATLEAST/2(lang:de)",
    ],
)
def test_a_query_that_never_matches_is_told(query: str) -> None:
    assert "never" in dict(findings(query))


@pytest.mark.parametrize(
    ("query", "part", "instead"),
    [
        ("source:news.ostwind.example", "source:news.ostwind.example", "source:ostwind.example"),
        ("source:*.ostwind.example", "source:*.ostwind.example", "source:ostwind.example"),
        ("source:(calder.example OR www.ostwind.co.uk)", "source:www.ostwind.co.uk", "source:ostwind.co.uk"),
        ("oil NOT source:https://ostwind.example", "source:https://ostwind.example", "source:ostwind.example"),
        ("source:ostwind.example/news", "source:ostwind.example/news", "source:ostwind.example"),
        ("source:!Ostwind.example", "source:!Ostwind.example", "source:ostwind.example"),
        ("lang:polish", "lang:polish", "a language is two letters, as in lang:en, or und"),
        ("lang:(en OR english)", "lang:english", "a language is two letters, as in lang:en, or und"),
        ("lang:eng*", "lang:eng*", "a language is two letters, as in lang:en, or und"),
        ("country:sweden", "country:sweden", "a country is two letters, as in country:se"),
        ("country:swe*", "country:swe*", "a country is two letters, as in country:se"),
        ("iptc:20000642", "iptc:20000642", 'write iptc:"medtop:20000642"'),
        ('source:"[ostwind"', 'source:"[ostwind"', "registrable domain"),
    ],
)
def test_a_value_that_no_article_has_is_told_and_what_to_write_instead(query: str, part: str, instead: str) -> None:
    [finding] = [finding for finding in lint(parse(query)) if finding.kind == "never"]
    assert finding.part == part
    assert finding.message.endswith(instead)


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("gipfel OR gipfel*", "gipfel"),
        ("gipfel* OR gipfel", "gipfel"),
        ("gipfel OR gipfel", "gipfel"),
        ('cap OR "price cap"', '"price cap"'),
        ('"air strike" OR "air strike*"', '"air strike"'),
        ('"*strike*" OR "air strike*"', '"air strike*"'),
        ("gipfel OR title:gipfel", "title:gipfel"),
        ("!NASA OR nasa", "!NASA"),
        ("gipfel OR ~gipfel", "gipfel"),
        ("(gipfel AND sanktionen) OR gipfel", "gipfel AND sanktionen"),
        ("gipfel NEAR/2 sanktionen OR gipfel NEAR/5 sanktionen", "gipfel NEAR/2 sanktionen"),
        ("a1 OR (b1 OR a1)", "a1"),
        ("(lang:pl AND ~sankcja) OR (lang:pl AND ~sankcja)", "lang:pl AND ~sankcja"),
        ("source:ostwind.example OR source:*.example", "source:ostwind.example"),
        ("source:o.e OR source:*o.e*", "source:o.e"),
        ("lang:de OR lang:(de OR fr)", "lang:de"),
        ("ATLEAST/3(gipfel) OR ATLEAST/2(gipfel)", "ATLEAST/3(gipfel)"),
        ("FIRST/20(gipfel) OR FIRST/50(gipfel)", "FIRST/20(gipfel)"),
    ],
)
def test_a_branch_that_another_covers_is_told(query: str, part: str) -> None:
    assert ("shadowed", part) in findings(query)


def test_thousands_of_names_are_compared_in_a_moment() -> None:
    names = [
        f'"{first}{number} {second}"' for number in range(700) for first, second in (("Iva", "Morn"), ("Ole", "Tarsk"))
    ]
    others = [f"wind{number}w*" for number in range(600)]
    started = time.process_time()
    found = findings(" OR ".join([*names, '"Iva7 Morn of Calder"', *others, "wind77water"]))
    assert time.process_time() - started < 5
    assert [part for kind, part in found if kind == "shadowed"] == ['"Iva7 Morn of Calder"', "wind77water"]


@pytest.mark.parametrize(
    ("query", "part", "instead"),
    [
        ("oil or coal", "or", 'write OR, or "or" if the word is meant'),
        ("oil Or coal Or gas", "Or", 'write OR, or "Or" if the word is meant'),
        ("(oil and coal) OR gas", "and", 'write AND, or "and" if the word is meant'),
        ("oil not coal", "not", 'write NOT, or "not" if the word is meant'),
        ("oil near/5 coal", "near/5", 'write NEAR/5, or "near/5" if the word is meant'),
        ("oil onear coal", "onear", 'write ONEAR/5, or "onear" if the word is meant'),
        ("atleast/3(oil)", "atleast/3", 'write ATLEAST/3, or "atleast/3" if the word is meant'),
        ("oil -coal", "-coal", "write NOT coal if it must not be there"),
        ("oil -coal*", "-coal*", "write NOT coal if it must not be there"),
        ("+oil coal", "+oil", "write oil, all words have to be there"),
        ("oil AND title:(tank?r)", "tank?r", "write the spellings with OR between them, or a * at an end of the word"),
        ("oil source:(a.example or b.example)", "or", 'write OR, or "or" if the word is meant'),
    ],
)  # fmt: skip
def test_what_looks_like_an_operator_and_is_a_word_is_told(query: str, part: str, instead: str) -> None:
    told = [(finding.part, finding.message) for finding in lint(parse(query)) if finding.kind == "literal"]
    assert told == [(part, f"looked for as it stands; {instead}")]


@pytest.mark.parametrize("query", ["the", "the OR gipfel", "lang:en", "lang:en AND NOT gipfel", "said AND (the OR of)"])
def test_a_query_without_anything_rare_is_expensive(query: str) -> None:
    assert findings(query) == [("expensive", query)]


@pytest.mark.parametrize(
    "query",
    [
        "gipfel",
        'topic:sanctions AND (tanker* OR "price cap") AND NOT title:opinion',
        "lang:de AND gipfel AND NOT title:gipfel",
        "the AND gipfel",
        "source:*.example AND source:ostwind.*",
        "source:(ostwind.example OR Calder.co.uk OR *.co.uk OR *wind.example OR *.calder.*)",
        "source:(192.0.2.1 OR localhost OR москва.рф OR straße.example)",
        "topic:summit AND topic:sanctions",
        '"oil or gas" "near/5" "-coal" "wom?n" “not coal” !or ~not',
        "order nearby notes covid-19 why? first",
        "gipfel AND lang:or",
        "gipfel AND lang:(EN OR und) AND country:(!SE OR no)",
        'gipfel AND (iptc:"medtop:20000642" OR iptc:medtop:20000530 OR iptc:*641 OR iptc:"subj:04000000")',
        "gipfel NEAR/3 sanktionen OR gipfel ONEAR/9 sanktionen",
        "制裁 OR 经济制裁",
        "(lang:pl AND ~sankcja) OR ~sankcja",
        "(lang:pl AND sankcja) OR (~sankcja AND lang:en)",
        "title:(gipfel NOT treffen) OR (gipfel NOT treffen)",
    ],
)
def test_a_sound_query_is_left_alone(query: str) -> None:
    assert findings(query) == []
