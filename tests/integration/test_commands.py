"""The command with a broker: subscriptions, streams, rules, dead letters."""

import asyncio
import json
import subprocess
import sys
import tarfile
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.kafka.writing import put
from schemas.codec import encode
from schemas.events import DeadLetter, EntryDiscovered
from schemas.identity import article_id
from schemas.streams import ENTRIES, RULES, dead_letter_stream

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
COMMAND = str(Path(sys.executable).parent / "newsriver")
pytestmark = [pytest.mark.embedded, pytest.mark.timeout(180)]


class Command:
    """Calls `newsriver` with a broker and a prefix."""

    def __init__(self, directory: Path, servers: str | None, prefix: str) -> None:
        self._directory = directory
        self._environment = {
            "PATH": "/usr/bin:/bin",
            "NEWSRIVER_DATA_DIR": str(directory),
            "NEWSRIVER_APP": prefix,
            "NEWSRIVER_STREAM_PREFIX": prefix,
            **({} if servers is None else {"NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS": servers}),
        }

    def __call__(self, *arguments: str, status: int = 0) -> str:
        finished = subprocess.run(
            [COMMAND, *arguments], cwd=self._directory, env=self._environment, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        assert finished.returncode == status, finished.stderr
        assert "Traceback" not in finished.stderr
        return finished.stdout

    def rows(self, *arguments: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in self(*arguments, "--json").splitlines()]


@pytest.fixture
def command(embedded_bootstrap: str, unique_prefix: str, tmp_path: Path) -> Command:
    return Command(tmp_path, embedded_bootstrap, unique_prefix)


def test_streams_are_planned_then_made_and_then_there_is_nothing_to_do(command: Command) -> None:
    planned = command.rows("streams", "apply", "--dry-run")
    assert {row["action"] for row in planned} == {"create"}
    assert command.rows("streams", "list") == [], "a dry run creates nothing"
    command("streams", "apply")
    assert {row["action"] for row in command.rows("streams", "apply", "--dry-run")} == {"present"}
    assert {row["stream"] for row in command.rows("streams", "list")} == {row["stream"] for row in planned}


def test_feeds_are_added_listed_and_removed(command: Command) -> None:
    command("streams", "apply")
    command("feeds", "add", "https://ostwind.example/feed", "https://nordlicht.example/rss", "--language", "de")
    command("feeds", "add", "https://ostwind.example/feed", "--tag", "daily")
    rows = command.rows("feeds", "list")
    assert [row["url"] for row in rows] == ["https://nordlicht.example/rss", "https://ostwind.example/feed"]
    assert rows[1]["tags"] == ["daily"]
    command("feeds", "remove", "https://nordlicht.example/rss")
    assert len(command.rows("feeds", "list")) == 1
    command("feeds", "remove", "https://nordlicht.example/rss", status=3)


def test_rules_are_put_in_force_once(command: Command) -> None:
    command("streams", "apply")
    first = command("rules", "apply")
    assert first.split()[0].isdigit()
    assert int(first.split()[0]) >= 10
    assert command("rules", "apply").split()[0] == "0"
    assert len(command.rows("rules", "list")) >= 10


def test_an_unknown_stage_and_an_unknown_stream_are_not_found(command: Command) -> None:
    command("streams", "apply")
    command("dlq", "list", "nonsense", status=2)
    command("tail", "nonsense", status=3)
    command("dlq", "show", "scraper", "0" * 32, status=3)


def test_dead_letters_are_listed_shown_and_written_again(
    command: Command, embedded_bootstrap: str, unique_prefix: str
) -> None:
    command("streams", "apply")
    names, entry = Names(unique_prefix, unique_prefix), _entry()
    value = b64encode(b'{"id": 3}').decode()
    letters = [
        # given up by the stage itself, with the event it had made of a page
        _letter("own", "entries", value=b64encode(encode(entry)).decode(), key=entry.entry_id),
        _letter("record", names.stream(ENTRIES), partition=2, key="k", value=value),
        _letter("large", names.stream(ENTRIES), key="k"),
        _letter("rule", names.stream(RULES), key="k", value=value),
        _letter("work", "scraper.work", key="k", value=value),
    ]
    clients = Clients(Connection(embedded_bootstrap, fresh_producer_ids=True))
    asyncio.run(put_all(clients, names, letters))
    assert {row["id"] for row in command.rows("dlq", "list", "scraper")} == {letter.id for letter in letters}
    assert json.loads(command("dlq", "show", "scraper", "record"))["key"] == "k"
    said = command("dlq", "retry", "scraper")
    assert said.splitlines()[0] == "2 records written again"
    assert sum(line.startswith("left alone") for line in said.splitlines()) == 3
    tailed = [
        json.loads(line)
        for line in command("tail", "entries", "--json", "--from", "beginning", "--no-follow").splitlines()
    ]
    assert [row.get("entry_id") for row in tailed if row.get("entry_id")] == [entry.entry_id]


async def put_all(clients: Clients, names: Names, letters: list[DeadLetter]) -> None:
    await put(clients, names, dead_letter_stream("scraper"), letters, "test")


def _letter(
    name: str, stream: str, *, partition: int = 0, key: str | None = None, value: str | None = None
) -> DeadLetter:
    return DeadLetter(
        id=name, emitted_at=NOW, stage="scraper", stream=stream, partition=partition, offset=7, error="status",
        detail="HTTP 404", failed_at=NOW, key=key, value=value,
    )  # fmt: skip


def _entry() -> EntryDiscovered:
    url = "https://ostwind.example/talks"
    return EntryDiscovered(
        id="e", emitted_at=NOW, entry_id="e1", feed_id="f", feed_url="https://ostwind.example/feed", guid="g",
        article_id=article_id(url), url=url, source="ostwind.example", title="Talks", discovered_at=NOW,
    )  # fmt: skip


def test_the_embedded_broker_keeps_feeds_from_one_command_to_the_next(tmp_path: Path) -> None:
    command = Command(tmp_path, None, "river")
    command("feeds", "add", "https://ostwind.example/feed")
    assert [row["url"] for row in command.rows("feeds", "list")] == ["https://ostwind.example/feed"]


@pytest.mark.data
def test_all_feeds_of_the_opml_files_import_and_list(command: Command, shared_data: Callable[[str], Path],
                                                     tmp_path: Path) -> None:  # fmt: skip
    with tarfile.open(shared_data("feeds/opml.tar.gz")) as archive:
        archive.extractall(tmp_path / "opml", filter="data")
    command("streams", "apply")
    command("feeds", "import", *map(str, sorted((tmp_path / "opml").rglob("*.opml"))))
    assert len({row["url"] for row in command.rows("feeds", "list")}) == 781
