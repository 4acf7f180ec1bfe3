"""What goes through a channel, and what a channel is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from schemas.events import AlertRaised


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One notice, or with `digest` those of one rule that waited for the end of its quiet hours, the earliest first.

    `key` is the same for every attempt to deliver it. `omitted` notices of a digest are only counted.
    """

    key: str
    notices: tuple[AlertRaised, ...]
    digest: bool = False
    omitted: int = 0

    @property
    def type(self) -> str:
        """`alert.raised`, `alert.updated`, `alert.repeated`, `alert.resent` or `alert.digest`."""
        return "alert.digest" if self.digest else f"alert.{self.notices[0].change}"

    @property
    def occurred_at(self) -> datetime:
        """When what it tells of happened: the alert was raised, or the quiet hours were over."""
        first = self.notices[0]
        return first.deliver_at if self.digest and first.deliver_at is not None else first.raised_at


class DeliveryError(Exception):
    """A channel did not take a message. The text ends in public events: it names no address and no secret.

    `final` means that trying again is useless, `gone` that it is for all messages to this address, `unanswered` that
    all the time there was went by; `retry_after` is how long the other side wants to be left alone.
    """

    def __init__(
        self, detail: str, *, final: bool = False, gone: bool = False, unanswered: bool = False,
        retry_after: timedelta | None = None,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.final = final
        self.gone = gone
        self.unanswered = unanswered
        self.retry_after = retry_after


class Channel(Protocol):
    """A way to reach somebody."""

    @property
    def address(self) -> str:
        """A word that is another one when the channel leads somewhere else, and that gives nothing away."""

    async def send(self, message: Message) -> str:
        """Deliver and say what the other side answered. Raises DeliveryError."""
