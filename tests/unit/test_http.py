"""Fetching from strangers: the bounds hold, and nothing inside our network is reached."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import encode_basic_auth, web

from newsriver.errors import UsageError
from newsriver.net.addresses import is_allowed
from newsriver.net.fields import retry_after
from newsriver.net.secrets import without_secrets
from producers.http.client import Fetcher
from producers.http.errors import (
    BlockedError,
    ConnectionFailedError,
    FetchError,
    InvalidTargetError,
    TimedOutError,
    TooLargeError,
    TooManyRedirectsError,
)
from producers.http.fields import conditions
from producers.http.logins import is_confidential, read_logins
from schemas.codec import encode
from tests.loopback import LIMITS, Answer, LoopbackSite, loopback_fetcher

LOOPBACK = (ip_network("127.0.0.0/8"),)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def fetcher(**limits: Any) -> Fetcher:
    return Fetcher(user_agent="test", limits=replace(LIMITS, **limits), allowed_networks=LOOPBACK)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "fe80::1",
     "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "nonsense"],
)  # fmt: skip
def test_the_inside_is_out_of_reach(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1"])
def test_public_addresses_are_allowed(address: str) -> None:
    assert is_allowed(address)


async def test_a_literal_address_a_name_and_a_redirect_to_the_inside_are_refused() -> None:
    async def to_inside(request: web.Request) -> web.Response:
        raise web.HTTPFound("http://127.0.0.2:1/")

    async with serving(to_inside) as home:
        async with Fetcher(user_agent="t", limits=LIMITS) as guarded:
            for url in (home, home.replace("127.0.0.1", "localhost")):
                with pytest.raises(BlockedError):
                    await guarded.fetch(url)
        only_home = (ip_network("127.0.0.1/32"),)
        async with Fetcher(user_agent="t", limits=LIMITS, allowed_networks=only_home) as guarded:
            with pytest.raises(BlockedError):
                await guarded.fetch(home)


async def test_a_host_is_told_its_own_password_and_no_other_host_is(tmp_path: Path) -> None:
    told: list[tuple[str, str | None]] = []

    async def handler(request: web.Request) -> web.Response:
        told.append((request.url.host or "", request.headers.get("Authorization")))
        if request.path == "/moved":
            raise web.HTTPFound(f"http://someone:else@localhost:{request.url.port}/")
        return web.Response()

    file = tmp_path / "netrc"
    file.write_text("machine 127.0.0.1 login lesekreis password föhn\ndefault login all password all\n")
    logins = read_logins(file)
    async with (
        serving(handler) as home,
        Fetcher(user_agent="t", limits=LIMITS, allowed_networks=LOOPBACK, logins=logins) as client,
    ):
        response = await client.fetch(f"{home}/moved")
    assert told == [("127.0.0.1", encode_basic_auth("lesekreis", "föhn")), ("localhost", None)]
    assert response.url == home.replace("127.0.0.1", "localhost") + "/"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        *(("https://ostwind.example/", True), ("http://ostwind.example/", False), ("http://10.1.2.3/", False)),
        *(("http://127.0.0.1:80/", True), ("http://[::1]/", True), ("http://localhost/", True)),
    ],
)
def test_a_password_is_told_where_nobody_reads_along(url: str, told: bool) -> None:
    parts = urlsplit(url)
    assert is_confidential(parts.scheme, parts.hostname or "") is told


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"machine 127.0.0.1 login a secret pa55\n", "line 1 is not as netrc files have it"),
        (b"machine 127.0.0.1 login a password pa55\xff\n", "UnicodeDecodeError"),
        (b"machine 127.0.0.1 login a:b password pa55\n", "has a colon"),
        (None, "FileNotFoundError"),
    ],
)
def test_a_file_of_passwords_that_cannot_be_read_is_said_without_quoting_it(
    content: bytes | None, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "netrc"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        read_logins(file)
    assert reason in str(raised.value)
    assert "pa55" not in str(raised.value)


async def test_a_bomb_is_cut_off_by_its_size_unpacked() -> None:
    async def bomb(request: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(bytes(5_000_000)), headers={"Content-Encoding": "gzip"})

    async with serving(bomb) as home, fetcher(max_bytes=100_000) as client:
        with pytest.raises(TooLargeError):
            await client.fetch(home)


async def test_redirects_are_followed_five_times_and_permanent_ones_remembered() -> None:
    async def around(request: web.Request) -> web.Response:
        path = request.match_info["path"]
        if path == "old":
            raise web.HTTPMovedPermanently("/new")
        if path == "new":
            return web.Response(text="here")
        raise web.HTTPFound("/round")

    async with serving(around) as home, fetcher() as client:
        response = await client.fetch(f"{home}/old")
        assert (response.status, response.body, response.permanent_url) == (200, b"here", f"{home}/new")
        with pytest.raises(TooManyRedirectsError):
            await client.fetch(f"{home}/round")


class Wire:
    """A site that notes to the byte what it is asked, answers with a header of any bytes, and has moved from `/old`."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.site = LoopbackSite(
            lambda asked: Answer(status=301 if asked.path == "/old" else 200, headers=self.headers)
        )
        self.home = self.site.home

    def asked(self, name: str) -> list[bytes]:
        return [asked.headers[name].encode("latin-1") for asked in self.site.asked if name in asked.headers]


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    yield wire
    wire.site.close()


@pytest.mark.parametrize("value", [b'"plain"', b'W/"caf\xe9"', '"café"'.encode(), b'"\x80\xff"'], ids=repr)
async def test_a_header_value_is_read_and_sent_to_the_byte(wire: Wire, value: bytes) -> None:
    wire.headers = {"ETag": value.decode("latin-1"), "Last-Modified": value.decode("latin-1")}
    async with loopback_fetcher() as client:
        got = await client.fetch(wire.home)
        again = conditions(got.headers["etag"], got.headers["last-modified"])
        for _ in range(2):
            await client.fetch(wire.home, headers=again)
    assert encode(got.headers)
    assert wire.asked("If-None-Match") == wire.asked("If-Modified-Since") == [value, value]


def test_a_validator_that_no_request_may_carry_is_none() -> None:
    assert conditions('"a\x01b"', "") == conditions(None, None) == {}


async def test_an_agent_of_any_script_is_sent_as_utf8(wire: Wire) -> None:
    async with Fetcher(user_agent="вестник", limits=LIMITS, allowed_networks=LOOPBACK) as client:
        await client.fetch(wire.home)
    assert wire.asked("User-Agent") == ["вестник".encode()]


@pytest.mark.parametrize(
    ("location", "path", "asked"),
    [
        pytest.param(b"/caf\xe9?a=%20", "/caf%E9?a=%20", "/caf%E9?a=%20", id="no known encoding"),
        pytest.param("/café".encode(), "/café", "/caf%C3%A9", id="UTF-8"),
    ],
)
async def test_a_redirect_may_name_any_bytes(wire: Wire, location: bytes, path: str, asked: str) -> None:
    wire.headers = {"Location": location.decode("latin-1")}
    async with loopback_fetcher() as client:
        got = await client.fetch(f"{wire.home}/old")
    assert got.permanent_url == f"{wire.home}{path}"
    assert encode(got.permanent_url)
    assert wire.site.asked[1].path == asked


async def test_a_redirect_that_leads_nowhere_is_an_answer_we_cannot_follow(wire: Wire) -> None:
    wire.headers = {"Location": "http://[harbour"}
    async with loopback_fetcher() as client:
        with pytest.raises(InvalidTargetError):
            await client.fetch(f"{wire.home}/old")


async def test_a_slow_server_and_a_closed_port_have_names() -> None:
    async def slow(request: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    async with serving(slow) as home, fetcher(read_timeout_s=0.2) as client:
        with pytest.raises(TimedOutError):
            await client.fetch(home)
    async with fetcher() as client:
        with pytest.raises(ConnectionFailedError):
            await client.fetch("http://127.0.0.1:1/")


@pytest.mark.parametrize("url", ["ftp://a.example/", "file:///etc/passwd", "http://", "nonsense"])
async def test_only_http_is_fetched(url: str) -> None:
    async with fetcher() as client:
        with pytest.raises(InvalidTargetError) as caught:
            await client.fetch(url)
    assert isinstance(caught.value, FetchError)
    assert not caught.value.passing


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://a.example/news", "https://a.example/news"),
        ("https://reader:p@ss word@a.example:8080/x?token=1#k", "https://a.example:8080/x?…"),
        ("HTTP://a.example?token=1", "HTTP://a.example?…"),
        ("http://u:p@a.example/it's?t=1: more than 5 redirects", "http://a.example/it's?…: more than 5 redirects"),
        ("from ftp://u:p@a.example/ to https://b.example/?k=v", "from ftp://a.example/ to https://b.example/?…"),
        ("no URL? no secret", "no URL? no secret"),
    ],
)
def test_a_url_is_shown_without_what_may_be_secret(text: str, shown: str) -> None:
    assert without_secrets(text) == str(FetchError(text)) == shown


async def test_errors_tell_no_secrets() -> None:
    async with fetcher() as client:
        for url in (
            "http://u:pw@127.0.0.1:1/?t=pw",
            "http://u:pw@[/",
            "ftp://u:pw@a.example/",
            "http://u:pw@a..b/?t=pw",
        ):
            with pytest.raises(FetchError) as caught:
                await client.fetch(url)
            assert "pw" not in str(caught.value)


NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "delay"),
    [
        ("120", timedelta(minutes=2)),
        ("Mon, 02 Mar 2026 12:01:00 GMT", timedelta(minutes=1)),
        ("Mon, 02 Mar 2026 11:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("9" * 5000, timedelta(seconds=2**31)),
        ("Mon, 02 Mar 99999999999999999999 12:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, delay: timedelta | None) -> None:
    assert retry_after({"retry-after": value}, NOW) == delay
