"""The topics stage: articles with their story in, articles with their topics and the evidence out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from consumers.topics.classifier import Classifier
from consumers.topics.detector import TopicDetector
from consumers.topics.rulefile import TopicRule, parse_rule
from newsriver.stages import NOTHING, Effects, Output, Record, Tables, Transform
from schemas.events import Article, Event, Evidence, Rule, TopicMatch, TopicSeen
from schemas.identity import stable_id
from schemas.streams import ARTICLES, GROUPED, RULES, TALLIES, Stream, topic_stream

FRESH = timedelta(hours=6)
"""An article found later than this after its publication tells nothing of what is written about now."""


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
        self._detector = TopicDetector(())
        self._streams: dict[str, Stream[Article]] = {}
        self._version = ""

    def new_state(self) -> Tables:
        return Tables()

    def followed(self, stream: Stream[Any], events: Mapping[str, Event]) -> Mapping[str, Exception]:
        """Build the detector from all topic rules that can be used; the others are reported and left out."""
        rules, refused = _read(events)
        self._detector = TopicDetector(rules, self._classifier)
        self._streams = {rule.id: topic_stream(rule.id) for rule in rules}
        second_opinion = () if self._classifier is None else (self._classifier.version,)
        self._version = stable_id("rules", *sorted(f"{rule}" for rule in rules), *second_opinion)[:12]
        return refused

    def extra_streams(self, stream: Stream[Any], events: Mapping[str, Event]) -> Iterable[Stream[Any]]:
        return [topic_stream(rule.id) for rule in _read(events)[0]]

    def process(self, record: Record[Article], state: Tables, now: datetime) -> Effects:
        article = record.value
        if article is None:
            return NOTHING
        topics = tuple(
            TopicMatch(
                topic_id=found.topic_id,
                label=found.label,
                score=round(found.score, 3),
                iptc=found.iptc,
                evidence=tuple(Evidence(field=e.field, start=e.start, end=e.end, text=e.text) for e in found.evidence),
            )
            for found in self._detector.detect(article.title, article.body, article.language)
        )
        tagged = replace(article, topics=topics, ruleset_version=self._version, emitted_at=now)
        streams = (ARTICLES, *(self._streams[topic.topic_id] for topic in topics))
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


def _read(events: Mapping[str, Event]) -> tuple[list[TopicRule], dict[str, Exception]]:
    """The topic rules that can be used, and what is wrong with the others, by key."""
    rules: list[TopicRule] = []
    refused: dict[str, Exception] = {}
    for key, event in events.items():
        if isinstance(event, Rule) and event.kind == "topic":
            try:
                rules.append(parse_rule(event.definition))
            except ValueError as error:
                refused[key] = error
    return rules, refused
