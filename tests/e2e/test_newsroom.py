"""The whole river on the sample newsroom: what arrives and is stored is what was published, on both brokers."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from newsriver.kafka.clients import Clients, Connection

COMMAND = str(Path(sys.executable).parent / "newsriver")
LONGEST_SECONDS = 90


class Demo(NamedTuple):
    """A run of `newsriver demo`."""

    status: int
    seconds: float
    events: list[dict[str, Any]]
    errors: str

    @property
    def last(self) -> dict[str, Any]:
        return self.events[-1]


def _demo(directory: Path, *options: str, **settings: str) -> Demo:
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(directory), **settings}
    started = time.monotonic()
    finished = subprocess.run(
        [COMMAND, "demo", "--json", *options], cwd=directory, env=environment, capture_output=True, text=True,
        timeout=170, check=False,
    )  # fmt: skip
    events = [json.loads(line) for line in finished.stdout.splitlines()]
    return Demo(finished.returncode, time.monotonic() - started, events, finished.stderr)


def _finds_something(command: str, directory: Path) -> bool:
    """Whether a search that the demo proposes works in a shell, as it stands."""
    found = subprocess.run(
        f"{command} --json", shell=True, cwd=directory, capture_output=True, text=True, timeout=60, check=False
    )
    return found.returncode == 0 and "sanctions" in found.stdout


@pytest.mark.embedded
@pytest.mark.timeout(180)
def test_all_that_the_newsroom_publishes_arrives_and_is_stored_as_it_was_published(tmp_path: Path) -> None:
    demo = _demo(tmp_path)
    assert demo.status == 0, demo.errors
    assert demo.last["differences"] == []
    assert demo.last["summary"]["articles"] >= 55
    assert demo.last["summary"]["duplicates"] == 5
    assert demo.last["summary"]["revisions"] == 2
    assert demo.seconds < LONGEST_SECONDS
    assert _finds_something(demo.last["look_further"], tmp_path)


@pytest.mark.kafka
@pytest.mark.timeout(180)
async def test_the_same_on_apache_kafka_where_nothing_of_it_stays(tmp_path: Path, kafka_bootstrap: str) -> None:
    demo = _demo(tmp_path, NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS=kafka_bootstrap)
    assert demo.status == 0, demo.errors
    assert demo.last["differences"] == []
    assert demo.seconds < LONGEST_SECONDS
    assert _finds_something(demo.last["look_further"], tmp_path)
    assert await _left_of(demo.events[0]["river"], kafka_bootstrap) == []


@pytest.mark.embedded
def test_a_demo_that_is_given_too_little_time_ends_in_it_and_names_what_is_missing(tmp_path: Path) -> None:
    demo = _demo(tmp_path, "--seconds", "20")
    assert demo.status == 1
    assert demo.seconds < 25
    assert demo.last["differences"]
    assert demo.last["differences"][0] in demo.errors
    assert "Traceback" not in demo.errors


async def _left_of(river: str, bootstrap_servers: str) -> list[str]:
    admin = Clients(Connection(bootstrap_servers)).admin()
    await admin.start()
    try:
        names = [*await admin.list_topics(), *(group for group, *_ in await admin.list_consumer_groups())]
    finally:
        await admin.close()
    return [name for name in names if name.startswith(river)]
