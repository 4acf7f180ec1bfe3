"""Exactly once on Apache Kafka: at every point where a process can die or fall asleep, and under random torment."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from newsriver.kafka.ports import CRASH_POINTS
from tests.chaos.broker import OwnKafka
from tests.chaos.harness import Bench
from tests.chaos.torment import torment

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]


@pytest.fixture
async def bench(kafka_bootstrap: str, unique_prefix: str, tmp_path: Path) -> AsyncIterator[Bench]:
    bench = Bench(kafka_bootstrap, unique_prefix, tmp_path)
    await bench.prepare()
    yield bench
    bench.end()


PROVOKED_EVERY_SECONDS = 12.0
"""By then a worker has joined, even if those who died before it had to be given up first."""


async def _strike(bench: Bench, point: str, how: str) -> None:
    """Have a worker struck at a point, replace it, and wake it when it was only stopped."""
    bench.start(point, how)
    pid = await bench.struck(PROVOKED_EVERY_SECONDS)
    for _ in range(8):
        if pid is not None:
            break
        # It gives partitions back, or restores others, when the group divides them anew: when one comes or goes.
        comer = bench.start()
        pid = await bench.struck(PROVOKED_EVERY_SECONDS)
        comer.terminate()
    assert pid is not None, f"the worker never came to {point}; the workers said last:\n{bench.said()}"
    bench.start()
    if how == "stop":
        assert await bench.replaced(), bench.said()
        os.kill(pid, signal.SIGCONT)
    await asyncio.sleep(1)


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_nothing_is_lost_or_doubled_whatever_point_is_struck(bench: Bench, how: str) -> None:
    async with bench.feeding():
        for point in CRASH_POINTS:
            await _strike(bench, point, how)
            for process in bench.processes[:-1]:  # the next strike needs partitions, so older workers go
                if process.poll() is None:
                    process.terminate()
            await asyncio.sleep(1)
    booked = await bench.booked()
    assert booked.right, booked


async def test_nothing_is_lost_or_doubled_under_random_torment(
    kafka_bootstrap: str, unique_prefix: str, tmp_path: Path
) -> None:
    async with OwnKafka(tmp_path / "kafka") as broker:
        bench = Bench(broker.bootstrap, unique_prefix, tmp_path)
        await bench.prepare()
        try:
            done = await torment(bench, broker, events=15, restarts=2, seed=4)
            booked = await bench.booked()
        finally:
            bench.end()
    assert booked.right, (str(done), booked)


async def test_the_proof_can_fail(bench: Bench) -> None:
    """With a transactional id a process, a worker that sleeps between its sends and its commit doubles records."""
    async with bench.feeding():
        for _ in range(2):
            bench.start("after-offsets", "stop", own_ids=True)
            pid = await bench.struck()
            assert pid is not None, bench.said()
            bench.start(own_ids=True)
            assert await bench.replaced(), bench.said()
            os.kill(pid, signal.SIGCONT)
            await asyncio.sleep(3)
    booked = await bench.booked(60)
    assert booked.doubled > 0
