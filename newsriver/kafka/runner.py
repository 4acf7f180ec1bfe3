"""A stage as a service: checks its streams, follows what it follows, joins its group, runs a task a partition."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from newsriver.clock import Clock
from newsriver.kafka.admin import check_partitions
from newsriver.kafka.clients import Clients
from newsriver.kafka.core import TaskCore
from newsriver.kafka.follow import Follower
from newsriver.kafka.group import Group, Joined, unheard
from newsriver.kafka.inputs import KafkaInput
from newsriver.kafka.names import Names
from newsriver.kafka.ports import Input, Probe, TaskLog, TaskObserver, no_probe
from newsriver.kafka.tasks import Task, run_transform
from newsriver.kafka.transactions import KafkaTaskLog
from newsriver.kafka.working import Pool, run_working
from newsriver.logs import bound
from newsriver.stages import Stage, Working

ObserverOf = Callable[[Input], TaskObserver]
"""The observer of the task that has this input."""
LogOf = Callable[[int], TaskLog]


class StageRunner:
    """Runs one stage in this process until asked to stop; other processes running it share the partitions."""

    def __init__(
        self, stage: Stage[Any, Any], clients: Clients, names: Names, clock: Clock, observer_of: ObserverOf,
        *, concurrency: int = 1, probe: Probe = no_probe, log_of: LogOf | None = None, joined: Joined = unheard,
    ) -> None:  # fmt: skip
        self.name = stage.name
        self._stage = stage
        self._clients = clients
        self._names = names
        self._clock = clock
        self._observer_of = observer_of
        self._pool = Pool(concurrency)
        self._probe = probe
        self._joined = joined
        self._log_of = log_of or self._kafka_log

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set. Raises what makes it impossible to go on."""
        stage, names = self._stage, self._names
        source = names.stream(stage.input)
        async with AsyncExitStack() as stack:
            stack.enter_context(bound(stage=stage.name))
            await check_partitions(self._clients, [source, names.changelog(stage.name)])
            for stream in stage.follows:
                await stack.enter_async_context(Follower(self._clients, names, stage, stream, self._clock))
            group = Group(
                self._clients, names.group(stage.name), [source], self._run_partition, self._probe, self._joined
            )
            await group.run(stop)

    async def _run_partition(self, source: KafkaInput, stop: asyncio.Event) -> None:
        observer = self._observer_of(source)
        core = TaskCore(
            self._stage,
            prefix=self._names.prefix,
            source=self._names.group(self._stage.name),
            partition=source.partition,
            observer=observer,
        )
        task_log = self._log_of(source.partition)
        task = Task(core, task_log, source, self._clock, observer, self._probe)
        try:
            await task.take_over()
            if isinstance(self._stage, Working):
                await run_working(task, stop, self._pool)
            else:
                await run_transform(task, stop)
        finally:
            observer.closed(sys.exception())
            await task_log.close()

    def _kafka_log(self, partition: int) -> TaskLog:
        name = self._stage.name
        return KafkaTaskLog(
            self._clients,
            transactional_id=self._names.transactional_id(name, partition),
            changelog=self._names.changelog(name),
            partition=partition,
            group=self._names.group(name),
            input_stream=self._names.stream(self._stage.input),
            probe=self._probe,
        )
