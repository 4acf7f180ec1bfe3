"""What can go wrong with storage."""

from newsriver.errors import NewsriverError, UsageError
from newsriver.kafka.errors import LogError


class StoreError(NewsriverError):
    """The storage is not what it should be, and will not be so by trying again."""


class StoreBusyError(LogError):
    """The storage did not take the data now (locked, full, away); trying again may help."""


class SearchError(UsageError):
    """A search that cannot be made: its words contradict the query language, or there is nothing to search."""
