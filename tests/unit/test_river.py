"""What a process that runs stages has around them."""

import asyncio
import socket
from pathlib import Path
from urllib.request import urlopen

from newsriver.cli.connect import Access
from newsriver.cli.river import run_stages
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.settings import HttpSettings, Settings


class Scrape:
    """A service that ends as soon as it has read the metrics of its process."""

    name = "scrape"

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/metrics"
        self.said = ""

    async def run(self, stop: asyncio.Event) -> None:
        def read() -> str:
            with urlopen(self._url, timeout=5) as response:
                return str(response.read().decode())

        self.said = await asyncio.to_thread(read)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


async def test_a_process_measures_itself(tmp_path: Path) -> None:
    port = _free_port()
    settings = Settings(data_dir=tmp_path, http=HttpSettings(port=port))
    access = Access(Clients(Connection("127.0.0.1:9")), Names("app", "news"), "127.0.0.1:9")
    scrape = Scrape(port)
    await run_stages([], settings, access, write_line=print, beside=[scrape])
    for name in ("process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds", "python_gc_"):
        assert name in scrape.said
