"""`newsriver doctor`: whether this machine and these settings are fit to run the river."""

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import typer

from newsriver.cli.context import AsJson, of, run_async
from newsriver.cli.extras import EXTRAS
from newsriver.cli.output import write_rows
from newsriver.errors import NewsriverError, NotFoundError

if TYPE_CHECKING:
    from newsriver.settings import Settings

_WITHOUT = {
    "embedded": "`newsriver up` needs Apache Kafka",
    "producers": "poller and scraper cannot run",
    "consumers": "revisions, dedup, stories, topics, watcher, bursts and alerts cannot run",
    "notify": "notifier can only write to the console",
    "segments": "rules cannot look for words in Japanese, Thai, Lao, Khmer and Burmese",
}


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Check Python, the data directory and the broker, and say what cannot run for want of an extra.

    Exit status 3 when something is amiss. A missing extra is not: a process needs those of its stages only.
    """
    settings = of(context).tool()
    rows = [_python(), *_extras(), _data_dir(settings), run_async(_broker(settings))]
    write_rows(rows, ("check", "ok", "detail"), as_json=as_json)
    if amiss := [row["check"] for row in rows if row["ok"] is False]:
        raise NotFoundError(f"amiss: {', '.join(amiss)}")


def _row(check: str, ok: bool | None, detail: str) -> dict[str, Any]:
    """What a check found; `ok` is None where it depends on what the machine is for."""
    return {"check": check, "ok": ok, "detail": detail}


def _python() -> dict[str, Any]:
    return _row("python", sys.version_info >= (3, 11), sys.version.split()[0])


def _extras() -> list[dict[str, Any]]:
    rows = []
    for extra, modules in EXTRAS.items():
        missing = [module for module in modules if find_spec(module) is None]
        if missing:
            detail = f"{_WITHOUT[extra]}; missing {', '.join(missing)}: install newsriver[{extra}]"
            rows.append(_row(extra, None, detail))
        else:
            rows.append(_row(extra, True, "installed"))
    return rows


def _data_dir(settings: "Settings") -> dict[str, Any]:
    directory = settings.data_dir
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        return _row("data_dir", False, f"{directory}: {error.strerror}")
    return _row("data_dir", True, f"{directory} is writable")


async def _broker(settings: "Settings") -> dict[str, Any]:
    from newsriver.cli.connect import connected

    try:
        async with connected(settings, start=True) as access:
            kind = "embedded" if settings.kafka.bootstrap_servers is None else "configured"
            return _row("broker", True, f"{kind}, answers at {access.bootstrap_servers}")
    except NewsriverError as error:
        return _row("broker", False, str(error))
