"""Membership in a consumer group, on brokers."""

import asyncio

import pytest

from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.group import Group
from newsriver.kafka.inputs import KafkaInput
from newsriver.kafka.names import Names
from schemas.streams import ENTRIES
from tests.streams import make_streams

pytestmark = pytest.mark.timeout(120)


class Member:
    """A member that owns partitions and does nothing with them, and takes its time to let go."""

    def __init__(self, clients: Clients, names: Names, lets_go_after_s: float) -> None:
        self.started: list[int] = []
        self.stop = asyncio.Event()
        self._lets_go_after_s = lets_go_after_s
        group = Group(clients, names.group("idle"), [names.stream(ENTRIES)], self._own)
        self.running = asyncio.create_task(group.run(self.stop))

    async def _own(self, source: KafkaInput, stop: asyncio.Event) -> None:
        self.started.append(source.partition)
        await stop.wait()
        await asyncio.sleep(self._lets_go_after_s)

    async def owns(self, count: int) -> None:
        """Wait until it has started to own so many partitions in all."""
        for _ in range(400):
            if len(self.started) >= count:
                return
            await asyncio.sleep(0.1)
        raise TimeoutError(f"{len(self.started)} partitions, not {count}")


async def test_who_leaves_takes_no_partition_over_any_more(connection: Connection, unique_prefix: str) -> None:
    clients, names = Clients(connection), Names(unique_prefix, unique_prefix)
    await make_streams(clients, names, [], [ENTRIES])
    slow = Member(clients, names, lets_go_after_s=5)
    await slow.owns(4)
    quick = Member(clients, names, lets_go_after_s=0)
    await quick.owns(2)
    await slow.owns(6)
    slow.stop.set()
    quick.stop.set()  # leaves at once, and what it had is given to the slow one, which is still letting go
    await asyncio.gather(slow.running, quick.running)
    assert len(slow.started) == 6
