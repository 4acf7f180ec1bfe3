"""What became of alerts: their notices, who got them, and whether somebody takes care or wants quiet. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from consumers.alerts.acknowledgements import ends_at
from consumers.alerts.silences import ActiveSilence, SilenceError, check_silence, labels_of_notice
from schemas.events import Acknowledgement, AlertRaised, DeliveryAttempted, Silence


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notice, and of each of its channels the last attempt to deliver it; None if there was none yet."""

    notice: AlertRaised
    deliveries: dict[str, DeliveryAttempted | None]

    def outcome(self, channel: str, now: datetime) -> str:
        """`delivered`, `failed` (it will be tried again), `given_up`, `held` (in quiet hours) or `pending`."""
        attempt, held_until = self.deliveries[channel], self.notice.deliver_at
        if attempt is not None:
            return attempt.outcome
        return "held" if held_until is not None and held_until > now else "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertHistory:
    """An alert with its notices, the earliest first."""

    alert_id: str
    told: tuple[Told, ...]
    acknowledgement: Acknowledgement | None
    """The one that holds now."""
    silences: tuple[str, ...]
    """The ids of the silences that cover it now."""

    @property
    def latest(self) -> AlertRaised:
        return self.told[-1].notice


def histories(
    notices: Iterable[AlertRaised],
    deliveries: Iterable[DeliveryAttempted],
    acknowledgements: Iterable[Acknowledgement],
    silences: Iterable[Silence],
    now: datetime,
) -> list[AlertHistory]:
    """The alerts that notices were sent of, that with the latest notice last."""
    last: dict[str, dict[str, DeliveryAttempted]] = defaultdict(dict)
    for delivery in sorted(deliveries, key=lambda delivery: (delivery.attempted_at, delivery.attempt)):
        last[delivery.notice_id or ""][delivery.channel] = delivery
    acknowledged = {found.alert_id: found for found in acknowledgements if now < ends_at(found)}
    covering = _usable(silences)
    by_alert: dict[str, list[AlertRaised]] = defaultdict(list)
    for notice in sorted(notices, key=lambda notice: (notice.emitted_at, notice.id)):
        by_alert[notice.alert_id].append(notice)
    found = [
        AlertHistory(
            alert_id=alert_id,
            told=tuple(
                Told(notice=notice, deliveries={channel: last[notice.id].get(channel) for channel in notice.channels})
                for notice in told
            ),
            acknowledgement=acknowledged.get(alert_id),
            silences=tuple(
                silence.silence.silence_id for silence in covering if silence.covers(labels_of_notice(told[-1]), now)
            ),
        )
        for alert_id, told in by_alert.items()
    ]
    return sorted(found, key=lambda alert: (alert.latest.emitted_at, alert.alert_id))


def _usable(silences: Iterable[Silence]) -> list[ActiveSilence]:
    found = []
    for silence in silences:
        try:
            found.append(check_silence(silence))
        except SilenceError:
            continue
    return found
