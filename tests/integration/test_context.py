"""Every line that is logged while a task or a unit of work runs says which it is, whoever writes it."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from newsriver.clock import SystemClock
from newsriver.health import Health
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.kafka.runner import StageRunner
from newsriver.kafka.writing import put
from newsriver.logs import configure
from newsriver.metrics import Metrics
from newsriver.observe import StageObserver
from tests.errands import ASKED, Errand, Errands
from tests.streams import make_streams


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged during the test, as lines of JSON."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure("debug", "json", stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()


async def _run(key: str) -> str:
    logging.getLogger("library").warning("going")
    if key == "milk":
        raise ValueError("sold out")
    return "done"


async def test_lines_carry_stage_partition_and_work(
    connection: Connection, unique_prefix: str, written: io.StringIO
) -> None:
    clients, names, clock = Clients(connection), Names(unique_prefix, unique_prefix), SystemClock()
    await make_streams(clients, names, [Errands()], partitions=2)
    await put(clients, names, ASKED, [Errand(id=key, emitted_at=datetime.now(UTC)) for key in ("bread", "milk")], "t")
    observer = StageObserver("errands", Metrics(), Health(clock), clock)
    runner = StageRunner(Errands(_run), clients, names, clock, observer.task)
    stop = asyncio.Event()
    running = asyncio.create_task(runner.run(stop))
    async with asyncio.timeout(20):
        while sum(line["event"] in ("work.done", "record.dead") for line in _ours(written)) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    stop.set()
    await running

    ours = _ours(written)
    assert {line["event"] for line in ours} >= {"task.restored", "task.committed", "work.done", "record.dead"}
    assert all(line["stage"] == "errands" for line in ours)
    of_tasks = [line for line in ours if not line["event"].startswith("group.")]
    assert {(line["stream"], line["partition"]) for line in of_tasks} == {(names.stream(ASKED), p) for p in (0, 1)}
    of_work = [(line["event"], line["work"]) for line in of_tasks if "work" in line]
    assert sorted(of_work) == [
        ("library", "bread"),
        ("library", "milk"),
        ("record.dead", "milk"),
        ("work.done", "bread"),
        ("work.done", "milk"),
    ]
    [failed] = [line for line in ours if line["event"] == "work.done" and line["work"] == "milk"]
    assert "sold out" in failed["exception"]


def _ours(written: io.StringIO) -> list[dict[str, Any]]:
    """The lines without those of the broker's client."""
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    return [line for line in lines if line["event"] != "library" or line["logger"] == "library"]
