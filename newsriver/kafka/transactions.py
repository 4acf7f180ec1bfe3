"""A task's log on Kafka: a fenced transactional producer and the changelog partition that belongs to the task.

aiokafka speaks the transaction protocol from before KIP-447, where a consumer's generation fences nobody. What keeps a
sleeping process from writing is the transactional id alone: it is the task's, the same in every process, so that the
producer of a new owner shuts out the old one.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import InvalidProducerEpoch, KafkaError, ProducerFenced

from newsriver.kafka.batches import BatchedOutputs
from newsriver.kafka.clients import Clients
from newsriver.kafka.errors import FencedError, LogError
from newsriver.kafka.ports import AFTER_OFFSETS, AFTER_SENDS, BEFORE_BEGIN, IN_RESTORE, Probe, no_probe
from newsriver.kafka.records import Transaction

OPEN_TIMEOUT_S = 60
COMMIT_TIMEOUT_S = 30
CLOSE_TIMEOUT_S = 5


class KafkaTaskLog:
    """The log of the task that owns partition `partition` of `changelog`; see `TaskLog` for the contract."""

    def __init__(
        self, clients: Clients, *, transactional_id: str, changelog: str, partition: int,
        group: str, input_stream: str, probe: Probe = no_probe,
    ) -> None:  # fmt: skip
        self._clients = clients
        self._transactional_id = transactional_id
        self._changelog = TopicPartition(changelog, partition)
        self._group = group
        self._input = TopicPartition(input_stream, partition)
        self._probe = probe
        self._producer: AIOKafkaProducer | None = None

    async def open(self) -> None:
        former, current = self._clients.transactional_ids(self._transactional_id)
        self._producer = self._clients.transactional_producer(current)
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                if former is not None:
                    await self._shut_out(former)
                await self._producer.start()
        except (KafkaError, TimeoutError) as error:
            raise LogError(f"cannot open the log of {self._transactional_id}: {error!r}") from error

    async def _shut_out(self, transactional_id: str) -> None:
        producer = self._clients.transactional_producer(transactional_id)
        await producer.start()
        await producer.stop()

    async def restore(self) -> AsyncIterator[tuple[bytes, bytes | None]]:
        # The producer has started, so the last transaction of a former owner is decided and the end is final.
        reader = self._clients.reader()
        try:
            await reader.start()
            reader.assign([self._changelog])
            await reader.seek_to_beginning(self._changelog)
            end = (await reader.end_offsets([self._changelog]))[self._changelog]
            while await reader.position(self._changelog) < end:
                for records in (await reader.getmany(timeout_ms=500)).values():
                    self._probe(IN_RESTORE)
                    for record in records:
                        yield record.key or b"", record.value
        except KafkaError as error:
            raise LogError(f"cannot restore {self._transactional_id}: {error!r}") from error
        finally:
            with suppress(KafkaError):
                await reader.stop()

    def begin(self) -> Transaction:
        return Transaction(BatchedOutputs(self._opened(), self._clients))

    async def commit(self, transaction: Transaction) -> None:
        producer, outputs = self._opened(), transaction.outputs
        assert isinstance(outputs, BatchedOutputs)
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT_S):
                self._probe(BEFORE_BEGIN)
                await producer.begin_transaction()
                batches = await outputs.batches()
                for key, entry in transaction.changelog.items():
                    batches.append(self._changelog.topic, self._changelog.partition, key, entry)
                sent = await batches.send()
                # A commit succeeds although a batch was refused, unless somebody asks what became of the batch. And the
                # offsets join the transaction after the writes, for the reason that `Batches.send` gives.
                await asyncio.gather(*sent)
                self._probe(AFTER_SENDS)
                if transaction.position is not None:
                    offsets = {self._input: transaction.position}
                    await producer.send_offsets_to_transaction(offsets, self._group)
                self._probe(AFTER_OFFSETS)
                await producer.commit_transaction()
        except (ProducerFenced, InvalidProducerEpoch) as error:
            raise FencedError(f"another process has taken over {self._transactional_id}") from error
        except (KafkaError, TimeoutError) as error:
            raise LogError(f"a transaction of {self._transactional_id} failed: {error!r}") from error

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is None:
            return
        with suppress(Exception):  # an open transaction is aborted by whoever starts the task next
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await producer.stop()

    def _opened(self) -> AIOKafkaProducer:
        if self._producer is None:
            raise LogError(f"the log of {self._transactional_id} is not open")
        return self._producer
