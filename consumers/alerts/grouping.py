"""When a group of matches raises an alert. Pure: the state of a group and a match in, a decision out."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import Meta

UtcTime = Annotated[datetime, Meta(tz=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What is remembered of the matches of one rule for one story (or source, article, rule).

    `until` is when the group has been silent for long enough to raise again; `matches` counts those since it last did.
    """

    alert_id: str
    raised_at: UtcTime
    until: UtcTime
    matches: int = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether to raise an alert, and the group from now on. `missed` matches were silent since the last alert."""

    raises: bool
    group: Group
    missed: int = 0


def decide(group: Group | None, alert_id: str, now: datetime, repeat_interval: timedelta) -> Decision:
    """One alert for a group, then silence for the repeat interval, in which matches are counted."""
    if group is not None and now < group.until:
        return Decision(False, replace(group, matches=group.matches + 1))
    missed = 0 if group is None else group.matches - 1
    return Decision(True, Group(alert_id=alert_id, raised_at=now, until=now + repeat_interval), missed)
