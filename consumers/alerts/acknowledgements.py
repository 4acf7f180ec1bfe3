"""For how long somebody takes care of an alert. Pure."""

from datetime import UTC, datetime, timedelta

from schemas.events import Acknowledgement
from schemas.streams import ACKNOWLEDGEMENTS

USUAL = timedelta(days=7)
LONGEST = ACKNOWLEDGEMENTS.retention or USUAL
"""An acknowledgement is over before its stream forgets it, so that a stage that is started then knows what one that ran
on knows."""

_LAST = datetime(9000, 1, 1, tzinfo=UTC)


def ends_at(acknowledgement: Acknowledgement) -> datetime:
    """When the alert is told of again as if nobody had seen to it."""
    made_at = min(acknowledgement.acknowledged_at, _LAST)  # one from the end of time must not stop anybody
    return min(made_at + LONGEST, acknowledgement.ends_at or made_at + USUAL)
