"""A word model learns from labelled pieces to tell a topic from its false friends, and has a say in candidates only."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from consumers.topics.detector import TopicDetector
from consumers.topics.labelled import LabelledPiece
from consumers.topics.rulefile import parse_rule
from consumers.topics.stage import Topics
from consumers.topics.wordmodel import BUCKETS, FORMAT, MIN_PIECES, WordModel, WordModelError, learn
from newsriver.cli.app import app
from newsriver.cli.bootstrap import topic_classifier
from newsriver.errors import NewsriverError, UsageError
from newsriver.settings import Settings, TopicsSettings
from newsriver.testing.kit import StageKit
from schemas.events import Article, Rule, Signature
from schemas.streams import ARTICLES, RULES

RULE = {
    "id": "strike",
    "title": {"en": "Strike"},
    "terms": {"en": {"core": {"strike": 4}}, "de": {"core": {"streik": 4}}},
}
WORKERS = ("dockers", "nurses", "drivers", "miners", "teachers", "pilots", "clerks", "bakers", "porters", "weavers")
TEAMS = ("rovers", "wanderers", "athletic", "united", "albion", "county", "villa", "orient", "rangers", "harriers")


def _walkout(who: str) -> tuple[str, str]:
    return f"The {who} strike", f"The {who} walked out over wages. Their union says that the strike will last a week."


def _goal(who: str) -> tuple[str, str]:
    return (
        f"Late strike for {who}",
        f"A strike from twenty yards won the match for {who}. The goalkeeper had no chance.",
    )


def _piece(number: int, text: tuple[str, str], there: bool) -> LabelledPiece:
    topics: dict[str, str] = {"strike": "about"} if there else {}
    return LabelledPiece(id=str(number), lang="en", title=text[0], body=text[1], topics=topics)  # type: ignore[arg-type]


PIECES = [_piece(n, _walkout(who), True) for n, who in enumerate(WORKERS)]
PIECES += [_piece(n, _goal(who), False) for n, who in enumerate(TEAMS, start=100)]
MODEL, LEARNT = learn(PIECES)
TRUE_STRIKE = (
    "Ferry crews strike",
    "Ferry crews have walked out over wages, their union says. The strike began at noon.",
)
FALSE_STRIKE = (
    "Superb strike by Holm",
    "Holm won the match for Skarn with a strike from thirty yards, past the goalkeeper.",
)


def test_what_was_learnt_is_said_with_the_number_of_pieces() -> None:
    assert [(one.topic_id, one.language, one.present, one.absent) for one in LEARNT] == [("strike", "en", 10, 10)]


def test_pieces_it_has_not_seen_are_told_apart() -> None:
    assert MODEL.probabilities(["strike"], *TRUE_STRIKE, "en")["strike"] > 0.6
    assert MODEL.probabilities(["strike"], *FALSE_STRIKE, "en")["strike"] < 0.4


def test_a_candidate_that_is_not_confirmed_is_dropped_and_the_others_stay_as_they_are() -> None:
    rules = [parse_rule(RULE)]
    confirming, alone = TopicDetector(rules, MODEL), TopicDetector(rules)
    assert alone.detect(*FALSE_STRIKE, "en")
    assert confirming.detect(*FALSE_STRIKE, "en") == []
    assert confirming.detect(*TRUE_STRIKE, "en") == alone.detect(*TRUE_STRIKE, "en") != []


def test_topics_and_languages_that_were_not_learnt_keep_the_verdict_of_the_rule() -> None:
    assert MODEL.probabilities(["summit"], *FALSE_STRIKE, "en") == {}
    assert MODEL.probabilities(["strike"], *FALSE_STRIKE, "de") == {}
    german = "Streik", "Der Streik am Hafen."
    assert TopicDetector([parse_rule(RULE)], MODEL).detect(*german, "de") != []


def test_it_adds_no_topic_that_no_rule_found() -> None:
    assert TopicDetector([parse_rule(RULE)], MODEL).detect("Dockers walk out", "The union wants wages.", "en") == []


def test_too_few_pieces_teach_nothing() -> None:
    model, learnt = learn(PIECES[: 10 + MIN_PIECES - 1])
    assert learnt == []
    assert model.probabilities(["strike"], *TRUE_STRIKE, "en") == {}


def test_pieces_of_one_kind_do_not_outweigh_the_others_by_their_number() -> None:
    many = [_piece(1000 + n, _goal(f"{team} {n}"), False) for n in range(20) for team in TEAMS]
    model, _ = learn([*PIECES, *many])
    assert model.probabilities(["strike"], *TRUE_STRIKE, "en")["strike"] > 0.5


def test_a_model_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "words.npz"
    MODEL.save(path)
    loaded = WordModel.load(path)
    assert loaded.version == MODEL.version
    assert loaded.probabilities(["strike"], *TRUE_STRIKE, "en") == MODEL.probabilities(["strike"], *TRUE_STRIKE, "en")


def test_learning_is_repeatable_and_other_pieces_make_another_version() -> None:
    assert learn(PIECES)[0].version == MODEL.version
    assert learn([*PIECES, _piece(999, _goal("Skarn"), False)])[0].version != MODEL.version


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    text, other = tmp_path / "text.npz", tmp_path / "other.npz"
    text.write_text("no model")
    np.savez(other, format=np.array("something else"), weights=np.zeros((1, 3)))
    for path in (text, other, tmp_path / "missing.npz"):
        with pytest.raises(WordModelError, match=path.name):
            WordModel.load(path)


def test_a_file_that_is_a_model_in_part_is_named(tmp_path: Path) -> None:
    def damaged(name: str, **parts: np.ndarray[Any, Any]) -> Path:
        whole = {
            "format": np.array(FORMAT), "weights": np.zeros((1, BUCKETS + 1), dtype=np.float32),
            "topics": np.array(["strike"]), "languages": np.array(["en"]),
        }  # fmt: skip
        np.savez(tmp_path / name, **{**whole, **parts})  # type: ignore[arg-type]
        return tmp_path / name

    WordModel.load(damaged("whole.npz"))
    array, torn = tmp_path / "array.npy", tmp_path / "torn.npz"
    np.save(array, np.zeros(3))
    MODEL.save(torn)
    with torn.open("r+b") as file:
        file.seek(torn.stat().st_size // 2)
        file.write(b"\xff" * 50)
    for path in (
        *(array, torn, damaged("words.npz", weights=np.full((1, BUCKETS + 1), "x"))),
        *(damaged("single.npz", topics=np.array("strike")), damaged("more.npz", languages=np.array(["en", "de"]))),
    ):
        with pytest.raises(WordModelError, match=path.name):
            WordModel.load(path)


def test_the_stage_asks_the_model_and_says_by_the_version_that_it_has_a_say() -> None:
    alone, confirming = _tagged(Topics()), _tagged(Topics(MODEL))
    assert [topic.topic_id for topic in alone.topics] == ["strike"]
    assert confirming.topics == ()
    assert confirming.ruleset_version != alone.ruleset_version


def _tagged(stage: Topics) -> Article:
    """What the stage makes of the false strike."""
    kit = StageKit(stage)
    now = kit.clock.now()
    assert kit.follow(RULES, [Rule(id="1", emitted_at=now, rule_id="strike", kind="topic", definition=RULE)]) == {}
    title, body = FALSE_STRIKE
    kit.feed(
        Article(
            id="a", emitted_at=now, article_id="a", entry_id="e", feed_id="f", url="https://skarnsport.example/a",
            fetched_url="", source="skarnsport.example", title=title, body=body, language="en", discovered_at=now,
            fetched_at=now, origin="page", extractor="t", extractor_version="1", revision=1, kind="new",
            signature=Signature(algorithm="a", content_hash="h", words=1, shingles=1, minhash="", lead=""),
        )
    )  # fmt: skip
    (article,) = kit.written(ARTICLES)
    assert isinstance(article, Article)
    return article


def test_no_model_is_asked_unless_a_setting_names_one(tmp_path: Path) -> None:
    path = tmp_path / "words.npz"
    assert topic_classifier(Settings()) is None
    with pytest.raises(UsageError, match=r"topics\.word_model: .*words\.npz"):
        topic_classifier(Settings(topics=TopicsSettings(word_model=path)))
    MODEL.save(path)
    loaded = topic_classifier(Settings(topics=TopicsSettings(word_model=path)))
    assert loaded is not None
    assert loaded.version == MODEL.version


def test_the_command_learns_a_model_and_measures_with_it(tmp_path: Path) -> None:
    rule, pieces, model = (tmp_path / name for name in ("strike.yaml", "pieces.yaml", "words.npz"))
    rule.write_text("id: strike\ntitle: {en: Strike}\nterms: {en: {core: {strike: 4}}}")
    pieces.write_text("\n".join(map(_yaml, PIECES)))
    trained = CliRunner().invoke(app, ["rules", "train", str(pieces), "--output", str(model), "--json"])
    assert (trained.exit_code, trained.stdout) == (0, '{"topic":"strike","language":"en","present":10,"absent":10}\n')
    measure = ["rules", "test", str(rule), "--labelled", str(pieces)]
    assert isinstance(CliRunner().invoke(app, measure).exception, NewsriverError)
    assert CliRunner().invoke(app, [*measure, "--word-model", str(model)]).exit_code == 0


def test_the_command_writes_no_file_when_there_was_nothing_to_learn(tmp_path: Path) -> None:
    pieces, model = tmp_path / "pieces.yaml", tmp_path / "words.npz"
    pieces.write_text(_yaml(PIECES[0]))
    failure = CliRunner().invoke(app, ["rules", "train", str(pieces), "--output", str(model)]).exception
    assert isinstance(failure, NewsriverError)
    assert (failure.exit_code, model.exists()) == (3, False)


def _yaml(piece: LabelledPiece) -> str:
    topics = "{strike: about}" if piece.topics else "{}"
    return f"- {{id: '{piece.id}', lang: en, title: '{piece.title}', body: '{piece.body}', topics: {topics}}}"
