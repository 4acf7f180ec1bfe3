"""Fetching from strangers: bounded in bytes, time and redirects, and never from inside our own network."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from newsriver.net.addresses import Network, RefusedAddressError, causes, guarded_socket
from newsriver.net.secrets import without_login
from producers.http.errors import (
    BadResponseError,
    BlockedError,
    ConnectionFailedError,
    DnsError,
    FetchError,
    InvalidTargetError,
    TimedOutError,
    TooLargeError,
    TooManyRedirectsError,
)
from producers.http.fields import named, reference
from producers.http.logins import is_confidential
from producers.http.wire import ByteRequest

MAX_REDIRECTS = 5
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_PERMANENT = frozenset((301, 308))
_CHUNK = 64 * 1024
ACCEPT_FEED = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, application/json;q=0.8, "
    "text/xml;q=0.8, */*;q=0.1"
)
ACCEPT_PAGE = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may take: seconds to connect, between two reads and in all, and bytes after decompression."""

    connect_timeout_s: float
    read_timeout_s: float
    total_timeout_s: float
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, whatever its status. `url` is where it came from; `permanent_url` is where permanent redirects alone
    led, which is where to ask next time; header names are in lower case, values have one character a byte."""

    status: int
    url: str
    permanent_url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def charset(self) -> str | None:
        """The charset that the Content-Type header names."""
        for part in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = part.strip().partition("=")
            if name.lower() == "charset":
                return value.strip("\"' ") or None
        return None


class Fetcher:
    """An HTTP client without cookies or proxies. An async context manager; serves many at once.

    `logins` has an Authorization header for each host, by its name in lower case; no other host is told it, nor this
    one where others could read along.
    """

    def __init__(
        self, *, user_agent: str, limits: Limits, allowed_networks: Sequence[Network] = (),
        logins: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self._user_agent = user_agent
        self._limits = limits
        self._allowed = tuple(allowed_networks)
        self._logins = logins or {}
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = ClientSession(
            connector=TCPConnector(
                limit=0, limit_per_host=4, ttl_dns_cache=60, socket_factory=guarded_socket(self._allowed)
            ),
            cookie_jar=DummyCookieJar(),
            trust_env=False,
            auto_decompress=True,
            timeout=ClientTimeout(
                total=self._limits.total_timeout_s,
                sock_connect=self._limits.connect_timeout_s,
                sock_read=self._limits.read_timeout_s,
            ),
            headers={"User-Agent": self._user_agent.encode().decode("latin-1")},
            request_class=ByteRequest,
            requote_redirect_url=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def fetch(self, url: str, *, accept: str = ACCEPT_PAGE, headers: Mapping[str, str] | None = None) -> Response:
        """GET a URL, following up to MAX_REDIRECTS redirects. Raises FetchError; an error status is an answer.

        The values of `headers` have one character a byte, as those of a response.
        """
        sent = {"Accept": accept, **(headers or {})}
        current = permanent = without_login(url)
        only_permanent = True
        for _ in range(MAX_REDIRECTS + 1):
            status, got, body = await self._get(current, sent)
            target = got.get("location")
            if status not in _REDIRECTS or not target:
                return Response(status, current, permanent, got, body)
            current = _joined(current, target)
            only_permanent = only_permanent and status in _PERMANENT
            if only_permanent:
                permanent = current
        raise TooManyRedirectsError(f"{url}: more than {MAX_REDIRECTS} redirects")

    async def _get(self, url: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        if self._session is None:
            raise RuntimeError("the fetcher is not open")
        try:
            parts = urlsplit(url)
            host = parts.hostname
        except ValueError as error:
            raise InvalidTargetError(f"{url}: {error}") from error
        if parts.scheme not in ("http", "https") or not host:
            raise InvalidTargetError(f"{url}: not an http(s) URL")
        if host in self._logins and is_confidential(parts.scheme, host):
            headers = {**headers, "Authorization": self._logins[host]}
        try:
            async with self._session.get(url, headers=headers, allow_redirects=False) as response:
                body = b"" if response.status in _REDIRECTS else await self._read(url, response)
                return response.status, named(response.raw_headers), body
        except FetchError:
            raise
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _translated(url, error) from error

    async def _read(self, url: str, response: aiohttp.ClientResponse) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_chunked(_CHUNK):
            size += len(chunk)
            if size > self._limits.max_bytes:
                response.close()
                raise TooLargeError(f"{url}: more than {self._limits.max_bytes} bytes")
            chunks.append(chunk)
        return b"".join(chunks)


def _joined(url: str, location: str) -> str:
    try:
        return without_login(urljoin(url, reference(location)))
    except ValueError as error:
        raise InvalidTargetError(f"{url}: a redirect that leads nowhere: {error}") from error


def _translated(url: str, error: BaseException) -> FetchError:
    for cause in causes(error):
        if isinstance(cause, RefusedAddressError):
            return BlockedError(f"{url}: {cause}")
        if isinstance(cause, aiohttp.ClientConnectorDNSError | socket.gaierror):
            return DnsError(f"{url}: {cause}")
    match error:
        case TimeoutError():
            return TimedOutError(f"{url}: {error!r}")
        case aiohttp.InvalidURL():
            return InvalidTargetError(f"{url}: {error!r}")
        case aiohttp.ClientPayloadError() | aiohttp.ClientResponseError():
            return BadResponseError(f"{url}: {error!r}")
        case aiohttp.ClientConnectionError() | OSError():
            return ConnectionFailedError(f"{url}: {error!r}")
        case _:
            return BadResponseError(f"{url}: {error!r}")
