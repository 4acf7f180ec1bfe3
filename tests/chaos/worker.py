"""One process of the ledger's consumer group, and of the sink's that journals what was booked.

`--at POINT --how kill|stop` ends or halts it there, once.

`--own-ids` gives it a transactional id of its own, as is often done: the mistake that the proof has to catch.
"""

import argparse
import asyncio
import os
import signal
from pathlib import Path

from newsriver.clock import SystemClock
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.kafka.ports import TaskLog
from newsriver.kafka.runner import StageRunner
from newsriver.kafka.sink import SinkRunner
from newsriver.kafka.transactions import KafkaTaskLog
from newsriver.lifecycle import run_until_stopped
from newsriver.testing.kit import SilentObserver
from tests.chaos.journal import Journal
from tests.chaos.ledger import BOOKED, ENTERED, Ledger

WARM_UP = 3
"""How often a point is passed before it strikes, so that there is something to lose."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("bootstrap")
    parser.add_argument("prefix")
    parser.add_argument("journal", type=Path)
    parser.add_argument("--at")
    parser.add_argument("--how", choices=("kill", "stop"), default="kill")
    parser.add_argument("--struck", type=Path)
    parser.add_argument("--own-ids", action="store_true")
    arguments = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCONT})  # kept for whoever waits for it
    passed = 0

    def probe(point: str) -> None:
        nonlocal passed
        if point != arguments.at or arguments.struck.exists():
            return
        passed += 1
        if passed >= (WARM_UP if point not in ("in-restore", "in-revocation") else 1):
            arguments.struck.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL if arguments.how == "kill" else signal.SIGSTOP)
            signal.sigwait({signal.SIGCONT})  # where another thread takes the signal, this one would run on a moment

    clients, names = Clients(Connection(arguments.bootstrap)), Names(arguments.prefix, arguments.prefix)

    def own_log(partition: int) -> TaskLog:
        return KafkaTaskLog(
            clients,
            transactional_id=f"{names.transactional_id('ledger', partition)}.{os.getpid()}",
            changelog=names.changelog("ledger"),
            partition=partition,
            group=names.group("ledger"),
            input_stream=names.stream(ENTERED),
            probe=probe,
        )

    async def run() -> None:
        runner = StageRunner(
            Ledger(), clients, names, SystemClock(), lambda _: SilentObserver(), probe=probe,
            log_of=own_log if arguments.own_ids else None,
        )  # fmt: skip
        sink = SinkRunner(
            "journal", [BOOKED], journal, clients, names, SystemClock(), lambda _: SilentObserver(),
        )  # fmt: skip
        await run_until_stopped([runner, sink], 20)

    journal = Journal.open(arguments.journal)
    try:
        asyncio.run(run())
    finally:
        journal.close()


if __name__ == "__main__":
    main()
