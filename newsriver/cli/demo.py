"""`newsriver demo`: the real river on the sample newsroom, shown as it flows and checked at its end."""

from typing import Annotated

import typer

from newsriver.cli.context import AsJson, of, run_async
from newsriver.cli.output import write_json, write_line
from newsriver.errors import NewsriverError


class DemoFailedError(NewsriverError):
    """What arrived is not what the newsroom published."""


def demo(
    context: typer.Context,
    seconds: Annotated[float, typer.Option(min=20, help="Give up after so many seconds.")] = 85,
    as_json: AsJson = False,
) -> None:
    """Run the river on made-up outlets for at most 90 seconds. Exit status 1 if something is not as published."""
    from newsriver.cli.demonstration import demonstrate

    settings = of(context).tool()
    write = write_json if as_json else (lambda event: write_line(event["line"]))
    differences = run_async(demonstrate(settings, seconds, write))
    if differences:
        raise DemoFailedError(f"{len(differences)} differences: " + "; ".join(differences[:20]))
