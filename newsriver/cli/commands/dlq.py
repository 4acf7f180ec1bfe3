"""`newsriver dlq`: records that a stage could not process, and giving them to it again."""

from base64 import b64decode
from binascii import Error as Base64Error
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
    from schemas.events import DeadLetter, Event

app = typer.Typer(help="Look at dead letters and retry them.", no_args_is_help=True)

Stage = Annotated[str, typer.Argument(help="The stage that gave up.")]


@app.command("list")
def list_(
    context: typer.Context,
    stage: Annotated[str | None, typer.Argument(help="The stage that gave up; all of them if none is named.")] = None,
    as_json: AsJson = False,
) -> None:
    """The dead letters of a stage, or of all."""
    rows = [_row(letter) for letter in run_async(_letters(of(context).tool(), stage))]
    columns = ("stage", "id", "failed_at", "origin", "error", "detail")
    if not write_rows(rows, columns, as_json=as_json) and not as_json:
        write_line("no dead letters")


@app.command()
def show(context: typer.Context, stage: Stage, letter: Annotated[str, typer.Argument(help="Its id.")]) -> None:
    """One dead letter, whole, with the record that could not be processed."""
    found = _one(run_async(_letters(of(context).tool(), stage)), letter)
    value = _value(found)
    record = None if value is None else value.decode(errors="replace")
    write_json({**_row(found), "headers": found.headers, "record": record})


@app.command()
def retry(
    context: typer.Context, stage: Stage,
    letter: Annotated[str | None, typer.Argument(help="Its id; all of them if none is named.")] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write the records of dead letters to their streams again. What they changed already is not undone."""
    again = run_async(_retry(of(context).tool(), stage, letter))
    if as_json:
        for written in again.written:
            write_json({"id": written.id, "origin": _origin(written), "action": "written"})
        for kept, reason in again.left:
            write_json({"id": kept.id, "origin": _origin(kept), "action": "left", "detail": reason})
        return
    write_line(f"{len(again.written)} records written again")
    for kept, reason in again.left:
        write_line(f"left alone: {kept.id}: {reason}")


def _row(letter: "DeadLetter") -> dict[str, Any]:
    return {
        "stage": letter.stage,
        "id": letter.id,
        "failed_at": letter.failed_at.isoformat(timespec="seconds"),
        "origin": _origin(letter),
        "key": letter.key,
        "error": letter.error,
        "detail": letter.detail,
    }


def _origin(letter: "DeadLetter") -> str:
    return f"{letter.stream}/{letter.partition}@{letter.offset}"


def _value(letter: "DeadLetter") -> bytes | None:
    """The value of the record that could not be processed, if it was kept. Raises DecodeError."""
    from schemas.errors import DecodeError

    try:
        return None if letter.value is None else b64decode(letter.value, validate=True)
    except Base64Error as error:
        raise DecodeError(f"the record in the dead letter {letter.id} is not base64: {error}") from error


def _one(letters: "list[DeadLetter]", wanted: str) -> "DeadLetter":
    for letter in letters:
        if letter.id == wanted:
            return letter
    raise NotFoundError(f"there is no dead letter {wanted}")


async def _letters(settings: "Settings", stage: str | None) -> "list[DeadLetter]":
    from newsriver.cli.catalogue import ALL, check_stages
    from newsriver.cli.connect import connected

    stages = ALL if stage is None else check_stages([stage])
    async with connected(settings, start=True) as access:
        return [letter for name in stages for letter in await _read(access, name)]


async def _read(access: "Access", stage: str) -> "list[DeadLetter]":
    """The dead letters of a stage; none before there is a stream of them."""
    from newsriver.cli.records import readable
    from newsriver.kafka.reading import NoSuchStreamError, read
    from schemas.events import DeadLetter
    from schemas.streams import dead_letter_stream

    stream = access.names.stream(dead_letter_stream(stage))
    try:
        return [
            letter
            async for record in read(access.clients, stream, "beginning", follow=False)
            if (letter := readable(record, DeadLetter)) is not None
        ]
    except NoSuchStreamError:
        return []


async def _retry(settings: "Settings", stage: str, letter: str | None) -> "_Again":
    from newsriver.cli.catalogue import check_stages
    from newsriver.cli.connect import connected
    from newsriver.kafka.writing import put, put_raw
    from schemas.streams import by_name

    [name] = check_stages([stage])
    async with connected(settings, start=True) as access:
        letters = await _read(access, name)
        again = _Again()
        for found in letters if letter is None else [_one(letters, letter)]:
            again.sort_in(found, access)
        await put_raw(access.clients, again.records)
        for stream, events in again.events.items():
            await put(access.clients, access.names, by_name(stream), events, "dlq")
        return again


class _Again:
    """What dead letters lead to: records as they were, events of a stage's own making by stream, and what stays."""

    def __init__(self) -> None:
        self.records: list[RawRecord] = []
        self.events: dict[str, list[Event]] = defaultdict(list)
        self.written: list[DeadLetter] = []
        self.left: list[tuple[DeadLetter, str]] = []

    def sort_in(self, letter: "DeadLetter", access: "Access") -> None:
        from schemas.errors import DecodeError

        try:
            reason = self._take(letter, access)
        except DecodeError as error:
            reason = str(error)
        if reason is None:
            self.written.append(letter)
        else:
            self.left.append((letter, reason))

    def _take(self, letter: "DeadLetter", access: "Access") -> str | None:
        """Keep the letter's record to be written, or say why it must not be."""
        from newsriver.cli.catalogue import known_stream
        from newsriver.kafka.records import RawRecord
        from schemas.codec import decode

        stream = known_stream(letter.stream, access.names)
        value = _value(letter)
        if value is None:
            return f"the record was too large to be kept; it is at {_origin(letter)}"
        if stream is None:
            return f"{letter.stream} is no stream; the stage itself tries it again"
        if stream.cleanup == "compact":
            return f"{stream.name} may hold a newer one; put it in force by its own command"
        if letter.stream == stream.name:
            self.events[stream.name].append(decode(value, stream.event))
        else:
            key = None if letter.key is None else letter.key.encode()
            headers = [(name, text.encode()) for name, text in (letter.headers or {}).items()]
            self.records.append(RawRecord(letter.stream, letter.partition, -1, -1, key, value, headers))
        return None
