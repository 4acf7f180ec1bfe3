"""W3C trace context across streams: the headers of an event continue the trace of the event that led to it."""

from hashlib import blake2b


def child_of(parent: str | None, source: str, event_id: str) -> str:
    """The `traceparent` of an event that `source` writes: the parent's trace, or a new one, and a span of its own.

    Derived from the event's id, so that a transaction done again after a crash says the same.
    """
    digest = blake2b(f"{source} {event_id}".encode(), digest_size=24).hexdigest()
    parts = (parent or "").split("-")
    trace = parts[1] if len(parts) == 4 and len(parts[1]) == 32 else digest[:32]
    return f"00-{trace}-{digest[32:]}-01"
