"""The notifier: delivers notices of alerts through channels, again and again until they are taken, and records each
attempt.

At least once: a process that dies between a delivery and its record delivers again, under the same idempotency key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from consumers.alerts import retry
from consumers.alerts.channels.message import Channel, DeliveryError, Message
from newsriver.stages import NOTHING, WORK, ZERO, Change, Effects, Output, Record, Tables, Working, together
from schemas.events import AlertRaised, DeliveryAttempted, UtcTime
from schemas.identity import stable_id
from schemas.streams import ALERTS, DELIVERIES

Outcome = Literal["delivered", "failed", "given_up"]

HELD = "held"
"""The table of notices that wait for the end of quiet hours, by the key of their digest and their own id."""
CLOSED = "closed"
"""The table of channels that said that they are gone, by name."""
MAX_DIGEST = 100
"""How many notices a digest lists; the others are only counted."""
MAX_SUMMARY = 300
MANY = 100
PUT_OFF = timedelta(minutes=5)
_KEY = "|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Something to send through a channel, as a work item: a notice, or a digest.

    A digest without notices is still being put together: so many are `held`, and those beyond MAX_DIGEST `omitted`.
    """

    channel: str
    due_at: UtcTime
    notices: tuple[AlertRaised, ...] = ()
    digest: bool = False
    held: int = 0
    omitted: int = 0
    attempt: int = 1

    @property
    def lane(self) -> str:
        return self.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A channel whose other side said that it is gone, under the address that it had then."""

    address: str
    since: UtcTime


class NotifierState(Tables):
    """Tables, with the held notices at hand by the digest they belong to."""

    def __init__(self) -> None:
        super().__init__(**{WORK: Delivery, HELD: AlertRaised, CLOSED: Closed})
        self._digests: dict[str, dict[str, AlertRaised]] = {}

    def apply(self, change: Change) -> None:
        super().apply(change)
        if change.table == HELD:
            digest = change.key.rpartition(_KEY)[0]
            if change.value is not None:
                self._digests.setdefault(digest, {})[change.key] = change.value
            elif (held := self._digests.get(digest)) is not None:
                held.pop(change.key, None)
                if not held:
                    del self._digests[digest]

    def held(self, digest: str) -> Mapping[str, AlertRaised]:
        """The notices that wait for a digest, by their keys in the table."""
        return self._digests.get(digest, {})

    def delivery(self, key: str) -> Delivery | None:
        """The work item of this key."""
        found: Delivery | None = self.table(WORK).get(key)
        return found


class Notifier(Working[AlertRaised, NotifierState, Delivery, str]):
    """Delivers through `channels`, by their name. One that is not there may be set up yet: that is a failure like
    others.

    The idempotency key of a notice is `<notice id>/<channel>`. Notices of quiet hours are held, and when these end go
    out in one digest a rule and channel, whose key is made of the notices it holds.
    """

    name = "notifier"
    input = ALERTS
    outputs = (DELIVERIES,)

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = channels

    def new_state(self) -> NotifierState:
        return NotifierState()

    def intake(self, record: Record[AlertRaised], state: NotifierState, now: datetime) -> Effects:
        notice = record.value
        if notice is None:
            return NOTHING
        return together(self._received(notice, channel, state, now) for channel in dict.fromkeys(notice.channels))

    def _received(self, notice: AlertRaised, channel: str, state: NotifierState, now: datetime) -> Effects:
        if notice.deliver_at is not None and notice.deliver_at > now:
            return _hold(notice, channel, notice.deliver_at, state, now)
        key = f"{notice.id}/{channel}"
        delivery = Delivery(channel=channel, due_at=now, notices=(notice,))
        return self._started(key, delivery, state, now)

    def _started(self, key: str, delivery: Delivery, state: NotifierState, now: datetime) -> Effects:
        """Work to be done at once, unless the channel is gone; that somebody resends a notice opens it again."""
        closed: Closed | None = state.table(CLOSED).get(delivery.channel)
        if closed is None:
            return Effects(changes=(Change(WORK, key, delivery),))
        channel = self._channels.get(delivery.channel)
        same = channel is not None and channel.address == closed.address
        if same and delivery.notices[0].change != "resent":
            detail = f"the channel is gone since {closed.since:%Y-%m-%d %H:%M} UTC: change its url, or resend a notice"
            return Effects(_attempts(key, delivery, now, "given_up", detail))
        return Effects(changes=(Change(CLOSED, delivery.channel, None), Change(WORK, key, delivery)))

    async def work(self, key: str, item: Delivery) -> str:
        if not item.notices:
            return "due"
        channel = self._channels.get(item.channel)
        if channel is None:
            raise DeliveryError(f"no channel of that name: {item.channel}")
        return await channel.send(Message(key=key, notices=item.notices, digest=item.digest, omitted=item.omitted))

    def complete(
        self, key: str, item: Delivery, result: str | Exception, state: NotifierState, now: datetime
    ) -> Effects:
        present = state.delivery(key)
        if present is None:
            return NOTHING  # given up while it was under way, because the channel is gone
        if not item.notices:
            return self._gathered(key, present, state, now)
        if isinstance(result, str):
            return Effects(_attempts(key, item, now, "delivered", result), (Change(WORK, key, None),))
        error = result if isinstance(result, DeliveryError) else DeliveryError(type(result).__name__)
        if error.gone:
            return self._closed(key, item, str(error), state, now)
        delay = retry.next_attempt(key, item.attempt, error)
        if delay is None:
            return Effects(_attempts(key, item, now, "given_up", str(error)), (Change(WORK, key, None),))
        again = replace(item, due_at=now + delay, attempt=item.attempt + 1)
        failed = Effects(_attempts(key, item, now, "failed", str(error), again.due_at), (Change(WORK, key, again),))
        return together([failed, _put_off(key, item, state, now)]) if error.unanswered else failed

    def pause_lane(self, item: Delivery, result: str | Exception) -> timedelta:
        return retry.pause(result) if isinstance(result, DeliveryError) else ZERO

    def _gathered(self, digest: str, gathering: Delivery, state: NotifierState, now: datetime) -> Effects:
        """The digest whose time has come, with what it was made of let go."""
        held = state.held(digest)
        done = Effects(changes=(Change(WORK, digest, None), *(Change(HELD, key, None) for key in held)))
        notices = tuple(sorted(held.values(), key=lambda notice: (notice.raised_at, notice.id)))
        key = f"{stable_id('digest', *(notice.id for notice in notices))}/{gathering.channel}"
        delivery = replace(gathering, due_at=now, notices=notices, digest=True)
        return together([done, self._started(key, delivery, state, now)])

    def _closed(self, key: str, item: Delivery, detail: str, state: NotifierState, now: datetime) -> Effects:
        """The other side is gone for good: this message and all that wait for the same channel are given up."""
        closed = Closed(address=self._channels[item.channel].address, since=now)
        first = Effects(
            _attempts(key, item, now, "given_up", f"{detail}: the channel is closed"),
            (Change(CLOSED, item.channel, closed), Change(WORK, key, None)),
        )
        waiting = [
            Effects(_attempts(other, each, now, "given_up", "the channel is gone"), (Change(WORK, other, None),))
            for other, each in state.table(WORK).items()
            if each.channel == item.channel and each.notices and other != key
        ]
        return together([first, *waiting])


def _put_off(key: str, item: Delivery, state: NotifierState, now: datetime) -> Effects:
    """Where many wait for a channel that does not answer, let them wait for longer, without an attempt: a task takes in
    no more than so many items that are due, and they would keep out those for other channels."""
    due = {
        other: each
        for other, each in state.table(WORK).items()
        if each.channel == item.channel and each.due_at <= now and each.notices and other != key
    }
    if len(due) < MANY:
        return NOTHING
    return Effects(
        changes=tuple(Change(WORK, other, replace(each, due_at=now + PUT_OFF)) for other, each in due.items())
    )


def _hold(notice: AlertRaised, channel: str, until: datetime, state: NotifierState, now: datetime) -> Effects:
    """Put a notice of quiet hours with the others of its rule."""
    digest = _KEY.join((notice.rule_id, channel, until.isoformat()))
    gathering = state.delivery(digest) or Delivery(channel=channel, due_at=until)
    if gathering.held >= MAX_DIGEST:
        detail = f"the digest lists {MAX_DIGEST} notices, and only counts this one"
        key = f"{notice.id}/{channel}"
        alone = Delivery(channel=channel, due_at=until, notices=(notice,))
        more = replace(gathering, omitted=gathering.omitted + 1)
        return Effects(_attempts(key, alone, now, "given_up", detail), (Change(WORK, digest, more),))
    short = replace(notice, summary=notice.summary[:MAX_SUMMARY], articles=(), evidence=(), sources=notice.sources[:20])
    return Effects(
        changes=(
            Change(HELD, f"{digest}{_KEY}{notice.id}", short),
            Change(WORK, digest, replace(gathering, held=gathering.held + 1)),
        )
    )


def _attempts(
    key: str, delivery: Delivery, now: datetime, outcome: Outcome, detail: str, again: datetime | None = None
) -> tuple[Output, ...]:
    """One attempt, told of each notice that was in it."""
    return tuple(
        Output(
            DELIVERIES,
            DeliveryAttempted(
                id=stable_id("delivery", key, str(delivery.attempt), notice.id),
                emitted_at=now,
                alert_id=notice.alert_id,
                rule_id=notice.rule_id,
                channel=delivery.channel,
                attempt=delivery.attempt,
                outcome=outcome,
                attempted_at=now,
                idempotency_key=key,
                detail=detail[:1000],
                next_attempt_at=again,
                notice_id=notice.id,
            ),
        )
        for notice in delivery.notices
    )
