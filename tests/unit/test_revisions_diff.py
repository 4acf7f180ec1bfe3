"""What changed between two versions of a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.revisions.diff import MAX_CHARACTERS, text_changes
from schemas.events import TextChange

A, B, C, D = "It rained in Ostrelle.", "The ferry was late.", "Nobody was hurt.", "Two people were hurt."


@pytest.mark.parametrize(
    ("case", "old", "new", "expected"),
    [
        ("same", [A, B], [A, B], []),
        ("added at the end", [A], [A, B], [TextChange(added=(B,))]),
        ("removed", [A, B, C], [A, C], [TextChange(removed=(B,))]),
        ("replaced", [A, C, B], [A, D, B], [TextChange(removed=(C,), added=(D,))]),
        ("two places", [A, B, C], [D, B], [TextChange(removed=(A,), added=(D,)), TextChange(removed=(C,))]),
        ("punctuation only", ["It rained, in OSTRELLE!"], [A], []),
        ("from nothing", [], [A], [TextChange(added=(A,))]),
    ],
)
def test_the_diff_shows_sentences_out_and_in(
    case: str, old: list[str], new: list[str], expected: list[TextChange]
) -> None:
    assert list(text_changes(old, new)) == expected


def test_a_diff_is_never_much_longer_than_an_article() -> None:
    sentence = "word " * 500
    old = [f"{n} {sentence}" if n % 2 else f"anchor {n}" for n in range(40)]
    shown = text_changes(old, [s for s in old if s.startswith("anchor")])
    assert 0 < sum(len(s) for change in shown for s in change.removed) <= MAX_CHARACTERS


@given(st.lists(st.sampled_from([A, B, C, D])), st.lists(st.sampled_from([A, B, C, D])))
def test_the_diff_accounts_for_every_sentence(old: list[str], new: list[str]) -> None:
    changes = text_changes(old, new)
    removed = [s for change in changes for s in change.removed]
    added = [s for change in changes for s in change.added]
    assert sorted([*old, *added]) == sorted([*new, *removed])
    assert (changes == ()) == (old == new)
