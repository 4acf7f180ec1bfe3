"""Rules as they are in force, on the `rules` stream."""

from newsriver.cli.connect import Access
from newsriver.cli.records import readable
from newsriver.kafka.reading import snapshot
from schemas.events import Rule
from schemas.streams import RULES


async def rules_in_force(access: Access) -> dict[str, Rule]:
    """The rules by their key; those that nobody can read are told of and left out."""
    records = await snapshot(access.clients, access.names.stream(RULES))
    return {key: rule for key, record in records.items() if (rule := readable(record, Rule)) is not None}
