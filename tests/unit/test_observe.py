"""What a stage's doings turn into: readiness, metrics, and nothing left behind."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from newsriver.health import Health
from newsriver.kafka.ports import TaskObserver
from newsriver.kafka.records import RawRecord
from newsriver.metrics import Metrics
from newsriver.observe import Source, StageObserver
from newsriver.testing.clock import ManualClock


class Bench:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.metrics = Metrics()
        self.health = Health(self.clock)
        self.stage = StageObserver("dedup", self.metrics, self.health, self.clock)

    def task(self, partition: int) -> TaskObserver:
        source: Source = SimpleNamespace(stream="news.revisions.v1", partition=partition)
        return self.stage.task(source)

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, {"stage": "dedup", **labels})

    def task_value(self, name: str, partition: int) -> float | None:
        return self.value(name, stream="news.revisions.v1", partition=str(partition))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_stage_is_ready_when_it_runs_every_task_it_was_given(bench: Bench) -> None:
    assert bench.health.ready()[1]["dedup"].detail == "joining its group"
    bench.stage.joined(2)
    first, second = bench.task(0), bench.task(1)
    first.restored(10, 0.1)
    assert not bench.health.ready()[0]
    second.restored(0, 0)
    assert bench.health.ready()[0]
    second.closed(ValueError("broken"))
    assert bench.health.ready()[1]["dedup"].detail == "1 of 2 tasks run"


def test_a_stage_that_was_given_nothing_stands_by_and_is_ready(bench: Bench) -> None:
    bench.stage.joined(0)
    assert bench.health.ready()[0]


def test_a_new_division_of_the_group_begins_anew(bench: Bench) -> None:
    bench.stage.joined(1)
    bench.task(0).restored(0, 0)
    bench.stage.joined(1)
    assert not bench.health.ready()[0]


def test_lag_is_the_number_of_records_that_wait_and_the_age_of_the_oldest(bench: Bench) -> None:
    task = bench.task(3)
    written = bench.clock.now()
    bench.clock.advance(timedelta(seconds=90))
    task.behind(7, int(written.timestamp() * 1000))
    assert bench.task_value("newsriver_lag_records", 3) == 7
    assert bench.task_value("newsriver_lag_seconds", 3) == 90
    bench.clock.advance(30)
    assert bench.task_value("newsriver_lag_seconds", 3) == 120, "it ages although the task says nothing"
    task.behind(0, None)
    assert bench.task_value("newsriver_lag_records", 3) == 0
    assert bench.task_value("newsriver_lag_seconds", 3) == 0


def test_a_record_from_a_clock_ahead_of_ours_has_no_age(bench: Bench) -> None:
    task = bench.task(0)
    task.behind(1, int((bench.clock.now() + timedelta(minutes=1)).timestamp() * 1000))
    assert bench.task_value("newsriver_lag_seconds", 0) == 0


def test_a_task_that_moved_on_leaves_no_gauge_behind(bench: Bench) -> None:
    task = bench.task(0)
    task.restored(3, 0.5)
    task.behind(2, 0)
    assert bench.task_value("newsriver_task_state", 0) == 1
    task.closed(None)
    for name in ("newsriver_task_state", "newsriver_lag_records", "newsriver_lag_seconds"):
        assert bench.task_value(name, 0) is None
    assert bench.value("newsriver_task_failures_total", error="ValueError") is None


def test_failures_are_counted_by_their_kind(bench: Bench) -> None:
    bench.task(0).closed(ValueError("x"))
    bench.task(0).dead_lettered(RawRecord("s", 0, 1, 0, b"k", b"v"), KeyError("title"))
    assert bench.value("newsriver_task_failures_total", error="ValueError") == 1
    assert bench.value("newsriver_dead_letters_total", error="KeyError") == 1


def test_a_dead_record_is_one_line_of_the_log_without_secrets(bench: Bench) -> None:
    with capture_logs() as lines:
        bench.task(0).dead_lettered(
            RawRecord("s", 0, 1, 0, b"k", b"v"), ValueError("no: 'http://a:pw@h.example/?k=pw'")
        )
    [line] = lines
    assert (line["event"], line["origin"], line["detail"]) == ("record.dead", "s/0@1", "no: 'http://h.example/?…")


def test_transactions_and_work_are_timed(bench: Bench) -> None:
    task = bench.task(0)
    task.committed(3, 4, 0.02)
    task.worked(TimeoutError(), 1.5)
    assert bench.value("newsriver_records_in_total") == 3
    assert bench.value("newsriver_records_out_total") == 4
    assert bench.value("newsriver_transaction_seconds_count") == 1
    assert bench.value("newsriver_work_seconds_sum", result="TimeoutError") == 1.5
