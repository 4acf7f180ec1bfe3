"""robots.txt (RFC 9309), read with protego and kept for a while: what may be fetched, and how far apart."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from protego import Protego

from newsriver.clock import Clock
from newsriver.net.fields import retry_after
from producers.http.client import Fetcher
from producers.http.errors import FetchError

KEEP_S = 24 * 3600.0
KEEP_UNREACHABLE_S = 60.0
MAX_ORIGINS = 10_000
MAX_BYTES = 512 * 1024
"""RFC 9309, section 2.5, asks for at least 500 KiB."""
MAX_CRAWL_DELAY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a page may not be fetched: its host's rules forbid it, or they could not be had, which may pass."""

    kind: Literal["robots", "robots_unreachable"]
    detail: str

    @property
    def passing(self) -> bool:
        return self.kind == "robots_unreachable"


@dataclass(frozen=True, slots=True)
class _Rules:
    """`rules` is None where there are none; `unreachable` says why nothing is known of them."""

    rules: Protego | None
    expires: float
    unreachable: str | None = None


class Robots:
    """The rules of the origins that were asked for lately."""

    def __init__(self, fetcher: Fetcher, user_agent: str, clock: Clock) -> None:
        self._fetcher = fetcher
        self._user_agent = user_agent
        self._clock = clock
        self._known: OrderedDict[str, _Rules] = OrderedDict()

    async def refusal(self, url: str) -> Refusal | None:
        """Why we may not fetch it, or None. A robots.txt that is not there allows all; one that cannot be had, because
        the server fails, is too busy or does not answer, allows nothing as long as that lasts (section 2.3.1)."""
        rules = await self._rules_of(_origin(url))
        if rules.unreachable is not None:
            return Refusal("robots_unreachable", f"robots.txt could not be had: {rules.unreachable}")
        if rules.rules is None or rules.rules.can_fetch(url, self._user_agent):
            return None
        return Refusal("robots", "robots.txt does not allow it")

    def crawl_delay(self, url: str) -> timedelta:
        """The delay between requests that an origin has asked for, as far as is known yet; a minute at most."""
        known = self._known.get(_origin(url))
        delay = known.rules.crawl_delay(self._user_agent) if known is not None and known.rules is not None else None
        return min(timedelta(seconds=float(delay or 0)), MAX_CRAWL_DELAY)

    async def _rules_of(self, origin: str) -> _Rules:
        known = self._known.get(origin)
        if known is None or known.expires <= self._clock.monotonic():
            fetched = await self._fetched(origin)
            if fetched.unreachable is not None and known is not None and known.unreachable is None:
                fetched = replace(known, expires=fetched.expires)  # section 2.4: those we had, until there are others
            known = self._known[origin] = fetched
            while len(self._known) > MAX_ORIGINS:
                self._known.popitem(last=False)
        return known

    async def _fetched(self, origin: str) -> _Rules:
        now = self._clock.monotonic()
        try:
            response = await self._fetcher.fetch(f"{origin}/robots.txt", accept="text/plain, */*;q=0.1")
        except FetchError as error:
            return _Rules(None, now + KEEP_UNREACHABLE_S, str(error) if error.passing else None)
        if response.status >= 500 or response.status == 429:
            asked = retry_after(response.headers, self._clock.now()) or timedelta(0)
            keep_s = min(max(asked.total_seconds(), KEEP_UNREACHABLE_S), KEEP_S)
            return _Rules(None, now + keep_s, f"HTTP {response.status}")
        if response.status >= 400:
            return _Rules(None, now + KEEP_S)
        text = response.body[:MAX_BYTES].decode("utf-8", "replace")
        return _Rules(Protego.parse(text), now + KEEP_S)


def tdm_reserved(headers: Mapping[str, str]) -> bool:
    """Whether the server reserves text and data mining (TDM Reservation Protocol, the `tdm-reservation` header)."""
    return headers.get("tdm-reservation", "").strip() == "1"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
