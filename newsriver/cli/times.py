"""Times and durations as people write them in commands."""

from datetime import UTC, datetime, timedelta

from newsriver.errors import UsageError


def moment(text: str, option: str) -> datetime:
    """An ISO 8601 time; UTC if it names no zone. Raises UsageError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option}: not a time: {text}; write it as in 2026-03-02T09:00") from error
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def duration(text: str, option: str) -> timedelta:
    """A duration as rules write it, `90s`, `15m`, `4h` or `7d`; more than nothing. Raises UsageError."""
    from consumers.alerts.rule import parse_duration

    try:
        found = parse_duration(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{option}: {error}") from error
    if not found:
        raise UsageError(f"{option}: {text} is no time at all")
    return found


def since(text: str, option: str, now: datetime) -> datetime:
    """A time, or how long ago it was. Raises UsageError."""
    return now - duration(text, option) if text[-1:] in "smhd" and text[:-1].isdecimal() else moment(text, option)
