"""What could not be processed."""

from dataclasses import dataclass

from schemas.events.base import Count, Event, UtcTime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter(Event):
    """A record that a stage could not process: where it came from, why, and the record itself (base64)."""

    stage: str
    stream: str
    partition: Count
    offset: Count
    error: str
    detail: str
    failed_at: UtcTime
    key: str | None = None
    value: str | None = None
    headers: dict[str, str] | None = None
