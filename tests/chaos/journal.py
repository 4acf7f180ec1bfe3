"""The SQLite sink's store, keeping each record it is given as a row of its own: what is stored twice is there twice."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from consumers.sinks.sqlite import SqliteStore
from newsriver.stages import Record

TABLE = "CREATE TABLE IF NOT EXISTS journal (number INTEGER NOT NULL)"


class Journal(SqliteStore):
    """Positions, transactions and compare-and-set are the sink's; only what it does with a record is the journal's."""

    def _store(self, records: Sequence[Record[Any]]) -> None:
        self._connection.execute(TABLE)
        rows = [(record.value.number,) for record in records if record.value is not None]
        self._connection.executemany("INSERT INTO journal VALUES (?)", rows)


def journalled(path: Path) -> Counter[int]:
    """How often each number is in the journal."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(TABLE)
        return Counter(number for (number,) in connection.execute("SELECT number FROM journal"))
