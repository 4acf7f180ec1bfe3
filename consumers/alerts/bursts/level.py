"""What is usual for a topic, and how far a count is above it. Pure.

The usual is an exponentially weighted mean of the stories an hour, taken by hour of the week. Counts of news scatter
more than a Poisson process would have them, so the score is a z-score of a negative binomial distribution, whose
variance is m + m²/k for a mean m. The score is taken anew with each article, over the hour that ends with it: there are
many hours to be surprised by. On simulated topics with known bursts, a threshold of 8 finds .94 of them with one false
alarm in 250 days of a topic, and one in 60 days in the first two weeks (`tests/unit/test_bursts.py`).
"""

import math
from dataclasses import dataclass, replace

ALPHA = 0.01
"""The weight of an hour in the mean: a memory of some four days."""
DISPERSION = 20.0
"""k of the negative binomial distribution: larger is closer to Poisson."""
FLOOR = 0.3
"""No topic is expected less often than this, or the first story of a rare one would be a burst."""
CLIP = 3.0
"""A count enters the mean with at most so many standard deviations, so that a burst does not become the usual."""
WARM_UP_HOURS = 24
"""For so long a topic's mean is that of its hours so far, and no burst is seen."""


@dataclass(frozen=True, slots=True)
class Level:
    """The mean of stories an hour, in hours of average activity, and how many hours it was learned from."""

    mean: float = 0.0
    hours: int = 0

    @property
    def warm(self) -> bool:
        """Whether enough was seen to call anything unusual."""
        return self.hours >= WARM_UP_HOURS


def expected(level: Level, factor: float) -> float:
    """How many stories an hour of this activity is expected to have."""
    return max(FLOOR, level.mean * factor)


def score(count: int, mean: float) -> float:
    """How many standard deviations a count is above its mean."""
    return (count - mean) / deviation(mean)


def deviation(mean: float) -> float:
    """The standard deviation of a negative binomial distribution of this mean."""
    return math.sqrt(mean + mean * mean / DISPERSION)


def learned(level: Level, count: int, factor: float) -> Level:
    """The level after an hour with so many stories."""
    usual = count / factor
    if not level.warm:
        return Level((level.mean * level.hours + usual) / (level.hours + 1), level.hours + 1)
    mean = expected(level, factor)
    clipped = min(count, mean + CLIP * deviation(mean)) / factor
    return replace(level, mean=(1 - ALPHA) * level.mean + ALPHA * clipped, hours=level.hours + 1)
