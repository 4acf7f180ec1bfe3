"""How well topics are found: precision and recall over texts whose topics are known. Pure.

Precision is the share of what was found that is right, recall the share of what is there that was found. Both are
counted for `about`, where a mere mention is a mistake, and for presence, where `about` and `mention` are the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from consumers.topics.detector import TopicDetector
from consumers.topics.labelled import LabelledPiece
from consumers.topics.rulefile import Label, TopicRule

MIN_PRECISION = 0.90
MIN_RECALL = 0.80


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a text is to a topic, and what detection took it for."""

    topic_id: str
    piece_id: str
    wanted: Label
    found: Label


@dataclass(frozen=True, slots=True)
class Rates:
    """How many were found rightly, found wrongly and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float | None:
        """None when nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        """None when there was nothing to find."""
        return self.right / (self.right + self.missed) if self.right + self.missed else None


@dataclass(frozen=True, slots=True)
class TopicFigures:
    """The figures of a topic over so many pieces, and what went wrong."""

    topic_id: str
    pieces: int
    about: Rates
    present: Rates
    mistakes: tuple[Verdict, ...]

    @property
    def reaches_targets(self) -> bool:
        """Whether `about` is found as precisely and as completely as the packaged topics have to be."""
        precision, recall = self.about.precision, self.about.recall
        return (precision is None or precision >= MIN_PRECISION) and (recall is None or recall >= MIN_RECALL)


def over_pieces(
    detector: TopicDetector, rules: Sequence[TopicRule], pieces: Iterable[LabelledPiece]
) -> list[TopicFigures]:
    """The figures of each rule, over the pieces in the languages that it speaks."""
    verdicts: dict[str, list[Verdict]] = {rule.id: [] for rule in rules}
    for piece in pieces:
        found = _labels(detector, piece.title, piece.body, piece.lang)
        for rule in rules:
            if piece.lang in rule.terms:
                wanted: Label = piece.topics.get(rule.id, "none")
                verdicts[rule.id].append(Verdict(rule.id, piece.id, wanted, found.get(rule.id, "none")))
    return [figures(topic, judged) for topic, judged in verdicts.items()]


def over_own_tests(detector: TopicDetector, rules: Sequence[TopicRule]) -> list[TopicFigures]:
    """The figures of each rule over the tests inside it, which say nothing about other topics."""
    return [
        figures(
            rule.id,
            [
                Verdict(
                    rule.id,
                    f"test {number} ({test.lang})",
                    test.label,
                    _labels(detector, test.title, test.body, test.lang).get(rule.id, "none"),
                )
                for number, test in enumerate(rule.tests, start=1)
            ],
        )
        for rule in rules
    ]


def figures(topic_id: str, verdicts: Sequence[Verdict]) -> TopicFigures:
    """The figures that verdicts on one topic make."""
    return TopicFigures(
        topic_id,
        len(verdicts),
        _rates([(verdict.wanted == "about", verdict.found == "about") for verdict in verdicts]),
        _rates([(verdict.wanted != "none", verdict.found != "none") for verdict in verdicts]),
        tuple(verdict for verdict in verdicts if verdict.wanted != verdict.found),
    )


def _labels(detector: TopicDetector, title: str, body: str, language: str) -> dict[str, Label]:
    return {topic.topic_id: topic.label for topic in detector.detect(title, body, language)}


def _rates(pairs: Sequence[tuple[bool, bool]]) -> Rates:
    """From pairs of whether it is there and whether it was found."""
    return Rates(pairs.count((True, True)), pairs.count((False, True)), pairs.count((True, False)))
