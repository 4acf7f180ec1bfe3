"""`newsriver alerts` against a broker: what was told, and what people say to it."""

import asyncio
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.kafka.reading import read
from newsriver.kafka.writing import put
from schemas.codec import decode
from schemas.events import Acknowledgement, AlertRaised, DeliveryAttempted, Event, Rule
from schemas.streams import ACKNOWLEDGEMENTS, ALERTS, DELIVERIES, RULES, SILENCES, Stream
from tests.integration.test_commands import COMMAND, Command
from tests.notices import notice
from tests.receiver import SECRET, Receiver

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(180)]
NOW = datetime.now(UTC)
Outcome = Literal["delivered", "failed", "given_up"]


class River:
    """The streams of a river whose stages do not run, unless a test runs them."""

    def __init__(self, directory: Path, servers: str, prefix: str) -> None:
        self.command = Command(directory, servers, prefix)
        self.command("streams", "apply")
        self._clients = Clients(Connection(servers, fresh_producer_ids=True))
        self._names = Names(prefix, prefix)

    def write(self, stream: Stream[Any], *events: Event) -> None:
        asyncio.run(put(self._clients, self._names, stream, events, "test"))

    def events(self, stream: Stream[Any]) -> list[Any]:
        async def everything() -> list[Any]:
            name = self._names.stream(stream)
            return [
                decode(record.value, stream.event)
                async for record in read(self._clients, name, "beginning", follow=False)
                if record.value is not None
            ]

        return asyncio.run(everything())


@pytest.fixture
def river(embedded_bootstrap: str, unique_prefix: str, tmp_path: Path) -> River:
    return River(tmp_path, embedded_bootstrap, unique_prefix)


def attempt(about: AlertRaised, outcome: Outcome, number: int = 1, channel: str = "desk") -> DeliveryAttempted:
    return DeliveryAttempted(
        id=f"{about.id}/{number}", emitted_at=NOW, alert_id=about.alert_id, rule_id=about.rule_id, channel=channel,
        attempt=number, outcome=outcome, attempted_at=NOW + timedelta(seconds=number),
        idempotency_key=f"{about.id}/{channel}", detail="HTTP 500", notice_id=about.id,
    )  # fmt: skip


def told(*notices: AlertRaised) -> Iterable[AlertRaised]:
    return (replace(each, emitted_at=NOW + timedelta(seconds=number)) for number, each in enumerate(notices))


def test_alerts_are_listed_with_what_came_of_each_notice(river: River) -> None:
    first, update = notice("n1"), notice("n2", alert_id="alert-of-n1", change="updated", channels=("desk", "mail"))
    gas = notice("g", rule_id="alert.gas", deliver_at=NOW + timedelta(hours=1))
    river.write(ALERTS, *told(first, update, gas))
    river.write(DELIVERIES, attempt(first, "failed"), attempt(first, "delivered", 2), attempt(update, "failed"))
    oil, held = river.command.rows("alerts", "list")
    assert (oil["alert"], oil["deliveries"], oil["state"]) == ("alert-of-n1", ["desk failed", "mail pending"], [])
    notices = oil["notices"]
    assert isinstance(notices, list)
    assert [(each["notice"], each["change"]) for each in notices] == [("n1", "raised"), ("n2", "updated")]
    assert [(d["outcome"], d["attempts"]) for d in notices[0]["deliveries"]] == [("delivered", 2)]
    assert held["deliveries"] == ["desk held"]
    assert [row["alert"] for row in river.command.rows("alerts", "list", "--rule", "gas")] == ["alert-of-g"]
    assert river.command.rows("alerts", "list", "--since", "2999-01-01") == []
    table = river.command("alerts", "list", "--since", "1h")
    assert "alert-of-n1" in table
    assert "desk failed, mail pending" in table
    river.write(ALERTS, *told(first, update, gas, replace(update, id="n3", lapsed=True)))
    assert "lapsed" in river.command("alerts", "list", "--rule", "oil")


def test_an_alert_is_acknowledged(river: River) -> None:
    river.write(ALERTS, notice("n1"))
    said = river.command("alerts", "ack", "alert-of", "--by", "Ada", "--comment", "calling the port")
    assert said.endswith(": alert-of-n1\n")
    [row] = river.command.rows("alerts", "list")
    assert row["state"] == ["acknowledged"]
    assert row["acknowledged"] is not None
    [made] = river.events(ACKNOWLEDGEMENTS)
    assert (made.alert_id, made.by, made.comment) == ("alert-of-n1", "Ada", "calling the port")
    assert timedelta(days=6) < datetime.fromisoformat(row["acknowledged"]["until"]) - NOW < timedelta(days=8)  # type: ignore[index]
    river.command("alerts", "ack", "alert-of-nobody", status=3)
    river.command("alerts", "ack", "alert-of-n1", "--for", "31d", status=2)
    assert "31d is more than the 30d" in river.command.errors


def test_an_acknowledgement_ends_and_can_be_taken_back(river: River) -> None:
    river.write(ALERTS, notice("n1"))
    over = datetime(2026, 3, 2, tzinfo=UTC)
    ended = Acknowledgement(id="k", emitted_at=over, alert_id="alert-of-n1", acknowledged_at=over)
    river.write(ACKNOWLEDGEMENTS, ended)
    assert river.command.rows("alerts", "list")[0]["state"] == []
    river.command("alerts", "ack", "alert-of-n1", "--for", "2h")
    assert river.command.rows("alerts", "list")[0]["state"] == ["acknowledged"]
    assert river.command("alerts", "unack", "alert-of") == "not acknowledged any more: alert-of-n1\n"
    assert river.command.rows("alerts", "list")[0]["state"] == []
    river.command("alerts", "unack", "alert-of-n1", status=3)
    assert "is not acknowledged" in river.command.errors


def test_a_silence_is_made_listed_and_lifted(river: River) -> None:
    river.write(ALERTS, notice("n1"), notice("g", rule_id="alert.gas"))
    river.command("alerts", "silence", "rule=oil", "source=~.*wind.*", "--for", "2h", "--by", "Ada")
    river.command("alerts", "silence", "severity=info", "--until", "2999-01-01T00:00", "--comment", "maintenance")
    first, second = river.command.rows("alerts", "silences")
    assert (first["matchers"], first["by"]) == (["rule=oil", "source=~.*wind.*"], "Ada")
    assert (second["ends_at"], second["comment"]) == ("2999-01-01T00:00:00+00:00", "maintenance")
    states = {row["alert"]: row["state"] for row in river.command.rows("alerts", "list")}
    assert states == {"alert-of-n1": ["silenced"], "alert-of-g": []}
    said = river.command("alerts", "unsilence", str(first["silence"])[:12])
    assert said == f"lifted: {first['silence']}\n"
    assert [row["silence"] for row in river.command.rows("alerts", "silences")] == [second["silence"]]
    river.command("alerts", "unsilence", str(first["silence"]), status=3)
    assert len(river.events(SILENCES)) == 2


def test_a_silence_says_what_it_covers_and_names_labels_that_there_are(river: River) -> None:
    desk = notice("n1", labels={"desk": "energy"})
    river.write(ALERTS, *told(desk, notice("g", rule_id="alert.gas")))
    definition = {"id": "oil", "title": "Oil", "query": "tanker*", "labels": {"team": "ports"}}
    river.write(RULES, Rule(id="r", emitted_at=NOW, rule_id="alert.oil", kind="alert", definition=definition))
    said = river.command("alerts", "silence", "rule=alert.oil", "--for", "2h")
    assert said.endswith("it covers 1 of 2 alerts of the last 7 days\n")
    assert river.command("alerts", "silence", "desk=energy", "team!=x", "--for", "2h").count("covers 1 of 2") == 1
    river.command("alerts", "silence", "sevrity!=critical", "--for", "2h", status=2)
    assert "no alert of late has the label sevrity; did you mean severity?" in river.command.errors
    assert len(river.events(SILENCES)) == 2


def test_a_notice_is_told_again(river: River) -> None:
    held = notice("n2", alert_id="alert-of-n1", deliver_at=NOW + timedelta(hours=1))
    river.write(ALERTS, *told(notice("n1"), held))
    river.command("alerts", "resend", "n1", "--channel", "console")
    river.command("alerts", "resend", "n", status=2)
    assert "n may be any of n1, n2: write more of it" in river.command.errors
    river.command("alerts", "resend", "alert-of-")
    assert "there is no channel desk in the settings" in river.command.errors
    river.command("alerts", "resend", "nothing", status=3)
    *_, one, other = sorted(river.events(ALERTS), key=lambda event: event.emitted_at)
    assert isinstance(one, AlertRaised)
    assert isinstance(other, AlertRaised)
    assert (one.change, one.channels, one.alert_id) == ("resent", ("console",), "alert-of-n1")
    assert (other.change, other.channels, other.deliver_at) == ("resent", ("desk",), None)
    assert len({"n1", "n2", one.id, other.id}) == 4


def webhook(channel: str, receiver: Receiver) -> dict[str, str]:
    """The settings of a channel that leads to the receiver."""
    variable = f"NEWSRIVER_CHANNELS__{channel.upper()}"
    return {
        f"{variable}__TYPE": "webhook",
        f"{variable}__URL": f"{receiver.url}?token=hunter2",
        f"{variable}__SECRET": SECRET,
        f"{variable}__ALLOW_NETWORKS": "127.0.0.0/8",
    }


@contextmanager
def notifier(river: River) -> Iterator[subprocess.Popen[str]]:
    """The stage in a process of its own, which ends with the block."""
    with subprocess.Popen(
        [COMMAND, "run", "notifier"], env={**river.command.environment, "NEWSRIVER_HTTP__PORT": "0"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        try:
            yield running
        finally:
            running.terminate()


def settled(river: River) -> dict[str, object]:
    """The only alert, once nothing of it is pending any more."""
    for _ in range(60):
        [row] = river.command.rows("alerts", "list")
        if "pending" not in str(row["deliveries"]):
            return row
    raise AssertionError(f"it is still pending: {row}")


def test_the_notifier_delivers_through_the_channels_of_the_settings(river: River) -> None:
    with Receiver() as receiver:
        river.command.environment |= webhook("desk", receiver) | webhook("inside", receiver)
        river.command.environment |= {"NEWSRIVER_LOG__LEVEL": "debug"}
        del river.command.environment["NEWSRIVER_CHANNELS__INSIDE__ALLOW_NETWORKS"]
        river.write(ALERTS, notice("n1", channels=("console", "desk", "inside", "pigeon")))
        with notifier(river) as running:
            row = settled(river)
            running.terminate()
            out, errors = running.communicate(timeout=60)
    assert row["deliveries"] == ["console delivered", "desk delivered", "inside given_up", "pigeon failed"]
    assert out.startswith("ALERT warning Oil: Nineteen tankers sail")
    assert [hook.headers["webhook-id"] for hook in receiver.got] == ["n1/desk"]
    assert "hunter2" not in errors + out + str(row)
    assert SECRET not in errors + out + str(row)
