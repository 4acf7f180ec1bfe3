"""The scraper as a stage, with a real server on loopback: the article's text, or the feed's, or a dead letter."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from newsriver.clock import SystemClock
from newsriver.testing.kit import START, StageKit
from producers.articles.page import Page, PageReader, Unchanged
from producers.articles.stage import Scraper
from producers.articles.visits import RETRY_DELAYS, Failure, Visit
from producers.http.robots import Robots
from producers.workers import WorkerPool
from schemas.events import ArticleScraped, EntryDiscovered
from schemas.identity import article_id
from schemas.streams import SCRAPED
from tests.loopback import Answer, Asked, LoopbackSite, loopback_fetcher

PARAGRAPHS = (
    "The two presidents met for three hours at the harbour of Ostrelle and signed nothing, their offices said.",
    "Sanctions on grain ships stay in force until inspectors have been to all four ports, the host's office added.",
    "A court whose files were taken by intruders in spring will hear the first claims of the owners next week.",
    "Both sides agreed to meet again before the end of the month, in a place that has yet to be found.",
)

TOLD = {"status", "failure", "detail", "origin", "chars", "language"}


class Outlet:
    """An article on loopback, with navigation, an appeal and comments around it."""

    def __init__(self) -> None:
        self.paragraphs = list(PARAGRAPHS)
        self.statuses: list[int] = []
        self.robots = ""
        self.robots_statuses: list[int] = []
        self.tag: str | None = None
        self.content_type = "text/html; charset=utf-8"
        self.head = ""
        self.site = LoopbackSite(self.answer)
        self.home = self.site.home
        self.url = f"{self.home}/talks"

    @property
    def pages_asked(self) -> int:
        return sum(asked.path == "/talks" for asked in self.site.asked)

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/robots.txt":
            status = self.robots_statuses.pop(0) if self.robots_statuses else 200
            return Answer(self.robots.encode(), status, {"Content-Type": "text/plain"})
        status = self.statuses.pop(0) if self.statuses else 200
        if status != 200:
            return Answer(status=status)
        headers = {"Content-Type": self.content_type} | ({} if self.tag is None else {"ETag": self.tag})
        if self.tag is not None and asked.headers.get("If-None-Match") == self.tag:
            return Answer(status=304, headers=headers)
        text = "".join(f"<p>{paragraph}</p>" for paragraph in self.paragraphs)
        page = (
            f"<html lang='en'><head><title>Talks at the harbour</title>{self.head}</head>"
            "<body><nav><a href='/'>Home</a></nav>"
            f"<article><h1>Talks at the harbour</h1>{text}</article>"
            "<section class='comments'><p>Das ist doch alles nur Theater, sagt mein Schwager.</p></section>"
            "</body></html>"
        )
        return Answer(page.encode(), headers=headers)


class LoopbackReader(PageReader):
    """A reader that makes its connections anew for each visit, because each call of the kit has a loop of its own."""

    def __init__(self, workers: WorkerPool) -> None:
        self._pool = workers

    async def read(self, visit: Visit) -> Page | Unchanged | Failure:
        async with loopback_fetcher() as fetcher:
            robots = Robots(fetcher, "newsriver-test", SystemClock())
            return await PageReader(fetcher, robots, self._pool, SystemClock()).read(visit)

    def crawl_delay(self, url: str) -> timedelta:
        return timedelta(0)


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    outlet = Outlet()
    yield outlet
    outlet.site.close()


@pytest.fixture(scope="module")
def workers() -> Iterator[WorkerPool]:
    pool = WorkerPool(1)
    yield pool
    pool.close()


@pytest.fixture
def kit(workers: WorkerPool) -> StageKit:
    rechecks = (timedelta(hours=1), timedelta(hours=6))
    return StageKit(Scraper(LoopbackReader(workers), host_delay=timedelta(0), recheck_delays=rechecks))


def entry(url: str, **changes: Any) -> EntryDiscovered:
    made = EntryDiscovered(
        id="e", emitted_at=START, entry_id="e", feed_id="f", feed_url="https://ostwind.example/feed", guid="g",
        article_id=article_id(url), url=url, source="ostwind.example", title="Talks", discovered_at=START,
    )  # fmt: skip
    return replace(made, **changes)


def scraped(kit: StageKit) -> list[ArticleScraped]:
    return kit.written(SCRAPED)


def test_the_article_alone_is_taken(kit: StageKit, outlet: Outlet) -> None:
    kit.feed(entry(outlet.url))
    assert kit.work() == 1
    [article] = scraped(kit)
    assert article.body.split("\n")[-4:] == list(PARAGRAPHS)
    assert "Schwager" not in article.body
    assert "Home" not in article.body
    assert (article.title, article.language, article.origin) == ("Talks at the harbour", "en", "page")


def test_a_page_that_is_away_for_a_while_is_tried_again_also_after_a_restart(kit: StageKit, outlet: Outlet) -> None:
    outlet.statuses = [503, 503]
    kit.feed(entry(outlet.url))
    kit.work()
    kit.restart()
    kit.work(timedelta(hours=1))
    assert scraped(kit) == []
    kit.work(timedelta(hours=1))
    assert [article.origin for article in scraped(kit)] == ["page"]
    assert outlet.pages_asked == 3


def test_the_feeds_own_text_stands_in_and_says_why(kit: StageKit, outlet: Outlet) -> None:
    outlet.statuses = [404]
    kit.feed(entry(outlet.url, content_html="".join(f"<p>{text}</p>" for text in PARAGRAPHS)))
    kit.work()
    [article] = scraped(kit)
    assert article.origin == "feed"
    assert "404" in (article.origin_reason or "")
    assert PARAGRAPHS[1] in article.body


def test_an_entry_without_page_and_text_is_a_dead_letter_that_can_be_tried_again(kit: StageKit, outlet: Outlet) -> None:
    outlet.statuses = [404]
    kit.feed(entry(outlet.url, title=""))
    kit.work()
    assert scraped(kit) == []
    [letter] = kit.dead_letters
    assert outlet.url in letter.detail
    assert letter.value


def test_robots_are_obeyed(kit: StageKit, outlet: Outlet) -> None:
    outlet.robots = "User-agent: *\nDisallow: /talks\n"
    kit.feed(entry(outlet.url, summary="The two presidents met for three hours and signed nothing, they said."))
    kit.work()
    assert outlet.pages_asked == 0
    assert [article.origin_reason for article in scraped(kit)] == ["robots: robots.txt does not allow it"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_robots_that_cannot_be_had_are_asked_for_again_before_any_page(
    kit: StageKit, outlet: Outlet, status: int
) -> None:  # fmt: skip
    outlet.robots_statuses = [status]
    kit.feed(entry(outlet.url))
    kit.work()
    assert (outlet.pages_asked, scraped(kit)) == (0, [])
    kit.work(RETRY_DELAYS[0])
    assert [article.origin for article in scraped(kit)] == ["page"]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_robots_that_are_not_there_allow_all(kit: StageKit, outlet: Outlet, status: int) -> None:
    outlet.robots_statuses = [status]
    kit.feed(entry(outlet.url))
    kit.work()
    assert [article.origin for article in scraped(kit)] == ["page"]


def test_robots_that_stay_away_leave_the_feeds_text_and_the_true_reason(kit: StageKit, outlet: Outlet) -> None:
    outlet.robots_statuses = [503] * (len(RETRY_DELAYS) + 1)
    kit.feed(entry(outlet.url, summary="The two presidents met for three hours and signed nothing, they said."))
    for delay in (timedelta(0), *RETRY_DELAYS):
        assert scraped(kit) == []
        kit.work(delay)
    [article] = scraped(kit)
    assert article.origin_reason == "robots_unreachable: robots.txt could not be had: HTTP 503"
    kit.work(timedelta(hours=1))
    assert [article.origin for article in scraped(kit)] == ["feed", "page"], "the page comes when it can"


def test_a_page_is_looked_at_again_and_only_a_change_is_told(kit: StageKit, outlet: Outlet) -> None:
    outlet.tag = '"1"'
    kit.feed(entry(outlet.url))
    kit.work()
    assert kit.work(timedelta(hours=2)) == 1
    assert len(scraped(kit)) == 1
    assert outlet.site.asked[-1].headers["If-None-Match"] == '"1"'
    outlet.tag, outlet.paragraphs[0] = '"2"', PARAGRAPHS[0].replace("three", "four")
    assert kit.work(timedelta(hours=7)) == 1
    assert ["four hours" in article.body for article in scraped(kit)] == [False, True]
    assert kit.work(timedelta(days=30)) == 0, "after the last look the page is left alone"


@pytest.mark.parametrize("tag", [b'"caf\xe9"', '"café"'.encode()], ids=repr)
def test_validators_go_back_to_the_byte_also_after_a_restart(kit: StageKit, outlet: Outlet, tag: bytes) -> None:
    outlet.tag = tag.decode("latin-1")  # the site's headers have one character a byte
    kit.feed(entry(outlet.url))
    kit.work()
    kit.restart()
    assert kit.work(timedelta(hours=2)) == 1
    assert outlet.site.asked[-1].headers["If-None-Match"] == outlet.tag
    assert len(scraped(kit)) == 1


@pytest.mark.parametrize(
    "content_type",
    ["text/html; charset=caf\xe9", "text/html; charset=unicode_escape", "text/html; charset=undefined", "caf\xe9/html"],
)
def test_a_content_type_that_makes_no_sense_costs_no_article(
    kit: StageKit, outlet: Outlet, content_type: str
) -> None:  # fmt: skip
    outlet.content_type = content_type
    outlet.head = '<meta name="description" content="Talks \\ud800"><meta name="author" content="A. Reed \\ud800">'
    kit.feed(entry(outlet.url))
    kit.work()
    assert [article.origin for article in scraped(kit)] == ["page"]


def test_why_a_page_was_not_taken_can_be_written_whatever_its_type_is(kit: StageKit, outlet: Outlet) -> None:
    outlet.content_type = "caf\xe9"
    kit.feed(entry(outlet.url, summary="The two presidents met for three hours and signed nothing, they said."))
    kit.work()
    assert [article.origin_reason for article in scraped(kit)] == ["content_type: the page is caf\xe9"]


def test_an_entry_that_its_feed_changed_is_looked_at_again_but_the_same_text_is_not_told_twice(
    kit: StageKit, outlet: Outlet
) -> None:
    kit.feed(entry(outlet.url))
    kit.work()
    kit.feed(entry(outlet.url, id="changed", title="Talks at last"))
    assert kit.work() == 1
    assert len(scraped(kit)) == 1


def test_a_visit_is_one_line_of_the_log_without_secrets(kit: StageKit, outlet: Outlet) -> None:
    outlet.statuses, outlet.tag = [503, 200, 200, 404], '"1"'
    url = outlet.url.replace("://", "://reader:pw@") + "?token=pw"
    kit.feed(entry(url, summary="The two presidents met for three hours and signed nothing, they said."))
    with capture_logs() as lines:
        for _ in range(3):
            kit.work(timedelta(hours=1))
        kit.feed(entry(f"{outlet.home}/other", summary="The two presidents met and signed nothing, they said."))
        kit.work()
    assert all(line.pop("elapsed_ms") >= 0 and line["event"] == "article.fetched" for line in lines)
    assert {line["url"] for line in lines} == {f"{outlet.url}?…", f"{outlet.home}/other"}
    told = [{name: line[name] for name in line if name in TOLD} for line in lines]
    page, feed = scraped(kit)
    assert told == [
        {"status": 503, "failure": "status", "detail": "HTTP 503"},
        {"status": 200, "origin": "page", "chars": len(page.body), "language": "en"},
        {"status": 304},
        {
            "status": 404, "origin": "feed", "chars": len(feed.body), "language": "en", "failure": "status",
            "detail": "HTTP 404",
        },
    ]  # fmt: skip


def test_another_feed_that_names_the_same_article_makes_no_work(kit: StageKit, outlet: Outlet) -> None:
    kit.feed(entry(outlet.url))
    kit.work()
    kit.feed(entry(outlet.url, id="other", feed_id="g"))
    assert kit.work() == 0
