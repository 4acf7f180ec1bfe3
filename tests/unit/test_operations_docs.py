"""What docs/operations.md says is so: settings, metrics, alerts, log events, figures."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase
from pydantic.fields import FieldInfo

from newsriver.health import STALE_S
from newsriver.kafka import deadletters
from newsriver.kafka.clients import SESSION_TIMEOUT_MS, TRANSACTION_TIMEOUT_MS
from newsriver.kafka.working import MAX_WAITING
from newsriver.metrics import Metrics
from newsriver.settings import Settings, load
from newsriver.settings_sources import is_secret, known
from schemas.streams import PARTITIONS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
SERVICE_CODE = [
    *(ROOT / "newsriver" / "kafka").glob("*.py"),
    *(ROOT / "newsriver").glob("*.py"),
    *(ROOT / "newsriver" / "broker").glob("*.py"),
    *(ROOT / "producers").rglob("stage.py"),
    *(ROOT / "consumers").rglob("stage.py"),
    ROOT / "newsriver" / "cli" / "river.py",
]


def blocks(kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def table(header: str) -> list[str]:
    """The rows of the table that begins with this line."""
    return PAGE.partition(f"{header}\n")[2].partition("\n\n")[0].splitlines()[1:]


def test_the_table_of_settings_is_that_of_the_code() -> None:
    expected = [_row_of_setting(path.replace("*", "NAME"), field) for path, field in known(Settings).items()]
    assert table("| setting | variable | default | secret | meaning |") == expected


def _row_of_setting(path: str, field: FieldInfo) -> str:
    variable = f"NEWSRIVER_{path.replace('.', '__').upper()}"
    secret = "yes" if is_secret(field) else ""
    return f"| `{path}` | `{variable}` | {_default(path, field)} | {secret} | {field.description} |"


def _default(path: str, field: FieldInfo) -> str:
    """A default as one would write it into a variable."""
    if path == "fetch.user_agent":
        return "`newsriver/VERSION`"
    if field.is_required():
        return "must be given"
    match field.default:
        case None | ():
            return ""
        case bool() as value:
            return f"`{str(value).lower()}`"
        case tuple() as values:
            return f"`{','.join(map(str, values))}`"
        case value:
            return f"`{value}`"


def test_the_table_of_metrics_is_that_of_the_code() -> None:
    assert table("| metric | type | labels | meaning |") == [
        f"| `{_scraped_as(each)}` | {each._type} | {', '.join(each._labelnames)} | {each._documentation} |"
        for each in _metrics()
    ]


def _metrics() -> list[MetricWrapperBase]:
    return [value for value in vars(Metrics()).values() if isinstance(value, MetricWrapperBase)]


def _scraped_as(metric: MetricWrapperBase) -> str:
    return f"{metric._name}_total" if metric._type == "counter" else metric._name


def alerts() -> dict[str, dict[str, Any]]:
    [text] = blocks("yaml")
    [group] = yaml.safe_load(text)["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


@pytest.mark.parametrize("name", alerts())
def test_an_alert_asks_for_metrics_and_labels_that_exist(name: str) -> None:
    expression = alerts()[name]["expr"]
    metrics = {_scraped_as(each): set(each._labelnames) for each in _metrics()}
    asked = {re.sub("_(count|bucket)$", "", found) for found in re.findall(r"newsriver_\w+", expression)}
    assert asked
    assert asked <= metrics.keys()
    listed = re.findall(r"(?:by|on) \(([\w, ]+)\)", expression)
    labels = {label for names in listed for label in names.split(", ")} | set(re.findall(r"\{(\w+)=", expression))
    assert labels - {"le"} <= set().union(*(metrics[each] for each in asked))


def test_the_number_of_partitions_in_the_alerts_is_the_default() -> None:
    assert alerts()["NewsriverPartitionWithoutTask"]["expr"].endswith(f"< {PARTITIONS}")


def test_every_log_event_that_is_told_of_exists_and_every_warning_and_error_of_a_service_is_told_of() -> None:
    told = {name: level for row in table("| event | level | what it says |") for name, level in _event(row)}
    code = "\n".join(path.read_text() for path in SERVICE_CODE)
    found = re.findall(r"log\.(debug|info|warning|error)\(\s*\"([a-z_]+\.[a-z_]+)\"", code)
    logged = {name: level for level, name in found} | {"process.aborting": "info"}  # one of two in one call
    assert told.items() <= logged.items()
    assert {name for name, level in logged.items() if level in ("warning", "error")} <= told.keys()


def _event(row: str) -> list[tuple[str, str]]:
    names, level = row.split("|")[1:3]
    return [(name, level.strip()) for name in re.findall(r"`([a-z_.]+)`", names)]


def test_the_settings_that_are_shown_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NEWSRIVER_")]:
        monkeypatch.delenv(name)
    shown = blocks("toml")
    assert len(shown) == 2
    (tmp_path / "sasl").write_text("harbour-at-dawn")
    for text in shown:
        (tmp_path / "newsriver.toml").write_text(text)
        if "sasl_username" in text:
            monkeypatch.setenv("NEWSRIVER_KAFKA__SASL_PASSWORD_FILE", str(tmp_path / "sasl"))
        else:
            monkeypatch.delenv("NEWSRIVER_KAFKA__SASL_PASSWORD_FILE", raising=False)
        load(tmp_path / "newsriver.toml")


def test_the_figures_are_those_of_the_code() -> None:
    assert f"for {STALE_S:.0f} seconds" in PAGE
    assert deadletters.MAX_CONSECUTIVE == 100
    assert (deadletters.MAX_RATIO, deadletters.WINDOW) == (0.5, 1000)
    assert "A hundred in a row, or half of the last thousand" in PAGE
    assert f"after {SESSION_TIMEOUT_MS // 1000} seconds" in PAGE
    assert f"after {TRANSACTION_TIMEOUT_MS // 1000} seconds" in PAGE
    assert f"only where {MAX_WAITING:,} items of a task wait" in PAGE
