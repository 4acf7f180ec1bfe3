"""The notifier: delivers alerts through channels, again and again until they are taken, and records each attempt.

At least once: a process that dies between a delivery and its record delivers again, under the same idempotency key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol

from msgspec import Meta

from newsriver.stages import NOTHING, WORK, Change, Effects, Output, Record, Tables, Working
from schemas.events import AlertRaised, DeliveryAttempted
from schemas.identity import stable_id
from schemas.streams import ALERTS, DELIVERIES

RETRY_DELAYS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""The Standard Webhooks schedule: how long after each failed attempt the next one is made."""


class DeliveryError(Exception):
    """A channel did not take a notice. `final` means that trying again is useless."""

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


class Channel(Protocol):
    """A way to reach somebody."""

    async def send(self, alert: AlertRaised, idempotency_key: str) -> str:
        """Deliver and say what the other side answered. Raises DeliveryError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An alert on its way through one channel, as a work item."""

    alert: AlertRaised
    channel: str
    due_at: Annotated[datetime, Meta(tz=True)]
    attempt: int = 1

    @property
    def lane(self) -> str:
        return self.channel


class Notifier(Working[AlertRaised, Tables, Notice, str]):
    """Delivers through `channels`, by their name; an alert that names an unknown channel is a failed delivery."""

    name = "notifier"
    input = ALERTS
    outputs = (DELIVERIES,)

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = channels

    def new_state(self) -> Tables:
        return Tables(**{WORK: Notice})

    def intake(self, record: Record[AlertRaised], state: Tables, now: datetime) -> Effects:
        alert = record.value
        if alert is None:
            return NOTHING
        return Effects(
            changes=tuple(
                Change(WORK, f"{alert.alert_id}/{channel}", Notice(alert=alert, channel=channel, due_at=now))
                for channel in alert.channels
            )
        )

    async def work(self, key: str, item: Notice) -> str:
        channel = self._channels.get(item.channel)
        if channel is None:
            raise DeliveryError(f"no channel of that name: {item.channel}", final=True)
        return await channel.send(item.alert, key)

    def complete(self, key: str, item: Notice, result: str | Exception, state: Tables, now: datetime) -> Effects:
        if isinstance(result, str):
            event = _attempt(key, item, now, "delivered", result, None)
            return Effects((Output(DELIVERIES, event),), (Change(WORK, key, None),))
        final = isinstance(result, DeliveryError) and result.final
        if final or item.attempt > len(RETRY_DELAYS):
            event = _attempt(key, item, now, "given_up", str(result), None)
            return Effects((Output(DELIVERIES, event),), (Change(WORK, key, None),))
        again = now + RETRY_DELAYS[item.attempt - 1]
        event = _attempt(key, item, now, "failed", str(result), again)
        retry = replace(item, due_at=again, attempt=item.attempt + 1)
        return Effects((Output(DELIVERIES, event),), (Change(WORK, key, retry),))


def _attempt(
    key: str,
    item: Notice,
    now: datetime,
    outcome: Literal["delivered", "failed", "given_up"],
    detail: str,
    again: datetime | None,
) -> DeliveryAttempted:
    return DeliveryAttempted(
        id=stable_id("delivery", key, str(item.attempt)),
        emitted_at=now,
        alert_id=item.alert.alert_id,
        rule_id=item.alert.rule_id,
        channel=item.channel,
        attempt=item.attempt,
        outcome=outcome,
        attempted_at=now,
        idempotency_key=key,
        detail=detail[:1000],
        next_attempt_at=again,
    )
