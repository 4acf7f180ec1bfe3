"""What commands write to stdout: a table for people, or one JSON object a line for programs."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_WIDE = 240
"""Columns where no terminal says how many there are, so that `grep` finds a line in one piece."""


def write_json(value: Mapping[str, Any] | Any) -> None:
    """Write one JSON line at once, so that a pipe behind it need not wait."""
    import orjson

    sys.stdout.buffer.write(orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def write_line(text: str) -> None:
    """Write one line of text at once. Text from feeds may hold control characters; a terminal must not obey them."""
    print(_harmless(text, "\t"), flush=True)


def write_marked(before: str, marked: str, behind: str) -> None:
    """Write one line of text with a part of it highlighted, on a terminal; elsewhere the part is in brackets."""
    if not sys.stdout.isatty():
        write_line(f"{before}[{marked}]{behind}" if marked else before + behind)
        return
    from rich.console import Console
    from rich.text import Text

    line = Text.assemble(_harmless(before, ""), (_harmless(marked, ""), "bold reverse"), _harmless(behind, ""))
    Console(highlight=False).print(line, soft_wrap=True)


def write_error(message: str) -> None:
    """Write what went wrong, one or several lines, to stderr."""
    print("newsriver:", _harmless(message, "\t\n"), file=sys.stderr, flush=True)


def _harmless(text: str, kept: str) -> str:
    return "".join(char if char.isprintable() or char in kept else "\N{REPLACEMENT CHARACTER}" for char in text)


def write_rows(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool) -> int:
    """Write rows, with all that is in them as JSON, or these columns as a table; gives how many there were."""
    if as_json:
        count = 0
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the count is the point
            write_json(row)
        return count
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False, soft_wrap=not sys.stdout.isatty())
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(row.get(column))) for column in columns))
    if table.row_count:
        console.print(table)
    return table.row_count


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return "".join(char if char.isprintable() else " " for char in str(value))
