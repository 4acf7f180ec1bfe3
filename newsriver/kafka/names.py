"""What things are called on the broker."""

from dataclasses import dataclass
from typing import Any

from schemas.streams import Stream


@dataclass(frozen=True, slots=True)
class Names:
    """`app` distinguishes rivers that share a cluster (groups, transactional ids), `prefix` their streams."""

    app: str
    prefix: str

    def stream(self, stream: Stream[Any]) -> str:
        return stream.full_name(self.prefix)

    def group(self, stage: str) -> str:
        return f"{self.app}.{stage}"

    def changelog(self, stage: str) -> str:
        return f"{self.app}.{stage}.changelog"

    def transactional_id(self, stage: str, partition: int) -> str:
        """One for each task, the same in every process: the next owner's producer shuts out the last one's."""
        return f"{self.app}.{stage}.{partition}"
