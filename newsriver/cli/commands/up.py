"""`newsriver up`: the whole river in one process."""

from typing import TYPE_CHECKING

import typer

from newsriver.cli.context import of, run_async
from newsriver.cli.output import write_line

if TYPE_CHECKING:
    from newsriver.settings import Settings


def up(context: typer.Context) -> None:
    """Run all stages in one process, on the embedded broker unless another one is configured."""
    run_async(_up(of(context).service()))


async def _up(settings: "Settings") -> None:
    from newsriver.cli.catalogue import ALL
    from newsriver.cli.connect import connected
    from newsriver.cli.river import apply_rules, prepare_streams, run_stages
    from newsriver.cli.rulefiles import packaged
    from newsriver.cli.rulesource import rules_in_force
    from newsriver.clock import SystemClock

    async with connected(settings, start=True, alone=True) as access:
        await prepare_streams(settings, access)
        await apply_rules(access, packaged(), await rules_in_force(access), SystemClock())
        await run_stages(ALL, settings, access, write_line=write_line)
