"""Clients of the broker, each built in one place with the options that exactly-once needs."""

import ssl
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError

from newsriver.kafka.errors import LogError
from newsriver.kafka.pacing import paced

SESSION_TIMEOUT_MS = 6_000
"""How long a silent member holds up its group. Short, because a rebalance waits for it."""
REBALANCE_TIMEOUT_MS = 60_000
"""How long members have to finish their transactions; above the time-outs of a commit and a close together."""
TRANSACTION_TIMEOUT_MS = 60_000
"""When the broker aborts the open transaction of a process that died and was not replaced. Until then, readers of its
streams wait; it has to be above the time-out of a commit, or the broker would abort what is only slow."""
BATCH_BYTES = 4 * 1024 * 1024
"""The largest batch, before compression. A producer has one batch of a partition under way at a time, so that what does
not fit into one costs another round trip; streams take as much (`max.message.bytes`)."""
FETCH_PARTITION_BYTES = 4 * 1024 * 1024
FETCH_WAIT_MS = 50
"""aiokafka has one fetch under way at a time for each broker, so this long poll is also what a busy partition may wait
for the idle ones."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the broker is and how to be let in."""

    bootstrap_servers: str
    client_id: str = "newsriver"
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "PLAIN"
    sasl_username: str | None = None
    sasl_password: str | None = None
    ssl_context: ssl.SSLContext | None = None
    fresh_producer_ids: bool = False
    """For the embedded broker, which hides from readers what a producer id writes after one of its aborts."""

    def options(self) -> dict[str, Any]:
        """The keyword arguments that every aiokafka client takes."""
        return {
            "bootstrap_servers": self.bootstrap_servers,
            "client_id": self.client_id,
            "security_protocol": self.security_protocol,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": self.sasl_password,
            "ssl_context": self.ssl_context,
        }


class Clients:
    """Makes clients for one connection, and remembers the number of partitions of streams, which never changes."""

    def __init__(self, connection: Connection) -> None:
        self._options = connection.options()
        self._fresh_ids: dict[str, int] | None = {} if connection.fresh_producer_ids else None
        self._partitions: dict[str, int] = {}

    def group_consumer(self, group: str) -> AIOKafkaConsumer:
        """A member of a stage's consumer group that commits nothing of its own accord."""
        return paced(
            AIOKafkaConsumer(
                **self._options,
                group_id=group,
                enable_auto_commit=False,
                auto_offset_reset="none",
                isolation_level="read_committed",
                partition_assignment_strategy=(
                    RangePartitionAssignor,
                ),  # the sticky one shares state between instances
                session_timeout_ms=SESSION_TIMEOUT_MS,
                heartbeat_interval_ms=SESSION_TIMEOUT_MS // 6,
                rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
                max_partition_fetch_bytes=FETCH_PARTITION_BYTES,
                fetch_max_wait_ms=FETCH_WAIT_MS,
            ),
            FETCH_WAIT_MS / 1000,
        )

    def reader(self) -> AIOKafkaConsumer:
        """A consumer without a group that sees committed records only; assign it what it is to read."""
        return paced(
            AIOKafkaConsumer(
                **self._options,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                isolation_level="read_committed",
                max_partition_fetch_bytes=FETCH_PARTITION_BYTES,
                fetch_max_wait_ms=FETCH_WAIT_MS,
            ),
            FETCH_WAIT_MS / 1000,
        )

    def transactional_producer(self, transactional_id: str) -> AIOKafkaProducer:
        """The producer of a task. Starting it shuts out whoever started one under this id before."""
        return AIOKafkaProducer(
            **self._options,
            transactional_id=transactional_id,
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            max_batch_size=BATCH_BYTES,
            compression_type="zstd",
            max_request_size=FETCH_PARTITION_BYTES,
        )

    def transactional_ids(self, task: str) -> tuple[str | None, str]:
        """The id to shut out before, if it is another, and the id to work under.

        On Apache Kafka the task's id serves both ends. Where producer ids must be fresh, each take-over within the
        process gets an id of its own; other processes there are none, for the embedded broker dies with its only one.
        """
        if self._fresh_ids is None:
            return None, task
        turn = self._fresh_ids[task] = self._fresh_ids.get(task, 0) + 1
        return (f"{task}.{turn - 1}" if turn > 1 else None), f"{task}.{turn}"

    def producer(self) -> AIOKafkaProducer:
        """A producer outside transactions for single records from people (feeds, rules), safe against retries."""
        return AIOKafkaProducer(
            **self._options, enable_idempotence=True, compression_type="zstd", max_request_size=FETCH_PARTITION_BYTES
        )

    def admin(self) -> AIOKafkaAdminClient:
        """A client that creates and describes streams."""
        return AIOKafkaAdminClient(**self._options)

    async def refusal(self) -> Exception | None:
        """Why no broker lets us in, or None if one does. What the clients raise leaves the reason out."""
        options = {name: value for name, value in self._options.items() if name != "bootstrap_servers"}
        reason: Exception | None = None
        for host, port, _ in collect_hosts(self._options["bootstrap_servers"]):
            try:
                connection = await create_conn(host, port, **options)
            except (KafkaError, OSError) as error:
                reason = error
            else:
                connection.close()
                return None
        return reason

    def known_partition_counts(self) -> dict[str, int]:
        """How many partitions streams have, by name, as far as `partition_count` was asked."""
        return dict(self._partitions)

    async def partition_count(self, client: AIOKafkaProducer, stream: str) -> int:
        """How many partitions a stream has."""
        count = self._partitions.get(stream)
        if count is None:
            partitions = await client.partitions_for(stream)
            if not partitions:
                raise LogError(f"the stream {stream} does not exist; `newsriver streams apply` creates it")
            count = self._partitions[stream] = len(partitions)
        return count
