"""One river to a data directory.

The lock is an flock that the broker's process inherits and this process lets go of, so it lasts exactly as long as the
broker: past a river that was killed, until what it left is saved. The file says who holds it and where the broker is.
"""

import asyncio
import fcntl
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson
import structlog

from newsriver.broker.errors import DirectoryInUseError

log = structlog.get_logger(__name__)

FILE_NAME = "river.lock"
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Holder:
    """Process ids of the river and its broker, and the broker's address; None while the broker is being started."""

    river: int
    broker: int | None = None
    bootstrap_servers: str | None = None

    @property
    def river_lives(self) -> bool:
        """Whether the river is there and not only its broker, which gets another parent when the river dies."""
        if self.broker is None:
            return Path(f"/proc/{self.river}").exists()
        return _parent_of(self.broker) == self.river


class DirectoryLock:
    """Held from `acquire` to `release`, or until the process that inherited `descriptor` ends."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE_NAME
        self._descriptor: int | None = None

    @property
    def descriptor(self) -> int:
        assert self._descriptor is not None
        return self._descriptor

    async def acquire(self, wait_s: float) -> None:
        """Take the lock. Refuses at once if another river has it; waits so long for a broker that is still saving."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            await self._wait(descriptor, wait_s)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        self.write(Holder(os.getpid()))

    def write(self, holder: Holder) -> None:
        """Say who holds it."""
        content = orjson.dumps(asdict(holder))
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, content, 0)

    def release(self) -> None:
        """Let go of this process's share of it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    async def _wait(self, descriptor: int, wait_s: float) -> None:
        clock: Callable[[], float] = asyncio.get_running_loop().time
        deadline, told = clock() + wait_s, False
        while not _try_lock(descriptor):
            holder = _read(self._path)
            if holder is not None and holder.river_lives:
                raise DirectoryInUseError(
                    f"{self._path.parent} is in use by another river, process {holder.river}: stop that one, "
                    "or choose another data directory (NEWSRIVER_DATA_DIR)"
                )
            broker = "unknown" if holder is None else holder.broker
            if clock() > deadline:
                raise DirectoryInUseError(
                    f"the broker of an earlier river, process {broker}, still holds {self._path.parent} after "
                    f"{wait_s:.0f} s: let it finish saving, or end it"
                )
            if not told:
                log.info("broker.waiting", reason="the broker of an earlier river is still saving", pid=broker)
                told = True
            await asyncio.sleep(_POLL_SECONDS)


def holder_of(directory: Path) -> Holder | None:
    """The river that works in a data directory now, if one does and its broker is up."""
    try:
        descriptor = os.open(directory / FILE_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        if _try_lock(descriptor, fcntl.LOCK_SH):
            return None
    finally:
        os.close(descriptor)
    holder = _read(directory / FILE_NAME)
    return holder if holder is not None and holder.bootstrap_servers is not None and holder.river_lives else None


def _try_lock(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> Holder | None:
    try:
        return Holder(**orjson.loads(path.read_bytes()))
    except (ValueError, TypeError):  # being written at this moment
        return None


def _parent_of(process: int) -> int | None:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(status.rpartition(")")[2].split()[1])  # proc(5): pid (comm) state ppid
