"""The newsroom as a server: each outlet on a loopback address of its own, all on one port.

Time moves by acts, and only when told to (`advance`). Some outlets misbehave, as outlets do; see `QUIRKS`.
"""

import gzip
import socket
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Literal, Self

from aiohttp import web

from newsriver.sample.content import ACTS, Outlet, Story, outlets
from newsriver.sample.documents import Item, feed_document
from newsriver.sample.pages import page
from schemas.identity import stable_id

Quirk = Literal["missing", "forbidden", "busy_once", "disallowed"]
QUIRKS: dict[tuple[str, str], Quirk] = {
    ("tarsk-standard", "honey-thief"): "missing",
    ("lindener-tagblatt", "stadtbibliothek-nachts"): "forbidden",
    ("tarsk-standard", "brewery-league"): "busy_once",
    ("skarn-sport", "chess-in-the-dark"): "disallowed",
}
"""Pages that answer 404, 403 or, the first time, 503, or that robots.txt keeps visitors from."""
BREAKS = ("tarsk-standard", 2)
"""The outlet whose feed answers 500, and the act in which it does."""
BUSY = "skarn-sport"
"""The outlet whose feed answers its second request with 429 and Retry-After."""
CONDITIONAL = "la-ribera"
"""The outlet whose feed has validators and answers 304."""
GARBAGE = "tollgate-telegraph"
"""The outlet whose feed is an HTML page."""


@dataclass(frozen=True, slots=True)
class SampleFeed:
    """A feed to subscribe to."""

    url: str
    outlet: str
    language: str | None


class Newsroom:
    """Serves the outlets while it is entered. `now` is when the newsroom's present is; articles are hours older."""

    def __init__(self, now: datetime | None = None, only: Iterable[str] | None = None) -> None:
        wanted = set(outlets() if only is None else only)
        self._now = now or datetime.now(UTC)
        self._outlets = {name: outlet for name, outlet in outlets().items() if name in wanted}
        self._garbage = only is None or GARBAGE in wanted
        self._addresses = {name: f"127.0.0.{n}" for n, name in enumerate([*self._outlets, GARBAGE], start=2)}
        self._runners: list[web.AppRunner] = []
        self._port = 0
        self.act = 1
        self.answers: Counter[tuple[str, str, int]] = Counter()
        """How often each outlet gave each status to `feed` and `page` requests."""

    async def __aenter__(self) -> Self:
        self._port = _free_port(list(self._addresses.values()))
        for name, address in self._addresses.items():
            if name == GARBAGE and not self._garbage:
                continue
            application = web.Application()
            application.router.add_get("/{path:.*}", self._handler_of(name))
            runner = web.AppRunner(application, access_log=None)
            await runner.setup()
            self._runners.append(runner)
            await web.TCPSite(runner, address, self._port).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for runner in self._runners:
            await runner.cleanup()

    @property
    def feeds(self) -> list[SampleFeed]:
        """All feeds, the one that is none among them."""
        found = [SampleFeed(f"{self.home(o.id)}/feed", o.name, o.language) for o in self._outlets.values()]
        return (
            [*found, SampleFeed(f"{self.home(GARBAGE)}/feed", "Tollgate Telegraph", None)] if self._garbage else found
        )

    def advance(self) -> int:
        """Begin the next act: more articles, some corrections. Gives its number; the last act goes on for ever."""
        self.act = min(self.act + 1, ACTS)
        return self.act

    def home(self, outlet: str) -> str:
        """An outlet's address, without a slash at its end."""
        return f"http://{self._addresses[outlet]}:{self._port}"

    def url(self, outlet: str, slug: str) -> str:
        """An article's address."""
        folder = "members" if QUIRKS.get((outlet, slug)) == "disallowed" else "news"
        return f"{self.home(outlet)}/{folder}/{slug}"

    def published(self, act: int | None = None) -> list[tuple[Outlet, Story]]:
        """The articles that are out in an act (the present one unless named), as they read then."""
        act = act or self.act
        return [(o, s.as_of(act)) for o in self._outlets.values() for s in o.articles if s.act <= act]

    def _handler_of(self, name: str):  # type: ignore[no-untyped-def]
        async def handle(request: web.Request) -> web.Response:
            path = request.match_info["path"]
            response = self._answer(name, path, request)
            what = "feed" if path == "feed" else "robots" if path == "robots.txt" else "page"
            self.answers[name, what, response.status] += 1
            return response

        return handle

    def _answer(self, name: str, path: str, request: web.Request) -> web.Response:
        if path == "robots.txt":
            return web.Response(text="User-agent: *\nDisallow: /members/\n")
        if name == GARBAGE:
            return web.Response(
                text="<!doctype html><html><body><h1>Bridge closed</h1></body></html>", content_type="text/html"
            )
        if path == "feed":
            return self._feed(self._outlets[name], request)
        folder, _, slug = path.partition("/")
        for outlet, story in self.published():
            if outlet.id == name and folder in ("news", "members") and story.slug == slug:
                return self._page(outlet, story, request)
        return web.Response(status=404, text="not found")

    def _feed(self, outlet: Outlet, request: web.Request) -> web.Response:
        if (outlet.id, self.act) == BREAKS:
            return web.Response(status=500, text="something is broken")
        if outlet.id == BUSY and self.answers[outlet.id, "feed", 200] == 1 and not self.answers[outlet.id, "feed", 429]:
            return web.Response(status=429, headers={"Retry-After": "1"})
        stories = sorted((s for o, s in self.published() if o.id == outlet.id), key=lambda story: story.hours_ago)
        body, content_type = feed_document(outlet, self.home(outlet.id), [self._item(outlet, s) for s in stories])
        headers = {"Content-Type": content_type}
        if outlet.id == CONDITIONAL:
            tag = f'"act-{self.act}"'
            if request.headers.get("If-None-Match") == tag:
                return web.Response(status=304, headers={"ETag": tag})
            headers["ETag"] = tag
        if outlet.gzip:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, mtime=0)
        return web.Response(body=body, headers=headers)

    def _item(self, outlet: Outlet, story: Story) -> Item:
        published = self._time_of(story)
        corrected = story.correction is not None and self.act >= story.correction.act
        full = QUIRKS.get((outlet.id, story.slug)) in ("forbidden", "disallowed")
        updated = published + timedelta(hours=max(0.0, story.hours_ago - 0.1)) if corrected else published
        return Item(story, self.url(outlet.id, story.slug), published, updated, full)

    def _page(self, outlet: Outlet, story: Story, request: web.Request) -> web.Response:
        quirk = QUIRKS.get((outlet.id, story.slug))
        if quirk in ("missing", "forbidden"):
            return web.Response(status=404 if quirk == "missing" else 403, text="no")
        if quirk == "busy_once" and not self.answers[outlet.id, "page", 503]:
            return web.Response(status=503, headers={"Retry-After": "1"})
        tag = f'W/"{stable_id(story.title, story.body)}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        others = [s for s in outlet.articles if s.act <= self.act and s.slug != story.slug][:3]
        text = page(
            outlet, story, self.url(outlet.id, story.slug), self._time_of(story),
            [(other.title, self.url(outlet.id, other.slug)) for other in others],
        )  # fmt: skip
        return web.Response(
            body=text.encode(outlet.encoding), content_type="text/html", charset=outlet.encoding, headers={"ETag": tag}
        )

    def _time_of(self, story: Story) -> datetime:
        return (self._now - timedelta(hours=story.hours_ago)).replace(microsecond=0)


def _free_port(addresses: list[str]) -> int:
    """A port that is free on all the addresses."""
    for _ in range(50):
        with socket.socket() as first:
            first.bind((addresses[0], 0))
            port = int(first.getsockname()[1])
        try:
            for address in addresses:
                with socket.socket() as other:
                    other.bind((address, port))
        except OSError:
            continue
        return port
    raise OSError("no port is free on all loopback addresses")
