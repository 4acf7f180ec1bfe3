"""YAML files: what they hold is JSON, and what is wrong with others is said with its place."""

import json
from pathlib import Path

import pytest

from newsriver.yamlfile import YamlError, read_yaml

SAID = [
    ("a: 1\nb: 2\na: 3", "line 3, column 1: the key 'a' is there already, at line 1, column 1"),
    ('- {id: x, "id": y}', "line 1, column 11: the key 'id' is there already, at line 1, column 4"),
    ("5: 1", "line 1, column 1: this key is no text but int; write it in quotes"),
    ("terms: {no: x}", "line 1, column 9: this key is no text but bool; write it in quotes"),
    ("? [a]\n: b", "line 1, column 3: this key is no text but seq; write it in quotes"),
    ("a: 99999999999999999999999", "line 1, column 4: a number of more than 64 bits"),
    ("a: -0x8000000000000001", "line 1, column 4: a number of more than 64 bits"),
    (f"a: {'9' * 5000}", "line 1, column 4: this is no int"),
    ("a: .inf", "line 1, column 4: no finite number"),
    ("a: [1, .nan]", "line 1, column 8: no finite number"),
    ("a: !!int ''", "line 1, column 4: this is no int"),
    ("a: !!bool perhaps", "line 1, column 4: this is no bool"),
    ("a: !!set {b}", "line 1, column 4: could not determine a constructor for the tag"),
    ("a: !!binary aGk=", "line 1, column 4: could not determine a constructor for the tag"),
    (r'a: "\ud83d"', "line 1, column 4: half of a surrogate pair"),
    ("a: *b", "line 1, column 4: found undefined alias 'b'"),
    ("- &a {id: x, labels: *a}", "line 1, column 3: this holds itself"),
    ("&a [b, *a]", "line 1, column 1: this holds itself"),
    ("a: [", "line 1, column 5: while parsing a flow node, expected the node content"),
    ("a: b\n--- c", "line 2, column 1: expected a single document in the stream, but found another document"),
    ("[" * 3000, "too many levels in one another"),
    ("a: \0", "special characters are not allowed"),
]


@pytest.mark.parametrize(("text", "said"), SAID, ids=[text[:20] for text, _ in SAID])
def test_what_is_wrong_is_said_with_the_file_and_the_place(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(YamlError) as caught:
        read_yaml(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize("made", [None, "folder", b"\xff\xfe"])
def test_a_file_that_is_none_is_named(made: str | bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    if isinstance(made, bytes):
        path.write_bytes(made)
    elif made is not None:
        path.mkdir()
    with pytest.raises(YamlError, match=r"broken\.yaml"):
        read_yaml(path)


def test_what_a_file_holds_is_what_its_json_holds(tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(
        "a: [1, -2.5, yes, null, 18446744073709551615, -9223372036854775808]\n"
        "b: &b {date: 2026-02-30, no date: 2026-02-28, equals: =, '5': 'no'}\n"
        "c: {<<: *b, date: other}\n"
    )
    content = read_yaml(path).content
    assert json.loads(json.dumps(content)) == content
    assert content["a"] == [1, -2.5, True, None, 2**64 - 1, -(2**63)]
    assert content["b"] == {"date": "2026-02-30", "no date": "2026-02-28", "equals": "=", "5": "no"}
    assert content["c"] == {**content["b"], "date": "other"}


def test_the_items_of_a_list_have_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("title: x\nalerts:\n  - a\n\n  - {b: 1,\n     c: 2}\n  - [d]\n")
    assert read_yaml(path).lines("alerts") == [3, 5, 7]


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.touch()
    assert read_yaml(path).content is None
