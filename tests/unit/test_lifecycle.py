"""How the parts of a process end together."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from newsriver.errors import NewsriverError
from newsriver.lifecycle import DrainError, ServiceFailedError, run_until_stopped


class Part:
    """Runs until stopped, then takes `drain_s` to finish; or ends by itself after `lives_s`, with `error` if any."""

    def __init__(
        self, name: str, *, drain_s: float = 0, lives_s: float | None = None, error: Exception | None = None
    ) -> None:
        self.name = name
        self.finished = self.cut_off = False
        self._drain_s = drain_s
        self._lives_s = lives_s
        self._error = error

    async def run(self, stop: asyncio.Event) -> None:
        try:
            if self._lives_s is None:
                await stop.wait()
                await asyncio.sleep(self._drain_s)
            else:
                await asyncio.sleep(self._lives_s)
                if self._error is not None:
                    raise self._error
        except asyncio.CancelledError:
            self.cut_off = True
            raise
        self.finished = True


def signal_after(seconds: float, number: signal.Signals = signal.SIGTERM) -> None:
    asyncio.get_running_loop().call_later(seconds, os.kill, os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_every_part_finish(number: signal.Signals) -> None:
    parts = [Part("a"), Part("b", drain_s=0.1)]
    signal_after(0.05, number)
    await run_until_stopped(parts, deadline_s=5)
    assert all(part.finished and not part.cut_off for part in parts)


async def test_a_part_that_is_late_is_cut_off_and_named() -> None:
    quick, slow = Part("quick"), Part("slow", drain_s=60)
    signal_after(0.05)
    started = time.monotonic()
    with pytest.raises(DrainError, match="slow"):
        await run_until_stopped([quick, slow], deadline_s=0.2)
    assert time.monotonic() - started < 5
    assert quick.finished
    assert slow.cut_off


async def test_a_second_signal_does_not_wait_for_the_deadline() -> None:
    slow = Part("slow", drain_s=60)
    signal_after(0.05)
    signal_after(0.15)
    started = time.monotonic()
    with pytest.raises(DrainError):
        await run_until_stopped([slow], deadline_s=60)
    assert time.monotonic() - started < 5
    assert slow.cut_off


async def test_when_one_part_fails_the_others_finish_and_the_cause_is_raised() -> None:
    other, cause = Part("other", drain_s=0.1), ValueError("broken")
    with pytest.raises(ServiceFailedError, match=r"bad failed: ValueError\('broken'\)") as caught:
        await run_until_stopped([other, Part("bad", lives_s=0.05, error=cause)], deadline_s=5)
    assert caught.value.__cause__ is cause
    assert other.finished


async def test_an_error_that_has_a_name_is_raised_as_it_is() -> None:
    cause = NewsriverError("the disk is full")
    with pytest.raises(NewsriverError) as caught:
        await run_until_stopped([Part("bad", lives_s=0, error=cause)], deadline_s=5)
    assert caught.value is cause


async def test_a_part_that_fails_while_it_finishes_is_reported_too() -> None:
    class Clumsy(Part):
        async def run(self, stop: asyncio.Event) -> None:
            await stop.wait()
            raise ValueError("fell over")

    signal_after(0.05)
    with pytest.raises(ServiceFailedError, match="fell over"):
        await run_until_stopped([Part("a"), Clumsy("b")], deadline_s=5)


async def test_a_part_that_is_done_ends_the_others() -> None:
    other = Part("other")
    await run_until_stopped([other, Part("done", lives_s=0.05)], deadline_s=5)
    assert other.finished


async def test_signals_mean_again_what_they_meant_before() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    await run_until_stopped([Part("done", lives_s=0)], deadline_s=5)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


async def test_cancelling_from_outside_ends_all_parts() -> None:
    part = Part("a")
    running = asyncio.create_task(run_until_stopped([part], deadline_s=5))
    await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert part.cut_off


CHILD = textwrap.dedent("""
    import asyncio, sys, uvloop
    from newsriver.lifecycle import run_until_stopped
    from newsriver.logs import configure

    class Part:
        name = "part"

        async def run(self, stop):
            print("running", flush=True)
            await stop.wait()
            print("draining", flush=True)
            await asyncio.sleep(float(sys.argv[1]))
            print("finished", flush=True)

    configure()
    uvloop.run(run_until_stopped([Part()], float(sys.argv[2])))
""")


@pytest.mark.parametrize(
    ("drain_s", "deadline_s", "signals", "code", "finished"),
    [(0.1, 5, 1, 0, True), (60, 0.2, 1, 1, False), (60, 60, 2, 1, False)],
    ids=["in time", "too late", "two signals"],
)
def test_a_process_ends_as_its_parts_do(
    drain_s: float, deadline_s: float, signals: int, code: int, finished: bool
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(drain_s), str(deadline_s)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == "running\n"
            child.send_signal(signal.SIGTERM)
            assert child.stdout.readline() == "draining\n"
            if signals == 2:
                child.send_signal(signal.SIGTERM)
            assert child.wait(timeout=20) == code
            assert ("finished" in child.stdout.read()) is finished
        finally:
            child.kill()
