"""Random torment of a ledger's workers and of their broker."""

import asyncio
import os
import random
import signal
from contextlib import suppress
from dataclasses import dataclass

from tests.chaos.broker import OwnKafka
from tests.chaos.harness import Bench

WORKERS = 3
SLEEPS_S = (2.0, 9.0)
"""Shorter and longer than the group's session time-out: after the longer one the sleeper has been replaced."""


@dataclass(slots=True)
class Torment:
    """How often each thing was done."""

    killed: int = 0
    terminated: int = 0
    stopped: int = 0
    broker_restarts: int = 0

    def __str__(self) -> str:
        return (
            f"{self.killed} SIGKILL, {self.terminated} SIGTERM, {self.stopped} SIGSTOP and SIGCONT, "
            f"{self.broker_restarts} broker restarts"
        )


async def torment(bench: Bench, broker: OwnKafka, *, events: int, restarts: int, seed: int) -> Torment:
    """Strike workers `events` times while numbers are entered; restart the broker `restarts` times in between, every
    second time by SIGKILL. Every worker struck is replaced."""
    choose = random.Random(seed)
    done = Torment()
    workers = [bench.start() for _ in range(WORKERS)]
    asleep: list[asyncio.Task[None]] = []
    async with bench.feeding():
        await asyncio.sleep(5)
        for event in range(events):
            await asyncio.sleep(choose.uniform(0.5, 2))
            index = choose.randrange(WORKERS)
            victim = workers[index]
            match choose.choice(["kill", "kill", "terminate", "stop"]):
                case "kill":
                    victim.kill()
                    done.killed += 1
                case "terminate":
                    victim.terminate()
                    done.terminated += 1
                case "stop":
                    victim.send_signal(signal.SIGSTOP)
                    done.stopped += 1
                    asleep.append(asyncio.create_task(_wake(victim.pid, choose.choice(SLEEPS_S))))
            workers[index] = bench.start()
            if (event + 1) * restarts // events > done.broker_restarts:
                done.broker_restarts += 1
                await broker.restart(crash=done.broker_restarts % 2 == 1)
        await asyncio.gather(*asleep)
    return done


async def _wake(pid: int, seconds: float) -> None:
    await asyncio.sleep(seconds)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
