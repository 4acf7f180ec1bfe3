"""When a page is asked for, again, and not any more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from producers.articles.visits import RETRY_DELAYS, Failure, Visit, after_failure, after_visit, on_entry
from schemas.events import EntryDiscovered

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RECHECKS = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6))
ENTRY = EntryDiscovered(
    id="e",
    emitted_at=NOW,
    entry_id="e",
    feed_id="f",
    feed_url="https://ostwind.example/rss",
    guid="1",
    article_id="a",
    url="https://ostwind.example/1",
    source="ostwind.example",
    title="Titel",
    discovered_at=NOW,
)
VISIT = Visit(entry=ENTRY, site="ostwind.example", due_at=NOW)
DOWN = Failure(kind="status", detail="503", passing=True)
GONE = Failure(kind="status", detail="404", passing=False)


def test_a_passing_failure_is_tried_again_ever_later_and_then_the_feed_has_to_do() -> None:
    visit, delays = VISIT, []
    while True:
        following = after_failure(visit, DOWN, NOW, RECHECKS)
        if following.action != "retry":
            break
        assert following.visit is not None
        delays.append(following.visit.due_at - NOW)
        visit = following.visit
    assert tuple(delays) == RETRY_DELAYS
    assert following.action == "fall_back"


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        pytest.param(timedelta(seconds=1), RETRY_DELAYS[0], id="no sooner than our own delay"),
        pytest.param(timedelta(minutes=5), timedelta(minutes=5), id="as long as asked"),
        pytest.param(timedelta(days=30), timedelta(hours=6), id="not for ever"),
    ],
)
def test_retry_after_is_honoured(asked: timedelta, waited: timedelta) -> None:
    following = after_failure(VISIT, replace(DOWN, retry_after=asked), NOW, RECHECKS)
    assert following.visit is not None
    assert following.visit.due_at == NOW + waited


def test_a_final_failure_falls_back_at_once_and_the_page_is_looked_at_again_later() -> None:
    following = after_failure(VISIT, GONE, NOW, RECHECKS)
    assert following.action == "fall_back"
    assert following.visit is not None
    assert following.visit.due_at == NOW + RECHECKS[0]


def test_a_failed_recheck_leaves_it_at_what_we_have() -> None:
    assert after_failure(replace(VISIT, recheck=2), GONE, NOW, RECHECKS).action == "skip"


def test_rechecks_come_to_an_end() -> None:
    visit, times = VISIT, []
    while (following := after_visit(visit, NOW, RECHECKS)) is not None:
        times.append(following.due_at - NOW)
        visit = following
    assert tuple(times) == RECHECKS


def test_an_entry_given_again_is_due_at_once_and_one_of_another_feed_changes_nothing() -> None:
    waiting = replace(VISIT, due_at=NOW + timedelta(hours=1), attempt=3, recheck=1, etag='"x"')
    corrected = replace(ENTRY, title="Neuer Titel")
    again = on_entry(waiting, corrected, "ostwind.example", NOW)
    assert again == replace(waiting, entry=corrected, due_at=NOW, attempt=0)
    assert on_entry(waiting, replace(ENTRY, feed_id="g"), "ostwind.example", NOW) is None
    assert on_entry(None, ENTRY, "ostwind.example", NOW) == VISIT
