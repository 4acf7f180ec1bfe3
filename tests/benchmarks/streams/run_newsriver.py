"""newsriver's task runtime: validated events, state, changelog and checkpoint in the same transaction as the outputs.

Arguments: bootstrap servers, prefix (of the streams), app (of group, changelog, transactional ids), records.
"""

import asyncio
import sys
from datetime import datetime

import uvloop

from newsriver.clock import SystemClock
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.kafka.records import RawRecord
from newsriver.kafka.runner import StageRunner
from newsriver.stages import Effects, Record, Tables
from newsriver.testing.kit import SilentObserver
from schemas.events import ArticleScraped
from tests.benchmarks.streams.meter import Meter
from tests.benchmarks.streams.stage import Fold


class Metered(Fold):
    """Starts the meter with the first record."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def process(self, record: Record[ArticleScraped], state: Tables, now: datetime) -> Effects:
        self._meter.start()
        return super().process(record, state, now)


class Until(SilentObserver):
    """Stops the run when so many outputs are committed; one observer for all tasks."""

    def __init__(self, records: int, meter: Meter) -> None:
        self.stop = asyncio.Event()
        self._records = records
        self._meter = meter
        self._committed = 0

    def committed(self, outputs: int, seconds: float) -> None:
        self._committed += outputs
        if self._committed >= self._records and not self.stop.is_set():
            self._meter.stop(self._committed)
            self.stop.set()

    def dead_lettered(self, record: RawRecord, error: Exception) -> None:
        raise SystemExit(f"a record of the benchmark was refused: {error!r}")


async def main(bootstrap: str, prefix: str, app: str, records: int) -> None:
    """Run the stage until so many records are through."""
    meter = Meter()
    until = Until(records, meter)
    clients, names = Clients(Connection(bootstrap)), Names(app, prefix)
    runner = StageRunner(Metered(meter), clients, names, SystemClock(), lambda partition: until)
    await runner.run(until.stop)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:4], int(sys.argv[4])))
