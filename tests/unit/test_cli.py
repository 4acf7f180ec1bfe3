"""The command without a broker: help, exit codes, output, what it imports."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = str(Path(sys.executable).parent / "newsriver")
COMMANDS = (
    *("up", "run", "demo", "tail", "search", "doctor", "broker"),
    *("feeds add", "feeds import", "feeds list", "feeds remove", "feeds check"),
    *("rules check", "rules apply", "rules list", "streams list", "streams apply"),
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


def test_the_version_is_told(tmp_path: Path) -> None:
    assert _run("--version", directory=tmp_path).stdout.strip()[0].isdigit()


def test_completion_is_offered(tmp_path: Path) -> None:
    finished = _run("--show-completion", "bash", directory=tmp_path, SHELL="/bin/bash")
    assert "_NEWSRIVER_COMPLETE" in finished.stdout + finished.stderr


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
