"""The topics stage: articles with their story in, articles with their topics and the evidence out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from consumers.topics.classifier import Classifier
from consumers.topics.detector import TopicDetector
from consumers.topics.rulefile import TopicRule, TopicRuleError, parse_rule
from newsriver.stages import NOTHING, Effects, Output, Record, Tables, Transform
from schemas.events import Article, Event, Evidence, Rule, TopicMatch, TopicSeen
from schemas.identity import stable_id
from schemas.streams import ARTICLES, GROUPED, RULES, TALLIES, Stream, topic_stream

FRESH = timedelta(hours=6)
"""An article found later than this after its publication tells nothing of what is written about now."""


_Read = tuple[dict[str, TopicRule], dict[str, Exception]]
"""The topic rules that can be used, and what is wrong with others, by key."""


@dataclass(frozen=True, slots=True)
class _InForce:
    """Rules, and what is made of them."""

    rules: Mapping[str, TopicRule]
    detector: TopicDetector
    streams: Mapping[str, Stream[Article]]
    version: str


class Topics(Transform[Article, Tables]):
    """Detects topics by the rules on the `rules` stream; each match carries the passages that prove it.

    A classifier, if there is one, is asked to confirm what the rules find.
    """

    name = "topics"
    input = GROUPED
    outputs = (ARTICLES, TALLIES)
    follows = (RULES,)

    def __init__(self, classifier: Classifier | None = None) -> None:
        self._classifier = classifier
        self._given: dict[str, Rule] = {}
        self._read: _Read = ({}, {})
        self._in_force = self._made_of({})

    def new_state(self) -> Tables:
        return Tables()

    def followed(self, stream: Stream[Any], events: Mapping[str, Event]) -> Mapping[str, Exception]:
        """Build the detector from all topic rules that can be used; of others the version before stays in force."""
        rules, refused = self._rules_in(events)
        if rules is not self._in_force.rules:
            self._in_force = self._made_of(rules)
        return refused

    def extra_streams(self, stream: Stream[Any], events: Mapping[str, Event]) -> Iterable[Stream[Any]]:
        return [topic_stream(rule.id) for rule in self._rules_in(events)[0].values()]

    def _rules_in(self, events: Mapping[str, Event]) -> _Read:
        """The topic rules, read again only if one of them has changed."""
        given = {key: event for key, event in events.items() if isinstance(event, Rule) and event.kind == "topic"}
        if given != self._given:
            self._given, self._read = given, _read(given, self._read[0])
        return self._read

    def _made_of(self, rules: Mapping[str, TopicRule]) -> _InForce:
        second_opinion = () if self._classifier is None else (self._classifier.version,)
        return _InForce(
            rules,
            TopicDetector(list(rules.values()), self._classifier),
            {rule.id: topic_stream(rule.id) for rule in rules.values()},
            stable_id("rules", *sorted(f"{rule}" for rule in rules.values()), *second_opinion)[:12],
        )

    def process(self, record: Record[Article], state: Tables, now: datetime) -> Effects:
        article = record.value
        if article is None:
            return NOTHING
        in_force = self._in_force  # others may come into force at any time
        topics = tuple(
            TopicMatch(
                topic_id=found.topic_id,
                label=found.label,
                score=round(found.score, 3),
                iptc=found.iptc,
                evidence=tuple(Evidence(field=e.field, start=e.start, end=e.end, text=e.text) for e in found.evidence),
            )
            for found in in_force.detector.detect(article.title, article.body, article.language)
        )
        tagged = replace(article, topics=topics, ruleset_version=in_force.version, emitted_at=now)
        streams = (ARTICLES, *(in_force.streams[topic.topic_id] for topic in topics))
        return Effects((*(Output(stream, tagged) for stream in streams), *_tallies(tagged, now)))


def _tallies(article: Article, now: datetime) -> Iterator[Output]:
    """What bursts are counted from: the topics that a new article is about."""
    published = article.published_at or article.discovered_at
    if article.kind != "new" or published < article.discovered_at - FRESH:
        return
    for topic in article.topics:
        if topic.label == "about":
            seen = TopicSeen(
                id=stable_id("seen", topic.topic_id, article.article_id),
                emitted_at=now,
                topic_id=topic.topic_id,
                article_id=article.article_id,
                story_id=article.story_id or article.article_id,
                source=article.source,
                language=article.language,
                url=article.url,
                title=article.title,
                seen_at=article.discovered_at,
            )
            yield Output(TALLIES, seen)


def _read(events: Mapping[str, Rule], before: Mapping[str, TopicRule]) -> _Read:
    """Read topic rules. Of one that cannot be used the version before stays in force."""
    rules: dict[str, TopicRule] = {}
    refused: dict[str, Exception] = {}
    for key, event in events.items():
        try:
            rules[key] = parse_rule(event.definition)
        except ValueError as error:
            refused[key] = error
            if key in before:
                rules[key] = before[key]
                refused[key] = TopicRuleError(f"{error}; the version before it stays in force")
    return rules, refused
