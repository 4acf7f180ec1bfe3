"""The long proof of exactly once: `python -m tests.chaos [--events 100] [--restarts 5] [--seed 1]`.

Starts an Apache Kafka of its own, torments workers and broker for several minutes, and prints one line of figures.
Exit status 1 if a record was lost, doubled or out of order, in the stream or in SQLite.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
import uuid
from pathlib import Path

from tests.chaos.broker import OwnKafka
from tests.chaos.harness import Bench
from tests.chaos.torment import torment


async def run(events: int, restarts: int, seed: int, scratch: Path) -> bool:
    """Torment, count, and say what came of it; whether all was right."""
    started = time.monotonic()
    async with OwnKafka(scratch / "kafka") as broker:
        bench = Bench(broker.bootstrap, f"chaos-{uuid.uuid4().hex[:8]}", scratch)
        await bench.prepare()
        try:
            done = await torment(bench, broker, events=events, restarts=restarts, seed=seed)
            booked = await bench.booked(180)
        finally:
            bench.end()
    print(
        f"chaos (seed {seed}): {done} in {time.monotonic() - started:.0f} s; {booked.entered} entered: "
        f"{booked.missing} missing, {booked.doubled} doubled, {booked.out_of_order} out of order; SQLite: "
        f"{booked.stored_missing} missing, {booked.stored_doubled} doubled"
    )
    return booked.right


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=100)
    parser.add_argument("--restarts", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it says at length that the broker is away
    with tempfile.TemporaryDirectory(prefix="newsriver-chaos-") as scratch:
        right = asyncio.run(run(arguments.events, arguments.restarts, arguments.seed, Path(scratch)))
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
