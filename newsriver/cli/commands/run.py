"""`newsriver run`: some stages in this process, others elsewhere."""

from typing import TYPE_CHECKING, Annotated

import typer

from newsriver.cli.context import of, run_async
from newsriver.cli.output import write_line
from newsriver.errors import UsageError

if TYPE_CHECKING:
    from newsriver.settings import Settings

STAGE_NAMES = "poller, scraper, revisions, dedup, stories, topics, watcher, bursts, alerts, notifier, sink"


def run(
    context: typer.Context,
    stages: Annotated[list[str], typer.Argument(help=f"Any of {STAGE_NAMES}.")],
) -> None:
    """Run one stage or several; more processes running the same stage share its partitions."""
    from newsriver.cli.catalogue import check_stages

    names = check_stages(stages)
    settings = of(context).service()
    if settings.kafka.bootstrap_servers is None:
        raise UsageError(
            "`newsriver run` needs a broker that outlives it: set NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS, or use "
            "`newsriver up`"
        )
    run_async(_run(names, settings))


async def _run(names: list[str], settings: "Settings") -> None:
    from newsriver.cli.connect import connected
    from newsriver.cli.river import run_stages

    async with connected(settings, start=False) as access:
        await run_stages(names, settings, access, write_line=write_line)
