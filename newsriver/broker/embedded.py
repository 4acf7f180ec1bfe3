"""Starting and stopping the embedded broker."""

import asyncio
import os
import socket
from importlib.resources import as_file, files
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from newsriver.broker.child import Child
from newsriver.broker.errors import BrokerError, NotInstalledError, PortTakenError
from newsriver.broker.lock import DirectoryLock, Holder, holder_of

log = structlog.get_logger(__name__)

HOST = "127.0.0.1"
START_SECONDS = 120.0
"""Loading takes about a second for every 65 MB that were saved."""
STOP_SECONDS = 60.0
SAVE_SECONDS = 60.0
"""How long to wait for the broker of a river that was killed."""
_ATTEMPTS = 3
_POLL_SECONDS = 0.02


class EmbeddedBroker:
    """A broker with its data in `data_dir`, on a port of loopback (0: a free one). An object is started once.

    It ends when this process does, however this process ends, and saves first.
    """

    def __init__(self, data_dir: Path, port: int = 0) -> None:
        self._data_dir = data_dir.absolute()
        self._port = port
        self._child: Child | None = None
        self._stopping = False
        self.bootstrap_servers = ""
        """Where it listens, once it has started."""

    async def start(self) -> str:
        """Start it, wait until it answers, and give its address as bootstrap servers."""
        program = _program()
        self._data_dir.mkdir(parents=True, exist_ok=True)
        lock = DirectoryLock(self._data_dir)
        await lock.acquire(SAVE_SECONDS)
        try:
            pid = await self._start_somewhere(program, lock)
            lock.write(Holder(os.getpid(), pid, self.bootstrap_servers))
        finally:
            lock.release()  # from here on the broker's process alone holds it
        log.warning(
            "broker.embedded",
            bootstrap_servers=self.bootstrap_servers,
            data_dir=str(self._data_dir),
            pid=pid,
            hint="for trials only; set NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS to use Apache Kafka",
        )
        return self.bootstrap_servers

    async def stop(self, budget_s: float = STOP_SECONDS) -> None:
        """Have it save and end. One that is not done within the budget is left to finish: killing it would lose data,
        and the directory stays locked until it has ended."""
        child, self._stopping = self._child, True
        if child is None:
            return
        child.kill()
        await asyncio.wait({child.ended}, timeout=budget_s)
        if not child.ended.done():
            log.warning("broker.still_saving", data_dir=str(self._data_dir), waited_s=budget_s)

    async def watch(self) -> None:
        """Return when it has been stopped; raise BrokerError if it ends by itself, which the river must not outlive."""
        if self._child is None:
            raise BrokerError("the embedded broker has not been started")
        status = await asyncio.shield(self._child.ended)
        if not self._stopping:
            raise BrokerError(_ended(self._child, status, "has ended by itself"))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _start_somewhere(self, program: Path, lock: DirectoryLock) -> int:
        """A free port may be taken by somebody else before the broker listens on it, so it is tried again."""
        for attempt in range(1, _ATTEMPTS + 1):
            port = _free_port(self._port)
            try:
                return await self._start_on(port, program, lock)
            except PortTakenError:
                if self._port or attempt == _ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def _start_on(self, port: int, program: Path, lock: DirectoryLock) -> int:
        command = [str(program), "start", "--data-dir", str(self._data_dir), "--host", HOST]
        command += ["--only", "kafka", "--kafka-port", str(port)]
        child = Child(command, output=self._data_dir / "broker.log", keep_open=[lock.descriptor])
        try:
            pid = await child.start()
        except OSError as error:
            raise BrokerError(f"cannot run {program}: {error}") from error
        self._child, self.bootstrap_servers = child, f"{HOST}:{port}"
        try:
            await self._until_ready(child, port)
        except BaseException:
            child.kill()
            raise
        return pid

    async def _until_ready(self, child: Child, port: int) -> None:
        asking = asyncio.create_task(_until_answered(port))
        first: list[asyncio.Future[Any]] = [asking, child.ended]
        try:
            await asyncio.wait(first, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if child.ended.done():
                message = _ended(child, child.ended.result(), "did not start")
                raise (PortTakenError if "already in use" in message else BrokerError)(message)
            if not asking.done():
                raise BrokerError(f"the embedded broker does not answer after {START_SECONDS:.0f} s")
        finally:
            asking.cancel()


def running_at(data_dir: Path) -> str | None:
    """The bootstrap servers of the embedded broker that a river runs in this directory at present, if one does."""
    holder = holder_of(data_dir)
    return None if holder is None else holder.bootstrap_servers


def _program() -> Path:
    try:
        with as_file(files("noida_db") / "noida-db") as program:
            if program.is_file():
                return program
    except ModuleNotFoundError:
        pass
    raise NotInstalledError(
        "the embedded broker is not installed: install newsriver[embedded], "
        "or set NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS to a Kafka of your own"
    )


def _free_port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError as error:
            raise PortTakenError(f"the embedded broker cannot listen on {HOST}:{wanted}: {error.strerror}") from error
        port: int = probe.getsockname()[1]
        return port


async def _until_answered(port: int) -> None:
    """Until something on the port answers a Kafka request; while the broker loads, it listens but does not answer."""
    while True:
        try:
            _, writer = await asyncio.open_connection(HOST, port)  # the client would log each failure
        except OSError:
            await asyncio.sleep(_POLL_SECONDS)
            continue
        writer.close()
        admin = AIOKafkaAdminClient(bootstrap_servers=f"{HOST}:{port}", request_timeout_ms=int(START_SECONDS * 1000))
        try:
            await admin.start()
            await admin.list_topics()
        except KafkaError:
            await asyncio.sleep(_POLL_SECONDS)
        else:
            return
        finally:
            await admin.close()


def _ended(child: Child, status: int, what: str) -> str:
    lines = child.last_lines()
    return f"the embedded broker {what} (exit status {status})" + (f":\n{lines}" if lines else "")
