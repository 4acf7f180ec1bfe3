"""The topics of a task, the articles they lately had, and the hour that is being counted."""

from collections.abc import Mapping
from dataclasses import dataclass

from consumers.alerts.bursts.season import Season
from consumers.alerts.bursts.watch import Seen, Watched
from newsriver.stages import Change, Tables
from schemas.events import UtcTime

TOPICS, SEEN, CLOCK = "topics", "seen", "clock"


@dataclass(frozen=True, slots=True)
class Clock:
    """The first hour that is not closed yet, and what is known of the week. It goes by the articles, not by the time
    at which they are read: a backlog is counted as it would have been."""

    hour: UtcTime
    season: Season


class BurstState(Tables):
    """Topics by their id, articles by `<topic>/<article>`. Articles are apart, so that each is written once."""

    def __init__(self) -> None:
        super().__init__(**{TOPICS: Watched, SEEN: Seen, CLOCK: Clock})
        self._recent: dict[str, dict[str, Seen]] = {}

    @property
    def clock(self) -> Clock | None:
        """Where the counting is; None before the first article."""
        return self.table(CLOCK).get("")

    def recent(self, topic: str) -> Mapping[str, Seen]:
        """The articles of a topic that an hour still counts, by their key in the table."""
        return self._recent.get(topic, {})

    def apply(self, change: Change) -> None:
        super().apply(change)
        if change.table == SEEN:
            recent = self._recent.setdefault(change.key.rpartition("/")[0], {})
            if change.value is None:
                recent.pop(change.key, None)
            else:
                recent[change.key] = change.value
