"""`newsriver rules test`: how well topic rules find what they mean."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsriver.cli.context import AsJson
from newsriver.cli.output import write_line, write_rows
from newsriver.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from consumers.topics.evaluation import Rates, TopicFigures

COLUMNS = ("topic", "pieces", "about", "precision", "recall", "present", "present_precision", "present_recall")

Files = Annotated[list[Path] | None, typer.Argument(help="Topic rule files; the packaged topics if none is named.")]
Labelled = Annotated[
    list[Path] | None,
    typer.Option(help="A file of labelled pieces, or a folder of them; may be repeated. Else the tests in the rules."),
]


def measure(files: Files = None, labelled: Labelled = None, as_json: AsJson = False) -> None:
    """Measure topic rules on texts whose topics are known: precision and recall of `about` and of presence.

    Exit status 3 when a topic's `about` is below the targets: precision .90, recall .80.
    """
    from consumers.topics.detector import TopicDetector
    from consumers.topics.evaluation import MIN_PRECISION, MIN_RECALL, over_own_tests, over_pieces
    from consumers.topics.labelled import LabelledFileError, load_pieces
    from consumers.topics.rulefile import TopicRuleError, load_rule, packaged_rules

    try:
        rules = [load_rule(file) for file in files] if files else packaged_rules()
        pieces = load_pieces(labelled or ())
    except (TopicRuleError, LabelledFileError) as error:
        raise UsageError(str(error)) from error
    detector = TopicDetector(rules)
    measured = over_pieces(detector, rules, pieces) if labelled else over_own_tests(detector, rules)
    write_rows(map(_row, measured), COLUMNS, as_json=as_json)
    if not as_json:
        for verdict in (verdict for figures in measured for verdict in figures.mistakes):
            write_line(f"{verdict.topic_id}: {verdict.piece_id} is {verdict.wanted}, found {verdict.found}")
    if below := [figures.topic_id for figures in measured if not figures.reaches_targets]:
        raise NotFoundError(f"below precision {MIN_PRECISION:.2f} or recall {MIN_RECALL:.2f}: {', '.join(below)}")


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
