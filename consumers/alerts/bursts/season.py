"""How much is published at each hour of the week, learned from all topics together. Pure.

News has its hours: a count that is usual on a Tuesday morning is a burst on a Sunday night. One profile serves all
topics of a task, because a single topic has too few articles an hour to learn one from.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

HOUR = timedelta(hours=1)
HOURS_A_DAY = 24
HOURS_A_WEEK = 168
WEIGHT = 0.4
"""What the latest week adds to an hour's usual count."""
PRIOR = 5.0
"""So many stories an hour must all topics have together for their hours to be believed as much as that all hours are
alike: where there are few stories, the differences are chance."""


@dataclass(frozen=True, slots=True)
class Season:
    """`usual` is how many stories all topics have in each hour of the week (0 is Monday 00:00 UTC), -1 for an hour not
    seen yet."""

    usual: tuple[float, ...] = (-1.0,) * HOURS_A_WEEK

    def factor(self, at: datetime) -> float:
        """How much is published in this hour, compared with the average hour. Until the hour was seen, that of other
        days tells; on the first day nothing does."""
        known = [count for count in self.usual if count >= 0]
        if len(known) < HOURS_A_DAY:
            return 1.0
        slot = hour_of_week(at)
        count = self.usual[slot]
        if count < 0:
            count = fmean(each for each in self.usual[slot % HOURS_A_DAY :: HOURS_A_DAY] if each >= 0)
        return (count + PRIOR) / (fmean(known) + PRIOR)


def hour_of(at: datetime) -> datetime:
    """The beginning of the hour."""
    return at.replace(minute=0, second=0, microsecond=0)


def hour_of_week(at: datetime) -> int:
    """0 for the hour that begins on Monday at midnight UTC, 167 for the last one of the week."""
    return at.weekday() * HOURS_A_DAY + at.hour


def learned(season: Season, hour: datetime, total: int) -> Season:
    """The season after an hour with so many stories."""
    slot, usual = hour_of_week(hour), season.usual
    count = float(total) if usual[slot] < 0 else (1 - WEIGHT) * usual[slot] + WEIGHT * total
    return Season((*usual[:slot], count, *usual[slot + 1 :]))
