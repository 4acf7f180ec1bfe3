"""Whose robots.txt allows what, for how long, and what holds while it cannot be had (RFC 9309)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from newsriver.testing.clock import ManualClock
from producers.http.robots import KEEP_S, KEEP_UNREACHABLE_S, Robots
from tests.loopback import Answer, Asked, LoopbackSite, loopback_fetcher

FORBIDS = Answer(b"User-agent: *\nDisallow: /drafts\nCrawl-delay: 3\n")


class Host:
    """A host whose robots.txt is what a test says, and how often it was asked for it."""

    def __init__(self) -> None:
        self.answer = FORBIDS
        self.clock = ManualClock()
        self.site = LoopbackSite(self._answer)
        self.home = self.site.home

    def _answer(self, asked: Asked) -> Answer:
        return self.answer

    @property
    def asked(self) -> int:
        return len(self.site.asked)

    @asynccontextmanager
    async def robots(self) -> AsyncIterator[Robots]:
        async with loopback_fetcher() as fetcher:
            yield Robots(fetcher, "newsriver-test", self.clock)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    host = Host()
    yield host
    host.site.close()


async def kind(robots: Robots, url: str) -> str | None:
    refusal = await robots.refusal(url)
    return None if refusal is None else refusal.kind


async def test_rules_are_obeyed_and_kept_for_a_day(host: Host) -> None:
    async with host.robots() as robots:
        assert await kind(robots, f"{host.home}/drafts/1") == "robots"
        assert await kind(robots, f"{host.home}/news/1") is None
        assert robots.crawl_delay(host.home).total_seconds() == 3
        assert host.asked == 1
        host.clock.advance(KEEP_S)
        await robots.refusal(host.home)
        assert host.asked == 2


@pytest.mark.parametrize(("status", "refused"), [(404, None), (403, None), (429, "robots_unreachable"),
                                                 (500, "robots_unreachable"), (503, "robots_unreachable")])  # fmt: skip
async def test_rules_that_are_not_there_allow_all_and_rules_that_cannot_be_had_nothing(
    host: Host, status: int, refused: str | None
) -> None:
    host.answer = Answer(status=status)
    async with host.robots() as robots:
        assert await kind(robots, f"{host.home}/news/1") == refused


async def test_a_host_that_does_not_answer_is_a_passing_refusal_that_says_so(host: Host) -> None:
    async with host.robots() as robots:
        refusal = await robots.refusal("http://127.0.0.1:1/news/1")
    assert refusal is not None
    assert refusal.passing
    assert "could not be had" in refusal.detail
    assert "Connect call failed" in refusal.detail


async def test_rules_that_could_not_be_had_are_asked_for_again_soon_but_not_sooner_than_the_host_wants(
    host: Host,
) -> None:
    async with host.robots() as robots:
        host.answer = Answer(status=503)
        assert [await kind(robots, host.home) for _ in range(2)] == ["robots_unreachable"] * 2
        host.clock.advance(KEEP_UNREACHABLE_S)
        host.answer = Answer(status=429, headers={"Retry-After": "600"})
        assert await kind(robots, host.home) == "robots_unreachable"
        host.clock.advance(599)
        assert await kind(robots, host.home) == "robots_unreachable"
        assert host.asked == 2
        host.answer = FORBIDS
        host.clock.advance(1)
        assert await kind(robots, f"{host.home}/news/1") is None


async def test_known_rules_hold_while_newer_ones_cannot_be_had(host: Host) -> None:
    async with host.robots() as robots:
        await robots.refusal(host.home)
        host.answer = Answer(status=503)
        host.clock.advance(KEEP_S)
        assert await kind(robots, f"{host.home}/drafts/1") == "robots"
        assert await kind(robots, f"{host.home}/news/1") is None
        host.answer = Answer(status=404)
        host.clock.advance(KEEP_UNREACHABLE_S)
        assert await kind(robots, f"{host.home}/drafts/1") is None
