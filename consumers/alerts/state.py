"""The groups of a task, and which of them time has something to do with."""

from datetime import datetime
from heapq import heappop, heappush

from consumers.alerts.grouping import Group
from newsriver.stages import Change, Tables

GROUPS = "groups"


class AlertState(Tables):
    """Groups by the key of their matches: the rule's id and the labels, joined by slashes."""

    def __init__(self) -> None:
        super().__init__(**{GROUPS: Group})
        self._wakes: list[tuple[datetime, str]] = []

    def group(self, key: str) -> Group | None:
        """The group of this key."""
        found: Group | None = self.table(GROUPS).get(key)
        return found

    def apply(self, change: Change) -> None:
        super().apply(change)
        if change.value is not None:
            heappush(self._wakes, (change.value.wakes_at, change.key))

    @property
    def wakes_at(self) -> datetime | None:
        """When `woken` should be asked next; it may find nothing then, because the group has changed since."""
        return self._wakes[0][0] if self._wakes else None

    def woken(self, now: datetime, most: int) -> list[str]:
        """The keys of groups whose time has come, the earliest first; at most so many. Each is given once."""
        keys: dict[str, None] = {}
        while self._wakes and self._wakes[0][0] <= now and len(keys) < most:
            at, key = heappop(self._wakes)
            group = self.group(key)
            if group is not None and group.wakes_at == at:  # else it has changed since, and has another entry
                keys[key] = None
        return list(keys)
