"""Why an article has a topic or not: the score term by term, and which condition it fails."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from consumers.topics.detector import TopicDetector
from consumers.topics.explain import explain_topic
from consumers.topics.labelled import load_pieces
from consumers.topics.rulefile import TopicRule, packaged_rules, parse_rule

PACKAGED = packaged_rules()
TEXTS = [
    *((test.title, test.body, test.lang) for rule in PACKAGED for test in rule.tests),
    *((p.title, p.body, p.lang) for p in load_pieces([Path(__file__).parents[1] / "data" / "topics"])),
]
RULE = parse_rule(
    {
        "id": "talks",
        "title": {"en": "Talks"},
        "threshold": 4,
        "terms": {"en": {"core": {"talks": 3, "truce": 2}, "support": {"envoy*": 1}, "negative": {"football": 5}}},
    }
)


@pytest.mark.parametrize("rule", PACKAGED, ids=lambda rule: rule.id)
def test_an_explanation_has_the_score_and_the_label_of_the_detector(rule: TopicRule) -> None:
    """On its own tests and a sixth of all other texts, another one for each rule: all take half a minute."""
    detector = TopicDetector([rule])
    own = [(test.title, test.body, test.lang) for test in rule.tests]
    for title, body, language in [*own, *TEXTS[PACKAGED.index(rule) % 6 :: 6]]:
        explained = explain_topic(rule, title, body, language)
        found = detector.detect(title, body, language)
        assert explained.label == (found[0].label if found else "none"), title
        if found:
            assert explained.score == pytest.approx(found[0].score)
            assert {(e.field, e.start, e.end) for e in found[0].evidence} <= {
                (span.field, span.start, span.end) for span in explained.spans
            }


def test_each_term_says_what_it_adds() -> None:
    explained = explain_topic(RULE, "Talks begin", "Talks in the port, and football.", "en")
    said = [(t.group, t.term, t.weight, t.repetition, t.prominence, t.value) for t in explained.terms]
    assert said == [
        ("core", "talks", 3, 1.5, 1.5, 6.75),
        ("core", "truce", 2, 1.0, 1, 0),
        ("support", "envoy*", 1, 1.0, 1, 0),
        ("negative", "football", 5, 1.0, 1.5, -7.5),
    ]
    assert explained.score == pytest.approx(-0.75)
    assert explained.terms[1].explanation.reason == "not found"


LONG = "Nothing of interest happened anywhere that day. " * 50


@pytest.mark.parametrize(
    ("title", "body", "label", "failed"),
    [
        ("Talks and truce", "Envoys.", "about", []),
        ("Envoys", "Envoys.", "none", ["score 2.25, 4 to be there at all", "no core term is there",
         "score 2.25, 7 to be about it",
         "core terms: not in the title, not at the beginning, in 0 places, 1 asked for"]),
        ("Port", "Talks.", "mention", ["score 4.50, 7 to be about it"]),
        ("Port", f"Talks and a truce. {LONG}Truce.", "mention",
         ["core terms: not in the title, at the beginning, in 2 places, 4 asked for"]),
        ("Port", f"{LONG}Talks, talks and a truce.", "mention",
         ["score 5.00, 7 to be about it",
          "core terms: not in the title, not at the beginning, in 1 place, 4 asked for"]),
    ],
)  # fmt: skip
def test_the_conditions_that_fail_are_named(title: str, body: str, label: str, failed: list[str]) -> None:
    explained = explain_topic(RULE, title, body, "en")
    assert explained.label == label
    assert [condition.text for condition in explained.conditions if not condition.holds] == failed


def test_a_language_without_terms_is_said() -> None:
    explained = explain_topic(RULE, "Gespräche", "Gespräche.", "de")
    assert (explained.label, explained.terms) == ("none", ())
    assert explained.conditions[0].text == "the article is in de, the rule has terms in en"


class Opinion:
    """A classifier that thinks the same of all it is asked about."""

    version = "1"

    def __init__(self, likely: float | None) -> None:
        self._likely = likely

    def probabilities(self, topic_ids: Sequence[str], title: str, body: str, language: str) -> dict[str, float]:
        return {} if self._likely is None else dict.fromkeys(topic_ids, self._likely)


@pytest.mark.parametrize(("likely", "label"), [(0.9, "about"), (0.2, "none"), (None, "about")])
def test_a_second_opinion_counts_as_it_does_in_detection(likely: float | None, label: str) -> None:
    explained = explain_topic(RULE, "Talks and truce", "Envoys.", "en", Opinion(likely))
    found = TopicDetector([RULE], Opinion(likely)).detect("Talks and truce", "Envoys.", "en")
    assert explained.label == label == (found[0].label if found else "none")
    if label == "none":
        failed = [condition.text for condition in explained.conditions if not condition.holds]
        assert failed == ["likelihood 0.20 by the word model, 0.5 asked"]
