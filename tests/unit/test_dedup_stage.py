"""The dedup stage on a broker in memory."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consumers.dedup.index import WINDOW
from consumers.dedup.stage import Dedup
from consumers.text.signature import sign
from newsriver.testing.kit import StageKit
from schemas.events import ArticleRevised
from schemas.streams import DUPLICATES, UNIQUE

LINES = [
    f"Port number {n} reported {n * 37} ships, {n * 11} ferries and a queue of {n * 5} lorries at gate {n + 3}."
    for n in range(1, 31)
]
BODY = " ".join(LINES)
OTHER = " ".join(
    f"Team {n} lost its match {n * 3} to {n * 2} before {n * 913} silent supporters." for n in range(1, 31)
)
MIXED = " ".join(LINES[:17]) + " " + OTHER[: len(BODY) // 2]


def article(article_id: str, body: str, **changes: object) -> ArticleRevised:
    source = f"{article_id}.example"
    base = ArticleRevised(
        id=f"revised-{article_id}",
        emitted_at=datetime(2026, 3, 2, 8, 59, tzinfo=UTC),
        article_id=article_id,
        entry_id="e1",
        feed_id="f1",
        url=f"https://{source}/tolls",
        fetched_url=f"https://{source}/tolls",
        source=source,
        title="Harbour tolls rise in Ostrelle",
        body=body,
        language="en",
        discovered_at=datetime(2026, 3, 2, 8, 58, tzinfo=UTC),
        fetched_at=datetime(2026, 3, 2, 8, 59, tzinfo=UTC),
        origin="page",
        extractor="trafilatura",
        extractor_version="2.1.0",
        revision=1,
        kind="new",
        signature=sign(body),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


FIRST = article("a1", BODY)
COPY = article("a2", f"OSTRELLE - {BODY} Read more.")


@pytest.fixture
def kit() -> StageKit:
    return StageKit(Dedup())


def unique(kit: StageKit) -> list[tuple[str, int]]:
    return [(event.article_id, event.revision) for event in kit.written(UNIQUE)]


def edges(kit: StageKit) -> list[tuple[str, str, str]]:
    return [(event.article_id, event.kind, event.canonical_id) for event in kit.written(DUPLICATES)]


def test_an_article_goes_on_as_it_came(kit: StageKit) -> None:
    kit.feed(FIRST)
    (event,) = kit.written(UNIQUE)
    assert (event.article_id, event.body, event.signature, event.kind) == ("a1", BODY, FIRST.signature, "new")
    assert (event.story_id, event.topics, event.derived_from) == (None, (), None)
    assert kit.written(DUPLICATES) == []


def test_a_copy_is_left_out_and_named_in_full(kit: StageKit) -> None:
    kit.feed(FIRST, COPY)
    assert unique(kit) == [("a1", 1)]
    (edge,) = kit.written(DUPLICATES)
    assert (edge.kind, edge.canonical_id, edge.canonical_url) == ("near", "a1", FIRST.url)
    assert (edge.url, edge.source, edge.title) == (COPY.url, COPY.source, COPY.title)
    assert edge.jaccard > 0.9


def test_a_derived_article_goes_on_and_names_its_origin(kit: StageKit) -> None:
    kit.feed(FIRST, article("a2", MIXED), article("a2", MIXED + " Read more.", revision=2, kind="minor"))
    assert edges(kit) == [("a2", "derived", "a1")]
    assert [event.derived_from for event in kit.written(UNIQUE)] == [None, "a1", "a1"]


@pytest.mark.parametrize(
    ("case", "second", "expected_unique", "expected_edges"),
    [
        ("a corrected copy is still one", article("a2", BODY + " Corrected.", revision=2, kind="minor"), [], ["near"]),
        ("a copy rewritten goes on", article("a2", OTHER, revision=2, kind="material"), [("a2", 2)], []),
        (
            "a corrected original goes on",
            article("a1", BODY + " Corrected.", revision=2, kind="minor"),
            [("a1", 2)],
            [],
        ),
        ("an original now like another stays", article("a1", OTHER, revision=2, kind="material"), [("a1", 2)], []),
        ("a reused URL is judged anew", article("a1", OTHER, revision=2, kind="replaced"), [], ["near"]),
    ],
)
def test_revisions_of_known_articles(
    kit: StageKit, case: str, second: ArticleRevised, expected_unique: object, expected_edges: object
) -> None:
    kit.feed(FIRST, COPY)
    before = len(unique(kit)), len(edges(kit))
    if "another" in case or "reused" in case:
        kit.feed(article("a3", OTHER + " Read more."))
        before = len(unique(kit)), len(edges(kit))
    kit.restart()
    kit.feed(second)
    assert unique(kit)[before[0] :] == expected_unique
    assert [kind for _, kind, _ in edges(kit)[before[1] :]] == expected_edges


def test_copies_are_found_for_a_week_and_not_much_longer(kit: StageKit) -> None:
    kit.feed(FIRST)
    kit.tick(WINDOW)
    kit.feed(COPY)
    assert edges(kit) == [("a2", "near", "a1")]
    kit.tick(WINDOW + timedelta(days=1))
    kit.restart()
    kit.feed(article("a3", BODY))
    assert unique(kit) == [("a1", 1), ("a3", 1)]
    assert len(kit.state) == 1


def test_a_signature_of_another_algorithm_is_made_anew(kit: StageKit) -> None:
    old = replace(COPY.signature, algorithm="other/1", minhash="", lead="")
    kit.feed(FIRST, replace(COPY, signature=old))
    assert edges(kit) == [("a2", "near", "a1")]


def test_a_broken_signature_is_a_dead_letter_and_the_rest_goes_on(kit: StageKit) -> None:
    broken = replace(COPY.signature, minhash="AAAA")
    kit.feed(replace(COPY, signature=broken), FIRST)
    assert unique(kit) == [("a1", 1)]
    (letter,) = kit.dead_letters
    assert letter.error == "SignatureError"


def test_a_takedown_forgets_the_text(kit: StageKit) -> None:
    kit.feed(FIRST)
    kit.feed_raw(b"a1", None)
    kit.restart()
    kit.feed(COPY)
    assert unique(kit) == [("a1", 1), ("a2", 1)]


def test_every_event_has_an_id_of_its_own_that_does_not_change() -> None:
    runs = []
    for _ in range(2):
        kit = StageKit(Dedup())
        kit.feed(FIRST, COPY, article("a2", OTHER, revision=2, kind="material"))
        runs.append([event.id for event in kit.written(UNIQUE) + kit.written(DUPLICATES)])
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 3
