"""The command without a broker: help, exit codes, output, what it imports."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

from newsriver.cli.catalogue import ALL, STAGES
from newsriver.cli.commands.doctor import _WITHOUT
from newsriver.cli.commands.run import STAGE_NAMES
from newsriver.cli.extras import EXTRAS, extra_of
from newsriver.cli.subscriptions import subscriptions
from schemas.identity import feed_id

ROOT = Path(__file__).resolve().parents[2]
COMMAND = str(Path(sys.executable).parent / "newsriver")
COMMANDS = (
    *("up", "run", "demo", "tail", "search", "explain", "doctor", "broker"),
    *("feeds add", "feeds import", "feeds list", "feeds remove", "feeds check"),
    *("rules check", "rules test", "rules train", "rules backtest", "rules apply", "rules list", "rules remove"),
    *("streams list", "streams apply"),
    *("alerts list", "alerts ack", "alerts unack", "alerts resend"),
    *("alerts silence", "alerts silences", "alerts unsilence"),
    *("dlq list", "dlq show", "dlq retry", "config show"),
)
HEAVY = ("aiokafka", "trafilatura", "feedparser", "aiohttp", "numpy", "msgspec")


def _run(*arguments: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": "/usr/bin:/bin", "NEWSRIVER_DATA_DIR": str(directory), **environment}
    return subprocess.run(
        [COMMAND, *arguments], cwd=directory, env=variables, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str, tmp_path: Path) -> None:
    finished = _run(*command.split(), "--help", directory=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert "Usage" in finished.stdout


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys, newsriver.cli.app\n"
        "from typer.testing import CliRunner\n"
        "assert CliRunner().invoke(newsriver.cli.app.app, ['--help']).exit_code == 0\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert finished.stdout.strip() == "[]"


def test_every_stage_is_named_where_stages_are_asked_for() -> None:
    assert ", ".join(ALL) == STAGE_NAMES


def test_the_address_of_a_check_is_explained(tmp_path: Path) -> None:
    assert "news sitemap" in _run("feeds", "check", "--help", directory=tmp_path).stdout


def test_the_version_is_told(tmp_path: Path) -> None:
    assert _run("--version", directory=tmp_path).stdout.strip()[0].isdigit()


def test_a_shell_completes_commands(tmp_path: Path) -> None:
    # As the script of `--install-completion` asks; which script that is depends on the shell around the test.
    asked = {"_NEWSRIVER_COMPLETE": "complete_bash", "COMP_WORDS": "newsriver rules ba", "COMP_CWORD": "2"}
    assert _run(directory=tmp_path, **asked).stdout.split() == ["backtest"]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("run", "poler"), 2, "poler"),
        (("run", "poller"), 2, "NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS"),
        (("nonsense",), 2, "nonsense"),
        (("feeds", "import", "missing.opml"), 2, "missing.opml"),
        (("feeds", "add", "not an address"), 2, "not an address"),
        (("rules", "check", "missing.yaml"), 2, "missing.yaml"),
        (("search", "summit"), 2, "newsriver up"),
        (("alerts", "silence", "severity=info"), 2, "--for how long or --until when"),
        (("alerts", "silence", "severity=info", "--for", "2h", "--until", "2999-01-01"), 2, "either --for"),
        (("alerts", "silence", "severity", "--for", "2h"), 2, "not a matcher: 'severity'"),
        (("alerts", "silence", "source=~(", "--for", "2h"), 2, "not a regular expression"),
        (("alerts", "silence", "severity=info", "--for", "soon"), 2, "--for: not a duration: 'soon'"),
        (("alerts", "silence", "severity=info", "--for", "0s"), 2, "--for: 0s is no time at all"),
        (("alerts", "silence", "severity=info", "--until", "noon"), 2, "--until: not a time: noon"),
        (("alerts", "silence", "severity=info", "--until", "2001-01-01"), 2, "before it begins"),
        (("alerts", "list", "--since", "yesterday"), 2, "--since: not a time: yesterday"),
        (("--config", "missing.toml", "config", "show"), 2, "missing.toml"),
    ],
)
def test_mistakes_have_a_status_and_a_message(
    arguments: tuple[str, ...], status: int, said: str, tmp_path: Path
) -> None:
    finished = _run(*arguments, directory=tmp_path)
    assert finished.returncode == status, finished.stderr
    assert said in finished.stderr
    assert "Traceback" not in finished.stderr
    assert finished.stdout == ""


def test_a_wrong_setting_is_named_with_its_place(tmp_path: Path) -> None:
    finished = _run("config", "show", directory=tmp_path, NEWSRIVER_PARTITIONS="many")
    assert finished.returncode == 2
    assert "partitions" in finished.stderr.lower()


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    finished = _run("config", "show", "--json", directory=tmp_path, NEWSRIVER_KAFKA__SASL_PASSWORD="hunter2-hunter2")
    assert finished.returncode == 0, finished.stderr
    assert "hunter2" not in finished.stdout + finished.stderr
    rows = {row["setting"]: row for row in map(json.loads, finished.stdout.splitlines())}
    assert "NEWSRIVER_KAFKA__SASL_PASSWORD" in json.dumps(rows["kafka.sasl_password"])


def test_the_packaged_rules_pass_their_own_tests(tmp_path: Path) -> None:
    finished = _run("rules", "check", "--json", directory=tmp_path)
    assert finished.returncode == 0, finished.stderr
    rows = [json.loads(line) for line in finished.stdout.splitlines()]
    assert len(rows) >= 10


def test_a_broken_rule_file_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("alerts:\n  - id: x\n    query: 'summit OR'\n")
    finished = _run("rules", "check", "broken.yaml", directory=tmp_path)
    assert finished.returncode in (2, 3)
    assert "broken.yaml" in finished.stderr + finished.stdout
    assert "Traceback" not in finished.stderr


def test_a_channel_that_is_not_set_up_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "alerts.yaml").write_text(
        "alerts:\n"
        "  - {id: known, title: Known, query: summit, channels: [console, desk]}\n"
        "  - {id: lost, title: Lost, query: summit, channels: [desk, pigeon]}\n"
    )
    (tmp_path / "newsriver.toml").write_text(
        "[channels.desk]\ntype = 'apprise'\nurl = 'mailto://desk:x@post.example'\n"
    )
    finished = _run("rules", "check", "alerts.yaml", directory=tmp_path)
    assert finished.returncode == 0
    [warning] = finished.stderr.splitlines()
    assert "alerts.yaml:3: lost: there is no channel pigeon in the settings; there are console, desk" in warning


def test_names_that_nothing_has_are_warned_of(tmp_path: Path) -> None:
    (tmp_path / "talks.yaml").write_text("id: talks\ntitle: {en: Talks}\nterms: {en: {core: {talks: 9}}}\n")
    (tmp_path / "alerts.yaml").write_text(
        "alerts:\n"
        "  - {id: sound, title: S, query: 'x OR topic:(summit talks Sanct* *_war OR !strike)', inhibited_by: [lost]}\n"
        "  - {id: lost, title: L, query: 'x NOT topic:sumit AND (y OR topic:nosuch*)', inhibited_by: [sond, talks]}\n"
        "  - {id: peace, title: P, burst: {topics: [talks, sumit]}}\n"
    )
    finished = _run("rules", "check", "alerts.yaml", "talks.yaml", directory=tmp_path)
    assert finished.returncode == 0
    assert finished.stderr.splitlines() == [
        "newsriver: warning: alerts.yaml:2: sound: there is no topic _war",
        "newsriver: warning: alerts.yaml:3: lost: there is no topic sumit; did you mean summit?",
        "newsriver: warning: alerts.yaml:3: lost: there is no topic nosuch",
        "newsriver: warning: alerts.yaml:3: lost: inhibited_by: there is no alert rule sond; did you mean sound?",
        "newsriver: warning: alerts.yaml:3: lost: inhibited_by: there is no alert rule talks",
        "newsriver: warning: alerts.yaml:4: peace: burst: there is no topic sumit; did you mean summit?",
    ]


def test_a_query_that_can_hardly_be_meant_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "alerts.yaml").write_text(
        "alerts:\n"
        "  - {id: sound, title: Sound, query: topic:summit AND tanker*}\n"
        "  - {id: lost, title: Lost, query: 'lang:de AND lang:fr AND tanker*'}\n"
    )
    finished = _run("rules", "check", "alerts.yaml", directory=tmp_path)
    assert finished.returncode == 0
    [warning] = finished.stderr.splitlines()
    assert "lost: never: lang:de AND lang:fr AND tanker*: no article has lang:de and lang:fr" in warning


def test_all_broken_rules_of_all_files_are_reported_and_the_good_ones_checked(tmp_path: Path) -> None:
    (tmp_path / "alerts.yaml").write_text(
        "alerts:\n"
        "  - {id: open, title: Open, query: '(summit'}\n"
        "  - {id: good, title: Good, query: summit}\n"
        "  - {id: slow, title: Slow, query: summit, repeat_interval: soon}\n"
        "  - {id: good, title: Again, query: summit}\n"
        "  - {id: odd, colour: red}\n"
        "  - summit\n"
    )
    (tmp_path / "topic.yaml").write_text("id: empty\ntitle: {en: Empty}\nterms: {}\n")
    (tmp_path / "list.yaml").write_text("- summit\n")
    (tmp_path / "number.yaml").write_text("alerts:\n  - {1: one, id: odd}\n")
    (tmp_path / "deep.yaml").write_text("[" * 3000)
    finished = _run(
        "rules", "check", "--json", "alerts.yaml", "topic.yaml", "list.yaml", "number.yaml", "deep.yaml", "gone.yaml",
        directory=tmp_path,
    )  # fmt: skip
    assert finished.returncode == 2
    for place in (
        *("alerts.yaml:2: open", "alerts.yaml:4: slow", "alerts.yaml:5: there is a rule good at alerts.yaml:3"),
        *("alerts.yaml:6: odd", "alerts.yaml:7", "topic.yaml: ", "list.yaml: ", "deep.yaml: ", "gone.yaml: "),
        "number.yaml: line 2, column 6: this key is no text",
    ):
        assert place in finished.stderr
    assert "Traceback" not in finished.stderr
    assert [json.loads(line)["rule"] for line in finished.stdout.splitlines()] == ["good"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/feed", "nonsense"])
def test_a_feed_that_cannot_be_checked_is_named_once(url: str, tmp_path: Path) -> None:
    finished = _run("feeds", "check", url, directory=tmp_path)
    assert finished.returncode in (2, 3)
    assert finished.stderr.count(url) == 1, finished.stderr


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("feed://ostwind.example/rss", "http://ostwind.example/rss"),
        ("feed:https://ostwind.example/rss", "https://ostwind.example/rss"),
        ("FEED://https://ostwind.example/rss", "https://ostwind.example/rss"),
        (" https://ostwind.example/feed://rss?utm_source=a ", "https://ostwind.example/feed://rss?utm_source=a"),
    ],
)
def test_addresses_are_understood_as_feed_readers_write_them(written: str, meant: str) -> None:
    assert subscriptions([{"url": written, "title": "Ostwind"}]).feeds == {
        feed_id(meant): {"url": meant, "title": "Ostwind"}
    }


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    [reason] = subscriptions([{"url": "https://leser:pa55@ostwind.example/rss"}]).refused.values()
    assert "fetch.netrc_file" in reason
    assert "pa55" not in reason


@pytest.mark.parametrize(
    "url",
    [
        *("ostwind.example", "mailto:desk@ostwind.example", "feed:", "feed:///rss", "http://", "http://[::1/"),
        *("http://ostwind.example:port/", "http://ostwind.example:99999/", "http://ost wind.example/"),
    ],
)
def test_addresses_of_nothing_are_refused_and_named(url: str) -> None:
    found = subscriptions([{"url": url}, {"url": "https://ostwind.example/rss"}])
    assert [fields["url"] for fields in found.feeds.values()] == ["https://ostwind.example/rss"]
    assert list(found.refused) == [url]


@pytest.mark.parametrize(
    ("extra", "arguments"),
    [
        ("producers", ("feeds", "import", "list.opml")),
        ("producers", ("feeds", "check", "https://ostwind.example/rss")),
        ("embedded", ("up",)),
        ("consumers", ("rules", "check")),
        ("consumers", ("tail", "--match", "summit")),
    ],
)
def test_a_missing_extra_is_named(extra: str, arguments: tuple[str, ...], tmp_path: Path) -> None:
    finished = _run_without(EXTRAS[extra], arguments, tmp_path)
    assert finished.returncode == 2, finished.stderr
    assert f"install newsriver[{extra}]" in finished.stderr
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize(
    ("arguments", "said"), [(("tail",), "no river is running"), (("search", "summit"), "nothing to search yet")]
)
def test_what_needs_no_extra_works_without_any(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    finished = _run_without([module for modules in EXTRAS.values() for module in modules], arguments, tmp_path)
    assert said in finished.stderr


@pytest.mark.embedded
def test_an_extra_that_is_missing_is_told_by_the_doctor_and_is_no_failure(tmp_path: Path) -> None:
    missing = [module for extra, modules in EXTRAS.items() if extra != "embedded" for module in modules]
    finished = _run_without(missing, ("doctor", "--json"), tmp_path)
    assert finished.returncode == 0, finished.stderr
    rows = {row["check"]: row for row in map(json.loads, finished.stdout.splitlines())}
    assert {check for check, row in rows.items() if row["ok"] is None} == EXTRAS.keys() - {"embedded"}
    assert {check for check, row in rows.items() if row["ok"]} == {"python", "embedded", "data_dir", "broker"}
    for extra in EXTRAS.keys() - {"embedded"}:
        assert f"install newsriver[{extra}]" in rows[extra]["detail"]


def test_without_any_broker_the_doctor_fails(tmp_path: Path) -> None:
    finished = _run_without(EXTRAS["embedded"], ("doctor",), tmp_path)
    assert finished.returncode == 3
    assert "amiss: broker" in finished.stderr


@pytest.mark.parametrize(
    ("extra", "stages"),
    [("producers", STAGES), ("consumers", STAGES[2:])],  # numpy of the scraper comes with its own extra too
)
def test_the_stages_that_the_doctor_says_cannot_run_are_those_that_cannot(
    extra: str, stages: Sequence[str], tmp_path: Path
) -> None:
    program = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({list(EXTRAS[extra])!r}))\n"
        "import asyncio\n"
        "from contextlib import AsyncExitStack\n"
        "from newsriver.cli.bootstrap import Surroundings, _stage\n"
        "from newsriver.clock import SystemClock\n"
        "from newsriver.settings import Settings\n"
        "async def build(name):\n"
        "    async with AsyncExitStack() as stack:\n"
        "        await _stage(name, Surroundings(Settings(), None, SystemClock(), None, None, print), stack)\n"
        f"for name in {stages!r}:\n"
        "    try:\n"
        "        asyncio.run(build(name))\n"
        "    except ModuleNotFoundError:\n"
        "        print(name)\n"
    )
    finished = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    told = re.sub(" cannot run$", "", _WITHOUT[extra]).replace(" and ", ", ").split(", ")
    assert finished.stdout.splitlines() == told


def test_a_module_of_nobody_is_a_bug_and_shows_where(tmp_path: Path) -> None:
    finished = _run_without(["orjson"], ("config", "show", "--json"), tmp_path)
    assert "Traceback" in finished.stderr


def test_the_extras_bring_every_module_that_is_no_core_dependency() -> None:
    core = {_distribution(text) for text in requires("newsriver") or () if "extra ==" not in text}
    brought = packages_distributions()
    for package in ("producers", "consumers"):
        for module in sorted(_imported(ROOT / package)):
            if not core & {name.lower() for name in brought[module]}:
                extras = ("consumers", "notify", "segments") if package == "consumers" else (package,)
                assert extra_of(module) in extras, f"{module} is in no extra of newsriver.cli.extras"


def _imported(folder: Path) -> set[str]:
    """The top-level packages of others that the modules in a folder import."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Import(names=names):
                    found |= {alias.name.partition(".")[0] for alias in names}
                case ast.ImportFrom(module=str(name), level=0):
                    found.add(name.partition(".")[0])
    return found - sys.stdlib_module_names - {"newsriver", "producers", "consumers", "schemas"}


def _distribution(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower()


def _run_without(modules: Sequence[str], arguments: Sequence[str], directory: Path) -> subprocess.CompletedProcess[str]:
    """Call the command as if these modules were not installed."""
    program = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({list(modules)!r}))\n"
        f"sys.argv = ['newsriver', *{list(arguments)!r}]\n"
        "from newsriver.cli import main\n"
        "main()"
    )
    return subprocess.run(
        [sys.executable, "-c", program], cwd=directory, env={"NEWSRIVER_DATA_DIR": str(directory)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
