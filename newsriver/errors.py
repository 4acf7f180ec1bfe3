"""The base of newsriver's own errors."""


class NewsriverError(Exception):
    """Something went wrong that has a name. The message says what, where, and what to do about it."""
