"""Just the streams that some stages need, for tests that run stages on a broker."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from newsriver.kafka.admin import create, wanted_streams
from newsriver.kafka.clients import Clients
from newsriver.kafka.names import Names
from newsriver.stages import Stage
from schemas.streams import Stream, dead_letter_stream


async def make_streams(
    clients: Clients, names: Names, stages: Sequence[Stage[Any, Any]], more: Iterable[Stream[Any]] = (),
    partitions: int = 4,
) -> None:  # fmt: skip
    """Create the inputs, outputs, dead letters and changelogs of stages, and what they follow."""
    streams = [
        *more,
        *(stream for stage in stages for stream in (stage.input, *stage.outputs, *stage.follows)),
        *(dead_letter_stream(stage.name) for stage in stages),
    ]
    needed = {names.stream(stream) for stream in streams} | {names.changelog(stage.name) for stage in stages}
    admin = clients.admin()
    await admin.start()
    try:
        specs = wanted_streams(names, [stage.name for stage in stages], streams, partitions, 1)
        await create(admin, [spec for spec in specs if spec.name in needed])
    finally:
        await admin.close()
    await asyncio.sleep(1)
