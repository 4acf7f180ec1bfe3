"""`newsriver dlq`: records that a stage could not process, and giving them to it again."""

from base64 import b64decode
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsriver.cli.context import AsJson, of, run_async
from newsriver.cli.output import write_json, write_line, write_rows
from newsriver.errors import NotFoundError

if TYPE_CHECKING:
    from newsriver.settings import Settings
    from schemas.events import DeadLetter

app = typer.Typer(help="Look at dead letters and retry them.", no_args_is_help=True)

Stage = Annotated[str, typer.Argument(help="The stage that gave up.")]


@app.command("list")
def list_(context: typer.Context, stage: Stage, as_json: AsJson = False) -> None:
    """The dead letters of a stage."""
    letters = run_async(_letters(of(context).tool(), stage))
    rows = [_row(letter) for letter in letters]
    write_rows(rows, ("id", "failed_at", "origin", "error", "detail"), as_json=as_json)


@app.command()
def show(context: typer.Context, stage: Stage, letter: Annotated[str, typer.Argument(help="Its id.")]) -> None:
    """One dead letter, whole, with the record that could not be processed."""
    found = _one(run_async(_letters(of(context).tool(), stage)), letter)
    record = None if found.value is None else b64decode(found.value).decode(errors="replace")
    write_json({**_row(found), "headers": found.headers, "record": record})


@app.command()
def retry(
    context: typer.Context, stage: Stage,
    letter: Annotated[str | None, typer.Argument(help="Its id; all of them if none is named.")] = None,
) -> None:  # fmt: skip
    """Write the records of dead letters to their streams again. What they changed already is not undone."""
    count = run_async(_retry(of(context).tool(), stage, letter))
    write_line(f"{count} records written again")


def _row(letter: "DeadLetter") -> dict[str, Any]:
    return {
        "id": letter.id,
        "failed_at": letter.failed_at.isoformat(timespec="seconds"),
        "origin": f"{letter.stream}/{letter.partition}@{letter.offset}",
        "key": letter.key,
        "error": letter.error,
        "detail": letter.detail,
    }


def _one(letters: "list[DeadLetter]", wanted: str) -> "DeadLetter":
    for letter in letters:
        if letter.id == wanted:
            return letter
    raise NotFoundError(f"there is no dead letter {wanted}")


async def _letters(settings: "Settings", stage: str) -> "list[DeadLetter]":
    from newsriver.cli.catalogue import check_stages
    from newsriver.cli.connect import connected
    from newsriver.kafka.reading import read
    from schemas.codec import decode
    from schemas.events import DeadLetter
    from schemas.streams import dead_letter_stream

    [name] = check_stages([stage])
    async with connected(settings, start=True) as access:
        stream = access.names.stream(dead_letter_stream(name))
        return [
            decode(record.value, DeadLetter)
            async for record in read(access.clients, stream, "beginning", follow=False)
            if record.value is not None
        ]


async def _retry(settings: "Settings", stage: str, letter: str | None) -> int:
    from newsriver.cli.connect import connected
    from newsriver.kafka.reading import extents
    from newsriver.kafka.records import RawRecord
    from newsriver.kafka.writing import put_raw

    letters = await _letters(settings, stage)
    chosen = letters if letter is None else [_one(letters, letter)]
    async with connected(settings, start=False) as access:
        known = await extents(access.clients, (f"{access.names.prefix}.",))
        records = [
            RawRecord(
                stream=found.stream if found.stream in known else f"{access.names.prefix}.{found.stream}.v1",
                partition=found.partition,
                offset=-1,
                timestamp_ms=-1,
                key=None if found.key is None else found.key.encode(),
                value=b64decode(found.value),
                headers=[(name, value.encode()) for name, value in (found.headers or {}).items()],
            )
            for found in chosen
            if found.value is not None
        ]
        return await put_raw(access.clients, [record for record in records if record.stream in known])
