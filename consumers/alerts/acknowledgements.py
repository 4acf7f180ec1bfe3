"""For how long somebody takes care of an alert. Pure."""

from datetime import datetime, timedelta

from schemas.events import Acknowledgement
from schemas.streams import ACKNOWLEDGEMENTS

USUAL = timedelta(days=7)
LONGEST = ACKNOWLEDGEMENTS.retention or timedelta.max
"""An acknowledgement is over before its stream forgets it, so that a stage that is started then knows what one that ran
on knows."""


def ends_at(acknowledgement: Acknowledgement) -> datetime:
    """When the alert is told of again as if nobody had seen to it."""
    latest = acknowledgement.acknowledged_at + LONGEST
    return min(latest, acknowledgement.ends_at or acknowledgement.acknowledged_at + USUAL)
