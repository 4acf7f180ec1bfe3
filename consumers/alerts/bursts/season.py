"""How much is published at each hour of the week, learned from all topics together. Pure.

News has its hours: a count that is usual on a Tuesday morning is a burst on a Sunday night. One profile serves all
topics of a task, because a single topic has too few articles an hour to learn one from.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
HOURS_A_WEEK = 168
WEIGHT = 0.4
"""What the latest week adds to an hour's factor."""
LEAST = 0.05
"""No hour is taken for quieter than this, so that one article at night is no burst."""


@dataclass(frozen=True, slots=True)
class Season:
    """`factors` say how each hour of the week (0 is Monday 00:00 UTC) compares with the average one; `totals` are the
    counts of the last 168 hours by hour of the week, -1 for an hour not seen yet."""

    factors: tuple[float, ...] = (1.0,) * HOURS_A_WEEK
    totals: tuple[float, ...] = (-1.0,) * HOURS_A_WEEK

    def factor(self, at: datetime) -> float:
        """How much is published in this hour, compared with the average hour."""
        return max(LEAST, self.factors[hour_of_week(at)])


def hour_of(at: datetime) -> datetime:
    """The beginning of the hour."""
    return at.replace(minute=0, second=0, microsecond=0)


def hour_of_week(at: datetime) -> int:
    """0 for the hour that begins on Monday at midnight UTC, 167 for the last one of the week."""
    return at.weekday() * 24 + at.hour


def learned(season: Season, hour: datetime, total: int) -> Season:
    """The season after an hour with so many stories. Factors stay 1 in the first week, which has nothing to compare."""
    slot = hour_of_week(hour)
    seen_before = season.totals[slot] >= 0
    totals = (*season.totals[:slot], float(total), *season.totals[slot + 1 :])
    known = [count for count in totals if count >= 0]
    average = sum(known) / len(known)
    if average <= 0 or len(known) < 24:
        return replace(season, totals=totals)
    latest = total / average
    factor = (1 - WEIGHT) * season.factors[slot] + WEIGHT * latest if seen_before else latest
    return Season((*season.factors[:slot], factor, *season.factors[slot + 1 :]), totals)
