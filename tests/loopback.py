"""A web site on loopback whose answers a test decides, and how the producers' fetcher may reach it."""

import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network
from typing import NamedTuple

from producers.http.client import Fetcher, Limits

LIMITS = Limits(connect_timeout_s=2, read_timeout_s=2, total_timeout_s=5, max_bytes=1_000_000)


class Answer(NamedTuple):
    """What the site says."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = {}


class Asked(NamedTuple):
    """What the site was asked."""

    path: str
    headers: Mapping[str, str]


class LoopbackSite:
    """Answers every GET with what `answer` says of it, in threads of its own."""

    def __init__(self, answer: Callable[[Asked], Answer]) -> None:
        self.asked: list[Asked] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = Asked(self.path, dict(self.headers))
                site.asked.append(asked)
                body, status, headers = answer(asked)
                self.send_response(status)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.home = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def loopback_fetcher() -> Fetcher:
    """A fetcher that may go to loopback, and waits for seconds only."""
    return Fetcher(user_agent="newsriver-test", limits=LIMITS, allowed_networks=(IPv4Network("127.0.0.0/8"),))
