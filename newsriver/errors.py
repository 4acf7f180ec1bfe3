"""The base of newsriver's own errors, and what they mean to a shell."""

from typing import ClassVar

EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_NOT_FOUND = 3


class NewsriverError(Exception):
    """Something went wrong that has a name. The message says what, where, and what to do about it."""

    exit_code: ClassVar[int] = EXIT_FAILURE
    """What the `newsriver` command exits with when this error ends it."""


class UsageError(NewsriverError):
    """The command was called, or configured, in a way that makes no sense; nothing was done."""

    exit_code = EXIT_USAGE


class NotFoundError(NewsriverError):
    """What was asked for is not there, or a check that was asked for failed."""

    exit_code = EXIT_NOT_FOUND
