"""The loop as a stage: `python -m tests.benchmarks.stream.newsriver BOOTSTRAP PREFIX RECORDS`."""

import asyncio
import sys
import time
import uuid
from datetime import datetime

import uvloop

from newsriver.clock import SystemClock
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.kafka.runner import StageRunner
from newsriver.memory import settle
from newsriver.stages import NOTHING, Change, Effects, Output, Record, Tables, Transform
from newsriver.testing.kit import SilentObserver
from schemas.events import ArticleScraped
from schemas.streams import SCRAPED
from tests.benchmarks.stream.work import FOLDED, PARTITIONS, folded, report
from tests.streams import make_streams


class Fold(Transform[ArticleScraped, Tables]):
    """The work, with a count a source as state."""

    name = "fold"
    input = SCRAPED
    outputs = (FOLDED,)

    def new_state(self) -> Tables:
        return Tables(sources=int)

    def process(self, record: Record[ArticleScraped], state: Tables, now: datetime) -> Effects:
        if record.value is None:
            return NOTHING
        source = record.value.source
        count = state.table("sources").get(source, 0) + 1
        return Effects((Output(FOLDED, folded(record.value)),), (Change("sources", source, count),))


class _Meter(SilentObserver):
    def __init__(self, wanted: int, stop: asyncio.Event) -> None:
        self.wanted, self.stop, self.done = wanted, stop, 0
        self.started = self.elapsed = 0.0

    def behind(self, records: int, oldest_ms: int | None) -> None:
        if records and not self.started:
            self.started = time.perf_counter()

    def committed(self, records: int, outputs: int, seconds: float) -> None:
        self.done += outputs
        if self.done >= self.wanted:
            self.elapsed = time.perf_counter() - self.started
            self.stop.set()


async def run(bootstrap: str, prefix: str, records: int) -> float:
    """Records a second of a StageRunner: exactly once, with state, changelog, checkpoint, headers and trace."""
    settle()
    clients, names = Clients(Connection(bootstrap)), Names(f"newsriver-{uuid.uuid4().hex[:8]}", prefix)
    await make_streams(clients, names, [Fold()], partitions=PARTITIONS)
    stop = asyncio.Event()
    meter = _Meter(records, stop)
    await StageRunner(Fold(), clients, names, SystemClock(), lambda _: meter).run(stop)
    return records / meter.elapsed


if __name__ == "__main__":
    report(uvloop.run(run(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
