"""Why an article has a topic or not: the score term by term, and the conditions that it has to meet. Pure."""

from dataclasses import dataclass
from typing import Literal

from consumers.matching.document import Document, Span
from consumers.matching.explain import Explanation, explain, reading_order
from consumers.matching.parser import parse
from consumers.topics.classifier import CONFIRMED, Classifier
from consumers.topics.detector import (
    TELLING_WEIGHT,
    Group,
    comes_up_early,
    prominence,
    repetition,
    score_asked_for,
    times_asked_for,
    times_it_comes_up,
)
from consumers.topics.rulefile import Label, Terms, TopicRule


@dataclass(frozen=True, slots=True)
class TermScore:
    """What a term adds to the score, or takes off: weight x repetition x prominence; 0 if it is not there."""

    group: Group
    term: str
    weight: float
    repetition: float
    prominence: float
    value: float
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Condition:
    """What an article has to meet to have the topic at all (`mention`), or to be about it as well (`about`)."""

    of: Literal["about", "mention"]
    holds: bool
    text: str


@dataclass(frozen=True, slots=True)
class TopicExplanation:
    """What a topic rule makes of an article, and how; no terms if the rule has none in the article's language."""

    topic_id: str
    label: Label
    score: float
    conditions: tuple[Condition, ...]
    terms: tuple[TermScore, ...] = ()
    spans: tuple[Span, ...] = ()


def explain_topic(
    rule: TopicRule, title: str, body: str, language: str, classifier: Classifier | None = None
) -> TopicExplanation:
    """The verdict of a rule on an article, as `TopicDetector` has it, with the reasons."""
    terms = rule.terms.get(language)
    if terms is None:
        text = f"the article is in {language}, the rule has terms in {', '.join(sorted(rule.terms))}"
        return TopicExplanation(rule.id, "none", 0.0, (Condition("mention", False, text),))
    scored = _scored(rule, terms, Document(title=title, body=body, lang=language))
    score = sum(term.value for term in scored)
    core = [span for term in scored if term.group == "core" for span in term.explanation.spans]
    support = (term for term in scored if term.group == "support" and term.weight >= TELLING_WEIGHT)
    telling = [span for term in support for span in term.explanation.spans]
    present = _present(rule, score, core)
    if classifier is not None and all(condition.holds for condition in present):
        present += _confirmed(classifier.probabilities([rule.id], title, body, language).get(rule.id))
    about = _about(rule, score, core, telling, len(body))
    label: Label = "none"
    if all(condition.holds for condition in present):
        label = "about" if all(condition.holds for condition in about) else "mention"
    spans = (span for term in scored if term.group != "negative" for span in term.explanation.spans)
    return TopicExplanation(rule.id, label, score, (*present, *about), tuple(scored), reading_order(spans))


def _scored(rule: TopicRule, terms: Terms, document: Document) -> list[TermScore]:
    groups: tuple[tuple[Group, dict[str, float]], ...] = (
        ("core", terms.core), ("support", terms.support), ("negative", terms.negative),
    )  # fmt: skip
    scored = []
    for group, weighted in groups:
        for term, weight in weighted.items():
            explanation = explain(parse(term), document, frozenset([document.lang]))
            often, where = repetition(explanation.spans, rule.tf_cap), prominence(explanation.spans)
            value = weight * often * where * (-1 if group == "negative" else 1) if explanation.holds else 0.0
            scored.append(TermScore(group, term, weight, often, where, value, explanation))
    return scored


def _present(rule: TopicRule, score: float, core: list[Span]) -> list[Condition]:
    enough = Condition("mention", score >= rule.threshold, f"score {score:.2f}, {rule.threshold:g} to be there at all")
    if not rule.require_core:
        return [enough]
    return [enough, Condition("mention", bool(core), f"{'a' if core else 'no'} core term is there")]


def _confirmed(likely: float | None) -> list[Condition]:
    """The second opinion, if the classifier has one on this topic."""
    if likely is None:
        return []
    return [
        Condition("mention", likely >= CONFIRMED, f"likelihood {likely:.2f} by the word model, {CONFIRMED:g} asked")
    ]


def _about(rule: TopicRule, score: float, core: list[Span], telling: list[Span], length: int) -> list[Condition]:
    asked = score_asked_for(core, rule.threshold)
    enough = Condition("about", score >= asked, f"score {score:.2f}, {asked:g} to be about it")
    if any(span.field == "title" for span in core):
        return [enough, Condition("about", True, "a core term stands in the title")]
    times, needed = times_it_comes_up(core, telling), times_asked_for(length)
    early = comes_up_early(core, length)
    where = "at the beginning" if early else "not at the beginning"
    text = f"core terms: not in the title, {where}, in {times} place{'' if times == 1 else 's'}, {needed} asked for"
    return [enough, Condition("about", early and times >= needed, text)]
