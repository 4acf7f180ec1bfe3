"""The packaged topics find what readers find in the labelled pieces; broken files of pieces say what is wrong."""

from pathlib import Path

import pytest

from consumers.topics.detector import TopicDetector
from consumers.topics.evaluation import TopicFigures, Verdict, figures, over_own_tests, over_pieces
from consumers.topics.labelled import LabelledFileError, LabelledPiece, load_pieces
from consumers.topics.rulefile import packaged_rules, parse_rule

RULES = packaged_rules()
DETECTOR = TopicDetector(RULES)
PIECES = load_pieces([Path(__file__).parents[1] / "data" / "topics"])
FIGURES = {measured.topic_id: measured for measured in over_pieces(DETECTOR, RULES, PIECES)}
ENOUGH = 5
"""With fewer pieces about a topic, a single mistake decides."""

FLOOD = parse_rule({"id": "flood", "title": {"en": "Flood"}, "terms": {"en": {"core": {"flood": 9}}}})
PIECE = "id: wet\n  lang: en\n  title: A\n  body: A flood.\n  topics: {flood: about}"


@pytest.mark.parametrize("topic", FIGURES.values(), ids=lambda measured: measured.topic_id)
def test_packaged_topics_reach_the_targets(topic: TopicFigures) -> None:
    if topic.about.right + topic.about.missed >= ENOUGH:
        assert topic.reaches_targets, topic


def test_there_are_two_hundred_pieces_in_nine_languages_that_name_packaged_topics_only() -> None:
    assert len(PIECES) >= 200
    assert {piece.lang for piece in PIECES} == {"en", "de", "fr", "es", "ru", "uk", "pl", "zh", "ar"}
    assert {topic for piece in PIECES for topic in piece.topics} == FIGURES.keys()


def test_a_mention_taken_for_about_is_wrong_for_about_and_right_for_presence() -> None:
    verdicts = [
        Verdict("flood", "1", wanted="about", found="about"),
        Verdict("flood", "2", wanted="about", found="mention"),
        Verdict("flood", "3", wanted="mention", found="about"),
        Verdict("flood", "4", wanted="about", found="none"),
        Verdict("flood", "5", wanted="none", found="none"),
    ]
    measured = figures("flood", verdicts)
    assert (measured.about.right, measured.about.wrong, measured.about.missed) == (1, 1, 2)
    assert (measured.present.right, measured.present.wrong, measured.present.missed) == (3, 0, 1)
    assert (measured.about.precision, measured.present.recall) == (0.5, 0.75)
    assert [verdict.piece_id for verdict in measured.mistakes] == ["2", "3", "4"]


@pytest.mark.parametrize(("wrong", "missed", "reached"), [(1, 2, True), (2, 2, False), (1, 3, False)])
def test_targets_are_a_precision_of_nine_tenths_and_a_recall_of_four_fifths(
    wrong: int, missed: int, reached: bool
) -> None:
    verdicts = [Verdict("flood", "", "about", "about")] * 9
    verdicts += [Verdict("flood", "", "none", "about")] * wrong + [Verdict("flood", "", "about", "none")] * missed
    assert figures("flood", verdicts).reaches_targets is reached


def test_where_nothing_is_to_be_found_nothing_is_below_the_targets() -> None:
    measured = figures("flood", [Verdict("flood", "1", wanted="none", found="none")])
    assert (measured.about.precision, measured.about.recall) == (None, None)
    assert measured.reaches_targets


def test_a_rule_is_measured_in_the_languages_that_it_speaks() -> None:
    texts = {"en": "A flood of the river.", "pl": "Powódź w mieście."}
    pieces = [
        LabelledPiece(id=lang, lang=lang, title="", body=body, topics={"flood": "about"})
        for lang, body in texts.items()
    ]
    (measured,) = over_pieces(TopicDetector([FLOOD]), [FLOOD], pieces)
    assert (measured.pieces, measured.about.right, measured.mistakes) == (1, 1, ())


def test_tests_inside_a_rule_count_for_its_topic_alone() -> None:
    assert all(measured.reaches_targets and not measured.mistakes for measured in over_own_tests(DETECTOR, RULES))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: wet", "no list"),
        ("- wet", "piece 1: a piece is a mapping with id, lang"),
        (f"- {PIECE}\n  colour: blue", "wet: no such field: colour"),
        ("- id: wet\n  lang: en\n  title: A", "wet: .*body"),
        (f"- {PIECE.replace('about', 'aboot')}", r"wet: .*topics"),
        (f"- {PIECE.replace('flood: about', 'Big Flood: about')}", r"wet: .*topics"),
        (f"- {PIECE}\n- {PIECE}", "wet: there is a piece of this id in .* already"),
        ("- [", "while parsing"),
    ],
)
def test_a_broken_file_of_pieces_says_what_is_wrong_and_where(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "pieces.yaml"
    path.write_text(text)
    with pytest.raises(LabelledFileError, match=message) as caught:
        load_pieces([path])
    assert str(path) in str(caught.value)


def test_a_folder_without_pieces_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LabelledFileError, match=r"no \*\.yaml files"):
        load_pieces([tmp_path])
