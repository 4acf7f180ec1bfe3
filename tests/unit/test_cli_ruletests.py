"""`newsriver rules test`: what it shows, and which status it ends with."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from newsriver.cli.app import app
from newsriver.errors import NewsriverError

RULE = """
id: flood
title: {en: Flood}
terms: {en: {core: {flood: 9}}}
tests:
  - {lang: en, label: about, title: Flood in Tarsk, body: 'The flood came at night.'}
  - {lang: en, label: none, title: Fair in Tarsk, body: 'The fair came at night.'}
"""
PIECES = """
- {id: wet, lang: en, title: Flood in Tarsk, body: 'The flood came at night.', topics: {flood: about}}
- {id: letters, lang: en, title: A flood of letters, body: 'The letters came at night.', topics: {}}
"""


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    path = tmp_path / "flood.yaml"
    path.write_text(RULE)
    return path


@pytest.fixture
def pieces(tmp_path: Path) -> Path:
    path = tmp_path / "pieces.yaml"
    path.write_text(PIECES)
    return path


def test_the_packaged_rules_reach_the_targets_on_their_own_tests() -> None:
    result = _run("--json")
    assert result.exit_code == 0
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert {(row["precision"], row["recall"], row["reaches_targets"]) for row in rows} == {(1.0, 1.0, True)}


def test_labelled_pieces_show_what_is_wrong_and_a_topic_below_the_targets_ends_with_status_3(
    rule: Path, pieces: Path
) -> None:
    result = _run(str(rule), "--labelled", str(pieces))
    assert "flood: letters is none, found about" in result.stdout
    assert _failure(result).exit_code == 3
    assert "below precision 0.90 or recall 0.80: flood" in str(_failure(result))


def test_programs_get_the_figures_and_the_wrong_ones(rule: Path, pieces: Path) -> None:
    row = json.loads(_run(str(rule), "--labelled", str(pieces), "--json").stdout)
    assert row == {
        "topic": "flood",
        "pieces": 2,
        "about": 1,
        "precision": 0.5,
        "recall": 1.0,
        "present": 1,
        "present_precision": 0.5,
        "present_recall": 1.0,
        "reaches_targets": False,
        "wrong": [{"id": "letters", "wanted": "none", "found": "about"}],
    }


def test_pieces_on_a_topic_that_no_rule_finds_are_an_error(rule: Path, pieces: Path) -> None:
    pieces.write_text(PIECES.replace("{flood: about}", "{flod: about, summit: mention, nosuch: about}"))
    failure = _failure(_run(str(rule), "--labelled", str(pieces)))
    assert failure.exit_code == 2
    assert str(failure).splitlines() == [
        "wet: there is no topic flod; did you mean flood?",
        "wet: there is no topic nosuch",
    ]


def test_a_folder_of_pieces_can_be_named(rule: Path, tmp_path: Path) -> None:
    folder = tmp_path / "labelled"
    folder.mkdir()
    (folder / "one.yaml").write_text(PIECES)
    assert json.loads(_run(str(rule), "--labelled", str(folder), "--json").stdout)["pieces"] == 2


@pytest.mark.parametrize("text", ["[" * 3000, f"{RULE}\n5: 1", f"{RULE}\nid: pond", "date: 2026-02-30"])
def test_yaml_that_cannot_be_read_is_named_with_status_2(text: str, rule: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(text)
    for arguments in ([str(broken)], [str(rule), "--labelled", str(broken)]):
        failure = _failure(_run(*arguments))
        assert failure.exit_code == 2
        assert "broken.yaml: " in str(failure)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.yaml"], "missing.yaml"),
        (["--labelled", "missing.yaml"], "missing.yaml"),
        (["--labelled", "x" * 5000], "xxx"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_status_2(arguments: list[str], said: str) -> None:
    failure = _failure(_run(*arguments))
    assert failure.exit_code == 2
    assert said in str(failure)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["rules", "test", *arguments])


def _failure(result: Result) -> NewsriverError:
    assert isinstance(result.exception, NewsriverError), result.exception
    return result.exception
