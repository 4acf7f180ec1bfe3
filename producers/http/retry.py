"""What a server asks of those who come back: Retry-After (RFC 9110, section 10.2.3)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from producers.http.fields import date, seconds

MAX_REST = timedelta(minutes=5)
"""The longest that the rest of a host waits for what it said about one of its pages or feeds."""


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long to stay away, from seconds or a date; None if the server does not say, never negative."""
    value = headers.get("retry-after", "")
    asked, until = seconds(value), date(value)
    if asked is None and until is not None:
        asked = max(timedelta(0), until - now)
    return asked


def rest(delay: timedelta, asked: timedelta | None) -> timedelta:
    """How long a host is left alone after a request: the usual delay, or what it asked for, within MAX_REST."""
    return max(delay, min(asked or timedelta(0), MAX_REST))
