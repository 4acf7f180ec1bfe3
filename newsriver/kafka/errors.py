"""What can go wrong between a task and its log."""

from newsriver.errors import NewsriverError


class LogError(NewsriverError):
    """A transaction or a restore failed; the task is to be thrown away and started anew."""


class FencedError(LogError):
    """Another owner has taken the task over; leave it to them."""


class DataLossError(NewsriverError):
    """Input that was not yet processed is gone from the stream. Going on would hide it."""


class TooManyDeadLettersError(NewsriverError):
    """So much of the input cannot be processed that the fault is not the input's: the stage stops."""


class StreamMismatchError(NewsriverError):
    """A stream on the broker is not as the contract says (its number of partitions, above all)."""
