"""Which work item is next: the earliest due one whose lane is free. Pure; one schedule a task."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush

from newsriver.stages import WORK, Change, WorkItem


@dataclass(slots=True)
class _Lane:
    due: list[tuple[datetime, str]] = field(default_factory=list)
    busy: bool = False
    rests_until: datetime | None = None


class Schedule:
    """Items by due time, one of a lane at a time. Entries of items that changed since are skipped when they come up."""

    def __init__(self, items: Mapping[str, WorkItem], now: datetime) -> None:
        self._items: dict[str, WorkItem] = {}
        self._lanes: dict[str, _Lane] = {}
        self._ready: list[tuple[datetime, str]] = []
        self._working: dict[str, WorkItem] = {}
        self._waiting: set[str] = set()
        for key, item in items.items():
            self._put(key, item, now)

    @property
    def waiting(self) -> int:
        """How many items could be worked on as soon as they came, and have not been yet."""
        return len(self._waiting)

    def apply(self, changes: tuple[Change, ...], now: datetime) -> None:
        """Follow the changes of the `work` table."""
        for change in changes:
            if change.table == WORK:
                if change.value is None:
                    self._items.pop(change.key, None)
                    self._waiting.discard(change.key)
                else:
                    self._put(change.key, change.value, now)

    def take(self, now: datetime) -> tuple[str, WorkItem] | None:
        """The next item to work on, its lane busy from now on; None if nothing can be done yet."""
        while self._ready and self._ready[0][0] <= now:
            _, name = heappop(self._ready)
            lane = self._lanes.get(name)
            if lane is None or lane.busy:
                continue
            start = self._start_of(name, lane)
            if start is None:
                if lane.rests_until is None or lane.rests_until <= now:
                    del self._lanes[name]
                continue
            if start > now:
                heappush(self._ready, (start, name))
                continue
            _, key = heappop(lane.due)
            lane.busy = True
            item = self._working[key] = self._items[key]
            self._waiting.discard(key)
            return key, item
        return None

    def free(self, key: str, now: datetime, pause: timedelta) -> None:
        """The work on an item has ended; its lane rests, then is free for another."""
        name = self._working[key].lane
        lane = self._lanes[name]
        lane.busy = False
        lane.rests_until = now + pause
        self._arm(name, lane)

    def done(self, key: str, now: datetime) -> None:
        """What came of the work on an item has been applied; from now on the item itself may be worked on again."""
        del self._working[key]
        current = self._items.get(key)
        if current is not None:  # put anew while it was being worked on, when its entry was skipped
            self._put(key, current, now)

    def next_start(self) -> datetime | None:
        """When to look again, at the latest; None if there is nothing to wait for."""
        return self._ready[0][0] if self._ready else None

    def _put(self, key: str, item: WorkItem, now: datetime) -> None:
        self._items[key] = item
        if key in self._working:
            return
        (self._waiting.add if item.due_at <= now else self._waiting.discard)(key)
        lane = self._lanes.setdefault(item.lane, _Lane())
        heappush(lane.due, (item.due_at, key))
        self._arm(item.lane, lane)

    def _arm(self, name: str, lane: _Lane) -> None:
        start = None if lane.busy else self._start_of(name, lane)
        if start is not None:
            heappush(self._ready, (start, name))

    def _start_of(self, name: str, lane: _Lane) -> datetime | None:
        """When the lane's first item can be started, after dropping entries that no longer hold."""
        while lane.due:
            due, key = lane.due[0]
            item = self._items.get(key)
            if item is None or item.due_at != due or item.lane != name or key in self._working:
                heappop(lane.due)
                continue
            return due if lane.rests_until is None else max(due, lane.rests_until)
        return None
