"""`newsriver streams`: the streams of the river, as they are on the broker and as they should be."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsriver.cli.context import AsJson, of, run_async
from newsriver.cli.output import write_rows
from newsriver.errors import NotFoundError

if TYPE_CHECKING:
    from newsriver.kafka.admin import StreamSpec
    from newsriver.settings import Settings

app = typer.Typer(help="Look at the streams and create them.", no_args_is_help=True)


@app.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the streams that are there. `offsets` counts records, and a marker for each transaction."""
    rows = run_async(_list(of(context).tool()))
    write_rows(rows, ("stream", "partitions", "offsets", "retention", "public", "summary"), as_json=as_json)


@app.command()
def apply(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be created, and create nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Create the streams that are missing. What is there is never changed; a wrong partition count is an error."""
    rows = run_async(_apply(of(context).tool(), dry_run=dry_run))
    write_rows(rows, ("stream", "action", "partitions", "cleanup", "retention"), as_json=as_json)
    wrong = [f"{row['stream']} has {row['found']}" for row in rows if row["action"] == "mismatch"]
    if wrong:
        raise NotFoundError(
            f"{', '.join(wrong)} partitions, not as `partitions` in the settings says; the number never changes, "
            "because state belongs to the partition it was made in"
        )


async def _list(settings: "Settings") -> list[dict[str, Any]]:
    from newsriver.cli.catalogue import known_stream
    from newsriver.cli.connect import connected
    from newsriver.kafka.reading import extents

    async with connected(settings, start=True) as access:
        ours = (f"{access.names.prefix}.", f"{access.names.app}.")
        rows = []
        for name, found in sorted((await extents(access.clients, ours)).items()):
            stream = known_stream(name, access.names)
            rows.append(
                {
                    "stream": name,
                    "partitions": len(found),
                    "offsets": sum(end - begin for begin, end in found.values()),
                    "retention": None if stream is None else _days(stream.retention),
                    "public": stream is not None and stream.public,
                    "summary": "State of a stage." if stream is None else stream.summary,
                }
            )
        return rows


async def _apply(settings: "Settings", *, dry_run: bool) -> list[dict[str, Any]]:
    from newsriver.cli.catalogue import specs
    from newsriver.cli.connect import connected
    from newsriver.kafka.admin import create, plan

    async with connected(settings, start=True) as access:
        admin = access.clients.admin()
        try:
            await admin.start()
            planned = await plan(admin, specs(settings, access.names))
            if not dry_run and not planned.mismatched:
                await create(admin, planned.create)
        finally:
            await admin.close()
    actions: list[tuple[StreamSpec, str, int | None]] = [
        (spec, "create" if dry_run or planned.mismatched else "created", None) for spec in planned.create
    ]
    actions += [(spec, "present", None) for spec in planned.present]
    actions += [(spec, "mismatch", count) for spec, count in planned.mismatched]
    return [
        {
            "stream": spec.name,
            "action": action,
            "partitions": spec.partitions,
            "found": found,
            "cleanup": spec.config["cleanup.policy"],
            "retention": _days(_retention(spec.config.get("retention.ms", "-1"))),
        }
        for spec, action, found in sorted(actions, key=lambda item: item[0].name)
    ]


def _retention(milliseconds: str) -> timedelta | None:
    return None if milliseconds == "-1" else timedelta(milliseconds=int(milliseconds))


def _days(retention: timedelta | None) -> str:
    return "for ever" if retention is None else f"{retention.days} d"
