"""How long a host is left alone."""

from datetime import timedelta

MAX_REST = timedelta(minutes=5)
"""The longest that the rest of a host waits for what it said about one of its pages or feeds."""


def rest(delay: timedelta, asked: timedelta | None) -> timedelta:
    """How long a host is left alone after a request: the usual delay, or what it asked for, within MAX_REST."""
    return max(delay, min(asked or timedelta(0), MAX_REST))
