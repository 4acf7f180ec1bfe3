"""The life of a notice on its way out: retries, quiet hours, channels that are gone; whoever dies when."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from consumers.alerts.channels.message import Channel, DeliveryError, Message
from consumers.alerts.channels.webhook import WebhookChannel
from consumers.alerts.notifier import MANY, MAX_DIGEST, PUT_OFF, Delivery, Notifier
from consumers.alerts.retry import JITTER, RETRY_DELAYS, next_attempt, pause
from newsriver.clock import SystemClock
from newsriver.kafka.schedule import Schedule
from newsriver.stages import NOTHING
from newsriver.testing.kit import START, StageKit
from schemas.codec import encode
from schemas.streams import DELIVERIES
from tests.notices import notice
from tests.receiver import LOOPBACK, SECRET, Receiver

MORNING = START + timedelta(hours=7)
SECOND = timedelta(seconds=1)


class Desk:
    """A channel that keeps what it gets, once it has had the troubles it was given."""

    def __init__(self, *troubles: Exception, address: str = "desk") -> None:
        self.address = address
        self.troubles = list(troubles)
        self.got: list[Message] = []

    async def send(self, message: Message) -> str:
        self.got.append(message)
        if self.troubles:
            raise self.troubles.pop(0)
        return "taken"

    @property
    def told(self) -> list[tuple[str, ...]]:
        """The ids of the notices of each message."""
        return [tuple(notice.id for notice in message.notices) for message in self.got]


def kit(desk: Channel) -> StageKit:
    return StageKit(Notifier({"desk": desk}))


def outcomes(found: StageKit) -> list[tuple[str | None, str]]:
    return [(d.notice_id, d.outcome) for d in found.written(DELIVERIES)]


def test_a_notice_goes_once_to_each_of_its_channels_under_a_key_of_its_own() -> None:
    desk, night = Desk(), Desk()
    found = StageKit(Notifier({"desk": desk, "night": night}))
    found.feed(notice(channels=("desk", "night", "desk")))
    assert found.work() == 2
    assert [message.key for message in (*desk.got, *night.got)] == ["n1/desk", "n1/night"]
    found.restart()
    assert found.work() == 0
    [delivery, _] = found.written(DELIVERIES)
    assert (delivery.alert_id, delivery.notice_id, delivery.rule_id) == ("alert-of-n1", "n1", "alert.oil")
    assert (delivery.channel, delivery.attempt, delivery.idempotency_key) == ("desk", 1, "n1/desk")
    assert delivery.detail == "taken"


def test_a_refused_delivery_is_tried_again_under_the_same_key_and_given_up_at_last() -> None:
    desk = Desk(*[DeliveryError("no")] * 99)
    found = kit(desk)
    found.feed(notice())
    found.work()
    for delay in RETRY_DELAYS:
        assert found.work(delay - SECOND / 100) == 0
        found.restart()
        assert found.work(delay * JITTER + SECOND) == 1
    deliveries = found.written(DELIVERIES)
    assert [d.outcome for d in deliveries] == ["failed"] * len(RETRY_DELAYS) + ["given_up"]
    assert [d.attempt for d in deliveries] == list(range(1, len(RETRY_DELAYS) + 2))
    assert {d.idempotency_key for d in deliveries} == {message.key for message in desk.got} == {"n1/desk"}
    assert len({d.id for d in deliveries}) == len(deliveries)
    assert found.work(timedelta(days=9)) == 0


def test_the_delays_are_those_of_standard_webhooks_with_a_jitter_of_the_keys_own() -> None:
    seconds = [delay.total_seconds() for delay in RETRY_DELAYS]
    assert seconds == [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
    waits = [next_attempt(f"{number}/desk", 2, DeliveryError("no")) for number in range(50)]
    assert len(set(waits)) == 50
    assert all(wait is not None and RETRY_DELAYS[1] <= wait <= RETRY_DELAYS[1] * (1 + JITTER) for wait in waits)
    assert next_attempt("0/desk", 2, DeliveryError("no")) == waits[0]


@pytest.mark.parametrize(
    ("error", "least", "rest"),
    [
        (DeliveryError("no"), 5, 0),
        (DeliveryError("no", retry_after=timedelta(seconds=1)), 5, 1),
        (DeliveryError("no", retry_after=timedelta(seconds=120)), 120, 120),
        (DeliveryError("no", retry_after=timedelta(hours=2)), 7200, 300),
        (DeliveryError("no", retry_after=timedelta(days=4000)), 86_400, 300),
        (DeliveryError("no", final=True), None, 0),
        (DeliveryError("no", gone=True), None, 1),
    ],
)
def test_what_the_other_side_asks_for_is_the_least_that_is_waited(
    error: DeliveryError, least: float | None, rest: float
) -> None:
    wait = next_attempt("n1/desk", 1, error)
    assert (wait is None) == (least is None)
    if wait is not None and least is not None:
        assert least <= wait.total_seconds() <= least * (1 + JITTER)
    assert pause(error) == timedelta(seconds=rest)


def test_a_notice_that_is_to_be_tried_again_holds_no_other_one_up() -> None:
    desk = Desk(DeliveryError("no"))
    found = kit(desk)
    found.feed(notice("n1"))
    found.work()
    found.feed(notice("n2"))
    found.work()
    assert desk.told == [("n1",), ("n2",)]
    found.work(timedelta(seconds=6))
    assert desk.told == [("n1",), ("n2",), ("n1",)]


def test_many_that_wait_for_a_channel_without_an_answer_are_put_off_and_keep_nobody_out() -> None:
    desk, night = Desk(DeliveryError("no answer", unanswered=True)), Desk()
    found = StageKit(Notifier({"desk": desk, "night": night}))
    found.feed(*(notice(f"n{number:03}") for number in range(MANY + 1)), notice("other", channels=("night",)))
    assert found.work() == 2, "one of the desk, and that of the night"
    schedule = Schedule(found.state.table("work"), found.clock.now())
    assert schedule.waiting == 0
    assert outcomes(found) == [("n000", "failed"), ("other", "delivered")]
    found.work(timedelta(seconds=6))
    assert desk.told == [("n000",)] * 2
    found.work(PUT_OFF)
    assert len(desk.got) == MANY + 2
    assert {d.attempt for d in found.written(DELIVERIES) if d.notice_id != "n000"} == {1}


def test_a_channel_that_nobody_has_set_up_yet_gets_its_notices_once_it_is() -> None:
    found = kit(Desk())
    found.feed(notice(channels=("pigeon", "desk")))
    found.work()
    by_channel = {d.channel: d for d in found.written(DELIVERIES)}
    assert (by_channel["pigeon"].outcome, by_channel["desk"].outcome) == ("failed", "delivered")
    assert by_channel["pigeon"].detail == "no channel of that name: pigeon"
    pigeon = Desk()
    found.stage = Notifier({"pigeon": pigeon})
    found.restart()
    found.work(timedelta(seconds=6))
    assert pigeon.told == [("n1",)]


def test_an_error_that_a_channel_has_no_word_for_is_recorded_by_its_name_alone() -> None:
    found = kit(Desk(RuntimeError("https://desk.example/hunter2")))
    found.feed(notice())
    found.work()
    [delivery] = found.written(DELIVERIES)
    assert (delivery.outcome, delivery.detail) == ("failed", "RuntimeError")


# Quiet hours


def test_what_comes_in_quiet_hours_is_sent_together_when_they_end() -> None:
    desk = Desk()
    found = kit(desk)
    for hour in range(3):
        found.feed(notice(f"n{hour}", deliver_at=MORNING, raised_at=START + timedelta(hours=hour)))
        found.feed(notice(f"g{hour}", rule_id="alert.gas", deliver_at=MORNING))
        found.restart()
        assert found.work(timedelta(hours=1)) == 0
    found.work(MORNING - found.clock.now() - SECOND)
    assert desk.got == []
    assert found.written(DELIVERIES) == []
    found.restart()
    found.work(SECOND)
    assert sorted(desk.told) == [("g0", "g1", "g2"), ("n0", "n1", "n2")]
    assert all(message.digest and message.type == "alert.digest" for message in desk.got)
    assert sorted(outcomes(found)) == [(f"{rule}{hour}", "delivered") for rule in "gn" for hour in range(3)]
    assert len({d.id for d in found.written(DELIVERIES)}) == 6
    found.restart()
    assert found.work(timedelta(days=2)) == 0
    assert not found.state.table("held")


def test_a_digest_keeps_its_key_over_attempts_and_restarts() -> None:
    desk = Desk(DeliveryError("no"), DeliveryError("no"))
    found = kit(desk)
    found.feed(notice("n1", deliver_at=MORNING), notice("n2", deliver_at=MORNING))
    found.work(timedelta(hours=7))
    found.restart()
    found.work(timedelta(seconds=6))
    found.restart()
    found.work(timedelta(seconds=400))
    assert desk.told == [("n1", "n2")] * 3
    [key] = {message.key for message in desk.got}
    assert key.endswith("/desk")
    assert {d.idempotency_key for d in found.written(DELIVERIES)} == {key}


def test_a_notice_that_comes_when_quiet_hours_are_over_goes_out_at_once() -> None:
    desk = Desk()
    found = kit(desk)
    found.clock.advance(timedelta(hours=7))
    found.feed(notice(deliver_at=MORNING))
    found.work()
    assert desk.told == [("n1",)]
    assert not desk.got[0].digest


def test_a_digest_is_bounded_and_counts_the_rest() -> None:
    desk = Desk()
    found = kit(desk)
    found.feed(*(notice(f"n{number:03}", deliver_at=MORNING) for number in range(MAX_DIGEST + 3)))
    assert [d.outcome for d in found.written(DELIVERIES)] == ["given_up"] * 3
    found.work(timedelta(hours=7))
    [message] = desk.got
    assert (len(message.notices), message.omitted) == (MAX_DIGEST, 3)
    assert len(encode(message)) < 100_000


# Channels that are gone


def gone() -> DeliveryError:
    return DeliveryError("HTTP 410", gone=True)


def test_a_channel_that_is_gone_gets_nothing_more_and_everybody_is_told() -> None:
    desk = Desk(DeliveryError("no"), gone())
    found = kit(desk)
    found.feed(notice("waits", channels=("desk",)))
    found.work()
    found.feed(notice("n1"), notice("held", deliver_at=MORNING))
    found.work()
    assert outcomes(found) == [("waits", "failed"), ("n1", "given_up"), ("waits", "given_up")]
    found.restart()
    found.feed(notice("n2"))
    assert found.work(timedelta(hours=8)) == 1, "the digest comes due"
    assert desk.told == [("waits",), ("n1",)]
    assert outcomes(found)[3:] == [("n2", "given_up"), ("held", "given_up")]
    assert "gone since 2026-03-02 09:00 UTC" in str(found.written(DELIVERIES)[-1].detail)


def test_what_came_of_a_message_that_was_given_up_meanwhile_changes_nothing() -> None:
    found = kit(Desk())
    item = Delivery(channel="desk", due_at=START, notices=(notice(),))
    assert found.stage.complete("n1/desk", item, "taken", found.state, START) == NOTHING  # type: ignore[attr-defined]


def test_a_channel_that_is_gone_is_used_again_under_another_address() -> None:
    found = kit(Desk(gone()))
    found.feed(notice("n1"))
    found.work()
    moved = Desk(address="elsewhere")
    found.stage = Notifier({"desk": moved})
    found.restart()
    found.feed(notice("n2"))
    found.work()
    assert moved.told == [("n2",)]
    found.stage = Notifier({"desk": Desk()})
    found.restart()
    found.feed(notice("n3"))
    assert found.work() == 1, "it was opened for good"


def test_a_channel_that_is_gone_is_tried_again_when_somebody_resends_a_notice() -> None:
    desk = Desk(gone())
    found = kit(desk)
    found.feed(notice("n1"))
    found.work()
    found.feed(notice("again", change="resent"), notice("n2"))
    found.work()
    assert desk.told == [("n1",), ("again",), ("n2",)]


# Over HTTP


class Opened:
    """A webhook that is opened for each message, because each call of the kit has an event loop of its own."""

    def __init__(self, url: str) -> None:
        self._make: Callable[[], WebhookChannel] = lambda: WebhookChannel(
            url, [SECRET], SystemClock(), user_agent="t", timeout=timedelta(seconds=5), allowed_networks=LOOPBACK
        )
        self.address = self._make().address

    async def send(self, message: Message) -> str:
        async with self._make() as channel:
            return await channel.send(message)


def test_a_worker_that_dies_between_delivery_and_record_delivers_again_under_the_same_id() -> None:
    with Receiver() as receiver:
        found = kit(Opened(receiver.url))
        found.feed(notice())
        dying = Delivered()
        found.stage = Notifier({"desk": Dying(Opened(receiver.url), dying)})
        found.restart()
        with pytest.raises(Delivered):
            found.work()
        assert found.written(DELIVERIES) == []
        found.stage = Notifier({"desk": Opened(receiver.url)})
        found.restart()
        found.work()
    assert [Webhook(SECRET).verify(hook.body, dict(hook.headers))["data"]["id"] for hook in receiver.got] == ["n1"] * 2
    assert {hook.headers["webhook-id"] for hook in receiver.got} == {"n1/desk"}
    assert receiver.got[0].body == receiver.got[1].body
    assert outcomes(found) == [("n1", "delivered")]


class Delivered(BaseException):
    """The end of a process, right after a delivery."""


class Dying:
    def __init__(self, channel: Channel, end: BaseException) -> None:
        self.address = channel.address
        self._channel = channel
        self._end = end

    async def send(self, message: Message) -> str:
        await self._channel.send(message)
        raise self._end


@pytest.mark.parametrize(
    ("status", "headers", "waits_s"), [(500, {}, 5), (429, {"Retry-After": "90"}, 90), (503, {"Retry-After": "1"}, 5)]
)
def test_retries_end_with_the_first_2xx(status: int, headers: dict[str, str], waits_s: float) -> None:
    answers = [web.Response(status=status, headers=headers), web.Response(status=204)]
    with Receiver(lambda hook: answers.pop(0)) as receiver:
        found = kit(Opened(receiver.url))
        found.feed(notice())
        found.work()
        found.work(timedelta(seconds=waits_s * (1 + JITTER) + 1))
        assert found.work(timedelta(days=9)) == 0
    [failed, delivered] = found.written(DELIVERIES)
    assert (failed.outcome, delivered.outcome) == ("failed", "delivered")
    assert failed.next_attempt_at is not None
    assert failed.next_attempt_at - failed.attempted_at >= timedelta(seconds=waits_s)
    assert {hook.headers["webhook-id"] for hook in receiver.got} == {"n1/desk"}


def test_a_410_closes_the_channel_for_good() -> None:
    with Receiver(lambda hook: web.Response(status=410)) as receiver:
        found = kit(Opened(receiver.url))
        found.feed(notice("n1"))
        found.work()
        found.restart()
        found.feed(notice("n2"))
        assert found.work(timedelta(days=1)) == 0
        assert len(receiver.got) == 1
    assert outcomes(found) == [("n1", "given_up"), ("n2", "given_up")]
