"""Who is alerted, in a test: an HTTP server on loopback that takes webhooks, in a thread with a loop of its own."""

import asyncio
import threading
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_network
from types import TracebackType
from typing import NamedTuple, Self

from aiohttp import web

SECRET = "whsec_" + b64encode(b"a" * 24).decode()
LOOPBACK = (ip_network("127.0.0.0/8"),)


class Hook(NamedTuple):
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes


Answer = Callable[[Hook], web.StreamResponse | Awaitable[web.StreamResponse]]


class Receiver:
    """Keeps what it gets and answers as `answer` says; 204 unless given."""

    def __init__(self, answer: Answer = lambda hook: web.Response(status=204)) -> None:
        self.answer = answer
        self.got: list[Hook] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(application)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()

    async def _take(self, request: web.Request) -> web.StreamResponse:
        hook = Hook(request.path_qs, dict(request.headers), await request.read())
        self.got.append(hook)
        answered = self.answer(hook)
        return await answered if isinstance(answered, Awaitable) else answered
