"""One poll: a conditional request, and the document parsed in a worker if it is another one. Failures are values."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal
from urllib.parse import urlsplit

from newsriver.clock import Clock
from newsriver.net.fields import retry_after
from producers.feeds.document import NotAFeedError, ParsedFeed
from producers.feeds.parse import parse_feed
from producers.feeds.schedule import ErrorKind, FeedSchedule, asks_unconditionally, wished_interval
from producers.http.client import ACCEPT_FEED, Fetcher, Response
from producers.http.errors import UNREACHABLE, FetchError
from producers.http.fields import conditions
from producers.http.outage import OutageDetector
from producers.wellformed import well_formed
from producers.workers import WorkerFailedError, WorkerPool

PARSE_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What a poll found. `document` is there when the body is another than last time."""

    outcome: Literal["changed", "unchanged", "not_modified"]
    polled_at: datetime
    elapsed_ms: int
    http_status: int
    bytes_received: int
    floor: timedelta
    etag: str | None
    last_modified: str | None
    body_hash: str | None
    moved_to: str | None
    document: ParsedFeed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollFailed:
    """Why a poll brought nothing. `severity` weighs it: a wrong document is hard, a busy server soft."""

    polled_at: datetime
    elapsed_ms: int
    kind: str
    detail: str
    severity: ErrorKind
    outage: bool = False
    """Whether so many hosts fail at once that the feed is not to blame."""
    http_status: int | None = None
    bytes_received: int = 0
    retry_after: timedelta | None = None

    @property
    def gone(self) -> bool:
        return self.http_status == 410


PollResult = Polled | PollFailed


async def parse_in_worker(workers: WorkerPool, response: Response, now: datetime) -> ParsedFeed:
    """The feed that a response holds, read by a process that is killed if it takes too long.

    Raises NotAFeedError, or WorkerFailedError when there was no coming to an end.
    """
    content_type = response.headers.get("content-type")
    try:
        return await workers.run(
            parse_feed, response.body, response.url, content_type, now, timeout_s=PARSE_TIMEOUT_S
        )  # fmt: skip
    except WorkerFailedError as error:
        if isinstance(error.__cause__, NotAFeedError):
            raise error.__cause__ from None
        raise


class FeedReader:
    """Polls feeds for the poller."""

    def __init__(self, fetcher: Fetcher, workers: WorkerPool, clock: Clock) -> None:
        self._fetcher = fetcher
        self._workers = workers
        self._clock = clock
        self._outage = OutageDetector()

    async def poll(self, url: str, schedule: FeedSchedule) -> PollResult:
        """Ask for a feed, with the validators of the last answer."""
        polled_at, started = self._clock.now(), time.monotonic()
        asked: dict[str, str] = {}
        if not asks_unconditionally(schedule):
            asked = conditions(schedule.etag, schedule.last_modified)

        def elapsed_ms() -> int:
            return round((time.monotonic() - started) * 1000)

        try:
            response = await self._fetcher.fetch(url, accept=ACCEPT_FEED, headers=asked)
        except FetchError as error:
            severity: ErrorKind = "dns" if error.kind == "dns" else "soft" if error.passing else "hard"
            now, host = time.monotonic(), urlsplit(url).hostname or ""
            if isinstance(error, UNREACHABLE):
                self._outage.unreachable(host, now)
            return PollFailed(
                polled_at=polled_at, elapsed_ms=elapsed_ms(), kind=error.kind, detail=str(error), severity=severity,
                outage=isinstance(error, UNREACHABLE) and self._outage.suspected(now),
            )  # fmt: skip
        self._outage.answered(urlsplit(url).hostname or "", time.monotonic())
        if response.status not in (200, 304) or (response.status == 304 and not asked):
            return PollFailed(
                polled_at=polled_at,
                elapsed_ms=elapsed_ms(),
                kind="status",
                detail=f"HTTP {response.status}",
                severity="hard" if 400 <= response.status < 500 and response.status not in (408, 425, 429) else "soft",
                http_status=response.status,
                bytes_received=len(response.body),
                retry_after=retry_after(response.headers, polled_at),
            )
        return await self._read(url, response, schedule, polled_at, elapsed_ms())

    async def _read(
        self, url: str, response: Response, schedule: FeedSchedule, polled_at: datetime, elapsed_ms: int
    ) -> PollResult:
        body_hash = blake2b(response.body, digest_size=16).hexdigest() if response.status == 200 else schedule.body_hash
        document: ParsedFeed | None = None
        outcome: Literal["changed", "unchanged", "not_modified"] = "not_modified"
        if response.status == 200:
            outcome = "unchanged"
            if body_hash != schedule.body_hash:
                outcome = "changed"
                try:
                    document = await parse_in_worker(self._workers, response, polled_at)
                except (NotAFeedError, WorkerFailedError) as error:
                    return PollFailed(
                        polled_at=polled_at, elapsed_ms=elapsed_ms, kind="parse", detail=well_formed(str(error)),
                        severity="hard", http_status=200, bytes_received=len(response.body),
                    )  # fmt: skip
        hint = document.interval_hint if document is not None else None
        headers = response.headers
        floor = wished_interval(headers, hint, polled_at)
        if document is None:  # the wish of the document that this one is the same as still holds
            floor = max(floor, timedelta(seconds=schedule.floor_s))
        return Polled(
            outcome=outcome,
            polled_at=polled_at,
            elapsed_ms=elapsed_ms,
            http_status=response.status,
            bytes_received=len(response.body),
            floor=floor,
            etag=headers.get("etag") if response.status == 200 else schedule.etag,
            last_modified=headers.get("last-modified") if response.status == 200 else schedule.last_modified,
            body_hash=body_hash,
            moved_to=response.permanent_url if response.permanent_url != url else None,
            document=document,
        )
