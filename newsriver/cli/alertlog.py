"""Reading what was told of alerts, and writing what people say to it; for `newsriver alerts`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import TypeVar

from consumers.alerts.history import AlertHistory, histories
from consumers.alerts.silences import check_labels, check_silence
from newsriver.cli.connect import Access, connected
from newsriver.cli.records import readable
from newsriver.cli.river import prepare_streams
from newsriver.cli.rulesource import rules_in_force
from newsriver.cli.shortids import one_of
from newsriver.clock import SystemClock
from newsriver.kafka.reading import Start, read, snapshot
from newsriver.kafka.writing import put, put_raw
from newsriver.settings import Settings
from schemas.events import Acknowledgement, AlertRaised, Event, LabelMatcher, Silence
from schemas.identity import stable_id
from schemas.streams import ACKNOWLEDGEMENTS, ALERTS, DELIVERIES, SILENCES, Stream

SOURCE = "alerts"
OF_LATE = timedelta(days=7)
"""How far back one looks for what a silence covers."""
E = TypeVar("E", bound=Event)


async def told_since(settings: Settings, start: datetime, now: datetime) -> list[AlertHistory]:
    """The alerts of which something was told since then."""
    async with connected(settings, start=True) as access:
        return histories(
            await _events(access, ALERTS, start),
            await _events(access, DELIVERIES, start),
            await _present(access, ACKNOWLEDGEMENTS),
            await _present(access, SILENCES),
            now,
        )


async def acknowledge(settings: Settings, alert: str, lasting: timedelta, by: str, comment: str) -> Acknowledgement:
    """Write that somebody takes care of an alert. Raises NotFoundError if there is none."""
    now = SystemClock().now()
    async with connected(settings, start=True) as access:
        told = await _events(access, ALERTS, "beginning")
        missing = f"there is no alert {alert}; `newsriver alerts list` shows them"
        alert_id = one_of((notice.alert_id for notice in told), alert, missing)
        made = Acknowledgement(
            id=stable_id("ack", alert_id, now.isoformat()), emitted_at=now, alert_id=alert_id, acknowledged_at=now,
            by=by, comment=comment, ends_at=now + lasting,
        )  # fmt: skip
        await put(access.clients, access.names, ACKNOWLEDGEMENTS, [made], SOURCE)
        return made


async def take_back(settings: Settings, alert: str) -> str:
    """End an acknowledgement; gives the id of its alert. Raises NotFoundError if there is none."""
    return await _withdraw(
        settings, ACKNOWLEDGEMENTS, alert, f"alert {alert} is not acknowledged; `newsriver alerts list` shows it"
    )


async def resend(settings: Settings, wanted: str, channel: str | None) -> AlertRaised:
    """Write a notice once more; of an alert, the latest one. Raises NotFoundError."""
    now = SystemClock().now()
    async with connected(settings, start=True) as access:
        notices = await _events(access, ALERTS, "beginning")
        missing = f"there is no notice and no alert {wanted}; `newsriver alerts list --json` shows them"
        found_id = one_of((each for notice in notices for each in (notice.id, notice.alert_id)), wanted, missing)
        found = [notice for notice in notices if found_id in (notice.id, notice.alert_id)]
        # A notice that was resent may have gone through some of the channels only.
        latest = max(found, key=lambda notice: (notice.change != "resent", notice.emitted_at))
        again = replace(
            latest,
            id=stable_id("resent", latest.id, now.isoformat()),
            emitted_at=now,
            change="resent",
            deliver_at=None,
            channels=latest.channels if channel is None else (channel,),
        )
        await put(access.clients, access.names, ALERTS, [again], SOURCE)
        return again


def new_silence(matchers: Sequence[LabelMatcher], now: datetime, ends_at: datetime, by: str, comment: str) -> Silence:
    """A silence from now on. Raises SilenceError if it makes no sense."""
    identity = stable_id("silence", now.isoformat(), *(f"{m.label}{m.op}{m.value}" for m in matchers))
    made = Silence(
        id=identity, emitted_at=now, silence_id=identity, matchers=tuple(matchers), starts_at=now, ends_at=ends_at,
        created_by=by, comment=comment,
    )  # fmt: skip
    check_silence(made)
    return made


async def put_silence(settings: Settings, silence: Silence) -> tuple[int, int]:
    """Put a silence into force; gives how many of the alerts of late it covers, and of how many.

    Raises SilenceError for labels that nothing has.
    """
    async with connected(settings, start=True) as access:
        if access.started is not None:
            await prepare_streams(settings, access)
        notices = await _events(access, ALERTS, silence.starts_at - OF_LATE)
        own = [rule.definition.get("labels") for rule in (await rules_in_force(access)).values()]
        own += [notice.labels for notice in notices]
        check_labels(silence, chain.from_iterable(labels for labels in own if isinstance(labels, dict)))
        await put(access.clients, access.names, SILENCES, [silence], SOURCE)
    alerts = histories(notices, (), (), [silence], silence.starts_at)
    return sum(bool(alert.silences) for alert in alerts), len(alerts)


async def silences(settings: Settings) -> list[Silence]:
    """All silences that were not lifted, those whose time is over too."""
    async with connected(settings, start=True) as access:
        return await _present(access, SILENCES)


async def lift(settings: Settings, silence: str) -> str:
    """End a silence; gives its id. Raises NotFoundError if there is none."""
    return await _withdraw(
        settings, SILENCES, silence, f"there is no silence {silence}; `newsriver alerts silences` shows them"
    )


async def _withdraw(settings: Settings, stream: Stream[E], wanted: str, missing: str) -> str:
    """Write a tombstone for the key that is meant, and give it."""
    async with connected(settings, start=True) as access:
        records = await snapshot(access.clients, access.names.stream(stream))
        key = one_of(records, wanted, missing)
        await put_raw(access.clients, [records[key].tombstone()])
        return key


async def _events(access: Access, stream: Stream[E], start: Start) -> list[E]:
    return [
        event
        async for record in read(access.clients, access.names.stream(stream), start, follow=False)
        if (event := readable(record, stream.event)) is not None
    ]


async def _present(access: Access, stream: Stream[E]) -> list[E]:
    """The present content of a compacted stream."""
    records = await snapshot(access.clients, access.names.stream(stream))
    return [event for record in records.values() if (event := readable(record, stream.event)) is not None]
