"""What docs/rules.md shows is so: the grammar, every example of the query language, the topic rule, the explanation."""

import re
from pathlib import Path

import pytest
import yaml

from consumers.matching import parser
from consumers.matching.document import Document
from consumers.matching.engine import Engine
from consumers.matching.explain import explain
from consumers.matching.parser import parse
from consumers.topics.detector import TopicDetector
from consumers.topics.labelled import load_pieces
from consumers.topics.rulefile import packaged_rules, parse_rule
from newsriver.cli.rulefiles import LoadedRule
from newsriver.cli.verdicts import Subject, lines, verdict
from schemas.codec import from_builtins
from schemas.identity import site_of

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL)
ARTICLE_YAML, TOPIC_YAML, PIECES_YAML = (block for kind, block in BLOCKS if kind == "yaml")
GRAMMAR, OF_ALERT, OF_TOPIC = (block for kind, block in BLOCKS if kind == "")
ARTICLE = from_builtins(yaml.safe_load(ARTICLE_YAML), Document)
SUBJECT = Subject("a", 1, "new", "https://ostwind.example/a", ARTICLE)


def examples(column: int) -> list[str]:
    """The queries in a column of the table of the query language."""
    table = PAGE.partition("| what | matches it | does not |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1:-1] for line in table.splitlines()[2:]]
    return [query for row in rows for query in re.findall(r"`([^`]+)`", row[column])]


def test_the_grammar_is_the_parser_s() -> None:
    assert GRAMMAR.strip() in (parser.__doc__ or "")


@pytest.mark.parametrize("query", examples(1))
def test_an_example_matches(query: str) -> None:
    assert Engine({"rule": parse(query)}).match(ARTICLE), explain(parse(query), ARTICLE).reason


@pytest.mark.parametrize("query", examples(2))
def test_an_example_does_not_match(query: str) -> None:
    assert not Engine({"rule": parse(query)}).match(ARTICLE)


def test_the_article_is_one_that_there_can_be() -> None:
    assert ARTICLE.source == site_of(f"https://news.{ARTICLE.source}/price-cap")


def test_every_operator_and_field_has_an_example() -> None:
    shown = " ".join(examples(1))
    for name in ("AND", "OR", "NOT", "NEAR/", "ONEAR/", "ATLEAST/", "FIRST/", '"', "!", "~", "*", "("):
        assert name in shown
    for field in parser._FIELDS:
        assert f"{field}:" in shown


def test_the_topic_rule_passes_its_own_tests() -> None:
    rule = parse_rule(yaml.safe_load(TOPIC_YAML))
    for test in rule.tests:
        found = TopicDetector([rule]).detect(test.title, test.body, test.lang)
        assert (found[0].label if found else "none") == test.label, test.title


def test_the_topic_rule_has_the_code_of_strikes() -> None:
    [packaged] = (rule for rule in packaged_rules() if rule.id == "strike")
    assert parse_rule(yaml.safe_load(TOPIC_YAML)).iptc == packaged.iptc


def test_the_labelled_piece_can_be_read_and_is_found(tmp_path: Path) -> None:
    (tmp_path / "pieces.yaml").write_text(PIECES_YAML, "utf-8")
    [piece] = load_pieces([tmp_path])
    assert piece.topics == {"ferry_strike": "about"}


def told(rule: LoadedRule, subject: Subject) -> list[str]:
    shown = lines(verdict(rule, subject), whole=True)
    return [f"{before}[{marked}]{behind}" if marked else before for before, marked, behind in shown]


def test_the_explanation_of_an_alert_rule_is_as_shown() -> None:
    query = '"price cap" AND oil NEAR/8 price AND topic:summit AND NOT football'
    rule = LoadedRule("alert", "caps", {"id": "caps", "title": "Caps", "query": query}, "")
    assert told(rule, SUBJECT) == OF_ALERT.splitlines()


def test_the_explanation_of_a_topic_rule_is_as_shown() -> None:
    article = Document(title="Port quiet", body="The ferry crews are on strike, the union said.", lang="en")
    rule = LoadedRule("topic", "ferry_strike", yaml.safe_load(TOPIC_YAML), "")
    assert told(rule, Subject("a", 1, "new", "", article)) == OF_TOPIC.splitlines()
