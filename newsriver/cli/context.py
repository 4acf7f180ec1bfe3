"""What the commands share: the settings, read once and only when a command needs them, and the log."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from newsriver.errors import UsageError

if TYPE_CHECKING:
    from newsriver.settings import Settings

R = TypeVar("R")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]


@dataclass(frozen=True, slots=True)
class Context:
    """The global options."""

    config_file: Path | None

    def service(self) -> "Settings":
        """The settings for a process that stays; it logs as they say."""
        settings = self._load()
        self._log(settings, settings.log.level)
        return settings

    def tool(self) -> "Settings":
        """The settings for a command that does one thing; it logs what goes wrong, unless asked for more detail."""
        settings = self._load()
        self._log(settings, "debug" if settings.log.level == "debug" else "error")
        return settings

    def _load(self) -> "Settings":
        from newsriver.settings import load

        return load(self.config_file)

    def _log(self, settings: "Settings", level: str) -> None:
        from newsriver.logs import configure

        configure(level, settings.log.format)


def of(context: typer.Context) -> Context:
    """The global options of this call."""
    found = context.obj
    if not isinstance(found, Context):
        raise UsageError("this command must be called through `newsriver`")
    return found


def run_async(work: Coroutine[Any, Any, R]) -> R:
    """Run a command's coroutine to its end. Interrupted by Ctrl-C it ends as shells expect, with status 130."""
    import uvloop

    from newsriver.memory import settle

    settle()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
