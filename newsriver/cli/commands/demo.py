"""`newsriver demo`: the real river on the sample newsroom, shown as it flows and checked at its end."""

from typing import Annotated, Any

import typer

from newsriver.cli.context import AsJson, of, run_async
from newsriver.cli.output import write_json, write_line
from newsriver.errors import NewsriverError

SHOWN = 20
"""Differences that are named; the others are counted."""


class DemoFailedError(NewsriverError):
    """What arrived is not what the newsroom published."""


def demo(
    context: typer.Context,
    seconds: Annotated[float, typer.Option(min=20, help="Be over after so many seconds, whatever happens.")] = 85,
    as_json: AsJson = False,
) -> None:
    """Run the river on made-up outlets for at most 90 seconds. Exit status 1 if something is not as published."""
    from newsriver.cli.demonstration import demonstrate

    settings = of(context).tool()
    differences = run_async(demonstrate(settings, seconds, write_json if as_json else _write_lines))
    if differences:
        shown = "\n".join(differences[:SHOWN])
        rest = f"\nand {len(differences) - SHOWN} more" if len(differences) > SHOWN else ""
        raise DemoFailedError(f"not as the newsroom published it:\n{shown}{rest}")


def _write_lines(event: dict[str, Any]) -> None:
    for line in event["line"].splitlines():
        write_line(line)
