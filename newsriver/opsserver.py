"""/livez, /readyz and /metrics over HTTP, from a thread of their own.

A thread, because what they tell is wanted most when the event loop of the process is stuck.
"""

import asyncio
from contextlib import suppress
from threading import Thread
from types import TracebackType
from typing import Self

import orjson
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from newsriver.errors import NewsriverError
from newsriver.health import Check, Health

BEAT_S = 1.0
_STOP_S = 2.0


class OpsServerError(NewsriverError):
    """The address for /livez, /readyz and /metrics cannot be had."""


class OpsServer:
    """Serves while entered. `port` 0 takes any free one; `address` says which."""

    def __init__(self, health: Health, registry: CollectorRegistry, host: str, port: int) -> None:
        self._health = health
        self._registry = registry
        self._host = host
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="ops-server", daemon=True)
        self._runner: web.AppRunner | None = None
        self._beating: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """`http://host:port` of the running server."""
        if self._runner is None:
            raise RuntimeError("the server is not running")
        host, port = self._runner.addresses[0][:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def __aenter__(self) -> Self:
        self._thread.start()
        try:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._start(), self._loop))
        except OSError as error:
            await self._end_thread()
            raise OpsServerError(
                f"cannot serve /metrics on {self._host}:{self._port}: {error.strerror or error}; choose another "
                "http.port (NEWSRIVER_HTTP__PORT), 0 for none"
            ) from error
        self._beating = asyncio.create_task(self._beat())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._beating is not None:
            self._beating.cancel()
            with suppress(asyncio.CancelledError):
                await self._beating
        if self._runner is not None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop))
        await self._end_thread()

    async def _start(self) -> None:
        app = web.Application()
        app.add_routes(
            [web.get("/livez", self._livez), web.get("/readyz", self._readyz), web.get("/metrics", self._metrics)]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_STOP_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner

    async def _end_thread(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._loop.close()

    async def _beat(self) -> None:
        while True:
            self._health.beat()
            await asyncio.sleep(BEAT_S)

    async def _livez(self, _: web.Request) -> web.Response:
        return _answer(*self._health.alive())

    async def _readyz(self, _: web.Request) -> web.Response:
        return _answer(*self._health.ready())

    async def _metrics(self, request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self._registry), headers={"Content-Type": content_type})


def _answer(good: bool, checks: dict[str, Check]) -> web.Response:
    body = orjson.dumps({"ok": good, "checks": checks}, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    return web.Response(body=body, status=200 if good else 503, content_type="application/json")
