"""Streams on the broker: what is there, what should be, and how to get from one to the other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from newsriver.kafka.clients import Clients
from newsriver.kafka.core import MAX_RECORD_BYTES
from newsriver.kafka.errors import LogError, StreamMismatchError
from newsriver.kafka.names import Names
from schemas.streams import CATALOGUE, Stream, dead_letter_stream

_ROOM_FOR_HEADERS = 64 * 1024


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """A stream as it should be on the broker."""

    name: str
    partitions: int
    replication: int
    config: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What `apply` would do: streams to create, and streams whose number of partitions is not what it should be."""

    create: tuple[StreamSpec, ...]
    present: tuple[StreamSpec, ...]
    mismatched: tuple[tuple[StreamSpec, int], ...]


def wanted_streams(
    names: Names, stages: Sequence[str], extra: Iterable[Stream[Any]], partitions: int, replication: int
) -> list[StreamSpec]:
    """Every stream of a river: the catalogue, what there is beyond it, dead letters and changelogs of stages."""
    streams = [*CATALOGUE, *extra, *map(dead_letter_stream, stages)]
    specs = [_spec(names.stream(stream), stream, partitions, replication) for stream in streams]
    specs += [
        StreamSpec(
            names.changelog(stage),
            partitions,
            replication,
            {"cleanup.policy": "compact", "max.message.bytes": str(MAX_RECORD_BYTES + _ROOM_FOR_HEADERS)},
        )
        for stage in stages
    ]
    return list({spec.name: spec for spec in specs}.values())


def _spec(name: str, stream: Stream[Any], partitions: int, replication: int) -> StreamSpec:
    config = {
        "cleanup.policy": stream.cleanup,
        "max.message.bytes": str(MAX_RECORD_BYTES + _ROOM_FOR_HEADERS),
        "retention.ms": "-1" if stream.retention is None else str(int(stream.retention.total_seconds() * 1000)),
    }
    return StreamSpec(name, partitions, replication, config)


async def plan(admin: AIOKafkaAdminClient, specs: Sequence[StreamSpec]) -> Plan:
    """Compare the broker with what should be there."""
    present = await _partitions_of(admin, [spec.name for spec in specs])
    return Plan(
        create=tuple(spec for spec in specs if spec.name not in present),
        present=tuple(spec for spec in specs if present.get(spec.name) == spec.partitions),
        mismatched=tuple(
            (spec, present[spec.name])
            for spec in specs
            if spec.name in present and present[spec.name] != spec.partitions
        ),
    )


async def create(admin: AIOKafkaAdminClient, specs: Sequence[StreamSpec]) -> None:
    """Create streams; one that somebody else has created meanwhile is fine."""
    if not specs:
        return
    topics = [NewTopic(spec.name, spec.partitions, spec.replication, topic_configs=spec.config) for spec in specs]
    try:
        response = await admin.create_topics(topics)
    except KafkaError as error:
        raise LogError(f"cannot create streams: {error!r}") from error
    for name, code, *message in response.topic_errors:
        failure = for_code(code)
        if code != 0 and failure is not TopicAlreadyExistsError:
            raise LogError(f"cannot create the stream {name}: {failure.__name__} {' '.join(map(str, message))}")


async def create_like(clients: Clients, names: Names, model: str, streams: Iterable[Stream[Any]]) -> None:
    """Create those of the streams that do not exist, with as many partitions and replicas as the stream `model`."""
    wanted = {names.stream(stream): stream for stream in streams}
    if not wanted:
        return
    admin = clients.admin()
    try:
        await admin.start()
        present = await _partitions_of(admin, list(wanted))
        [described] = await admin.describe_topics([model])
        partitions = described["partitions"]
        missing = [
            _spec(name, stream, len(partitions), len(partitions[0]["replicas"]))
            for name, stream in wanted.items()
            if name not in present
        ]
        await create(admin, missing)
    except KafkaError as error:
        raise LogError(f"cannot create streams like {model}: {error!r}") from error
    finally:
        await admin.close()


async def check_partitions(clients: Clients, names: Sequence[str]) -> None:
    """Make sure that these streams exist and have the same number of partitions, as a task's streams must."""
    admin = clients.admin()
    try:
        await admin.start()
        present = await _partitions_of(admin, names)
    except KafkaError as error:
        raise LogError(f"cannot ask the broker for its streams: {error!r}") from error
    finally:
        await admin.close()
    missing = [name for name in names if name not in present]
    if missing:
        raise StreamMismatchError(f"no such stream: {', '.join(missing)}; `newsriver streams apply` creates them")
    if len(set(present.values())) > 1:
        raise StreamMismatchError(
            f"these streams must have the same number of partitions, which never changes: {present}; "
            "state belongs to the partition it was made in"
        )


async def _partitions_of(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, int]:
    """The number of partitions of those of the named streams that exist."""
    existing = set(await admin.list_topics())
    asked = [name for name in names if name in existing]
    if not asked:
        return {}
    described = await admin.describe_topics(asked)
    return {topic["topic"]: len(topic["partitions"]) for topic in described if topic["error_code"] == 0}
