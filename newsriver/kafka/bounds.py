"""Whether a reader can go on where it left off, or records have gone that it needed."""

from newsriver.kafka.errors import DataLossError


def check_position(position: int, first: int, end: int, *, where: str, who: str) -> None:
    """Raise DataLossError if the record at `position` is neither between `first` and `end` nor the next to come."""
    if position < first:
        raise DataLossError(
            f"{where}: {who} comes to record {position} next, but the stream begins at {first}: "
            f"{first - position} records were deleted before {who} read them"
        )
    if position > end:
        raise DataLossError(
            f"{where}: {who} comes to record {position} next, but the stream ends at {end}: the broker has lost what "
            f"{who} has read already, or it is another broker than before"
        )
