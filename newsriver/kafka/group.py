"""A stage's membership in its consumer group: which partitions are ours, and one owner running for each of them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from newsriver.kafka.clients import SESSION_TIMEOUT_MS, Clients
from newsriver.kafka.errors import FencedError, LogError
from newsriver.kafka.inputs import KafkaInput
from newsriver.kafka.ports import IN_REVOCATION, Probe, no_probe
from newsriver.logs import bound

log = structlog.get_logger(__name__)

RunPartition = Callable[[KafkaInput, asyncio.Event], Awaitable[None]]
"""Own a partition until the event is set. LogError: throw the task away and start anew. FencedError: leave it.
Anything else stops the stage."""

Joined = Callable[[int], None]
"""Told how many partitions this member was given, each time the group has been divided anew."""


def unheard(partitions: int) -> None:
    """For nobody to be told."""


STOP_SECONDS = 35
"""What an owner may take to finish its transaction; above the time-out of a commit, below that of a rebalance."""
FIRST_BACKOFF_SECONDS = 0.2
MAX_BACKOFF_SECONDS = 15.0
FENCED_SECONDS = 2 * SESSION_TIMEOUT_MS / 1000
"""By then the group has heard of whoever fenced us, if they are alive and entitled to it."""


@dataclass(frozen=True, slots=True)
class _Owner:
    task: asyncio.Task[None]
    stop: asyncio.Event
    source: KafkaInput

    def let_go(self) -> None:
        self.stop.set()
        self.source.interrupt()


class Group(ConsumerRebalanceListener):  # type: ignore[misc]
    """One member of one consumer group. `run` returns when asked to stop and raises what stopped it otherwise."""

    def __init__(
        self, clients: Clients, name: str, streams: Sequence[str], run_partition: RunPartition,
        probe: Probe = no_probe, joined: Joined = unheard,
    ) -> None:  # fmt: skip
        self._clients = clients
        self._name = name
        self._streams = streams
        self._run_partition = run_partition
        self._probe = probe
        self._joined = joined
        self._consumer: AIOKafkaConsumer | None = None
        self._owners: dict[TopicPartition, _Owner] = {}
        self._leaving = False
        self._failed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def run(self, stop: asyncio.Event) -> None:
        """Join, own what is assigned, and leave when `stop` is set."""
        await self._join(stop)
        stopping: asyncio.Future[Any] = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({stopping, self._failed}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            self._leaving = True
            await self._release(list(self._owners))
            if self._consumer is not None:
                with suppress(KafkaError, TimeoutError):
                    async with asyncio.timeout(5):
                        await self._consumer.stop()
        if self._failed.done():
            self._failed.result()

    async def _join(self, stop: asyncio.Event) -> None:
        backoff = FIRST_BACKOFF_SECONDS
        while not stop.is_set():
            consumer = self._clients.group_consumer(self._name)
            consumer.subscribe(list(self._streams), listener=self)
            self._consumer = consumer
            try:
                await consumer.start()
            except KafkaError as error:
                log.warning("group.unreachable", group=self._name, error=repr(error), retry_in_s=backoff)
                with suppress(KafkaError):
                    await consumer.stop()
                await _sleep_or(stop, backoff)
                backoff = min(backoff * 2, MAX_BACKOFF_SECONDS)
            else:
                return

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        # Paused without any waiting in between: not a record is fetched before the task knows where to begin.
        consumer = self._consumer
        if consumer is None:
            return
        partitions = list(assigned)
        consumer.pause(*partitions)
        if self._leaving:  # the group was divided once more before it heard of that; owning would shut out others
            return
        for partition in partitions:
            stop, source = asyncio.Event(), KafkaInput(consumer, partition)
            with bound(stream=partition.topic, partition=partition.partition):
                task = asyncio.create_task(self._own(consumer, partition, source, stop))
            self._owners[partition] = _Owner(task, stop, source)
        self._joined(len(partitions))
        log.info("group.assigned", group=self._name, partitions=_named(partitions))

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        if not self._owners:
            return
        self._probe(IN_REVOCATION)
        log.info("group.revoked", group=self._name, partitions=_named(revoked))
        await self._release(list(self._owners))

    async def _release(self, partitions: Iterable[TopicPartition]) -> None:
        """Let owners finish, all at once and within the budget."""
        owners = [self._owners.pop(partition) for partition in partitions if partition in self._owners]
        for owner in owners:
            owner.let_go()
        tasks = [owner.task for owner in owners]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _own(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, source: KafkaInput, stop: asyncio.Event
    ) -> None:
        """Run the owner of a partition, over and over while it is ours."""
        backoff = FIRST_BACKOFF_SECONDS
        while not stop.is_set():
            started = asyncio.get_running_loop().time()
            try:
                await self._run_partition(source, stop)
            except FencedError as error:
                log.warning("task.fenced", error=str(error))
                await _sleep_or(stop, FENCED_SECONDS)
            except LogError as error:
                if asyncio.get_running_loop().time() - started > MAX_BACKOFF_SECONDS:
                    backoff = FIRST_BACKOFF_SECONDS
                log.warning("task.restarting", error=str(error), retry_in_s=backoff)
                await _sleep_or(stop, backoff)
                backoff = min(backoff * 2, MAX_BACKOFF_SECONDS)
            except Exception as error:
                log.error("task.failed", error=str(error), exc_info=error)
                if not self._failed.done():
                    self._failed.set_exception(error)
                return
            # Starting again shuts out any other owner, so first make sure that the group still means us.
            while not stop.is_set() and not await source.confirm_membership():
                await _sleep_or(stop, MAX_BACKOFF_SECONDS / 10)
            if partition in consumer.assignment():
                consumer.pause(partition)


async def _sleep_or(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


def _named(partitions: Iterable[TopicPartition]) -> list[str]:
    return [f"{p.topic}/{p.partition}" for p in sorted(partitions)]
