"""`newsriver dlq`: records that a stage could not process, and giving them to it again."""

from base64 import b64decode
from collections import defaultdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsriver.cli.context import AsJson, of, run_async
from newsriver.cli.output import write_json, write_line, write_rows
from newsriver.errors import NotFoundError

if TYPE_CHECKING:
    from newsriver.cli.connect import Access
    from newsriver.kafka.records import RawRecord
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
    written, left = run_async(_retry(of(context).tool(), stage, letter))
    write_line(f"{written} records written again")
    for reason in left:
        write_line(f"left alone: {reason}")


def _row(letter: "DeadLetter") -> dict[str, Any]:
    return {
        "id": letter.id,
        "failed_at": letter.failed_at.isoformat(timespec="seconds"),
        "origin": _origin(letter),
        "key": letter.key,
        "error": letter.error,
        "detail": letter.detail,
    }


def _origin(letter: "DeadLetter") -> str:
    return f"{letter.stream}/{letter.partition}@{letter.offset}"


def _one(letters: "list[DeadLetter]", wanted: str) -> "DeadLetter":
    for letter in letters:
        if letter.id == wanted:
            return letter
    raise NotFoundError(f"there is no dead letter {wanted}")


async def _letters(settings: "Settings", stage: str) -> "list[DeadLetter]":
    from newsriver.cli.connect import connected

    async with connected(settings, start=True) as access:
        return await _read(access, stage)


async def _read(access: "Access", stage: str) -> "list[DeadLetter]":
    from newsriver.cli.catalogue import check_stages
    from newsriver.kafka.reading import read
    from schemas.codec import decode
    from schemas.events import DeadLetter
    from schemas.streams import dead_letter_stream

    [name] = check_stages([stage])
    stream = access.names.stream(dead_letter_stream(name))
    return [
        decode(record.value, DeadLetter)
        async for record in read(access.clients, stream, "beginning", follow=False)
        if record.value is not None
    ]


async def _retry(settings: "Settings", stage: str, letter: str | None) -> tuple[int, list[str]]:
    """Write records again; gives how many were, and why others were not."""
    from newsriver.cli.connect import connected
    from newsriver.kafka.writing import put, put_raw
    from schemas.codec import decode
    from schemas.streams import by_name

    async with connected(settings, start=True) as access:
        letters = await _read(access, stage)
        again = _Again()
        for found in letters if letter is None else [_one(letters, letter)]:
            again.sort_in(found, access)
        written = await put_raw(access.clients, again.records)
        for name, values in again.events.items():
            stream = by_name(name)
            events = [decode(value, stream.event) for value in values]
            written += await put(access.clients, access.names, stream, events, "dlq")
        return written, again.left


class _Again:
    """What dead letters lead to: records as they were, events of a stage's own making by stream, and what stays."""

    def __init__(self) -> None:
        self.records: list[RawRecord] = []
        self.events: dict[str, list[bytes]] = defaultdict(list)
        self.left: list[str] = []

    def sort_in(self, letter: "DeadLetter", access: "Access") -> None:
        from newsriver.cli.catalogue import known_stream
        from newsriver.kafka.records import RawRecord

        stream = known_stream(letter.stream, access.names)
        if letter.value is None:
            self.left.append(f"{letter.id}: the record was too large to be kept; it is at {_origin(letter)}")
        elif stream is None:
            self.left.append(f"{letter.id}: {letter.stream} is no stream; the stage itself tries it again")
        elif stream.cleanup == "compact":
            self.left.append(f"{letter.id}: {stream.name} may hold a newer one; put it in force by its own command")
        elif letter.stream == stream.name:
            self.events[stream.name].append(b64decode(letter.value))
        else:
            key = None if letter.key is None else letter.key.encode()
            headers = [(name, value.encode()) for name, value in (letter.headers or {}).items()]
            value = b64decode(letter.value)
            self.records.append(RawRecord(letter.stream, letter.partition, -1, -1, key, value, headers))
