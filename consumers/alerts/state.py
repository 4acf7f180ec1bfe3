"""The groups of a task with their members, and which of them time has something to do with."""

from datetime import datetime
from heapq import heappop, heappush

from consumers.alerts.grouping import Group, Member, Members
from newsriver.stages import Change, Tables

GROUPS, MEMBERS = "groups", "members"


class AlertState(Tables):
    """Groups by the key of their matches: the rule's id and the labels, joined by slashes."""

    def __init__(self) -> None:
        super().__init__(**{GROUPS: Group, MEMBERS: Member})
        self._members: dict[str, dict[str, Member]] = {}
        self._wakes: list[tuple[datetime, str]] = []
        self._planned: dict[str, datetime] = {}

    def group(self, key: str) -> Group | None:
        """The group of this key."""
        found: Group | None = self.table(GROUPS).get(key)
        return found

    def members(self, key: str) -> Members:
        """The members of the group of this key, by their article."""
        return self._members.get(key, {})

    def apply(self, change: Change) -> None:
        super().apply(change)
        if change.table == MEMBERS:
            self._apply_member(change)
        elif change.value is not None:
            self._plan(change.key, change.value.wakes_at)

    @property
    def wakes_at(self) -> datetime | None:
        """When `woken` should be asked next; it may find nothing then, because the group has changed since."""
        return self._wakes[0][0] if self._wakes else None

    def woken(self, now: datetime, most: int) -> list[str]:
        """The keys of groups whose time has come, the earliest first; at most so many. Each is given once."""
        keys: list[str] = []
        while self._wakes and self._wakes[0][0] <= now and len(keys) < most:
            at, key = heappop(self._wakes)
            if self._planned.get(key) != at:  # there was an earlier one since
                continue
            del self._planned[key]
            group = self.group(key)
            if group is None:
                continue
            if group.wakes_at <= now:
                keys.append(key)
            else:
                self._plan(key, group.wakes_at)
        return keys

    def _plan(self, key: str, at: datetime) -> None:
        """See to a group at this time. One that was to be seen to earlier keeps that, and is planned anew then: a group
        has one entry, however often it matches."""
        if key not in self._planned or at < self._planned[key]:
            self._planned[key] = at
            heappush(self._wakes, (at, key))

    def _apply_member(self, change: Change) -> None:
        group, _, article = change.key.rpartition("/")
        if change.value is not None:
            self._members.setdefault(group, {})[article] = change.value
        elif (members := self._members.get(group)) is not None:
            members.pop(article, None)
            if not members:
                del self._members[group]


def member_key(group: str, article_id: str) -> str:
    """The key of a member in its table."""
    return f"{group}/{article_id}"
