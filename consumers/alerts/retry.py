"""When a message that was not taken is sent again. Pure."""

from datetime import timedelta

from consumers.alerts.channels.message import DeliveryError
from schemas.identity import stable_id

RETRY_DELAYS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""The Standard Webhooks schedule: how long after each failed attempt the next one is made."""
JITTER = 0.1
"""The share of a delay that is added at most, so that the messages of an outage do not come back all at once."""
MAX_ASKED = RETRY_DELAYS[-1]
MAX_PAUSE = timedelta(minutes=5)
"""The longest that a channel's other messages wait because of what it said about one of them."""
GONE_PAUSE = timedelta(seconds=1)


def next_attempt(key: str, attempt: int, error: DeliveryError) -> timedelta | None:
    """How long to wait after the failure of this attempt (the first is 1), at least as long as the other side asked
    for; None to give up. The jitter is the key's own, so that the answer is always the same."""
    if error.final or error.gone or attempt > len(RETRY_DELAYS):
        return None
    delay = RETRY_DELAYS[attempt - 1]
    jitter = JITTER * int(stable_id("jitter", key, str(attempt))[:8], 16) / 2**32
    return max(delay * (1 + jitter), min(error.retry_after or timedelta(0), MAX_ASKED))


def pause(error: DeliveryError) -> timedelta:
    """How long the channel rests, because the other side asked for it, or until it is written down that it is gone."""
    return GONE_PAUSE if error.gone else min(error.retry_after or timedelta(0), MAX_PAUSE)
