"""YAML files that people write, read in one way: what is in them is JSON, whatever else YAML may know.

So whatever a file says can be put on a stream and read there as it was written. A date is the text it is written as.
Keys that are no text or are there twice are refused, and so are numbers that JSON has not or that take more than 64
bits.
"""

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError

_TAG = "tag:yaml.org,2002:"
_TAGS = frozenset(_TAG + name for name in ("map", "seq", "str", "null", "bool", "int", "float", "merge"))
_NUMBERS = range(-(2**63), 2**64)


class YamlError(ValueError):
    """A file that cannot be read; the message names it, and line and column of what is wrong."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """What a file holds, and where."""

    content: Any
    _root: yaml.Node | None

    def lines(self, key: str) -> list[int]:
        """The line at which each item of the list under this key begins, counted from 1."""
        assert isinstance(self._root, yaml.MappingNode)
        [items] = [value for name, value in self._root.value if name.value == key][-1:]
        return [item.start_mark.line + 1 for item in items.value]


def yaml_files(path: Path) -> list[Path]:
    """The file, or the `*.yaml` files of a folder, which has some. Raises YamlError."""
    if not os.path.isdir(path):  # unlike Path.is_dir, it takes what no folder can be called for no folder
        return [path]
    files = sorted(path.glob("*.yaml"))
    if not files:
        raise YamlError(f"{path}: there are no *.yaml files in this folder")
    return files


def read_yaml(path: Path) -> YamlFile:
    """Read a file. Raises YamlError."""
    try:
        loader = _Loader(path.read_text("utf-8"))
        root = loader.get_single_node()
        return YamlFile(None if root is None else loader.construct_document(root), root)
    except yaml.MarkedYAMLError as error:
        raise YamlError(f"{path}: {_told(error)}") from error
    except RecursionError as error:
        raise YamlError(f"{path}: too many levels in one another") from error
    except (OSError, ValueError, yaml.YAMLError) as error:  # a ValueError is wrong UTF-8
        raise YamlError(f"{path}: {error}") from error


def _told(error: yaml.MarkedYAMLError) -> str:
    said = ", ".join(part for part in (error.context, error.problem) if part)
    mark = error.problem_mark or error.context_mark
    return said if mark is None else f"{_place(mark)}: {said}"


def _place(mark: yaml.Mark) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}"


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers = {  # noqa: RUF012 - as the class above has it
        first: [(tag, pattern) for tag, pattern in resolvers if tag in _TAGS]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    yaml_constructors = {  # noqa: RUF012
        tag: constructor for tag, constructor in yaml.SafeLoader.yaml_constructors.items() if tag in (None, *_TAGS)
    }

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        node = super().compose_node(parent, index)
        if node is not None and node.end_mark is None:  # an alias to what is not over yet
            raise _refusal(node, "this holds itself")
        return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        assert node is not None
        places: dict[str, yaml.Mark] = {}
        for key, _ in node.value:
            if key.tag == f"{_TAG}merge":
                continue
            if key.tag != f"{_TAG}str":
                raise _refusal(key, f"this key is no text but {key.tag.removeprefix(_TAG)}; write it in quotes")
            if key.value in places:
                raise _refusal(key, f"the key {key.value!r} is there already, at {_place(places[key.value])}")
            places[key.value] = key.start_mark
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            value = super().construct_object(node, deep)
        except (ValueError, LookupError) as error:
            raise _refusal(node, f"this is no {node.tag.removeprefix(_TAG)}") from error
        match value:
            case int() if value not in _NUMBERS:
                raise _refusal(node, "a number of more than 64 bits")
            case float() if not math.isfinite(value):
                raise _refusal(node, "no finite number")
            case str() if any("\ud800" <= char <= "\udfff" for char in value):
                raise _refusal(node, "half of a surrogate pair")
        return value


def _refusal(node: yaml.Node, problem: str) -> ConstructorError:
    return ConstructorError(None, None, problem, node.start_mark)
