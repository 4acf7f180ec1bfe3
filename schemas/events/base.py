"""What events are made of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from msgspec import Meta

UtcTime = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What all events have."""

    id: str
    emitted_at: UtcTime
    schema_version: int = 1
