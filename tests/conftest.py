"""Fixtures shared by all suites."""

import asyncio
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from newsriver.broker import EmbeddedBroker
from newsriver.kafka.clients import Connection

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
KAFKA_VARIABLE = "NEWSRIVER_TEST_KAFKA"
KAFKA_REQUIRED_VARIABLE = "NEWSRIVER_TEST_KAFKA_REQUIRED"

EMBEDDED = pytest.param("embedded", marks=pytest.mark.embedded)
KAFKA = pytest.param("kafka", marks=pytest.mark.kafka)


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """A function that gives the path of an evaluation file kept beside the repository, or skips the test."""

    def locate(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"evaluation data is not here: shared/data/{name}")
        return path

    return locate


@pytest.fixture(scope="session")
def embedded_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an embedded broker that the whole test run shares."""
    broker = EmbeddedBroker(tmp_path_factory.mktemp("broker"))
    # A loop of its own, because those of the tests come and go.
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        yield runner.run(broker.start())
        runner.run(broker.stop())


@pytest.fixture(scope="session")
def kafka_bootstrap() -> str:
    """The address of the Apache Kafka to test against; skips where there is none, unless it is required."""
    servers = os.environ.get(KAFKA_VARIABLE, "")
    if not servers:
        reason = f"{KAFKA_VARIABLE} names no Apache Kafka (`make kafka-up` starts one)"
        if os.environ.get(KAFKA_REQUIRED_VARIABLE) == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return servers


@pytest.fixture(scope="session", params=[EMBEDDED, KAFKA])
def connection(request: pytest.FixtureRequest) -> Connection:
    """A connection to each kind of broker in turn, with the options that the kind needs."""
    servers: str = request.getfixturevalue(f"{request.param}_bootstrap")
    return Connection(servers, fresh_producer_ids=request.param == "embedded")


@pytest.fixture(scope="session")
def bootstrap(connection: Connection) -> str:
    """The address of each kind of broker in turn."""
    return connection.bootstrap_servers


@pytest.fixture
def unique_prefix() -> str:
    """A prefix for streams, groups and transactional ids. Brokers are shared, so tests keep apart and wipe nothing."""
    return f"test-{uuid.uuid4().hex[:12]}"
