"""Everything that the README shows is run, or held against what it speaks of."""

import asyncio
import json
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from typer.testing import CliRunner

from consumers.topics.rulefile import packaged_rules
from newsriver.broker import EmbeddedBroker
from newsriver.cli.app import app
from newsriver.cli.catalogue import known_stream
from newsriver.cli.extras import EXTRAS
from newsriver.kafka.admin import StreamSpec, create
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.kafka.writing import put
from newsriver.sample.content import Outlet, Story, outlets
from newsriver.sample.newsroom import Newsroom
from newsriver.settings import load
from schemas.codec import decode, encode
from schemas.events import Article, Signature
from schemas.identity import article_id
from schemas.streams import topic_stream

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
COMMAND = str(Path(sys.executable).parent / "newsriver")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMES = Names("newsriver", "news")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
SAMPLE: dict[str, tuple[Outlet, Story]] = {
    story.title: (outlet, story) for outlet in outlets().values() for story in outlet.articles
}


def blocks(kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def command_lines() -> list[str]:
    """Every command that is shown, in a block after `$` or within the text, as a shell would read it."""
    shown = [line[2:] for block in blocks("console") for line in block.splitlines() if line.startswith("$ ")]
    text = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    return shown + re.findall(r"`((?:newsriver|make|docker) [^`<]+)`", text)


def words_of(line: str) -> tuple[dict[str, str], list[str]]:
    """The settings that a command line makes, and its words up to a pipe."""
    words = shlex.split(line, comments=True)
    words = words[: words.index("|")] if "|" in words else words
    words = words[1:] if words[0] == "export" else words
    settings: dict[str, str] = {}
    while words and re.match(r"[A-Z_]+=", words[0]):
        name, _, settings[name] = words.pop(0).partition("=")
    return settings, words


def is_understood(arguments: list[str]) -> bool:
    """Whether `newsriver` has such a command with such options."""
    return CliRunner().invoke(app, [*arguments, "--help"]).exit_code == 0


@pytest.mark.parametrize("line", command_lines())
def test_every_command_exists(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, words = words_of(line)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    load()
    match words:
        case []:
            assert settings
        case ["newsriver" | ".venv/bin/newsriver", *arguments]:
            assert is_understood(arguments)
        case ["make", *targets]:
            makefile = (ROOT / "Makefile").read_text()
            assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
        case ["docker", "compose", "exec", service, "newsriver", *arguments]:
            assert service in SERVICES
            assert is_understood(arguments)
        case ["docker", "compose", "up"]:
            pass
        case ["kcat", *_]:
            assert known_stream(words[words.index("-t") + 1], NAMES) is not None
        case _:
            pytest.fail(f"nothing is known of {words[0]}")


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    assert not is_understood(["rules", "flow"])
    assert not is_understood(["tail", "--backwards"])


@pytest.mark.embedded
@pytest.mark.timeout(180)
def test_the_commands_that_end_do_what_they_are_shown_for(
    embedded_bootstrap: str, unique_prefix: str, tmp_path: Path
) -> None:
    (tmp_path / "alerts.yaml").write_text(*blocks("yaml"))
    (tmp_path / "subscriptions.opml").write_text(
        '<opml version="2.0"><body><outline xmlUrl="https://ostwind.example/rss"/></body></opml>'
    )
    environment = {
        "PATH": "/usr/bin:/bin",
        "NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS": embedded_bootstrap,
        "NEWSRIVER_APP": unique_prefix,
        "NEWSRIVER_STREAM_PREFIX": unique_prefix,
    }
    every = [words for _, words in map(words_of, command_lines()) if words and words[0].endswith("newsriver")]
    ending = [words[1:] for words in every if words[1] in ("streams", "rules", "feeds", "config", "doctor")]
    assert len(ending) >= 8
    for arguments in sorted(ending, key=lambda arguments: arguments[0] != "streams"):
        finished = subprocess.run(
            [COMMAND, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60,
            check=False,
        )  # fmt: skip
        assert finished.returncode == 0, (arguments, finished.stderr)
        assert finished.stdout


def test_the_lines_of_tail_are_as_tail_writes_them() -> None:
    [shown] = [block for block in blocks("console") if "newsriver tail articles" in block]
    lines = [line for line in shown.splitlines() if not line.startswith("$")]
    assert len(lines) == 3
    for line in lines:
        time, language, source, rest = line.split(maxsplit=3)
        title, _, topics = rest.rpartition("  ")
        outlet, story = SAMPLE[title]
        assert line == f"{time} {language:3} {source:24} {title}  {topics}"
        assert language == outlet.language
        assert topics == "sanctions:about"
        assert "sanctions" in story.topics.about


def test_the_sample_event_is_an_article() -> None:
    [shown] = blocks("json")
    event = json.loads(re.sub(r'"([0-9a-f]*)…"', lambda elided: f'"{elided[1]:0<32}"', shown))
    article = decode(orjson.dumps({**orjson.loads(encode(_article())), **event}), Article)
    assert event.keys() <= {field.name for field in fields(Article)}
    assert article.article_id.rstrip("0") in article_id(article.url)
    outlet, story = SAMPLE[article.title]
    assert article.language == outlet.language
    rules = {rule.id: rule for rule in packaged_rules()}
    for topic in article.topics:
        assert topic.topic_id in getattr(story.topics, topic.label)
        assert topic.iptc == rules[topic.topic_id].iptc
        for passage in topic.evidence:
            assert article.title[passage.start : passage.end] == passage.text


@pytest.mark.embedded
async def test_the_program_that_subscribes_reads_articles(tmp_path: Path) -> None:
    [program] = blocks("python")
    assert "localhost:9092" in program
    stream = topic_stream("sanctions")
    async with EmbeddedBroker(tmp_path) as broker:
        clients = Clients(Connection(broker.bootstrap_servers, fresh_producer_ids=True))
        admin = clients.admin()
        await admin.start()
        await create(admin, [StreamSpec(NAMES.stream(stream), partitions=2, replication=1)])
        await admin.close()
        await put(clients, NAMES, stream, [_article()], "test")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program.replace("localhost:9092", broker.bootstrap_servers),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), 30)
        finally:
            process.kill()
            await process.communicate()
    assert line.decode() == "en New sanctions https://ostwind.example/sanctions\n"


def test_the_table_in_sql_has_columns_of_an_article_and_a_stream_that_exists() -> None:
    [statement] = blocks("sql")
    columns = re.findall(r"[(,] ?`?(\w+)`? STRING", statement)
    assert len(columns) == statement.count("STRING")
    assert set(columns) <= {field.name for field in fields(Article)}
    [stream] = re.findall(r"'topic' = '([^']+)'", statement)
    assert known_stream(stream, NAMES) is not None


def test_the_streams_in_the_table_exist_under_their_keys() -> None:
    rows = re.findall(r"^\| `(news\.[^`]+)` \| (\w[\w ]*)? ?\|", README, re.MULTILINE)
    assert len(rows) >= 5
    for name, key in rows:
        stream = known_stream(re.sub(r"<\w+>", "sanctions", name), NAMES)
        assert stream is not None, name
        if key and "_" in key:
            assert key.strip() in {field.name for field in fields(stream.event)}


def test_streams_and_rules_come_before_the_first_stage_on_a_cluster() -> None:
    [shown] = [block for block in blocks("console") if "newsriver run" in block]
    commands = [words_of(line[2:])[1][1:3] for line in shown.splitlines()]
    assert commands == [[], ["streams", "apply"], ["rules", "apply"], ["run", "poller"]]


def test_ports_are_those_of_the_compose_file() -> None:
    ports = {name: service["ports"][0].split(":")[:2] for name, service in SERVICES.items() if "ports" in service}
    assert f"| Apache Kafka | `{':'.join(ports.pop('kafka'))}` |" in README
    [postgres] = re.findall(r"^\| PostgreSQL.* \| `(.+)` \|$", README, re.MULTILINE)
    assert postgres == ":".join(ports.pop("postgres"))
    [row] = re.findall(r"^\| (poller, .*) \| `http://127.0.0.1:(\d+)` to `(\d+)`", README, re.MULTILINE)
    stages, first, last = row
    numbered = {stage: ["127.0.0.1", str(int(first) + n)] for n, stage in enumerate(stages.split(", "))}
    assert numbered == ports
    assert last == max(port for _, port in ports.values())


def test_newsroom_and_topics_are_as_many_as_they_are_said_to_be() -> None:
    assert len(Newsroom().feeds) == 11
    assert "eleven made-up outlets" in README
    assert f"- [Topics](docs/topics.md): {len(packaged_rules())}, in nine languages" in README
    assert len({language for rule in packaged_rules() for language in rule.terms}) == 9


def test_the_extras_exist() -> None:
    assert set(re.findall(r"`newsriver\[(\w+)\]`", README)) <= set(EXTRAS)


def test_files_that_are_linked_to_exist() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def _article() -> Article:
    url = "https://ostwind.example/sanctions"
    return Article(
        id="event", emitted_at=NOW, article_id=article_id(url), entry_id="e", feed_id="f", url=url,
        fetched_url=url, source="ostwind.example", title="New sanctions", body="New sanctions.", language="en",
        discovered_at=NOW, fetched_at=NOW, origin="page", extractor="t", extractor_version="2", revision=1,
        kind="new",
        signature=Signature(algorithm="a", content_hash="h", words=8, shingles=6, minhash="", lead=""),
    )  # fmt: skip
