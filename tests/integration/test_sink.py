"""The sink as it is composed: it reads whatever its store has a table for."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from newsriver.cli.connect import Access
from newsriver.cli.river import run_stages
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.kafka.writing import put
from newsriver.settings import HttpSettings, Settings
from schemas.events import Event
from schemas.streams import ALERTS, ARTICLES, BURSTS, DUPLICATES, POLLS, STORIES, Stream
from tests import stored_events as events
from tests.streams import make_streams

WRITTEN: dict[str, tuple[Stream[Any], Event]] = {
    "articles": (ARTICLES, events.article("a")),
    "stories": (STORIES, events.story("s", 1)),
    "duplicates": (DUPLICATES, events.duplicate("a", "b")),
    "alerts": (ALERTS, events.alert("x")),
    "bursts": (BURSTS, events.burst("y")),
    "polls": (POLLS, events.poll(1)),
}
SECONDS = 60


class Stored:
    """A service that ends as soon as every table has a row, or the time is over."""

    name = "stored"

    def __init__(self, path: Path) -> None:
        self._path = path
        self.rows: dict[str, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        for _ in range(SECONDS * 5):
            with closing(sqlite3.connect(self._path)) as connection:
                for table in WRITTEN:
                    (self.rows[table],) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            if stop.is_set() or all(self.rows.values()):
                return
            await asyncio.sleep(0.2)


@pytest.mark.embedded
async def test_every_kind_of_event_that_has_a_table_is_stored(
    embedded_bootstrap: str, unique_prefix: str, tmp_path: Path
) -> None:
    clients = Clients(Connection(embedded_bootstrap, fresh_producer_ids=True))
    access = Access(clients, Names(unique_prefix, unique_prefix), embedded_bootstrap)
    settings = Settings(data_dir=tmp_path, http=HttpSettings(port=0))
    await make_streams(clients, access.names, [], [stream for stream, _ in WRITTEN.values()])
    for stream, event in WRITTEN.values():
        await put(clients, access.names, stream, [event], "test")
    stored = Stored(settings.sqlite_path)
    await run_stages(["sink"], settings, access, write_line=print, beside=[stored])
    assert stored.rows == dict.fromkeys(WRITTEN, 1)
