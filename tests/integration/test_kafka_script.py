"""ops/kafka/kafka: a node of Apache Kafka that starts, keeps its data through a crash, and stops."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

SCRIPT = Path(__file__).resolve().parents[2] / "ops" / "kafka" / "kafka"
STREAM = "news"

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

Script = Callable[..., Awaitable[tuple[int, str]]]


def two_ports() -> int:
    """A free port whose successor is free too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


async def run(*arguments: str) -> tuple[int, str]:
    """The exit status of the script and all it said."""
    process = await asyncio.create_subprocess_exec(
        str(SCRIPT), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


@pytest.fixture
def port() -> int:
    if not (shutil.which("java") and shutil.which("mvn")):
        if os.environ.get("NEWSRIVER_TEST_KAFKA_REQUIRED") == "1":
            pytest.fail("java and mvn are required here", pytrace=False)
        pytest.skip("needs java and mvn")
    return two_ports()


@pytest_asyncio.fixture
async def script(port: int, tmp_path: Path) -> AsyncIterator[Script]:
    """Runs the script on a node of this test."""

    async def node(command: str) -> tuple[int, str]:
        return await run(command, "--port", str(port), "--data", str(tmp_path / "node"), "--heap", "512m")

    yield node
    await node("kill")


async def write(bootstrap: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id="test")
    await producer.start()
    try:
        async with producer.transaction():
            await producer.send(STREAM, value, partition=0)
    finally:
        await producer.stop()


async def read(bootstrap: str, count: int) -> list[bytes]:
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
    await reader.start()
    try:
        partition = TopicPartition(STREAM, 0)
        reader.assign([partition])
        await reader.seek_to_beginning(partition)
        return [(await reader.getone()).value for _ in range(count)]
    finally:
        await reader.stop()


async def test_a_node_starts_survives_a_crash_and_stops(script: Script, port: int) -> None:
    bootstrap = f"127.0.0.1:{port}"
    assert await script("status") == (1, "kafka: does not run\n")
    status, said = await script("up")
    assert (status, f"runs on {bootstrap}" in said) == (0, True), said

    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(STREAM, 1, 1)])
    await admin.close()
    await write(bootstrap, b"before the crash")

    assert (await script("kill"))[0] == 0
    assert (await script("status"))[0] == 1
    assert (await script("up"))[0] == 0
    await write(bootstrap, b"after it")
    assert await read(bootstrap, 2) == [b"before the crash", b"after it"]

    assert "runs already" in (await script("up"))[1]
    assert (await script("down"))[0] == 0
    assert await script("down") == (0, "kafka: does not run\n")


async def test_a_taken_port_is_refused(script: Script, port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + 1))
        taken.listen()
        status, said = await script("up")
    assert status == 1
    assert f"failed to bind to 127.0.0.1:{port + 1}" in said
    assert "\tat " not in said
    assert "ended while starting; see " in said


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        pytest.param([], 2, "usage:", id="no command"),
        pytest.param(["fly"], 2, "usage:", id="unknown command"),
        pytest.param(["up", "--colour", "red"], 2, "usage:", id="unknown option"),
        pytest.param(["up", "--port"], 1, "--port needs a value", id="missing value"),
        pytest.param(["up", "--port", "65535"], 1, "not a port", id="no room for the controller"),
        pytest.param(["up", "--heap", "much"], 1, "not a size", id="bad heap"),
        pytest.param(["up", "--properties", "nowhere"], 1, "cannot read nowhere", id="no such file"),
    ],
)
async def test_a_wrong_call_is_refused(arguments: list[str], status: int, complaint: str) -> None:
    got, said = await run(*arguments)
    assert got == status
    assert complaint in said
