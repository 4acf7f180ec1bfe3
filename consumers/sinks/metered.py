"""Counting the news as it is stored: the one place where every poll, article and alert comes by, once."""

from collections.abc import Sequence
from typing import Any

from newsriver.clock import Clock
from newsriver.kafka.sink import Store
from newsriver.metrics import Metrics
from newsriver.stages import Record
from schemas.events import AlertRaised, Article, PollCompleted


class MeteredStore:
    """A store that counts what another one has stored, and how long that took from an article's discovery."""

    def __init__(self, store: Store, metrics: Metrics, clock: Clock) -> None:
        self._store = store
        self._metrics = metrics
        self._clock = clock

    def position(self, stream: str, partition: int) -> int | None:
        return self._store.position(stream, partition)

    def write(
        self, stream: str, partition: int, expected: int | None, next_position: int, records: Sequence[Record[Any]]
    ) -> None:
        self._store.write(stream, partition, expected, next_position, records)
        now = self._clock.now()
        for record in records:
            match record.value:
                case Article() as article:
                    self._metrics.articles.labels(article.language, article.kind).inc()
                    if article.kind == "new":  # a correction was discovered long before it was made
                        self._metrics.latency_seconds.observe((now - article.discovered_at).total_seconds())
                case PollCompleted() as poll:
                    self._metrics.polls.labels(poll.outcome).inc()
                case AlertRaised() as alert:
                    self._metrics.alerts.labels(alert.severity).inc()
