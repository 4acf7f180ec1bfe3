"""The command line as a whole: global options, the commands, and what an error means to the shell.

Modules of commands import what they need inside their functions, so that `newsriver --help` is quick and works where
the extras of a stage are not installed.
"""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from newsriver.cli.commands import (
    alerts,
    broker,
    config,
    demo,
    dlq,
    doctor,
    explain,
    feeds,
    rules,
    run,
    search,
    streams,
    tail,
    up,
)
from newsriver.cli.context import Context
from newsriver.cli.extras import extra_of
from newsriver.cli.output import write_error
from newsriver.errors import EXIT_FAILURE, EXIT_USAGE, NewsriverError
from schemas.errors import ContractError

app = typer.Typer(
    name="newsriver",
    help="News feeds in, exactly-once event streams of articles, stories, topics and alerts out.",
    epilog="Exit status: 0 done, 1 failed while running, 2 wrong usage or settings, 3 not found or a check failed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from newsriver.version import version

        typer.echo(version())
        raise typer.Exit


@app.callback()
def settings(
    context: typer.Context,
    config_file: Annotated[
        Path | None, typer.Option("--config", help="TOML file with settings.", show_default="./newsriver.toml")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    context.obj = Context(config_file)


app.command("up")(up.up)
app.command("run")(run.run)
app.command("demo")(demo.demo)
app.add_typer(feeds.app, name="feeds")
app.command("tail")(tail.tail)
app.command("search")(search.search)
app.command("explain")(explain.explain)
app.add_typer(rules.app, name="rules")
app.add_typer(alerts.app, name="alerts")
app.add_typer(streams.app, name="streams")
app.add_typer(dlq.app, name="dlq")
app.add_typer(config.app, name="config")
app.command("doctor")(doctor.doctor)
app.command("broker")(broker.broker)


def main() -> None:
    """The console script. What has a name ends in a message and an exit status; only a bug shows a traceback."""
    try:
        app()
    except NewsriverError as error:
        _end(str(error), error.exit_code)
    except ContractError as error:
        _end(str(error), EXIT_FAILURE)
    except ModuleNotFoundError as error:
        extra = extra_of(error.name or "")
        if extra is None:
            raise
        _end(f"the module {error.name} is not installed: install newsriver[{extra}]", EXIT_USAGE)


def _end(message: str, status: int) -> NoReturn:
    write_error(message)
    sys.exit(status)
