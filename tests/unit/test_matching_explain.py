"""Why a query matches, or what is missing, in words."""

import pytest

from consumers.matching.document import Document
from consumers.matching.engine import Engine
from consumers.matching.explain import Explanation, explain
from consumers.matching.parser import parse

DOCUMENT = Document(
    title="Ministers meet in Nordhavn",
    body="Nineteen tankers left the port on Monday. Nasa had watched them. The football club was not there, said the "
    "minister, and a price for oil under a new cap is far away. 限制裁员。",
    lang="de",
    source="ostwind.example",
    topics=("summit",),
    iptc=("medtop:20000640",),
)


@pytest.mark.parametrize(
    ("query", "holds", "reason"),
    [
        ("tankers", True, "once"),
        ("minister*", True, "twice"),
        ("cargo", False, "not found"),
        ("tanker", False, "only within tankers at body 9-15"),
        ("制裁", False, "only within other words at body 167-169"),
        ("!NASA", False, "only in another spelling: Nasa at body 42-46"),
        ('"price cap"', False, "its words are there, but not as this phrase"),
        ("title:tankers", False, "not in the title, but at body 9-16"),
        ("body:nordhavn", False, "not in the body, but at title 18-26"),
        ("FIRST/6(monday)", False, "not in the first 6 words, but at body 34-40"),
        ("title:FIRST/2(nordhavn)", False, "not in the first 2 words of the title, but at title 18-26"),
        ("tankers AND port AND monday", True, "all 3"),
        (
            "tankers AND port AND topic:sanctions", False,
            "2 of 3; missing: topic:sanctions (article has summit)",
        ),
        ("tankers AND NOT football", False, "1 of 2; NOT football excludes it at body 69-77"),
        ("tankers AND NOT (football OR chess)", False, "1 of 2; NOT (football OR chess) excludes it at body 69-77"),
        ("tankers AND NOT chess", True, "all 2"),
        ("cargo AND (ships OR boats) AND NOT football", False,
         "0 of 3; missing: cargo (not found), ships OR boats; NOT football excludes it at body 69-77"),
        ("ships OR tankers OR cargo", True, "1 of 3: tankers"),
        ("ships OR boats", False, "none of 2"),
        ("tankers NEAR/5 port", True, "2 words apart, 5 allowed"),
        ("port NEAR/1 tankers", False, "both are there, but 2 words apart, 1 allowed"),
        ("monday ONEAR/9 tankers", False, "both are there, but only in the other order"),
        ("tankers NEAR/9 tanker*", False, "both are there, but overlap"),
        ("ministers NEAR/50 tankers", False, "both are there, but one in the title and one in the body"),
        ("tankers NEAR/9 cargo", False, "missing: cargo (not found)"),
        ("ATLEAST/3(minister*)", False, "twice, 3 asked for"),
        ("ATLEAST/1(cargo)", False, "not found, 1 asked for"),
        ("lang:en", False, "article is de"),
        ("lang:(de OR fr)", True, "article is de"),
        ("source:*.example", True, "article is from ostwind.example"),
        ("country:NO", False, "article has no country"),
        ('iptc:"medtop:1"', False, "article has medtop:20000640"),
    ],
)  # fmt: skip
def test_the_reason(query: str, holds: bool, reason: str) -> None:
    explained = explain(parse(query), DOCUMENT)
    assert (explained.holds, explained.reason) == (holds, reason)


def test_forms_are_those_that_the_rule_would_look_for() -> None:
    explained = explain(parse("~watch AND ~tow"), DOCUMENT, frozenset(["en"]))
    assert explained.reason == "1 of 2; missing: ~tow (no form of it found)"


def test_an_article_without_topics_says_so() -> None:
    assert explain(parse("topic:summit"), Document(title="", body="")).reason == "article has no topics"


def test_each_part_is_explained_in_its_place() -> None:
    explained = explain(parse("title:(tankers OR ministers) AND NOT (chess OR port)"), DOCUMENT)
    assert outline(explained) == [
        "- AND",
        " + title:",
        "  + OR",
        "   - tankers",
        "   + ministers",
        " - NOT",
        "  - chess",
        "  + port",
    ]


def outline(explained: Explanation, depth: int = 0) -> list[str]:
    line = f"{' ' * depth}{'+' if explained.holds else '-'} {explained.operator or explained.query}"
    return [line, *(line for part in explained.parts for line in outline(part, depth + 1))]


@pytest.mark.parametrize("query", ["tankers NEAR/5 port", "minister* lang:de", "lang:de", "title:(in OR meet)"])
def test_the_passages_are_those_of_the_match(query: str) -> None:
    [match] = Engine({"rule": parse(query)}).match(DOCUMENT)
    assert explain(parse(query), DOCUMENT).spans == match.spans
