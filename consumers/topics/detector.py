"""Which topics an article has, whether it is about them, and the passages that prove it. Pure."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from consumers.matching.document import Document, Match, Span
from consumers.matching.engine import Engine
from consumers.matching.parser import parse
from consumers.matching.query import Query
from consumers.topics.classifier import CONFIRMED, Classifier
from consumers.topics.rulefile import TopicRule

PROMINENT = 1.5
"""How much more a term counts that stands in the title or at the beginning of the text."""
LEAD_CHARACTERS = 600
ABOUT_FACTOR = 1.5
"""An article with a core term in the title is about the topic only when the score is this many times the threshold."""
UNTITLED_ABOUT_FACTOR = 1.75
"""As much is asked of an article without one."""
OPENING_CHARACTERS = 400
"""Without a core term in the title, one has to stand in the first sentences, about so many characters."""
ABOUT_CHARACTERS = 700
"""And core terms have to come up at least once in so many characters, up to six times."""
ONE_PLACE_CHARACTERS = 100
"""Passages that stand closer together than this are in one place."""
TELLING_WEIGHT = 1
"""Support that weighs as much carries a topic on; what weighs less is too common for that."""
MAX_EVIDENCE = 20

Group = Literal["core", "support", "negative"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that counted, in code points of the original title or body."""

    field: Literal["title", "body"]
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class DetectedTopic:
    """A topic that is there, how strongly, and why."""

    topic_id: str
    label: Literal["about", "mention"]
    score: float
    iptc: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class _Weighted:
    rule: TopicRule
    group: Group
    weight: float


class TopicDetector:
    """All rules' terms of a language in one engine; and a classifier, if there is one, that confirms what they find."""

    def __init__(self, rules: Sequence[TopicRule], classifier: Classifier | None = None) -> None:
        self._classifier = classifier
        queries: defaultdict[str, dict[str, Query]] = defaultdict(dict)
        self._terms: dict[str, dict[str, _Weighted]] = defaultdict(dict)
        for rule in rules:
            for language, terms in rule.terms.items():
                groups: tuple[tuple[Group, dict[str, float]], ...] = (
                    ("core", terms.core), ("support", terms.support), ("negative", terms.negative),
                )  # fmt: skip
                for group, weighted in groups:
                    for term, weight in weighted.items():
                        key = f"{rule.id} {group} {term}"
                        queries[language][key] = parse(term)
                        self._terms[language][key] = _Weighted(rule, group, weight)
        self._engines = {
            language: Engine(terms, languages=frozenset([language])) for language, terms in queries.items()
        }  # fmt: skip

    def detect(self, title: str, body: str, language: str) -> list[DetectedTopic]:
        """The topics of an article, the strongest first; none in a language that no rule knows."""
        engine = self._engines.get(language)
        if engine is None:
            return []
        by_rule: defaultdict[str, list[tuple[_Weighted, Match]]] = defaultdict(list)
        for match in engine.match(Document(title=title, body=body, lang=language)):
            term = self._terms[language][match.rule_id]
            by_rule[term.rule.id].append((term, match))
        judged = (_judge(matches, title, body) for matches in by_rule.values())
        found = self._confirmed([topic for topic in judged if topic is not None], title, body, language)
        return sorted(found, key=lambda topic: (-topic.score, topic.topic_id))

    def _confirmed(self, found: list[DetectedTopic], title: str, body: str, language: str) -> list[DetectedTopic]:
        if self._classifier is None or not found:
            return found
        likely = self._classifier.probabilities([topic.topic_id for topic in found], title, body, language)
        return [topic for topic in found if likely.get(topic.topic_id, 1) >= CONFIRMED]


def _judge(matches: Sequence[tuple[_Weighted, Match]], title: str, body: str) -> DetectedTopic | None:
    """Score = sum of w·(1+½·min(log2 cap, log2 tf))·(1.5 in title or lead), less what the negative terms take off.

    tf is the number of places in which a term stands.
    """
    rule = matches[0][0].rule
    score = 0.0
    core: list[Span] = []
    telling: list[Span] = []
    spans: set[Span] = set()
    for term, match in matches:
        value = term.weight * repetition(match.spans, rule.tf_cap) * prominence(match.spans)
        if term.group == "negative":
            score -= value
            continue
        score += value
        spans.update(match.spans)
        if term.group == "core":
            core += match.spans
        elif term.weight >= TELLING_WEIGHT:
            telling += match.spans
    if score < rule.threshold or (rule.require_core and not core):
        return None
    evidence = sorted(_longest(spans), key=lambda span: (span.field != "title", span.start))
    return DetectedTopic(
        topic_id=rule.id,
        label="about" if _is_about(core, telling, score, rule, len(body)) else "mention",
        score=score,
        iptc=rule.iptc,
        evidence=tuple(
            Evidence(
                span.field, span.start, span.end, (title if span.field == "title" else body)[span.start : span.end]
            )
            for span in evidence[:MAX_EVIDENCE]
        ),
    )


def repetition(spans: Sequence[Span], cap: int) -> float:
    """How much more a term counts that comes up so often."""
    return 1 + 0.5 * min(math.log2(cap), math.log2(max(1, places(spans))))


def prominence(spans: Sequence[Span]) -> float:
    """How much more a term counts for where it stands."""
    return PROMINENT if any(span.field == "title" or span.start < LEAD_CHARACTERS for span in spans) else 1


def places(spans: Sequence[Span]) -> int:
    """In how many places passages stand: those close together, the words of a NEAR say, are in one place."""
    ordered = sorted(spans, key=lambda span: (span.field, span.start))
    apart = [
        earlier.field != later.field or later.start - earlier.start > ONE_PLACE_CHARACTERS
        for earlier, later in pairwise(ordered)
    ]
    return min(1, len(ordered)) + sum(apart)


def times_it_comes_up(core: Sequence[Span], telling: Sequence[Span]) -> int:
    """How many times a topic comes up: in each place with a core term, and in as many with telling support alone."""
    alone = [
        span
        for span in telling
        if all(span.field != near.field or abs(span.start - near.start) > ONE_PLACE_CHARACTERS for near in core)
    ]
    return places(core) + min(places(core), places(alone))


def times_asked_for(length: int) -> int:
    """How many times a topic has to come up in a text of this length that is about it, if not in the title."""
    return min(6, math.ceil(length / ABOUT_CHARACTERS))


def score_asked_for(core: Sequence[Span], threshold: float) -> float:
    """The score from which on an article with these core passages can be about the topic."""
    return threshold * (ABOUT_FACTOR if any(span.field == "title" for span in core) else UNTITLED_ABOUT_FACTOR)


def comes_up_early(core: Sequence[Span], length: int) -> bool:
    """Whether a topic comes up in the opening of a text, which of a short one is no more than two thirds."""
    return any(span.start < min(OPENING_CHARACTERS, length * 2 / 3) for span in core)


def _is_about(
    core: Sequence[Span], telling: Sequence[Span], score: float, rule: TopicRule, length: int
) -> bool:  # fmt: skip
    """In the title; or at the beginning and again and again. A word in passing, even at the beginning, is a mention."""
    if score < score_asked_for(core, rule.threshold):
        return False
    if any(span.field == "title" for span in core):
        return True
    return comes_up_early(core, length) and times_it_comes_up(core, telling) >= times_asked_for(length)


def _longest(spans: set[Span]) -> list[Span]:
    """Passages that lie in no other one."""
    return [
        span
        for span in spans
        if not any(
            other != span and other.field == span.field and other.start <= span.start and span.end <= other.end
            for other in spans
        )
    ]
