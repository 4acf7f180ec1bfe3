"""A hash table from band keys to rows, made for one lookup of many keys at a time.

A bucket has eight slots side by side, so that all keys of a text are looked up in one step of numpy, without probing.
What does not fit into its bucket spills into a dict: nothing is lost, however often a key occurs.
"""

import numpy as np
import numpy.typing as npt

from consumers.dedup.sketch import BANDS, Keys

Rows = npt.NDArray[np.int32]

_SLOTS = 8
_MAX_LOAD = 0.625


class BandTable:
    """Keys of 64 bits and the rows that have them. Rebuild it (`needs_room`) before it is over its load."""

    def __init__(self, rows: int) -> None:
        """Room for so many rows."""
        wanted = rows * BANDS / (_SLOTS * _MAX_LOAD)
        self._bits = max(8, int(np.ceil(np.log2(wanted))))
        self._tags = np.zeros((1 << self._bits, _SLOTS), dtype=np.uint32)
        self._rows = np.zeros((1 << self._bits, _SLOTS), dtype=np.int32)
        self._spilled: dict[int, list[int]] = {}
        self._count = 0

    @property
    def needs_room(self) -> bool:
        """Whether the next row would overload the table."""
        return (self._count + 1) * BANDS > _SLOTS * (1 << self._bits) * _MAX_LOAD

    def add(self, keys: Keys, row: int) -> None:
        """Put one row under its keys."""
        self._count += 1
        buckets, tags = self._places(keys)
        pending = np.arange(len(keys))
        while len(pending):
            # Keys that share a bucket go in one after the other; the others all at once.
            _, first = np.unique(buckets[pending], return_index=True)
            now = pending[first]
            free = self._tags[buckets[now]] == 0
            slots = free.argmax(axis=1)
            fits = free[np.arange(len(now)), slots]
            self._tags[buckets[now[fits]], slots[fits]] = tags[now[fits]]
            self._rows[buckets[now[fits]], slots[fits]] = row
            for key in keys[now[~fits]].tolist():
                self._spilled.setdefault(key, []).append(row)
            pending = np.delete(pending, first)

    def add_all(self, keys: Keys, rows: Rows) -> None:
        """Put many rows, each with its line of keys, into an empty table."""
        self._count += len(rows)
        flat = keys.ravel()
        owners = np.repeat(rows, keys.shape[1])
        buckets, tags = self._places(flat)
        order = np.argsort(buckets, kind="stable")
        sorted_buckets = buckets[order]
        starts = np.searchsorted(sorted_buckets, sorted_buckets)
        slots = np.arange(len(order)) - starts
        fits = slots < _SLOTS
        kept = order[fits]
        self._tags[buckets[kept], slots[fits]] = tags[kept]
        self._rows[buckets[kept], slots[fits]] = owners[kept]
        for place in order[~fits]:
            self._spilled.setdefault(int(flat[place]), []).append(int(owners[place]))

    def remove(self, keys: Keys, row: int) -> None:
        """Take one row away from under its keys."""
        self._count -= 1
        buckets, tags = self._places(keys)
        found, slots = np.nonzero((self._tags[buckets] == tags[:, None]) & (self._rows[buckets] == row))
        self._tags[buckets[found], slots] = 0
        for key in keys.tolist():
            rows = self._spilled.get(key)
            if rows is not None and row in rows:
                rows.remove(row)
                if not rows:
                    del self._spilled[key]

    def find(self, keys: Keys) -> Rows:
        """All rows that share a key with these, once for each shared key; a few others by chance."""
        buckets, tags = self._places(keys)
        found: Rows = self._rows[buckets][self._tags[buckets] == tags[:, None]]
        if not self._spilled:
            return found
        spilled = [row for key in keys.tolist() for row in self._spilled.get(key, ())]
        return np.concatenate([found, np.array(spilled, dtype=np.int32)])

    def _places(self, keys: Keys) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
        """The bucket and the tag of each key: its upper bits, and its lower ones, which are never 0."""
        buckets = (keys >> np.uint64(64 - self._bits)).astype(np.int64)
        return buckets, keys.astype(np.uint32) | np.uint32(1)
