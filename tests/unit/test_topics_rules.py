"""The packaged topic rules pass the tests inside them; broken rules say what is wrong."""

import re
from pathlib import Path

import pytest

from consumers.topics.detector import TopicDetector
from consumers.topics.rulefile import RuleTest, TopicRule, TopicRuleError, load_rule, packaged_rules, packaged_topics

RULES = packaged_rules()
DETECTOR = TopicDetector(RULES)
CASES = [(rule, case) for rule in RULES for case in rule.tests]


def test_there_are_two_dozen_topics_and_each_speaks_nine_languages() -> None:
    assert len(RULES) >= 24
    assert all({"en", "de", "fr", "es", "ru", "uk", "pl", "zh", "ar"} <= rule.terms.keys() for rule in RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_topic_names_its_iptc_media_topics(rule: TopicRule) -> None:
    assert rule.iptc
    assert all(re.fullmatch(r"medtop:\d{8}", code) for code in rule.iptc)


@pytest.mark.parametrize(("rule", "case"), CASES, ids=[f"{r.id}-{c.lang}-{c.title}" for r, c in CASES])
def test_rules_pass_their_own_tests(rule: TopicRule, case: RuleTest) -> None:
    found = {topic.topic_id: topic for topic in DETECTOR.detect(case.title, case.body, case.lang)}
    assert (found[rule.id].label if rule.id in found else "none") == case.label
    texts = {"title": case.title, "body": case.body}
    for topic in found.values():
        assert topic.evidence
        assert all(texts[e.field][e.start : e.end] == e.text for e in topic.evidence)


def test_packaged_rules_are_in_files_of_their_names() -> None:
    assert [rule.id for rule in packaged_rules()] == packaged_topics()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: x", "title"),
        ('id: "x\\n"\ntitle: {en: X}\nterms: {en: {core: {a: 1}}}', r"\$\.id"),
        ("- a", "mapping"),
        ("id: x\ntitle: {en: X}\nterms: {en: {core: {'a OR': 3}}}", "terms.en.core.*column 5"),
        ("id: x\ntitle: {en: X}\nterms: {en: {core: {a: 99}}}", r"\$\.terms"),
        *(
            (
                f"id: x\ntitle: {{en: X}}\nterms: {{en: {{core: {{a: 1}}, support: {{'a NOT (b OR {field}:c)': 1}}}}}}",
                f"terms.en.support: 'a NOT .*': {field}: is not known when topics are found; expected words",
            )
            for field in ("source", "country", "topic", "iptc")
        ),
        ("id: x\ntitle: {en: X}\nterms: {}", "no language"),
        ("id: x\ntitle: {en: X}\nterms: {en: {core: {a: 1}}}\ncolour: red", "no such field: colour"),
        ("id: x\ntitle: {en: X}\nterms: {en: {core: {a: 1}, suport: {b: 1}}}", "terms.en: no such field: suport"),
        ("id: x\ntitle: {en: X}\nterms: {en: {core: {a: 1}}}\nthreshold: 10001", r"<= 10000.*\$\.threshold"),
        ("id: x\ntitle: {en: X}\nterms: {en: {core: {a: 1}}}\ntf_cap: 10001", r"<= 10000.*\$\.tf_cap"),
        (
            "id: x\ntitle: {en: X}\nterms: {en: {core: {a: 1}}}\ntests: [{lang: en, label: none, body: b, topic: x}]",
            "tests: 1: no such field: topic; known are body, label, lang, title",
        ),
        ("a: [", "while parsing"),
    ],
)
def test_a_broken_rule_says_what_is_wrong_and_where(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text(text)
    with pytest.raises(TopicRuleError, match=message) as caught:
        load_rule(path)
    assert str(path) in str(caught.value)
