"""The revisions stage on a broker in memory."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.revisions.stage import Revisions
from consumers.revisions.state import TEXT_KEPT, VERSION_KEPT
from newsriver.testing.kit import START, StageKit
from schemas.events import ArticleRevised, ArticleScraped
from schemas.streams import REVISIONS

LINES = [
    f"On day {n} the harbour board of Ostrelle counted {n * 31} ships at its northern quay in fair weather."
    for n in range(1, 21)
]
BODY = " ".join(LINES)
OTHER = " ".join(
    f"Team number {n} scored late in its away match and left the supporters of Brennick quite speechless."
    for n in "abcdefghijklmnopqrst"
)
CORRECTED = BODY.replace("counted 310 ships", "counted 301 ships")

FIRST = ArticleScraped(
    id="scrape-1",
    emitted_at=datetime(2026, 3, 2, 8, 59, tzinfo=UTC),
    article_id="a1",
    entry_id="e1",
    feed_id="f1",
    url="https://harbour-post.example/tolls",
    fetched_url="https://harbour-post.example/tolls",
    source="harbour-post.example",
    title="Harbour tolls rise in Ostrelle",
    body=BODY,
    language="en",
    discovered_at=datetime(2026, 3, 2, 8, 58, tzinfo=UTC),
    fetched_at=datetime(2026, 3, 2, 8, 59, tzinfo=UTC),
    origin="page",
    extractor="trafilatura",
    extractor_version="2.1.0",
)
SUMMARY = replace(FIRST, origin="feed", extractor="feed", extractor_version="1", body=LINES[0])
UPGRADED = replace(FIRST, extractor_version="2.2.0")


@pytest.fixture
def kit() -> StageKit:
    return StageKit(Revisions())


def kinds(kit: StageKit) -> list[tuple[int, str]]:
    return [(event.revision, event.kind) for event in kit.written(REVISIONS)]


def test_a_new_article_is_revision_one_with_a_signature(kit: StageKit) -> None:
    kit.feed(FIRST)
    (event,) = kit.written(REVISIONS)
    assert (event.revision, event.kind, event.changes, event.previous_title) == (1, "new", (), None)
    assert event.signature.words == 360
    assert event.body == FIRST.body


@pytest.mark.parametrize(
    ("case", "second", "expected"),
    [
        ("same page", FIRST, []),
        ("same words", replace(FIRST, body=BODY.upper().replace(".", " !")), []),
        ("typo", replace(FIRST, body=BODY.replace("quay", "key", 1)), [(2, "minor")]),
        ("figure corrected", replace(FIRST, body=CORRECTED), [(2, "material")]),
        ("new title", replace(FIRST, title="Harbour tolls fall in Ostrelle"), [(2, "material")]),
        ("other article", replace(FIRST, title="Late goals in Brennick", body=OTHER), [(2, "replaced")]),
        ("extractor upgraded", replace(UPGRADED, body=BODY + " Share this page with your friends today."),
         []),
        ("title read otherwise", replace(UPGRADED, title="Harbour tolls rise in Ostrelle | Harbour Post"), []),
        ("page failed, summary instead", SUMMARY, []),
    ],
)  # fmt: skip
def test_another_look_at_the_page(kit: StageKit, case: str, second: ArticleScraped, expected: object) -> None:
    kit.feed(FIRST)
    kit.feed(second)
    assert kinds(kit)[1:] == expected


def test_a_correction_comes_with_its_diff(kit: StageKit) -> None:
    kit.feed(FIRST, replace(FIRST, title="Tolls rise", body=CORRECTED))
    correction = kit.written(REVISIONS)[1]
    (change,) = correction.changes
    assert change.removed == (LINES[9],)
    assert change.added == (LINES[9].replace("310", "301"),)
    assert correction.previous_title == FIRST.title


def test_the_page_after_the_summary_is_news_but_nobodys_correction(kit: StageKit) -> None:
    kit.feed(SUMMARY, FIRST)
    assert kinds(kit) == [(1, "new"), (2, "material")]
    assert kit.written(REVISIONS)[1].changes == ()


def test_after_an_upgrade_changes_are_measured_against_the_new_reading(kit: StageKit) -> None:
    read_otherwise = replace(UPGRADED, body=" ".join(LINES[:-1]))
    kit.feed(FIRST, read_otherwise, replace(read_otherwise, body=read_otherwise.body.replace("quay", "key", 1)))
    assert kinds(kit) == [(1, "new"), (2, "minor")]


def test_a_restarted_task_goes_on_numbering_and_comparing(kit: StageKit) -> None:
    kit.feed(FIRST, replace(FIRST, title="Tolls rise"))
    kit.restart()
    kit.feed(replace(FIRST, title="Tolls rise"), replace(FIRST, title="Tolls rise", body=CORRECTED))
    assert kinds(kit) == [(1, "new"), (2, "material"), (3, "material")]
    assert kit.written(REVISIONS)[2].changes[0].removed == (LINES[9],)


@pytest.mark.parametrize(
    ("case", "second", "expected"),
    [
        ("the same text", FIRST, []),
        ("a typo", replace(FIRST, body=BODY.replace("quay", "key", 1)), [(2, "minor")]),
        ("much rewritten", replace(FIRST, body=BODY.replace("harbour board", "port authority")), [(2, "material")]),
        ("another article", replace(FIRST, title="Late goals in Brennick", body=OTHER), [(2, "replaced")]),
        ("extractor upgraded", replace(UPGRADED, body=BODY + " Share this page with your friends today."), []),
    ],
)
def test_when_the_text_is_forgotten_its_signature_still_judges(
    kit: StageKit, case: str, second: ArticleScraped, expected: object
) -> None:
    kit.feed(FIRST)
    kit.tick(TEXT_KEPT)
    assert not kit.state.texts
    kit.restart()
    kit.feed(second)
    assert kinds(kit)[1:] == expected
    assert all(event.changes == () for event in kit.written(REVISIONS))


def test_what_is_still_listed_is_not_forgotten(kit: StageKit) -> None:
    kit.feed(FIRST, replace(FIRST, article_id="a2"))
    for _ in range(VERSION_KEPT.days):
        kit.tick(timedelta(days=1))
        kit.feed(FIRST)
    assert list(kit.state.versions) == ["a1"]
    assert kinds(kit) == [(1, "new"), (1, "new")]


def test_a_takedown_leaves_nothing_behind(kit: StageKit) -> None:
    kit.feed(FIRST)
    kit.feed_raw(b"a1", None)
    kit.restart()
    assert not kit.state.versions
    assert not kit.state.texts


def test_every_revision_has_an_id_of_its_own_that_does_not_change() -> None:
    ids = []
    for _ in range(2):
        kit = StageKit(Revisions())
        kit.feed(FIRST, replace(FIRST, title="Tolls rise"))
        ids.append([event.id for event in kit.written(REVISIONS)])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2


_LOOKS = st.lists(
    st.builds(
        lambda article, title, lines, version: replace(
            FIRST, article_id=article, title=title, body=" ".join(lines), extractor_version=version
        ),
        st.sampled_from(["a1", "a2"]),
        st.sampled_from(["Tolls rise", "Goals in Brennick"]),
        st.lists(st.sampled_from([*LINES[:6], OTHER]), min_size=1, max_size=4),
        st.sampled_from(["1", "2"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(_LOOKS, st.integers(0, 8))
def test_a_restart_anywhere_changes_nothing(looks: list[ArticleScraped], restart_after: int) -> None:
    steady, restarted = StageKit(Revisions()), StageKit(Revisions())
    for index, look in enumerate(looks):
        steady.feed(look)
        if index == restart_after:
            restarted.restart()
        restarted.feed(look)
    written: list[ArticleRevised] = steady.written(REVISIONS)
    assert restarted.written(REVISIONS) == written
    assert restarted.clock.now() == START


@settings(max_examples=40, deadline=None)
@given(_LOOKS)
def test_looking_twice_is_looking_once(looks: list[ArticleScraped]) -> None:
    once, twice = StageKit(Revisions()), StageKit(Revisions())
    for look in looks:
        once.feed(look)
        twice.feed(look, look)
    assert [e.id for e in once.written(REVISIONS)] == [e.id for e in twice.written(REVISIONS)]
