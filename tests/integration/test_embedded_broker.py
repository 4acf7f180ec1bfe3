"""The embedded broker: what it keeps, when it ends, and who may use its directory."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from newsriver.broker import BrokerError, EmbeddedBroker, running_at
from newsriver.broker.errors import DirectoryInUseError, PortTakenError

pytestmark = pytest.mark.embedded

RIVER = Path(__file__).with_name("river.py")
STREAM = "news"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "data" / "broker"


@asynccontextmanager
async def producing(servers: str, transactional_id: str = "a") -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=servers, transactional_id=transactional_id)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def commit(servers: str, *values: bytes) -> None:
    async with producing(servers) as producer, producer.transaction():
        for value in values:
            await producer.send(STREAM, value, partition=0)


async def committed(servers: str) -> list[bytes]:
    """Everything that a read_committed reader sees in the stream."""
    partition = TopicPartition(STREAM, 0)
    reader = AIOKafkaConsumer(bootstrap_servers=servers, isolation_level="read_committed", auto_offset_reset="earliest")
    await reader.start()
    try:
        reader.assign([partition])
        end = (await reader.end_offsets([partition]))[partition]
        values: list[bytes] = []
        while await reader.position(partition) < end:
            for records in (await reader.getmany(timeout_ms=200)).values():
                values += [record.value for record in records]
        return values
    finally:
        await reader.stop()


@asynccontextmanager
async def river(directory: Path, *values: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """Another process that runs a broker in the directory and has committed the values; gives the broker's pid too."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(RIVER), str(directory), STREAM, *values,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        pids = json.loads(await process.stdout.readline())
        assert pids["river"] == process.pid
        yield process, pids["broker"]
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def gone(pid: int) -> None:
    async with asyncio.timeout(10):
        while alive(pid):  # noqa: ASYNC110 - another process's end sets no event here
            await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_a_committed_transaction_is_seen_and_an_aborted_one_is_not(directory: Path) -> None:
    async with EmbeddedBroker(directory) as broker:
        servers = broker.bootstrap_servers
        async with producing(servers, "b") as producer:
            await producer.begin_transaction()
            await producer.send_and_wait(STREAM, b"taken back", partition=0)
            await producer.abort_transaction()
        await commit(servers, b"one", b"two")
        assert await committed(servers) == [b"one", b"two"]


async def test_a_restart_keeps_what_was_committed(directory: Path) -> None:
    for run in range(3):
        async with EmbeddedBroker(directory) as broker:
            assert await committed(broker.bootstrap_servers) == [b"%d" % earlier for earlier in range(run)]
            await commit(broker.bootstrap_servers, b"%d" % run)


async def test_it_dies_with_a_killed_river_and_keeps_what_was_committed(directory: Path) -> None:
    async with river(directory, "one", "two") as (process, broker_pid):
        process.kill()
        await process.wait()
        await gone(broker_pid)
        async with EmbeddedBroker(directory) as broker:
            assert await committed(broker.bootstrap_servers) == [b"one", b"two"]


async def test_a_river_can_start_while_the_broker_of_a_killed_one_still_saves(directory: Path) -> None:
    values = [str(number).rjust(100_000, ".") for number in range(20)]
    async with river(directory, *values) as (process, broker_pid):
        process.kill()
        await process.wait()
        assert alive(broker_pid)
        async with EmbeddedBroker(directory) as broker:
            assert await committed(broker.bootstrap_servers) == [value.encode() for value in values]


async def test_a_second_river_on_the_same_directory_is_refused_and_told_who_has_it(directory: Path) -> None:
    async with river(directory, "one") as (process, _):
        with pytest.raises(DirectoryInUseError, match=rf"in use by another river, process {process.pid}\b"):
            await EmbeddedBroker(directory).start()
        assert process.returncode is None


async def test_other_commands_find_the_broker_of_a_running_river(directory: Path) -> None:
    assert running_at(directory) is None
    async with river(directory, "one") as (process, broker_pid):
        servers = running_at(directory)
        assert servers is not None
        assert await committed(servers) == [b"one"]
        process.kill()
        await gone(broker_pid)
        assert running_at(directory) is None


async def test_a_broker_that_ends_by_itself_is_reported(directory: Path) -> None:
    broker = EmbeddedBroker(directory)
    with pytest.raises(BrokerError, match="has not been started"):
        await broker.watch()
    await broker.start()
    watching = asyncio.create_task(broker.watch())
    await asyncio.sleep(0)
    child = broker._child
    assert child is not None
    child.kill(signal.SIGKILL)
    with pytest.raises(BrokerError, match=r"has ended by itself \(exit status -9\)"):
        await watching


async def test_a_broker_that_was_stopped_is_not_reported(directory: Path) -> None:
    async with EmbeddedBroker(directory) as broker:
        watching = asyncio.create_task(broker.watch())
        await asyncio.sleep(0)
    await watching


async def test_why_it_did_not_start_is_said_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "kafka.json").write_text("not a log")
    with pytest.raises(BrokerError, match=r"did not start \(exit status 1\):(.|\n)*failed to parse kafka snapshot"):
        await EmbeddedBroker(tmp_path).start()


async def test_a_port_that_is_taken_is_refused(directory: Path, tmp_path: Path) -> None:
    async with EmbeddedBroker(directory) as first:
        port = int(first.bootstrap_servers.rpartition(":")[2])
        with pytest.raises(PortTakenError, match=f"cannot listen on 127.0.0.1:{port}"):
            await EmbeddedBroker(tmp_path / "second", port).start()


async def test_its_output_stays_out_of_the_terminal(directory: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with EmbeddedBroker(directory):
        pass
    captured = capfd.readouterr()
    assert "noida" not in captured.out + captured.err
    assert "GLIBC" not in captured.err
