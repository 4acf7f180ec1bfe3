"""Topic rules at work on articles of the log: what each finds, and what a change of it gains and loses. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from consumers.topics.classifier import Classifier
from consumers.topics.rulefile import Label
from consumers.topics.stage import Topics
from newsriver.stages import Record, Tables
from schemas.events import Article, Evidence, Rule, TopicMatch
from schemas.streams import GROUPED, RULES

KEPT = 1000
"""How many articles of a change are remembered for samples; of more, the latest. All are counted."""

Move = tuple[Label, Label]
"""What an article is to the running version of a rule, and to the new one."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An article, and the passages that made it what it is; of one that lost the topic, those that had."""

    at: datetime
    article_id: str
    title: str
    source: str
    url: str
    evidence: tuple[Evidence, ...]


@dataclass(slots=True)
class Moves:
    """What articles are to a topic in both versions, each article in its latest revision."""

    moves: dict[str, Move] = field(default_factory=dict)
    samples: defaultdict[Move, dict[str, Sample]] = field(default_factory=lambda: defaultdict(dict))

    def counted(self) -> Counter[Move]:
        """How many articles made each move."""
        return Counter(self.moves.values())

    def put(self, article: Article, running: TopicMatch | None, new: TopicMatch | None) -> None:
        """Take in an article, or a later revision of it."""
        before = self.moves.pop(article.article_id, None)
        if before is not None:
            self.samples[before].pop(article.article_id, None)
        shown = new or running
        if shown is None:
            return
        move = _label(running), _label(new)
        self.moves[article.article_id] = move
        samples = self.samples[move]
        samples[article.article_id] = Sample(
            article.emitted_at, article.article_id, article.title, article.source, article.url, shown.evidence
        )
        if len(samples) > KEPT:
            del samples[next(iter(samples))]


class TopicTrial:
    """New versions of topic rules beside the running ones. Give it articles in the order of time."""

    def __init__(
        self, new: Mapping[str, Rule], running: Mapping[str, Rule], classifier: Classifier | None = None
    ) -> None:
        self._new, self._running = Topics(classifier), Topics(classifier)
        self._new.followed(RULES, new)
        self._running.followed(RULES, {rule_id: rule for rule_id, rule in running.items() if rule_id in new})
        self.moves = {rule_id.removeprefix("topic."): Moves() for rule_id in new}

    def take(self, article: Article) -> Article:
        """Detect the topics by both versions; gives the article as it would be with the new one."""
        new, running = _topics(self._new, article), _topics(self._running, article)
        for topic_id, moves in self.moves.items():
            moves.put(article, running.get(topic_id), new.get(topic_id))
        others = (topic for topic in article.topics if topic.topic_id not in self.moves)
        return replace(article, topics=(*others, *new.values()))


def _topics(stage: Topics, article: Article) -> dict[str, TopicMatch]:
    effects = stage.process(Record(article.article_id, article, GROUPED.name, 0, 0, 0), Tables(), article.emitted_at)
    tagged = effects.outputs[0].event
    assert isinstance(tagged, Article)
    return {topic.topic_id: topic for topic in tagged.topics}


def _label(topic: TopicMatch | None) -> Label:
    return "none" if topic is None else topic.label
