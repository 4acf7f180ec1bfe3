"""An Apache Kafka of one's own, to be restarted: the script of `ops/kafka` on free ports and a directory of its own."""

import asyncio
import socket
from pathlib import Path
from typing import Self

SCRIPT = Path(__file__).resolve().parents[2] / "ops" / "kafka" / "kafka"


class OwnKafka:
    """A single node; `async with` starts it and stops it. `properties` is a file with settings of its own."""

    def __init__(self, directory: Path, properties: Path | None = None) -> None:
        self._port = _free_pair()
        self._directory = directory
        self._more = [] if properties is None else ["--properties", str(properties)]
        self.bootstrap = f"127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        await self._do("up")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._do("kill")

    async def restart(self, *, crash: bool) -> None:
        """Stop it, in good order or by SIGKILL, and start it again on the same data."""
        await self._do("kill" if crash else "down")
        await self._do("up")

    async def _do(self, verb: str) -> None:
        command = [str(SCRIPT), verb, "--port", str(self._port), "--data", str(self._directory), "--heap", "512m"]
        process = await asyncio.create_subprocess_exec(*command, *self._more, stdout=asyncio.subprocess.DEVNULL)
        if await process.wait():
            raise RuntimeError(f"{' '.join(command)} failed")


def _free_pair() -> int:
    """A port that is free, and the next one, which is the controller's."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
