"""What the poller remembers of a feed, as a work item that is due at its next poll."""

from dataclasses import dataclass

from producers.feeds.fingerprint import SeenEntries
from producers.feeds.schedule import FeedSchedule
from schemas.events import Feed, UtcTime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """A subscription, when it is polled next, and what its last documents held."""

    feed: Feed
    site: str
    due_at: UtcTime
    schedule: FeedSchedule
    seen: SeenEntries

    @property
    def lane(self) -> str:
        return self.site
