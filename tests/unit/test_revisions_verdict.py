"""What a change of title or text counts as."""

import gzip
import json
from collections import defaultdict
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.revisions.fingerprint import fingerprint
from consumers.revisions.verdict import compare, is_other_text, is_same_page
from consumers.text.minhash import jaccard

TITLE = "Harbour tolls rise in Ostrelle"
LINES = [
    f"On day {n} the harbour board of Ostrelle counted {n * 31} ships at its northern quay in fair weather."
    for n in range(1, 21)
]
BODY = " ".join(LINES)
OTHER = " ".join(
    f"Team number {n} scored late in its away match and left the supporters of Brennick quite speechless."
    for n in "abcdefghijklmnopqrst"
)


@pytest.mark.parametrize(
    ("case", "title", "body", "kind", "reason"),
    [
        ("a typo mended", TITLE, BODY.replace("northern quay", "northern key", 1), "minor", None),
        ("a caption added", TITLE, BODY + " Photo: harbour board.", "minor", None),
        ("another title", "Harbour tolls fall in Ostrelle", BODY, "material", "title_changed"),
        ("title in capitals", TITLE.upper(), BODY + " Photo: harbour board.", "minor", None),
        ("a statement added", TITLE, BODY + " The board will vote on the new harbour tolls next Monday.", "material",
         "sentence_added"),
        ("a statement removed", TITLE, " ".join(LINES[:-1]), "material", "sentence_removed"),
        ("a figure corrected", TITLE, BODY.replace("counted 310 ships", "counted 301 ships"), "material",
         "figure_changed"),
        ("much rewritten", TITLE, BODY.replace("harbour board", "port authority"), "material", "text_changed"),
        ("grown from a flash", TITLE + ": what we know", BODY + " " + OTHER * 3, "material", "sentence_added"),
        ("other text under the same title", TITLE, OTHER, "material", "text_changed"),
        ("another article", "Brennick shocked by late goals", OTHER, "replaced", "other_text"),
    ],
)  # fmt: skip
def test_the_verdict_names_its_reasons(case: str, title: str, body: str, kind: str, reason: str | None) -> None:
    verdict = compare(fingerprint(TITLE, BODY), fingerprint(title, body))
    assert verdict.kind == kind
    assert reason is None or reason in verdict.reasons
    assert (verdict.kind == "minor") == (verdict.reasons == ())


def test_sentences_that_moved_are_neither_added_nor_removed() -> None:
    moved = " ".join([*LINES[10:], *LINES[:10]])
    assert compare(fingerprint(TITLE, BODY), fingerprint(TITLE, moved)).kind == "minor"


_SENTENCES = st.lists(st.sampled_from([*LINES, *OTHER.split(". ")]), max_size=12).map(" ".join)


@given(_SENTENCES, _SENTENCES)
def test_the_kind_of_change_does_not_depend_on_its_direction(old: str, new: str) -> None:
    there = compare(fingerprint(TITLE, old), fingerprint("Another", new))
    back = compare(fingerprint("Another", new), fingerprint(TITLE, old))
    assert there.kind == back.kind


@given(_SENTENCES)
def test_the_same_text_is_never_a_material_change(body: str) -> None:
    assert compare(fingerprint(TITLE, body), fingerprint(TITLE, body)).kind == "minor"


@pytest.mark.data
def test_two_extractors_on_one_page_are_taken_for_an_upgrade(shared_data: Callable[[str], Path]) -> None:
    groups = defaultdict(list)
    with gzip.open(shared_data("duplicates/extractor-variants.jsonl.gz"), "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            groups[row["dup_group"]].append(fingerprint("", row["text"]).shingles)
    # Texts of a line or two are extractors' failures, not versions of a page.
    pairs = [
        (len(a), len(b), jaccard(a, b))
        for group in groups.values()
        for a, b in combinations(group, 2)
        if min(len(a), len(b)) >= 20
    ]
    assert len(pairs) > 4000
    assert sum(is_same_page(*pair) for pair in pairs) / len(pairs) > 0.97
    assert sum(is_other_text(*pair) for pair in pairs) / len(pairs) < 0.02
