"""Taking a river off its broker, when it was there for a trial only."""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.admin import DeleteGroupsRequest

from newsriver.kafka.clients import Clients
from newsriver.kafka.errors import LogError
from newsriver.kafka.names import Names


async def remove_river(clients: Clients, names: Names) -> None:
    """Delete all streams and consumer groups of a river that has ended. Raises LogError naming what would not go."""
    admin = clients.admin()
    try:
        await admin.start()
        refused = [*await _delete_streams(admin, names), *await _delete_groups(admin, names)]
    except KafkaError as error:
        raise LogError(f"cannot delete the river {names.app}: {error!r}") from error
    finally:
        await admin.close()
    if refused:
        raise LogError(f"cannot delete {', '.join(refused)}")


async def _delete_streams(admin: AIOKafkaAdminClient, names: Names) -> list[str]:
    streams = [s for s in await admin.list_topics() if s.startswith((f"{names.prefix}.", f"{names.app}."))]
    if not streams:
        return []
    response = await admin.delete_topics(streams)
    return [f"{stream} ({for_code(code).__name__})" for stream, code in response.topic_error_codes if code != 0]


async def _delete_groups(admin: AIOKafkaAdminClient, names: Names) -> list[str]:
    groups = [group for group, *_ in await admin.list_consumer_groups() if group.startswith(f"{names.app}.")]
    return [refused for refused in await asyncio.gather(*(_delete_group(admin, group) for group in groups)) if refused]


async def _delete_group(admin: AIOKafkaAdminClient, group: str) -> str | None:
    """Delete a group at its coordinator; gives why it stays."""
    response = await admin._send_request(DeleteGroupsRequest([group]), await admin.find_coordinator(group))
    [(_, code)] = response.results
    return None if code == 0 else f"{group} ({for_code(code).__name__})"
