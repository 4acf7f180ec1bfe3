"""The poller as a stage, with a real server on loopback: entries once, polls logged, failures counted."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from newsriver.clock import SystemClock
from newsriver.testing.kit import START, StageKit
from producers.feeds.poll import FeedReader, Polled, PollFailed, PollResult
from producers.feeds.schedule import REDIRECT_SIGHTINGS, Bounds, FeedSchedule
from producers.feeds.stage import Poller
from producers.workers import WorkerPool
from schemas.events import EntryDiscovered, Feed, PollCompleted
from schemas.identity import feed_id
from schemas.streams import ENTRIES, FEEDS, POLLS
from tests.loopback import Answer, Asked, LoopbackSite, loopback_fetcher

BOUNDS = Bounds(shortest=timedelta(minutes=5), longest=timedelta(hours=24))


class Outlet:
    """A feed on loopback."""

    def __init__(self) -> None:
        self.items: list[str] = ["one", "two"]
        self.status = 200
        self.tag: str | None = None
        self.headers: dict[str, str] = {}
        self.moved_to: str | None = None
        self.links = True
        self.site = LoopbackSite(self.answer)
        self.url = f"{self.site.home}/feed"

    def answer(self, asked: Asked) -> Answer:
        if self.moved_to is not None and asked.path == "/feed":
            return Answer(status=301, headers={"Location": self.moved_to})
        headers = self.headers if self.tag is None else {"ETag": self.tag}
        if self.tag is not None and asked.headers.get("If-None-Match") == self.tag:
            return Answer(status=304, headers=headers)
        return Answer(self.document() if self.status == 200 else b"", self.status, headers)

    def document(self) -> bytes:
        items = "".join(
            f"<item><title>{name}</title><guid isPermaLink='false'>{name}</guid><description>Text.</description>"
            f"{f'<link>https://ostwind.example/{name}</link>' if self.links else ''}</item>"
            for name in self.items
        )
        return f"<rss version='2.0'><channel><title>Ostwind</title>{items}</channel></rss>".encode()


class LoopbackReader(FeedReader):
    """A reader that makes its connections anew for each poll, because each call of the kit has a loop of its own."""

    def __init__(self, workers: WorkerPool) -> None:
        self._pool = workers

    async def poll(self, url: str, schedule: FeedSchedule) -> PollResult:
        async with loopback_fetcher() as fetcher:
            return await FeedReader(fetcher, self._pool, SystemClock()).poll(url, schedule)


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
    poller = Poller(LoopbackReader(workers), bounds=BOUNDS, host_delay=timedelta(0), jitter=lambda: 0.0)
    return StageKit(poller)


def subscribe(kit: StageKit, url: str) -> Feed:
    feed = Feed(id=feed_id(url), emitted_at=START, feed_id=feed_id(url), url=url, country="DE")
    kit.feed(feed)
    return feed


def titles(kit: StageKit) -> list[str]:
    return [entry.title for entry in kit.written(ENTRIES)]


def test_a_subscription_is_polled_at_once_and_its_entries_announced(kit: StageKit, outlet: Outlet) -> None:
    feed = subscribe(kit, outlet.url)
    assert kit.work() == 1
    entries: list[EntryDiscovered] = kit.written(ENTRIES)
    assert [(entry.title, entry.url, entry.country) for entry in entries] == [
        ("one", "https://ostwind.example/one", "DE"), ("two", "https://ostwind.example/two", "DE"),
    ]  # fmt: skip
    assert {entry.feed_id for entry in entries} == {feed.feed_id}
    [poll] = kit.written(POLLS)
    assert (poll.outcome, poll.new, poll.http_status) == ("changed", 2, 200)
    assert poll.next_due_at > START


def test_only_what_is_new_is_announced_also_after_a_restart(kit: StageKit, outlet: Outlet) -> None:
    subscribe(kit, outlet.url)
    kit.work()
    kit.restart()
    outlet.items.insert(0, "three")
    assert kit.work(timedelta(days=1)) == 1
    assert titles(kit) == ["one", "two", "three"]


@pytest.mark.parametrize("tag", [b'W/"odd, but ours"', b'"caf\xe9"', '"café"'.encode()], ids=repr)
def test_validators_go_back_as_they_came_and_a_304_slows_down(kit: StageKit, outlet: Outlet, tag: bytes) -> None:
    outlet.tag = tag.decode("latin-1")  # the site's headers have one character a byte
    subscribe(kit, outlet.url)
    kit.work()
    kit.restart()
    kit.work(timedelta(days=1))
    polls: list[PollCompleted] = kit.written(POLLS)
    assert outlet.site.asked[1].headers["If-None-Match"] == outlet.tag
    assert [poll.outcome for poll in polls] == ["changed", "not_modified"]
    assert titles(kit) == ["one", "two"]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"ETag": '"a\x01b"', "Last-Modified": "\x02"}, id="validators that no request may carry"),
        pytest.param({"Content-Type": "text/xml; charset=caf\xe9"}, id="an unknown character set"),
        pytest.param({"Expires": "Mon, 02 Mar 99999999999999999999 12:00:00 GMT"}, id="a date beyond all dates"),
        pytest.param({"Cache-Control": "max-age=" + "9" * 5000}, id="a number beyond all numbers"),
        pytest.param({"ETag": "", "Last-Modified": ""}, id="empty validators"),
    ],
)
def test_no_header_keeps_a_feed_from_being_polled(kit: StageKit, outlet: Outlet, headers: dict[str, str]) -> None:
    outlet.headers = headers
    subscribe(kit, outlet.url)
    kit.work()
    outlet.items.insert(0, "three")
    kit.work(timedelta(days=2))
    assert titles(kit) == ["one", "two", "three"]
    assert [poll.outcome for poll in kit.written(POLLS)] == ["changed", "changed"]


def test_an_answer_that_is_no_http_is_a_failed_poll(kit: StageKit, outlet: Outlet) -> None:
    outlet.headers = {"caf\xe9": "caf\xe9"}
    subscribe(kit, outlet.url)
    kit.work()
    assert [(poll.outcome, poll.error) for poll in kit.written(POLLS)] == [("failed", "bad_response")]
    assert kit.dead_letters == []


@pytest.mark.parametrize(("status", "outcomes"), [(500, ["failed", "failed"]), (410, ["failed", "gone"])])
def test_failures_are_logged_and_back_off(kit: StageKit, outlet: Outlet, status: int, outcomes: list[str]) -> None:
    outlet.status = status
    subscribe(kit, outlet.url)
    kit.work()
    kit.work(timedelta(days=1))
    polls: list[PollCompleted] = kit.written(POLLS)
    assert [poll.outcome for poll in polls] == outcomes
    assert polls[1].next_due_at - polls[1].polled_at > polls[0].next_due_at - polls[0].polled_at
    assert polls[0].http_status == status
    assert kit.dead_letters == []


@pytest.mark.parametrize(("status", "asks", "polled"), [(429, "120", 1), (503, "120", 1), (429, None, 2)])
def test_a_host_that_asks_for_rest_gets_it_for_all_its_feeds(
    kit: StageKit, outlet: Outlet, status: int, asks: str | None, polled: int
) -> None:
    outlet.status, outlet.headers = status, {} if asks is None else {"Retry-After": asks}
    subscribe(kit, outlet.url)
    subscribe(kit, f"{outlet.url}?about=culture")
    assert kit.work() == polled
    outlet.status = 200
    assert kit.work(timedelta(minutes=10)) == 2


def test_a_list_of_feeds_is_polled_at_once_and_then_spread_over_the_shortest_interval() -> None:
    class Unchanging(FeedReader):
        def __init__(self) -> None: ...

        async def poll(self, url: str, schedule: FeedSchedule) -> PollResult:
            return Polled(
                outcome="unchanged", polled_at=START, elapsed_ms=1, http_status=200, bytes_received=1, moved_to=None,
                floor=timedelta(0), etag=None, last_modified=None, body_hash="x",
            )  # fmt: skip

    kit = StageKit(Poller(Unchanging(), bounds=BOUNDS, host_delay=timedelta(0), jitter=lambda: 0.0))
    for number in range(100):
        subscribe(kit, f"https://outlet{number}.example/feed")
    assert kit.work() == 100
    minutes = Counter((poll.next_due_at - START) // timedelta(minutes=1) for poll in kit.written(POLLS))
    assert len(minutes) >= 5
    assert max(minutes.values()) <= 40


def test_a_page_that_is_no_feed_is_a_failed_poll(kit: StageKit, outlet: Outlet) -> None:
    outlet.document = lambda: b"<!doctype html><title>Bridge closed</title>"  # type: ignore[method-assign]
    subscribe(kit, outlet.url)
    kit.work()
    [poll] = kit.written(POLLS)
    assert (poll.outcome, poll.error) == ("failed", "parse")


def test_a_place_named_in_bytes_of_no_known_encoding_is_polled_there_once_it_is_settled(
    kit: StageKit, outlet: Outlet
) -> None:
    outlet.moved_to = "/caf\xe9"
    subscribe(kit, outlet.url)
    for _ in range(REDIRECT_SIGHTINGS + 1):
        kit.work(timedelta(days=2))
    assert outlet.site.asked[-2].path == "/caf%E9"
    assert outlet.site.asked[-1].path == "/caf%E9"
    assert {poll.outcome for poll in kit.written(POLLS)} == {"changed", "unchanged"}


def test_a_poll_is_one_line_of_the_log_without_secrets(kit: StageKit, outlet: Outlet) -> None:
    url = outlet.url + "?token=pw"
    feed = subscribe(kit, url)
    with capture_logs() as lines:
        kit.work()
        outlet.status = 500
        kit.work(timedelta(days=1))
    polls: list[PollCompleted] = kit.written(POLLS)
    about = {"event": "feed.polled", "log_level": "info", "feed_id": feed.feed_id, "url": f"{outlet.url}?…"}
    assert lines == [
        about | {
            "outcome": "changed", "status": 200, "new": 2, "seen": 0, "bytes": len(outlet.document()),
            "elapsed_ms": polls[0].elapsed_ms, "next_due": polls[0].next_due_at, "reason": "changed",
        },
        about | {
            "outcome": "failed", "status": 500, "new": 0, "seen": 0, "bytes": 0, "elapsed_ms": polls[1].elapsed_ms,
            "next_due": polls[1].next_due_at, "reason": "error", "error": "status", "detail": "HTTP 500",
        },
    ]  # fmt: skip


def test_an_entry_without_a_link_is_named_after_its_feed_without_its_query(kit: StageKit, outlet: Outlet) -> None:
    outlet.links = False
    subscribe(kit, f"{outlet.url}?token=pw")
    kit.work()
    entries: list[EntryDiscovered] = kit.written(ENTRIES)
    assert [entry.url for entry in entries] == [f"{outlet.url}?entry={entry.entry_id}" for entry in entries]
    assert len({entry.article_id for entry in entries}) == 2


def test_an_ended_subscription_is_polled_no_more(kit: StageKit, outlet: Outlet) -> None:
    feed = subscribe(kit, outlet.url)
    kit.work()
    kit.feed_raw(FEEDS.key(feed).encode(), None)
    assert kit.work(timedelta(days=2)) == 0


def test_an_address_with_a_password_is_refused_and_the_password_not_repeated(kit: StageKit) -> None:
    subscribe(kit, "https://reader:pa55@ostwind.example/feed")
    assert kit.work() == 0
    [letter] = kit.dead_letters
    assert "fetch.netrc_file" in letter.detail
    assert "pa55" not in letter.detail


def test_an_address_that_cannot_be_polled_is_a_dead_letter(kit: StageKit) -> None:
    subscribe(kit, "mailto:desk@ostwind.example")
    assert [letter.error for letter in kit.dead_letters] == ["InvalidUrlError"]
    assert kit.work() == 0


def test_an_outage_is_not_counted_against_a_feed() -> None:
    class Down(FeedReader):
        def __init__(self) -> None: ...

        async def poll(self, url: str, schedule: FeedSchedule) -> PollResult:
            return PollFailed(
                polled_at=START, elapsed_ms=1, kind="dns", detail="no name", severity="dns", outage=True
            )  # fmt: skip

    kit = StageKit(Poller(Down(), bounds=BOUNDS, host_delay=timedelta(0), jitter=lambda: 0.0))
    subscribe(kit, "https://ostwind.example/feed")
    for _ in range(5):
        kit.work(timedelta(days=1))
    polls: list[PollCompleted] = kit.written(POLLS)
    assert {poll.reason for poll in polls} == {"outage"}
    assert all(poll.next_due_at - kit.clock.now() <= timedelta(minutes=1) for poll in polls)


def test_hosts_that_all_fail_at_once_are_seen_as_an_outage(workers: WorkerPool) -> None:
    async def poll_all() -> list[PollResult]:
        async with loopback_fetcher() as fetcher:
            reader = FeedReader(fetcher, workers, SystemClock())
            schedule = FeedSchedule(interval_s=300)
            return [await reader.poll(f"http://127.0.9.{n}:9/feed", schedule) for n in range(1, 13)]

    results = asyncio.run(poll_all())
    assert [isinstance(result, PollFailed) and result.outage for result in results] == [False] * 9 + [True] * 3
