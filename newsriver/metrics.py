"""What is measured, as Prometheus metrics: one `Metrics` a process, handed to whoever measures."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.gc_collector import GCCollector

_TRANSACTION_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_WORK_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_LATENCY_S = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400)


class Metrics:
    """The metrics of one process. Two of them need two registries, which is how tests keep them apart."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry = registry or CollectorRegistry()
        stage, task = ("stage",), ("stage", "stream", "partition")

        # Every stage.
        self.records_in = Counter(
            "newsriver_records_in", "Input records processed, dead letters included.", stage, registry=registry
        )
        self.records_out = Counter(
            "newsriver_records_out", "Events written in committed transactions.", stage, registry=registry
        )
        self.transaction_seconds = Histogram(
            "newsriver_transaction_seconds",
            "Time to write and commit a transaction; its count is the number of transactions.",
            stage, buckets=_TRANSACTION_S, registry=registry,
        )  # fmt: skip
        self.task_failures = Counter(
            "newsriver_task_failures", "Tasks thrown away after an error, by its kind.", ("stage", "error"),
            registry=registry,
        )  # fmt: skip
        self.dead_letters = Counter(
            "newsriver_dead_letters", "Records that could not be processed, by kind of error.", ("stage", "error"),
            registry=registry,
        )  # fmt: skip
        self.restores = Counter("newsriver_restores", "Tasks taken over and restored.", stage, registry=registry)
        self.restore_seconds = Histogram(
            "newsriver_restore_seconds", "Time to restore a task's state.", stage, buckets=_WORK_S, registry=registry
        )
        self.task_state = Gauge(
            "newsriver_task_state", "Tasks of this process: 0 while restoring, 1 when running.", task, registry=registry
        )
        self.lag_records = Gauge(
            "newsriver_lag_records", "Input records that a task has yet to process.", task, registry=registry
        )
        self.lag_seconds = Gauge(
            "newsriver_lag_seconds", "Age of the oldest input record that a task has yet to process, else 0.", task,
            registry=registry,
        )  # fmt: skip

        # Stages that do work outside transactions.
        self.work_seconds = Histogram(
            "newsriver_work_seconds", "Time spent on a work item, by what came of it.", ("stage", "result"),
            buckets=_WORK_S, registry=registry,
        )  # fmt: skip

        # The news itself, as it arrives in storage.
        self.polls = Counter("newsriver_polls", "Polls of feeds, by outcome.", ("outcome",), registry=registry)
        self.articles = Counter(
            "newsriver_articles", "Article revisions stored, by language and kind.", ("language", "kind"),
            registry=registry,
        )  # fmt: skip
        self.alerts = Counter("newsriver_alerts", "Alerts raised, by severity.", ("severity",), registry=registry)
        self.latency_seconds = Histogram(
            "newsriver_latency_seconds", "Time from an article's discovery to its storage.", buckets=_LATENCY_S,
            registry=registry,
        )  # fmt: skip

    def with_process(self) -> "Metrics":
        """Add what the operating system and the interpreter know: memory, processor time, file descriptors."""
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        return self
