"""`newsriver rules test` and `train`: how well topics are found, and a word model to confirm what rules find."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsriver.cli.context import AsJson
from newsriver.cli.output import write_line, write_rows
from newsriver.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from consumers.topics.evaluation import Rates, TopicFigures
    from consumers.topics.labelled import LabelledPiece

COLUMNS = ("topic", "pieces", "about", "precision", "recall", "present", "present_precision", "present_recall")

Files = Annotated[list[Path] | None, typer.Argument(help="Topic rule files; the packaged topics if none is named.")]
Labelled = Annotated[
    list[Path] | None,
    typer.Option(help="A file of labelled pieces, or a folder of them; may be repeated. Else the tests in the rules."),
]


Model = Annotated[
    Path | None, typer.Option("--word-model", help="Let this word model confirm what the rules find, as a stage would.")
]


def measure(files: Files = None, labelled: Labelled = None, word_model: Model = None, as_json: AsJson = False) -> None:
    """Measure topic rules on texts whose topics are known: precision and recall of `about` and of presence.

    Exit status 3 when a topic's `about` is below the targets: precision .90, recall .80.
    """
    from consumers.topics.detector import TopicDetector
    from consumers.topics.evaluation import MIN_PRECISION, MIN_RECALL, over_own_tests, over_pieces
    from consumers.topics.rulefile import TopicRuleError, load_rule, packaged_rules, packaged_topics
    from consumers.topics.wordmodel import WordModel, WordModelError
    from newsriver.cli.rulenames import misspelt_topics

    try:
        rules = [load_rule(file) for file in files] if files else packaged_rules()
        classifier = None if word_model is None else WordModel.load(word_model)
    except (TopicRuleError, WordModelError) as error:
        raise UsageError(str(error)) from error
    detector = TopicDetector(rules, classifier)
    if labelled:
        pieces = _pieces(labelled)
        if misspelt := list(misspelt_topics(pieces, {*packaged_topics(), *(rule.id for rule in rules)})):
            raise UsageError("\n".join(misspelt))
        measured = over_pieces(detector, rules, pieces)
    else:
        measured = over_own_tests(detector, rules)
    write_rows(map(_row, measured), COLUMNS, as_json=as_json)
    if not as_json:
        for verdict in (verdict for figures in measured for verdict in figures.mistakes):
            write_line(f"{verdict.topic_id}: {verdict.piece_id} is {verdict.wanted}, found {verdict.found}")
    if below := [figures.topic_id for figures in measured if not figures.reaches_targets]:
        raise NotFoundError(f"below precision {MIN_PRECISION:.2f} or recall {MIN_RECALL:.2f}: {', '.join(below)}")


def train(
    labelled: Annotated[list[Path], typer.Argument(help="Files of labelled pieces, or folders of them.")],
    output: Annotated[Path, typer.Option(help="Where to write the word model.")],
    as_json: AsJson = False,
) -> None:
    """Learn from labelled pieces which words go with a topic, and write a word model that confirms what rules find.

    It takes ten pieces with a topic and ten without it to learn anything of it in a language. Exit status 3, and no
    file, when there was nothing to learn. `rules test` on other pieces says whether the model does any good.
    """
    from consumers.topics.wordmodel import MIN_PIECES, learn

    model, learnt = learn(_pieces(labelled))
    rows = [
        {"topic": one.topic_id, "language": one.language, "present": one.present, "absent": one.absent}
        for one in learnt
    ]
    write_rows(rows, ("topic", "language", "present", "absent"), as_json=as_json)
    if not learnt:
        raise NotFoundError(f"no topic has {MIN_PIECES} pieces with it and {MIN_PIECES} without it in a language")
    try:
        model.save(output)
    except OSError as error:
        raise UsageError(f"{output}: {error}") from error


def _pieces(paths: list[Path]) -> "list[LabelledPiece]":
    from consumers.topics.labelled import LabelledFileError, load_pieces

    try:
        return load_pieces(paths)
    except LabelledFileError as error:
        raise UsageError(str(error)) from error


def _row(figures: "TopicFigures") -> dict[str, Any]:
    return {
        "topic": figures.topic_id,
        "pieces": figures.pieces,
        **_rates("about", "", figures.about),
        **_rates("present", "present_", figures.present),
        "wrong": [{"id": v.piece_id, "wanted": v.wanted, "found": v.found} for v in figures.mistakes],
        "reaches_targets": figures.reaches_targets,
    }


def _rates(count: str, prefix: str, rates: "Rates") -> dict[str, Any]:
    """The number of pieces that have it, and how well they were found."""
    return {
        count: rates.right + rates.missed,
        f"{prefix}precision": None if rates.precision is None else round(rates.precision, 3),
        f"{prefix}recall": None if rates.recall is None else round(rates.recall, 3),
    }
