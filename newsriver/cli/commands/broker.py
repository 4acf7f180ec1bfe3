"""`newsriver broker`: the embedded broker on its own, for programs that want to try the streams."""

from pathlib import Path
from typing import Annotated

import typer

from newsriver.cli.context import of, run_async
from newsriver.cli.output import write_line


def broker(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback; 0 takes a free one.")] = 0,
    directory: Annotated[
        Path | None, typer.Option("--data-dir", help="Where it keeps its data.", show_default="<data_dir>/broker")
    ] = None,
) -> None:
    """Run the embedded broker until stopped; prints its address. For trials: see the limits in the README."""
    settings = of(context).service()
    run_async(_serve(directory or settings.broker_dir, port, settings.shutdown_s))


async def _serve(directory: Path, port: int, deadline_s: float) -> None:
    from newsriver.broker import EmbeddedBroker
    from newsriver.cli.services import BrokerService
    from newsriver.lifecycle import run_until_stopped

    async with EmbeddedBroker(directory, port) as started:
        write_line(started.bootstrap_servers)
        await run_until_stopped([BrokerService(started)], deadline_s)
