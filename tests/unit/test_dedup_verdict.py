"""Which articles are copies of which."""

import gzip
import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.dedup.document import Document, Facts
from consumers.dedup.index import DOCUMENTS, WINDOW, Index
from consumers.dedup.sketch import pack, sketch_of
from consumers.dedup.verdict import Verdict, judge
from consumers.text.signature import sign
from newsriver.stages import Change

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TITLE = "Harbour tolls rise in Ostrelle"
LINES = [
    f"Port number {n} reported {n * 37} ships, {n * 11} ferries and a queue of {n * 5} lorries at gate {n + 3}."
    for n in range(1, 31)
]
BODY = " ".join(LINES)
OTHER = " ".join(
    f"Team {n} lost its match {n * 3} to {n * 2} before {n * 913} silent supporters." for n in range(1, 31)
)
SHORT = "The harbour board of Ostrelle has raised its tolls. More follows."


def described(title: str, body: str, source: str = "harbour-post.example", at: datetime = NOON) -> tuple[Facts, str]:
    signature = sign(body)
    facts = Facts(
        accepted_at=at, url=f"https://{source}/a", source=source, title=title, words=signature.words,
        shingles=signature.shingles, content_hash=signature.content_hash,
    )  # fmt: skip
    return facts, pack(sketch_of(signature))


def take(index: Index, article_id: str, title: str, body: str, source: str, at: datetime = NOON) -> Verdict:
    """Judge an article and put it into the index, as the stage does."""
    facts, sketch = described(title, body, source, at)
    verdict = judge(index, article_id, facts, sketch_of(sign(body)))
    if verdict.kind in ("exact", "near"):
        facts = replace(facts, canonical=verdict.canonical)
    index.apply(Change(DOCUMENTS, article_id, Document(facts, sketch)))
    return verdict


@pytest.mark.parametrize(
    ("case", "title", "body", "kind"),
    [
        ("the same text", TITLE, BODY, "exact"),
        ("the same under another headline", "Ports are busy", BODY.upper(), "exact"),
        ("a dateline and a notice", TITLE, f"OSTRELLE (Marlow Wire) - {BODY} Subscribe to our letter.", "near"),
        ("cut to its first half", TITLE, " ".join(LINES[:15]), "near"),
        ("inside a round-up", TITLE, BODY + " " + OTHER, "near"),
        ("half of it reported anew", TITLE, " ".join(LINES[:17]) + " " + OTHER[: len(BODY) // 2], "derived"),
        ("another text", "Late goals", OTHER, "unique"),
        ("a flash", TITLE, SHORT, "unique"),
        ("no text", TITLE, "", "unique"),
    ],
)
def test_a_second_article_is_judged_by_how_much_it_shares(case: str, title: str, body: str, kind: str) -> None:
    index = Index()
    take(index, "first", TITLE, BODY, "harbour-post.example")
    verdict = take(index, "second", title, body, "brennick-times.example")
    assert verdict.kind == kind
    assert (verdict.canonical.article_id if verdict.canonical else None) == (None if kind == "unique" else "first")


@pytest.mark.parametrize(
    ("case", "title", "body", "kind"),
    [
        ("same title and text", TITLE, SHORT, "exact"),
        ("same text, another title", "Storm closes Brennick station", SHORT, "unique"),
        ("almost the same", TITLE, SHORT + " Soon.", "unique"),
    ],
)
def test_short_texts_are_copies_only_when_they_are_the_same(case: str, title: str, body: str, kind: str) -> None:
    index = Index()
    take(index, "first", TITLE, SHORT, "harbour-post.example")
    assert take(index, "second", title, body, "brennick-times.example").kind == kind


def test_pages_without_text_are_not_copies_of_one_another() -> None:
    index = Index()
    take(index, "first", TITLE, "", "harbour-post.example")
    assert take(index, "second", TITLE, "…", "brennick-times.example").kind == "unique"


def test_a_copy_of_a_copy_is_a_copy_of_the_first() -> None:
    index = Index()
    take(index, "first", TITLE, BODY, "a.example")
    take(index, "second", TITLE, " ".join(LINES[:25]) + " And so on.", "b.example")
    for number, body in enumerate([" ".join(LINES[:25]) + " And so on.", " ".join(LINES[2:25])]):
        verdict = take(index, f"third{number}", TITLE, body, "c.example")
        assert verdict.canonical is not None
        assert (verdict.canonical.article_id, verdict.canonical.source) == ("first", "a.example")


def test_a_chain_of_copies_does_not_drift_away_from_its_first() -> None:
    index = Index()
    more = [line.replace("Port", "Airport").replace("ships", "planes") for line in LINES]
    more = [line.replace("ferries", "gliders").replace("lorries", "taxis") for line in more]
    take(index, "first", TITLE, BODY, "a.example")
    assert take(index, "second", TITLE, BODY + " " + " ".join(more), "b.example").kind == "near"
    assert take(index, "third", TITLE, " ".join(more), "c.example").kind == "unique"


def test_when_the_first_is_forgotten_its_copies_still_name_it() -> None:
    index = Index()
    take(index, "first", TITLE, BODY, "a.example")
    take(index, "second", TITLE, BODY + " Read more.", "b.example", NOON + timedelta(days=3))
    for change in list(index.forgotten(NOON + WINDOW + timedelta(days=1))):
        index.apply(change)
    assert index.facts("first") is None
    verdict = take(index, "third", TITLE, BODY, "c.example", NOON + WINDOW + timedelta(days=1))
    assert (verdict.kind, verdict.canonical and verdict.canonical.article_id) == ("near", "first")


def test_a_paywall_does_not_make_an_outlet_one_article() -> None:
    notice = BODY.replace("Port", "Offer")
    index = Index()
    take(index, "first", "Harbour tolls rise in Ostrelle", notice, "a.example")
    assert take(index, "second", "Late goals shock supporters", notice, "a.example").kind == "unique"
    assert take(index, "third", "Harbour tolls to rise, says Ostrelle", notice, "a.example").kind == "exact"


def test_an_article_is_no_copy_of_itself_nor_of_its_copies() -> None:
    index = Index()
    take(index, "first", TITLE, BODY, "a.example")
    take(index, "second", TITLE, BODY, "b.example")
    take(index, "third", TITLE, BODY + " Read more.", "c.example")
    assert take(index, "first", TITLE, BODY, "a.example").kind == "unique"


def test_texts_without_spaces_are_compared_too() -> None:
    body = "。".join(f"第{n}号港口报告了{n * 37}艘船只和{n * 11}艘渡轮在{n + 3}号闸口等候检查" for n in range(1, 31))
    index = Index()
    take(index, "first", "港口收费上涨", body, "a.example")
    assert take(index, "second", "港口收费上涨", body[: len(body) * 4 // 5] + "编辑部", "b.example").kind == "near"
    assert take(index, "third", "球队落败", body[::-1], "c.example").kind == "unique"


_SENTENCES = [*LINES[:12], *OTHER.split(". ")[:12]]
_STEPS = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.lists(st.sampled_from(_SENTENCES), max_size=14, unique=True),
        st.integers(0, 3),
        st.booleans(),
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(_STEPS, st.lists(st.sampled_from(_SENTENCES), min_size=4, max_size=14, unique=True))
def test_a_compacted_changelog_rebuilds_an_index_that_answers_the_same(
    steps: list[tuple[str, list[str], int, bool]], asked: list[str]
) -> None:
    index, log = Index(), dict[str, Change]()
    for key, lines, days, is_delete in steps:
        facts, sketch = described(TITLE, " ".join(lines), f"{key}.example", NOON + timedelta(days=days))
        verdict = judge(index, key, facts, sketch_of(sign(" ".join(lines))))
        if verdict.kind in ("exact", "near"):
            facts = replace(facts, canonical=verdict.canonical)
        change = Change(DOCUMENTS, key, None if is_delete else Document(facts, sketch))
        index.apply(change)
        log.pop(key, None)
        log[key] = change
    restored = Index()
    for change in log.values():
        restored.apply(change)
    facts, _ = described(TITLE, " ".join(asked), "asking.example")
    question = sketch_of(sign(" ".join(asked)))
    assert judge(restored, "asking", facts, question) == judge(index, "asking", facts, question)
    later = NOON + timedelta(days=2) + WINDOW
    assert sorted(c.key for c in restored.forgotten(later)) == sorted(c.key for c in index.forgotten(later))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(_SENTENCES), min_size=1), st.lists(st.sampled_from(_SENTENCES), min_size=1))
def test_whether_two_texts_are_copies_does_not_depend_on_which_came_first(left: list[str], right: list[str]) -> None:
    kinds = set()
    for first, second in ((left, right), (right, left)):
        index = Index()
        take(index, "first", TITLE, " ".join(first), "a.example")
        kinds.add(take(index, "second", TITLE, " ".join(second), "b.example").kind)
    assert len(kinds) == 1


@pytest.mark.data
def test_the_same_page_read_by_different_extractors_is_one_article(shared_data: Callable[[str], Path]) -> None:
    with gzip.open(shared_data("duplicates/extractor-variants.jsonl.gz"), "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if sign(row["text"]).words >= 50]
    random.Random(1).shuffle(rows)
    index, group_of, seen = Index(), dict[str, str](), set[str]()
    right = wrong = missed = 0
    for row in rows:
        verdict = take(index, row["id"], "", row["text"], row["id"])
        if verdict.kind in ("exact", "near"):
            assert verdict.canonical is not None
            is_right = group_of[verdict.canonical.article_id] == row["dup_group"]
            right += is_right
            wrong += not is_right
        else:
            missed += row["dup_group"] in seen
        group_of[row["id"]] = row["dup_group"]
        seen.add(row["dup_group"])
    assert right > 1000
    assert right / (right + wrong) >= 0.995
    assert right / (right + missed) >= 0.96
