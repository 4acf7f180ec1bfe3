"""Labelled pieces: texts that a reader has said the topics of, to measure rules by. YAML files, a list in each.

    - id: pilots-walk-out
      lang: en
      title: Pilots walk out for a second day
      body: |
        Half of all flights were cancelled on Tuesday ...
      topics: {strike: about, energy_market: mention}

A topic that is not named is not there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta

from consumers.topics.rulefile import TopicId
from newsriver.yamlfile import YamlError, read_yaml, yaml_files
from schemas.codec import from_builtins
from schemas.errors import DecodeError

Text = Annotated[str, Meta(min_length=1)]


class LabelledFileError(ValueError):
    """A file of labelled pieces that cannot be used; the message names the file, the piece and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPiece:
    """A text and the topics that are in it; `id` is unique among all pieces that are read together."""

    id: Text
    lang: Text
    title: str
    body: Text
    topics: dict[TopicId, Literal["about", "mention"]]


def load_pieces(paths: Iterable[Path]) -> list[LabelledPiece]:
    """The pieces of files, and of the `*.yaml` files of folders. Raises LabelledFileError."""
    pieces: list[LabelledPiece] = []
    places: dict[str, str] = {}
    for file in _files(paths):
        for number, item in enumerate(_items(file), start=1):
            piece = _piece(item, f"{file}: {_name(item, number)}")
            if piece.id in places:
                raise LabelledFileError(
                    f"{file}: {piece.id}: there is a piece of this id in {places[piece.id]} already"
                )
            places[piece.id] = str(file)
            pieces.append(piece)
    return pieces


def _files(paths: Iterable[Path]) -> list[Path]:
    try:
        return [file for path in paths for file in yaml_files(path)]
    except YamlError as error:
        raise LabelledFileError(str(error)) from error


def _items(file: Path) -> list[Any]:
    try:
        items = read_yaml(file).content
    except YamlError as error:
        raise LabelledFileError(str(error)) from error
    if not isinstance(items, list):
        raise LabelledFileError(f"{file}: this is no list of labelled pieces")
    return items


def _piece(item: Any, where: str) -> LabelledPiece:
    known = LabelledPiece.__dataclass_fields__.keys()
    if not isinstance(item, dict):
        raise LabelledFileError(f"{where}: a piece is a mapping with {', '.join(known)}")
    if unknown := [key for key in item if key not in known]:
        raise LabelledFileError(f"{where}: no such field: {', '.join(unknown)}; known are {', '.join(known)}")
    try:
        return from_builtins(item, LabelledPiece)
    except DecodeError as error:
        raise LabelledFileError(f"{where}: {error}") from error


def _name(item: Any, number: int) -> str:
    return str(item["id"]) if isinstance(item, dict) and "id" in item else f"piece {number}"
