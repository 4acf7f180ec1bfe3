"""The command with a broker: subscriptions, streams, rules, dead letters."""

import asyncio
import json
import subprocess
import sys
import tarfile
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsriver.broker import EmbeddedBroker
from newsriver.cli.extras import EXTRAS
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.kafka.records import RawRecord
from newsriver.kafka.writing import put, put_raw
from schemas.codec import encode
from schemas.events import DeadLetter, EntryDiscovered
from schemas.identity import article_id
from schemas.streams import ENTRIES, FEEDS, RULES, dead_letter_stream

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
COMMAND = str(Path(sys.executable).parent / "newsriver")
pytestmark = [pytest.mark.embedded, pytest.mark.timeout(180)]


class Command:
    """Calls `newsriver` with a broker and a prefix."""

    def __init__(self, directory: Path, servers: str | None, prefix: str) -> None:
        self._directory = directory
        self.errors = ""
        """What the last call wrote to stderr."""
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "NEWSRIVER_DATA_DIR": str(directory),
            "NEWSRIVER_APP": prefix,
            "NEWSRIVER_STREAM_PREFIX": prefix,
            **({} if servers is None else {"NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS": servers}),
        }

    def __call__(self, *arguments: str, status: int = 0) -> str:
        finished = subprocess.run(
            [COMMAND, *arguments], cwd=self._directory, env=self.environment, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        assert finished.returncode == status, finished.stderr
        assert "Traceback" not in finished.stderr
        self.errors = finished.stderr
        return finished.stdout

    def rows(self, *arguments: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in self(*arguments, "--json").splitlines()]


@pytest.fixture
def command(embedded_bootstrap: str, unique_prefix: str, tmp_path: Path) -> Command:
    return Command(tmp_path, embedded_bootstrap, unique_prefix)


@pytest.fixture
def names(unique_prefix: str) -> Names:
    return Names(unique_prefix, unique_prefix)


@pytest.fixture
def clients(embedded_bootstrap: str) -> Clients:
    return Clients(Connection(embedded_bootstrap, fresh_producer_ids=True))


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
    assert command("feeds", "add", "https://ostwind.example/feed", "--tag", "daily") == "1 feed subscribed\n"
    rows = command.rows("feeds", "list")
    assert [row["url"] for row in rows] == ["https://nordlicht.example/rss", "https://ostwind.example/feed"]
    assert rows[1]["tags"] == ["daily"]
    assert command("feeds", "remove", "https://nordlicht.example/rss") == "1 feed removed\n"
    assert len(command.rows("feeds", "list")) == 1
    command("feeds", "remove", "https://nordlicht.example/rss", status=3)


def test_before_there_are_streams_nothing_is_subscribed_and_nothing_has_failed(command: Command) -> None:
    assert "no feeds are subscribed" in command("feeds", "list")
    assert command.rows("feeds", "list") == []
    command("feeds", "remove", "https://ostwind.example/feed", status=3)
    assert "not subscribed: https://ostwind.example/feed" in command.errors
    assert command("dlq", "list") == "no dead letters\n"
    assert command.rows("dlq", "list") == []
    command("rules", "list", status=3)
    assert "`newsriver streams apply` creates what is missing" in command.errors


def test_dead_letters_of_all_stages_are_listed_in_the_order_of_the_river(
    command: Command, clients: Clients, names: Names
) -> None:
    command("streams", "apply")
    for stage, identity in (("sink", "late"), ("scraper", "early")):
        letter = replace(_letter(identity, names.stream(ENTRIES)), stage=stage)
        asyncio.run(put(clients, names, dead_letter_stream(stage), [letter], "test"))
    assert [(row["stage"], row["id"]) for row in command.rows("dlq", "list")] == [
        ("scraper", "early"),
        ("sink", "late"),
    ]
    assert [row["id"] for row in command.rows("dlq", "list", "sink")] == ["late"]


def test_rules_are_put_in_force_once(command: Command) -> None:
    command("streams", "apply")
    first = command("rules", "apply")
    assert first.split()[0].isdigit()
    assert int(first.split()[0]) >= 10
    assert "already" not in first
    again = command("rules", "apply")
    assert again.startswith("0 of ")
    assert "the others were in force already" in again
    titles = {row["rule"]: row["title"] for row in command.rows("rules", "list")}
    assert len(titles) >= 10
    assert titles["topic.summit"] == "Summit"


def test_records_that_are_no_events_are_named_and_passed_over(command: Command, clients: Clients, names: Names) -> None:
    command("streams", "apply")
    command("feeds", "add", "https://ostwind.example/feed")
    for stream in (FEEDS, RULES, ENTRIES, dead_letter_stream("scraper")):
        bad = [RawRecord(names.stream(stream), 1, -1, -1, value, value) for value in (b"{", b"[]", b'"summit"', b"{}")]
        asyncio.run(put_raw(clients, bad))
    asyncio.run(put(clients, names, ENTRIES, [_entry()], "test"))
    assert [row["url"] for row in command.rows("feeds", "list")] == ["https://ostwind.example/feed"]
    assert _unreadable(command) == [(names.stream(FEEDS), 1)] * 4
    assert {row["action"] for row in command.rows("rules", "apply")} == {"written"}
    assert _unreadable(command) == [(names.stream(RULES), 1)] * 4
    assert len(command.rows("rules", "list")) >= 10
    assert _unreadable(command) == [(names.stream(RULES), 1)] * 4
    assert command.rows("dlq", "list", "scraper") == []
    assert _unreadable(command) == [(names.stream(dead_letter_stream("scraper")), 1)] * 4
    for options in ((), ("--json",), ("--match", "talks")):
        tailed = command("tail", "entries", "--from", "beginning", "--no-follow", *options)
        assert len(tailed.splitlines()) == 1
        assert "Talks" in tailed
        assert _unreadable(command) == [(names.stream(ENTRIES), 1)] * 4


def _unreadable(command: Command) -> list[tuple[str, int]]:
    """Stream and partition of the records that the last call could not read."""
    said = [json.loads(line) for line in command.errors.splitlines()]
    assert {line["event"] for line in said} == {"record.unreadable"}
    assert len({line["offset"] for line in said}) == len(said)
    assert all(line["error"] for line in said)
    return [(line["stream"], line["partition"]) for line in said]


def test_tombstones_are_tailed_whatever_their_key(command: Command, clients: Clients, names: Names) -> None:
    command("streams", "apply")
    asyncio.run(put_raw(clients, [RawRecord(names.stream(ENTRIES), 0, -1, -1, b"gone\xff", None)]))
    whole = ("tail", "entries", "--from", "beginning", "--no-follow")
    assert command(*whole).startswith("- gone")
    assert json.loads(command(*whole, "--json"))["deleted"] is True
    assert command(*whole, "--topic", "summit") == ""


def test_a_dead_letter_whose_record_cannot_be_read_stays(command: Command, clients: Clients, names: Names) -> None:
    command("streams", "apply")
    letters = [
        _letter("scrambled", names.stream(ENTRIES), value="no base64!"),
        _letter("shapeless", "entries", value=b64encode(b"{}").decode()),
    ]
    asyncio.run(put(clients, names, dead_letter_stream("scraper"), letters, "test"))
    assert len(command.rows("dlq", "list", "scraper")) == 2
    command("dlq", "show", "scraper", "scrambled", status=1)
    assert "scrambled" in command.errors
    rows = {row["id"]: row for row in command.rows("dlq", "retry", "scraper")}
    assert {row["action"] for row in rows.values()} == {"left"}
    assert "base64" in str(rows["scrambled"]["detail"])
    assert "EntryDiscovered" in str(rows["shapeless"]["detail"])


def test_the_river_starts_in_spite_of_a_bad_rule_and_tells_of_its_broker_once(tmp_path: Path) -> None:
    async def spoil() -> None:
        async with EmbeddedBroker(tmp_path / "broker") as broker:
            clients = Clients(Connection(broker.bootstrap_servers, fresh_producer_ids=True))
            await put_raw(clients, [RawRecord("news.rules.v1", 0, -1, -1, b"bad", b"{")])

    command = Command(tmp_path, None, "news")
    command("streams", "apply")
    asyncio.run(spoil())
    events = []
    with subprocess.Popen(
        [COMMAND, "up"], cwd=tmp_path, env=command.environment, stderr=subprocess.PIPE, text=True
    ) as river:
        assert river.stderr is not None
        for line in river.stderr:
            events.append(json.loads(line)["event"])
            if events.count("group.assigned") == 1 and events[-1] == "group.assigned":  # by now signals are heard
                river.terminate()
    assert river.returncode == 0, events
    assert events.count("broker.embedded") == 1
    assert "record.unreadable" in events
    assert "river.started" in events


@pytest.mark.parametrize(("extra", "stage"), [("producers", "poller"), ("consumers", "dedup")])
def test_a_stage_whose_extra_is_missing_names_it(command: Command, extra: str, stage: str) -> None:
    command("streams", "apply")
    program = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({EXTRAS[extra]!r}))\n"
        f"sys.argv = ['newsriver', 'run', {stage!r}]\n"
        "from newsriver.cli import main\n"
        "main()"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], env=command.environment, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert finished.returncode == 2, finished.stderr
    assert f"install newsriver[{extra}]" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_of_a_list_with_bad_addresses_the_others_are_imported(command: Command, tmp_path: Path) -> None:
    command("streams", "apply")
    (tmp_path / "list.opml").write_text(
        """<opml version="2.0"><body>
        <outline xmlUrl="feed://ostwind.example/rss"/><outline xmlUrl="feed:https://nordlicht.example/rss"/>
        <outline xmlUrl="javascript:alert(1)"/><outline xmlUrl="https://le-quai.example/atom"/>
        <outline xmlUrl="http://"/></body></opml>"""
    )
    rows = command.rows("feeds", "import", "list.opml")
    assert [row["url"] for row in rows if row["action"] == "refused"] == ["javascript:alert(1)", "http://"]
    assert "javascript:alert(1)" in command.errors
    assert "2 of 5 addresses left out" in command.errors
    feeds = ["http://ostwind.example/rss", "https://le-quai.example/atom", "https://nordlicht.example/rss"]
    assert [row["url"] for row in command.rows("feeds", "list")] == feeds
    assert command("feeds", "import", "list.opml") == "3 feeds subscribed\n"
    command("feeds", "remove", "feed://ostwind.example/rss", "https://le-quai.example/atom")
    assert [row["url"] for row in command.rows("feeds", "list")] == ["https://nordlicht.example/rss"]
    (tmp_path / "bad.opml").write_text('<opml><body><outline xmlUrl="javascript:alert(1)"/></body></opml>')
    command("feeds", "import", "bad.opml", status=2)


def test_what_was_done_is_told_to_programs(command: Command, clients: Clients, names: Names) -> None:
    command("streams", "apply")
    [added] = command.rows("feeds", "add", "https://ostwind.example/feed", "--language", "de")
    assert (added["url"], added["language"], added["action"]) == ("https://ostwind.example/feed", "de", "subscribed")
    assert {row["action"] for row in command.rows("rules", "apply")} == {"written"}
    assert {row["action"] for row in command.rows("rules", "apply")} == {"present"}
    entry = _entry()
    letter = _letter("own", "entries", value=b64encode(encode(entry)).decode(), key=entry.entry_id)
    asyncio.run(put(clients, names, dead_letter_stream("scraper"), [letter], "test"))
    [retried] = command.rows("dlq", "retry", "scraper")
    assert (retried["id"], retried["action"]) == ("own", "written")


def test_an_unknown_stage_and_an_unknown_stream_are_not_found(command: Command) -> None:
    command("streams", "apply")
    command("dlq", "list", "nonsense", status=2)
    command("tail", "nonsense", status=3)
    command("dlq", "show", "scraper", "0" * 32, status=3)


def test_dead_letters_are_listed_shown_and_written_again(command: Command, clients: Clients, names: Names) -> None:
    command("streams", "apply")
    entry = _entry()
    value = b64encode(b'{"id": 3}').decode()
    letters = [
        # given up by the stage itself, with the event it had made of a page
        _letter("own", "entries", value=b64encode(encode(entry)).decode(), key=entry.entry_id),
        _letter("record", names.stream(ENTRIES), partition=2, key="k", value=value),
        _letter("large", names.stream(ENTRIES), key="k"),
        _letter("rule", names.stream(RULES), key="k", value=value),
        _letter("work", "scraper.work", key="k", value=value),
    ]
    asyncio.run(put(clients, names, dead_letter_stream("scraper"), letters, "test"))
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
