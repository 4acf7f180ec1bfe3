"""Header fields that tell a time, and Retry-After, which is what a server asks of those who come back. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MAX_SECONDS = 2**31
"""RFC 9111, section 1.2.2: what larger numbers of seconds count as."""


def seconds(value: str) -> timedelta | None:
    """A number of seconds; None if it is not one."""
    digits = value.strip()
    if not (digits.isascii() and digits.isdecimal()):
        return None
    return timedelta(seconds=min(int(digits[:20]), MAX_SECONDS))


def date(value: str) -> datetime | None:
    """A date as aware UTC, taken for UTC where it names no zone; None if it is not one."""
    try:
        found = parsedate_to_datetime(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return None


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long to stay away (RFC 9110, section 10.2.3), from seconds or a date; None if the server does not say, never
    negative. The names of `headers` are in lower case."""
    value = headers.get("retry-after", "")
    asked, until = seconds(value), date(value)
    if asked is None and until is not None:
        asked = max(timedelta(0), until - now)
    return asked
