"""A working stage under torment: pollers killed while the newsroom publishes announce each entry once."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from newsriver.cli.connect import Access, connected
from newsriver.cli.demonstration import demo_settings, subscribe
from newsriver.cli.river import prepare_streams
from newsriver.clock import SystemClock
from newsriver.kafka.reading import read
from newsriver.sample.content import ACTS
from newsriver.sample.newsroom import Newsroom
from newsriver.settings import Settings
from schemas.codec import decode
from schemas.events import EntryDiscovered
from schemas.streams import ENTRIES

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]
STRIKES_AN_ACT = 4


def _start(settings: Settings, scratch: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS": str(settings.kafka.bootstrap_servers),
        "NEWSRIVER_APP": settings.app,
        "NEWSRIVER_STREAM_PREFIX": settings.stream_prefix,
        "NEWSRIVER_DATA_DIR": str(scratch),
        "NEWSRIVER_HTTP__PORT": "0",
        "NEWSRIVER_FETCH__ALLOW_NETWORKS": "127.0.0.0/8",
        "NEWSRIVER_FETCH__HOST_DELAY_S": "0.02",
        "NEWSRIVER_POLL__MIN_INTERVAL_S": "1",
        "NEWSRIVER_POLL__MAX_INTERVAL_S": "2",
    }
    with (scratch / "pollers.log").open("ab") as log:
        command = [str(Path(sys.executable).parent / "newsriver"), "run", "poller"]
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def _end(pollers: list[subprocess.Popen[bytes]]) -> None:
    for poller in pollers:
        poller.kill()
        poller.wait()


async def _announced(access: Access) -> list[EntryDiscovered]:
    stream = access.names.stream(ENTRIES)
    records = [record async for record in read(access.clients, stream, "beginning", follow=False)]
    return [decode(record.value or b"", EntryDiscovered) for record in records]


async def _until_all_are_there(access: Access, wanted: set[str], seconds: float) -> list[EntryDiscovered]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        announced = await _announced(access)
        if wanted <= {entry.url for entry in announced}:
            break
        await asyncio.sleep(1)
    await asyncio.sleep(5)  # several polls more: would they announce anything again?
    return await _announced(access)


async def test_killed_pollers_announce_each_entry_once(kafka_bootstrap: str, tmp_path: Path) -> None:
    settings = demo_settings(Settings.model_validate({"kafka": {"bootstrap_servers": kafka_bootstrap}}), tmp_path)
    choose = random.Random(7)
    pollers: list[subprocess.Popen[bytes]] = []
    async with AsyncExitStack() as stack:
        access = await stack.enter_async_context(connected(settings, start=False))
        room = await stack.enter_async_context(Newsroom(SystemClock().now()))
        stack.callback(_end, pollers)
        await prepare_streams(settings, access)
        await subscribe(access, room)
        pollers += [_start(settings, tmp_path), _start(settings, tmp_path)]
        for _ in range(ACTS):
            for _ in range(STRIKES_AN_ACT):
                await asyncio.sleep(choose.uniform(1.5, 4))
                index = choose.randrange(2)
                pollers[index].send_signal(choose.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
                old, pollers[index] = pollers[index], _start(settings, tmp_path)
                await asyncio.to_thread(old.wait)
            room.advance()
        wanted = {room.url(outlet.id, story.slug) for outlet, story in room.published()}
        announced = await _until_all_are_there(access, wanted, 60)
    assert {entry.url for entry in announced} == wanted
    assert {event: count for event, count in Counter(entry.id for entry in announced).items() if count > 1} == {}
