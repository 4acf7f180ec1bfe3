"""Reading one page: robots.txt, a conditional request, extraction in a worker. All failures become values."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from newsriver.clock import Clock
from newsriver.net.fields import retry_after
from producers.articles.extract import MAX_HTML_BYTES, Extraction, extract
from producers.articles.visits import Failure, Visit
from producers.http.client import ACCEPT_PAGE, Fetcher, Response
from producers.http.errors import FetchError
from producers.http.fields import conditions
from producers.http.robots import Robots, tdm_reserved
from producers.workers import WorkerFailedError, WorkerPool
from schemas.identity import stable_id

EXTRACT_TIMEOUT_S = 20.0
_PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page and the article on it. `text_hash` is of title and body: another one means another text."""

    http_status: ClassVar[int] = 200
    url: str
    extraction: Extraction
    fetched_at: datetime
    text_hash: str
    etag: str | None
    last_modified: str | None
    tdm_reserved: bool
    elapsed_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The page is the one of the visit before."""

    http_status: ClassVar[int] = 304
    elapsed_ms: int = 0


class PageReader:
    """Reads pages for the scraper."""

    def __init__(self, fetcher: Fetcher, robots: Robots, workers: WorkerPool, clock: Clock) -> None:
        self._fetcher = fetcher
        self._robots = robots
        self._workers = workers
        self._clock = clock

    async def read(self, visit: Visit) -> Page | Unchanged | Failure:
        """The page of a visit, or that it has not changed since the last one, or why it could not be had."""
        started = self._clock.monotonic()
        result = await self._read(visit)
        return replace(result, elapsed_ms=round((self._clock.monotonic() - started) * 1000))

    async def _read(self, visit: Visit) -> Page | Unchanged | Failure:
        url = visit.entry.url
        refusal = await self._robots.refusal(url)
        if refusal is not None:
            return Failure(kind=refusal.kind, detail=refusal.detail, passing=refusal.passing)
        try:
            asked = conditions(visit.etag, visit.last_modified) if visit.text_hash is not None else {}
            response = await self._fetcher.fetch(url, accept=ACCEPT_PAGE, headers=asked)
        except FetchError as error:
            return Failure(kind=error.kind, detail=str(error), passing=error.passing)
        if response.status == 304 and visit.text_hash is not None:
            return Unchanged()
        if response.status != 200:
            return Failure(
                kind="status",
                detail=f"HTTP {response.status}",
                passing=response.status in _PASSING,
                http_status=response.status,
                retry_after=retry_after(response.headers, self._clock.now()),
            )
        return await self._extracted(response, visit)

    def crawl_delay(self, url: str) -> timedelta:
        """The delay that the page's host asks for between requests."""
        return self._robots.crawl_delay(url)

    async def _extracted(self, response: Response, visit: Visit) -> Page | Failure:
        kind = response.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
        if "html" not in kind and "xml" not in kind and kind != "text/plain":
            return Failure(kind="content_type", detail=f"the page is {kind}", passing=False, http_status=200)
        if len(response.body) > MAX_HTML_BYTES:
            detail = f"the page has {len(response.body)} bytes"
            return Failure(kind="too_large", detail=detail, passing=False, http_status=200)
        try:
            found = await self._workers.run(
                extract, response.body, response.url, response.charset, visit.entry.language,
                timeout_s=EXTRACT_TIMEOUT_S,
            )  # fmt: skip
        except WorkerFailedError as error:
            passing = error.kind == "crash"
            return Failure(kind="extraction", detail=str(error), passing=passing, http_status=200)
        return Page(
            url=response.url,
            extraction=found,
            fetched_at=self._clock.now(),
            text_hash=stable_id(found.title, found.body),
            etag=response.headers.get("etag"),
            last_modified=response.headers.get("last-modified"),
            tdm_reserved=tdm_reserved(response.headers),
        )
