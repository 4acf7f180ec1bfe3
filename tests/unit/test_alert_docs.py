"""What docs/alerts.md shows is true: rules and settings are taken, commands are there, the receiver verifies."""

import json
import os
import re
import shlex
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from consumers.alerts.channels.message import Message
from consumers.alerts.channels.webhook import WebhookChannel
from consumers.alerts.retry import RETRY_DELAYS
from consumers.alerts.rule import AlertRule
from newsriver.cli.app import app
from newsriver.cli.rulefiles import load_rules
from newsriver.cli.rulenames import unknown_channels
from newsriver.clock import SystemClock
from newsriver.settings import load
from schemas.events import AlertRaised
from tests.notices import notice
from tests.receiver import LOOPBACK, SECRET, Receiver

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "alerts.md").read_text("utf-8")
FIVE = timedelta(seconds=5)


def block(kind: str) -> str:
    """The only fenced block of a kind."""
    [found] = re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_rules_are_taken_and_their_channels_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NEWSRIVER_")]:
        monkeypatch.delenv(name)
    (tmp_path / "alerts.yaml").write_text(block("yaml"))
    (tmp_path / "newsriver.toml").write_text(block("toml"))
    rules = load_rules([tmp_path / "alerts.yaml"])
    assert [rule.rule_id for rule in rules] == ["oil-sanctions", "tankers", "summits-burst"]
    settings = load(tmp_path / "newsriver.toml")
    assert settings.channel_names == ("console", "desk", "night_mail")
    assert list(unknown_channels(rules, settings.channel_names)) == []


def test_every_field_of_a_rule_is_told_of() -> None:
    [table] = re.findall(r"\| field \|.*?\n\n", PAGE, re.DOTALL)
    named = {name for row in table.strip().splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == set(AlertRule.__dataclass_fields__)


@pytest.mark.parametrize("line", [line[2:] for line in block("console").splitlines()])
def test_the_commands_are_there(line: str) -> None:
    words = shlex.split(line)[1:]
    told = CliRunner().invoke(app, [*words[:2], "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
    assert told.exit_code == 0
    assert all(word in told.output for word in words if word.startswith("--"))


async def test_the_receiver_of_the_page_takes_what_is_genuine_and_nothing_else() -> None:
    example: dict[str, object] = {}
    exec(block("python"), example)  # noqa: S102 - it is our own page
    is_genuine = example["is_genuine"]
    assert callable(is_genuine)
    secrets = ["whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0", SECRET]
    with Receiver() as receiver:
        async with WebhookChannel(
            receiver.url,
            secrets,
            SystemClock(),
            user_agent="t",
            timeout=FIVE,
            allowed_networks=LOOPBACK,
        ) as channel:
            await channel.send(Message(key="n1/desk", notices=(notice(),)))
    [hook] = receiver.got
    headers = {name.lower(): value for name, value in hook.headers.items()}
    assert is_genuine(headers, hook.body, SECRET)
    assert not is_genuine(headers, hook.body + b" ", SECRET)
    assert not is_genuine(headers, hook.body, "whsec_" + "A" * 32)
    assert not is_genuine({**headers, "webhook-id": "n2/desk"}, hook.body, SECRET)
    assert not is_genuine({**headers, "webhook-timestamp": "1700000000"}, hook.body, SECRET)


def test_the_payload_that_is_shown_is_one() -> None:
    shown = json.loads(block("json"))
    assert shown["type"] == "alert.raised"
    assert set(shown["data"]) <= set(AlertRaised.__dataclass_fields__)


def test_the_attempts_are_as_many_as_the_page_says() -> None:
    assert len(RETRY_DELAYS) + 1 == 10
    assert "**Ten attempts:**" in PAGE
    assert round(sum(RETRY_DELAYS, timedelta(0)) / timedelta(days=1)) == 3
