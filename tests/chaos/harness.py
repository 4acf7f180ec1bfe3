"""Workers to torment, entries to feed them, and a reader who counts what they booked."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from schemas.codec import decode, encode
from tests.chaos.journal import journalled
from tests.chaos.ledger import BOOKED, ENTERED, Ledger, Numbered
from tests.streams import make_streams

PARTITIONS = 4
ROOT = Path(__file__).resolve().parents[2]


@dataclass(slots=True)
class Bench:
    """A ledger's streams on a broker, and its processes."""

    bootstrap: str
    prefix: str
    scratch: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    sent: int = 0
    strikes: int = 0

    @property
    def clients(self) -> Clients:
        return Clients(Connection(self.bootstrap))

    @property
    def names(self) -> Names:
        return Names(self.prefix, self.prefix)

    @property
    def journal(self) -> Path:
        """The database that the sink of the workers writes to."""
        return self.scratch / "journal.db"

    @property
    def log(self) -> Path:
        """What the workers say."""
        return self.scratch / "workers.log"

    async def prepare(self) -> None:
        """Create the streams."""
        await make_streams(self.clients, self.names, [Ledger()], partitions=PARTITIONS)

    def start(self, at: str | None = None, how: str = "kill", *, own_ids: bool = False) -> subprocess.Popen[bytes]:
        """Start a worker, one that strikes at a point if one is named."""
        command = [sys.executable, "-m", "tests.chaos.worker", self.bootstrap, self.prefix, str(self.journal)]
        if at is not None:
            command += ["--at", at, "--how", how, "--struck", str(self.scratch / f"struck-{self.strikes}")]
            self.strikes += 1
        if own_ids:
            command.append("--own-ids")
        log = self.log.open("ab")
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        log.close()
        self.processes.append(process)
        return process

    async def struck(self, seconds: float = 60) -> int | None:
        """Wait until the last worker that was to strike has; gives its process id, None if it has not by then."""
        flag = self.scratch / f"struck-{self.strikes - 1}"
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if flag.exists() and flag.read_text():
                return int(flag.read_text())
            await asyncio.sleep(0.05)
        return None

    async def replaced(self, seconds: float = 40) -> bool:
        """Wait until another has written to the changelog of every task while the one that was struck writes nothing;
        whether it came to that."""
        changelog = self.names.changelog(Ledger.name)
        partitions = [TopicPartition(changelog, p) for p in range(PARTITIONS)]
        reader = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)  # sees what no transaction has committed yet, too
        await reader.start()
        try:
            before = await reader.end_offsets(partitions)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                now = await reader.end_offsets(partitions)
                if all(now[partition] > before[partition] for partition in partitions):
                    return True
                await asyncio.sleep(0.2)
        finally:
            await reader.stop()
        return False

    def said(self) -> str:
        """The last that the workers said."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-60:])

    @asynccontextmanager
    async def feeding(self, per_second: int = 400) -> AsyncIterator[None]:
        """Enter numbers, every third twice, all the while."""
        stop = asyncio.Event()
        task = asyncio.create_task(self._feed(per_second, stop))
        try:
            yield
        finally:
            stop.set()
            await task

    async def _feed(self, per_second: int, stop: asyncio.Event) -> None:
        producer = self.clients.producer()
        await producer.start()
        sent: list[asyncio.Future[object]] = []
        try:
            while not stop.is_set():
                for _ in range(per_second // 10):
                    number, self.sent = self.sent, self.sent + 1
                    entry = Numbered(id=f"{number:07d}", emitted_at=datetime.now(UTC), number=number)
                    for _ in range(2 if number % 3 == 0 else 1):
                        future = await producer.send(
                            self.names.stream(ENTERED), encode(entry), key=entry.id.encode(),
                            partition=number % PARTITIONS,
                        )  # fmt: skip
                        sent.append(future)
                await asyncio.sleep(0.1)
            await asyncio.gather(*sent)  # all that was entered is there, whatever became of the broker meanwhile
        finally:
            await producer.stop()

    async def booked(self, seconds: float = 90) -> "Booked":
        """Read what was booked until every number is there and nothing more comes, or the time is over."""
        reader = self.clients.reader()
        await reader.start()
        counts: Counter[int] = Counter()
        order: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        try:
            reader.assign([TopicPartition(self.names.stream(BOOKED), p) for p in range(PARTITIONS)])
            until, quiet = time.monotonic() + seconds, 0
            while time.monotonic() < until and not (len(counts) == self.sent and quiet >= 6):
                batches = await reader.getmany(timeout_ms=500)
                quiet = 0 if batches else quiet + 1
                for records in batches.values():
                    for record in records:
                        number = decode(record.value, Numbered).number
                        counts[number] += 1
                        order[record.partition, number % PARTITIONS].append(number)
        finally:
            await reader.stop()
        stored = await self._stored(until)
        return Booked(
            entered=self.sent,
            missing=self.sent - len(counts),
            doubled=sum(count - 1 for count in counts.values()),
            out_of_order=sum(b < a for numbers in order.values() for a, b in pairwise(numbers)),
            stored_missing=len(counts.keys() - stored.keys()),
            stored_doubled=sum(count - 1 for count in stored.values()),
        )

    async def _stored(self, until: float) -> Counter[int]:
        """What the journal holds once all is there, or when the time is over."""
        stored = journalled(self.journal)
        while stored.total() < self.sent and time.monotonic() < until:
            await asyncio.sleep(0.5)
            stored = journalled(self.journal)
        return stored

    def end(self) -> None:
        """Kill what is left of the workers."""
        for process in self.processes:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGCONT)
                process.kill()
            process.wait()


@dataclass(frozen=True, slots=True)
class Booked:
    """What a `read_committed` reader and the sink's database saw of what was entered.

    Order is that of one input partition within one output partition.
    """

    entered: int
    missing: int
    doubled: int
    out_of_order: int
    stored_missing: int
    stored_doubled: int

    @property
    def right(self) -> bool:
        """Whether each number entered was booked and stored once, in order, and there were enough to tell."""
        faults = (self.missing, self.doubled, self.out_of_order, self.stored_missing, self.stored_doubled)
        return not any(faults) and self.entered > 500
