"""Reading a stream from outside the river, for people and tools: committed records, without joining a group."""

from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from heapq import heapify, heappop, heapreplace
from typing import Literal

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from newsriver.errors import NotFoundError
from newsriver.kafka.clients import Clients
from newsriver.kafka.errors import LogError
from newsriver.kafka.records import RawRecord

Start = Literal["beginning", "latest"] | datetime


class NoSuchStreamError(NotFoundError):
    """The broker has no stream of that name."""


async def read(clients: Clients, stream: str, start: Start, *, follow: bool) -> AsyncGenerator[RawRecord, None]:
    """The records of a stream from `start` on: to its present end, or with `follow` whatever comes, for ever.

    In order within a partition. Close the iterator (`contextlib.aclosing`) to let go of the connection.
    """
    reader = clients.reader()
    try:
        await reader.start()
        partitions = await _assign(reader, (stream,), start)
        ends = await reader.end_offsets(partitions)
        while follow or any([await reader.position(partition) < end for partition, end in ends.items()]):
            for records in (await reader.getmany(timeout_ms=200)).values():
                for r in records:
                    yield RawRecord(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, r.headers)
    except KafkaError as error:
        raise LogError(f"cannot read {stream}: {error!r}") from error
    finally:
        with suppress(KafkaError):
            await reader.stop()


async def snapshot(clients: Clients, stream: str) -> dict[str, RawRecord]:
    """The last record of each key of a compacted stream, without the keys that were withdrawn."""
    content: dict[str, RawRecord] = {}
    async for record in read(clients, stream, "beginning", follow=False):
        key = (record.key or b"").decode(errors="replace")
        content.pop(key, None)
        if record.value is not None:
            content[key] = record
    return content


async def read_in_order(
    clients: Clients, streams: Sequence[str], start: datetime, moment: Callable[[RawRecord], float]
) -> AsyncGenerator[RawRecord, None]:
    """The records of streams from `start` to their present ends, merged by their `moment`.

    In order within a partition, whatever their moments. Close the iterator to let go of the connection.
    """
    reader = clients.reader()
    try:
        await reader.start()
        partitions = await _assign(reader, streams, start)
        ends = await reader.end_offsets(partitions)
        fetched = [await _fetched(reader, partition, ends[partition]) for partition in partitions]
        heads = [(moment(records[0]), number) for number, records in enumerate(fetched) if records]
        heapify(heads)
        while heads:
            _, number = heads[0]
            yield fetched[number].popleft()
            if not fetched[number]:
                fetched[number] = await _fetched(reader, partitions[number], ends[partitions[number]])
            if fetched[number]:
                heapreplace(heads, (moment(fetched[number][0]), number))
            else:
                heappop(heads)
    except KafkaError as error:
        raise LogError(f"cannot read {', '.join(streams)}: {error!r}") from error
    finally:
        with suppress(KafkaError):
            await reader.stop()


async def _fetched(reader: AIOKafkaConsumer, partition: TopicPartition, end: int) -> deque[RawRecord]:
    """The next records of a partition; none if there are none before `end`."""
    while await reader.position(partition) < end:
        records = (await reader.getmany(partition, timeout_ms=200)).get(partition, ())
        before = [r for r in records if r.offset < end]
        if before:
            return deque(
                RawRecord(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, r.headers) for r in before
            )
    return deque()


async def _assign(reader: AIOKafkaConsumer, streams: Iterable[str], start: Start) -> list[TopicPartition]:
    partitions: list[TopicPartition] = []
    for stream in streams:
        if stream not in await reader.topics():  # merely asking for its partitions would create it on some brokers
            raise NoSuchStreamError(
                f"there is no stream {stream}; `newsriver streams list` shows those that are there, "
                "`newsriver streams apply` creates what is missing"
            )
        await reader._client._wait_on_metadata(stream)
        numbers = sorted(reader.partitions_for_topic(stream) or ())
        partitions += [TopicPartition(stream, number) for number in numbers]
    reader.assign(partitions)
    if start == "beginning":
        await reader.seek_to_beginning(*partitions)
    elif start == "latest":
        await reader.seek_to_end(*partitions)
    else:
        await _seek_to_time(reader, partitions, start)
    return partitions


async def _seek_to_time(reader: AIOKafkaConsumer, partitions: list[TopicPartition], start: datetime) -> None:
    milliseconds = max(0, int(start.timestamp() * 1000))  # no record is older than 1970, and brokers ask for none
    found = await reader.offsets_for_times(dict.fromkeys(partitions, milliseconds))
    for partition in partitions:
        if found.get(partition) is None:  # nothing so late yet
            await reader.seek_to_end(partition)
        else:
            reader.seek(partition, found[partition].offset)


async def extents(clients: Clients, prefixes: tuple[str, ...]) -> dict[str, dict[int, tuple[int, int]]]:
    """The first offset and the one behind the last, of each partition of each stream whose name has such a prefix."""
    reader, admin = clients.reader(), clients.admin()
    try:
        await reader.start()
        await admin.start()
        names = [name for name in await reader.topics() if name.startswith(prefixes)]
        described = await admin.describe_topics(names) if names else []
        found: dict[str, dict[int, tuple[int, int]]] = {}
        for topic in described:
            partitions = [TopicPartition(topic["topic"], each["partition"]) for each in topic["partitions"]]
            begins, ends = await reader.beginning_offsets(partitions), await reader.end_offsets(partitions)
            found[topic["topic"]] = {p.partition: (begins[p], ends[p]) for p in partitions}
        return found
    except KafkaError as error:
        raise LogError(f"cannot ask the broker for its streams: {error!r}") from error
    finally:
        await admin.close()
        with suppress(KafkaError):
            await reader.stop()
