"""The SQLite sink's store, keeping each record it is given as a row of its own: what is stored twice is there twice."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from consumers.sinks.sqlite import SqliteStore
from newsriver.stages import Record


class Journal(SqliteStore):
    """Positions, transactions and compare-and-set are the sink's; only what it does with a record is the journal's."""

    def _store(self, records: Sequence[Record[Any]]) -> None:
        self._connection.execute("CREATE TABLE IF NOT EXISTS journal (number INTEGER NOT NULL)")
        rows = [(record.value.number,) for record in records if record.value is not None]
        self._connection.executemany("INSERT INTO journal VALUES (?)", rows)


def journalled(path: Path) -> Counter[int]:
    """How often each number is in the journal."""
    with closing(sqlite3.connect(path)) as connection:
        return Counter(number for (number,) in connection.execute("SELECT number FROM journal"))
