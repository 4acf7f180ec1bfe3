"""The sketches of one day's documents, with a table to find similar ones by."""

import numpy as np

from consumers.dedup.bands import BandTable, Rows
from consumers.dedup.sketch import SKETCH_VALUES, Sketch, band_keys

_FIRST_ROOM = 64
MAX_CANDIDATES = 256
"""Texts compared for one day; where more share a key (a page's standing text), those that share most are taken."""


class Day:
    """Documents by row. Rows are given in the order of arrival and not used again."""

    def __init__(self) -> None:
        self.ids: list[str | None] = []
        self._sketches = np.zeros((_FIRST_ROOM, SKETCH_VALUES), dtype=np.uint16)
        self._table = BandTable(_FIRST_ROOM)
        self._alive = 0

    def __len__(self) -> int:
        return self._alive

    def add(self, article_id: str, sketch: Sketch) -> int:
        """Take a document in; gives its row."""
        row = len(self.ids)
        if row == len(self._sketches):
            self._sketches = np.concatenate([self._sketches, np.zeros_like(self._sketches)])
        if self._table.needs_room:
            self._rebuild()
        self._sketches[row] = sketch
        self._table.add(band_keys(sketch), row)
        self.ids.append(article_id)
        self._alive += 1
        return row

    def remove(self, row: int) -> None:
        """Take a document out."""
        self._table.remove(band_keys(self._sketches[row]), row)
        self.ids[row] = None
        self._alive -= 1

    def sketch(self, row: int) -> Sketch:
        """The sketch of a document."""
        sketch: Sketch = self._sketches[row]
        return sketch

    def candidates(self, sketch: Sketch) -> tuple[Rows, Sketch]:
        """The rows that may hold a similar text, and their sketches."""
        rows, shared = np.unique(self._table.find(band_keys(sketch)), return_counts=True)
        if len(rows) > MAX_CANDIDATES:
            rows = rows[np.lexsort((rows, shared))[-MAX_CANDIDATES:]]
        return rows, self._sketches[rows]

    def _rebuild(self) -> None:
        alive = np.array([row for row, owner in enumerate(self.ids) if owner is not None], dtype=np.int32)
        self._table = BandTable(2 * max(_FIRST_ROOM, len(alive)))
        self._table.add_all(band_keys(self._sketches[alive]), alive)
