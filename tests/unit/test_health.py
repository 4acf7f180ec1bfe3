"""What the probes of an orchestrator and Prometheus get to see."""

import json
import time
from collections.abc import AsyncIterator
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from newsriver.clock import SystemClock
from newsriver.health import STALE_S, Health
from newsriver.metrics import Metrics
from newsriver.opsserver import OpsServer, OpsServerError
from newsriver.testing.clock import ManualClock


def test_a_process_of_which_nothing_has_reported_is_not_ready() -> None:
    assert Health(ManualClock()).ready() == (False, {})


def test_a_process_is_ready_when_all_of_it_is() -> None:
    health = Health(ManualClock())
    health.report("dedup", True)
    health.report("stories", False, "restoring partition 3")
    ready, checks = health.ready()
    assert not ready
    assert checks["stories"].detail == "restoring partition 3"
    health.report("stories", True)
    assert health.ready()[0]


def test_a_process_lives_while_its_event_loop_comes_round() -> None:
    clock = ManualClock()
    health = Health(clock)
    clock.advance(STALE_S - 1)
    assert health.alive()[0]
    clock.advance(2)
    assert not health.alive()[0]
    health.beat()
    assert health.alive()[0]


def test_a_part_that_stopped_for_good_ends_the_life_of_the_process() -> None:
    health = Health(ManualClock())
    health.failed("scraper", "too many dead letters")
    alive, checks = health.alive()
    assert not alive
    assert checks["scraper"].detail == "too many dead letters"


def get(url: str, accept: str = "") -> tuple[int, str, str]:
    """Status, content type and body, asked for without the event loop under test."""
    try:
        with urlopen(Request(url, headers={"Accept": accept}), timeout=5) as response:
            return response.status, response.headers["Content-Type"], response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics().with_process()


@pytest.fixture
async def server(metrics: Metrics) -> AsyncIterator[tuple[OpsServer, Health]]:
    health = Health(SystemClock())
    async with OpsServer(health, metrics.registry, "127.0.0.1", 0) as running:
        yield running, health


# These tests block the event loop on purpose while they ask: the answers come from another thread.
async def test_the_probes_answer_with_what_is_wrong(server: tuple[OpsServer, Health]) -> None:
    running, health = server
    assert get(f"{running.address}/livez")[0] == 200
    assert get(f"{running.address}/readyz")[0] == 503
    health.report("dedup", False, "restoring")
    status, content_type, body = get(f"{running.address}/readyz")
    assert (status, content_type) == (503, "application/json")
    assert json.loads(body) == {"ok": False, "checks": {"dedup": {"ready": False, "detail": "restoring"}}}
    health.report("dedup", True)
    assert get(f"{running.address}/readyz")[0] == 200
    health.failed("dedup", "broken")
    assert get(f"{running.address}/livez")[0] == 503


async def test_prometheus_reads_the_metrics_in_the_form_it_asks_for(
    server: tuple[OpsServer, Health], metrics: Metrics
) -> None:
    metrics.records_in.labels("dedup").inc(3)
    _, plain, body = get(f"{server[0].address}/metrics")
    assert plain.startswith("text/plain")
    assert 'newsriver_records_in_total{stage="dedup"} 3.0' in body
    assert "process_resident_memory_bytes" in body
    _, open_metrics, body = get(f"{server[0].address}/metrics", "application/openmetrics-text;version=1.0.0")
    assert open_metrics.startswith("application/openmetrics-text")
    assert body.endswith("# EOF\n")


async def test_a_port_that_is_taken_is_an_error_that_says_what_to_do(
    server: tuple[OpsServer, Health], metrics: Metrics
) -> None:
    port = int(server[0].address.rpartition(":")[2])
    second = OpsServer(Health(SystemClock()), metrics.registry, "127.0.0.1", port)
    with pytest.raises(OpsServerError, match=f"127.0.0.1:{port}.*NEWSRIVER_HTTP__PORT"):
        await second.__aenter__()


async def test_the_server_ends_with_its_block_and_frees_the_port(metrics: Metrics) -> None:
    health = Health(SystemClock())
    async with OpsServer(health, metrics.registry, "127.0.0.1", 0) as first:
        port = int(first.address.rpartition(":")[2])
    async with OpsServer(health, metrics.registry, "127.0.0.1", port) as second:
        assert get(f"{second.address}/livez")[0] == 200


async def test_a_stuck_event_loop_is_seen_from_outside(metrics: Metrics) -> None:
    clock = ManualClock()
    async with OpsServer(Health(clock), metrics.registry, "127.0.0.1", 0) as running:
        seen: list[int] = []
        asking = Thread(target=lambda: seen.append(get(f"{running.address}/livez")[0]))
        clock.advance(STALE_S + 1)
        asking.start()
        while not seen:
            time.sleep(0.01)  # noqa: ASYNC251 - the loop is to be stuck
        asking.join()
    assert seen == [503]


def test_two_sets_of_metrics_keep_apart() -> None:
    first, second = Metrics(), Metrics()
    first.polls.labels("changed").inc()
    assert first.registry.get_sample_value("newsriver_polls_total", {"outcome": "changed"}) == 1
    assert second.registry.get_sample_value("newsriver_polls_total", {"outcome": "changed"}) is None
