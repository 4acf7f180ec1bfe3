"""Values of settings, source by source: what each says, where it says so, and which names it has no business naming.

Settings have dotted paths. Sections that the user names, such as `channels`, have a `*` for that name in what is known.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource

from newsriver.errors import UsageError

CONFIG_VARIABLE = "NEWSRIVER_CONFIG"
_NOT_SETTINGS = re.compile(r"NEWSRIVER_(CONFIG|TEST_.*)")
_DEFAULT = "default"

S = TypeVar("S", bound=BaseSettings)


class SettingsError(UsageError):
    """A setting is unknown, malformed or contradicts another; the message names it and where it was set."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source says: values by dotted path, and for each the place it stands at."""

    values: Mapping[str, Any]
    places: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """One setting as it is shown: its path, its value (a secret is hidden), where that is from, and its meaning."""

    name: str
    value: Any
    origin: str
    meaning: str


def known(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """All settings of a model and its sections, by dotted path."""
    paths: dict[str, FieldInfo] = {}
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            paths |= {f"{name}.{inner}": field_of_inner for inner, field_of_inner in known(kind).items()}
        elif (section := _named_section(kind)) is not None:
            paths |= {f"{name}.*.{inner}": field_of_inner for inner, field_of_inner in known(section).items()}
        else:
            paths[name] = field
    return paths


def _named_section(kind: Any) -> type[BaseModel] | None:
    """The model of `dict[name, model]`."""
    section = get_args(kind)[-1] if getattr(kind, "__origin__", None) is dict else None
    return section if isinstance(section, type) and issubclass(section, BaseModel) else None


def _pattern(path: str, paths: Iterable[str]) -> str | None:
    """What is known that a path is one of: itself, or that with a `*` for the name of its section."""
    if path in paths:
        return path
    parts = path.split(".")
    starred = ".".join((parts[0], "*", *parts[2:]))
    return starred if len(parts) > 2 and starred in paths else None


def _named(path: str, paths: Iterable[str]) -> list[str]:
    """What is known, with the name that the path has in the place of the `*`."""
    name = path.partition(".")[2].partition(".")[0] or "NAME"
    return [each.replace("*", name) for each in paths]


def file_layer(model: type[BaseSettings], file: Path | None) -> Layer:
    """What a TOML file says; a name it has no business naming is an error with its line."""
    if file is None:
        return Layer({}, {})
    try:
        text = file.read_text(encoding="utf-8")
        values = dict(_leaves(tomllib.loads(text), known(model)))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read {file}: {error}") from error
    places = {path: _place(file, text, path) for path in values}
    for path in values:
        if _pattern(path, known(model)) is None:
            raise SettingsError(f"{places[path]}: {_no_setting(path, known(model), str)}")
    return Layer(values, places)


def environment_layer(model: type[BaseSettings], environment: Mapping[str, str]) -> Layer:
    """What the environment says; a variable with the prefix that is no setting is an error."""
    paths = known(model)
    for name in environment:
        path = _path(model, name)
        if path is None or _NOT_SETTINGS.fullmatch(name) or _is_file_of_secret(path, paths):
            continue
        if _pattern(path, paths) is None:
            raise SettingsError(f"{name}: {_no_setting(path, paths, partial(_variable, model))}")
    read = _leaves(EnvSettingsSource(model)(), paths)  # takes in all names with the prefix, `_FILE` ones too
    values = {path: value for path, value in read if _pattern(path, paths) is not None}
    return Layer(values, {path: _variable(model, path) for path in values})


def secrets_layer(model: type[BaseSettings], environment: Mapping[str, str]) -> Layer:
    """Secrets in files of their own, each named by its variable with `_FILE` behind (containers mount them so)."""
    values, places = {}, {}
    for variable in environment:
        named = _path(model, variable)
        if named is None or not environment[variable] or not _is_file_of_secret(named, known(model)):
            continue
        path = named.removesuffix("_file")
        if environment.get(_variable(model, path)):
            raise SettingsError(f"{variable} and {_variable(model, path)} are both set; only one of them may be")
        file = Path(environment[variable])
        try:
            values[path] = file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{variable}: cannot read {file}: {error}") from error
        places[path] = f"{file} ({variable})"
    return Layer(values, places)


def merged(model: type[S], layers: Iterable[Layer]) -> tuple[S, dict[str, str]]:
    """The settings that layers make together, a later one outranking the earlier, and the origin of each value."""
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    for layer in layers:
        values.update(layer.values)
        places.update(layer.places)
    origins = dict.fromkeys(_concrete(known(model), values), _DEFAULT) | places
    nested: dict[str, Any] = {}
    for path, value in values.items():
        *sections, name = path.split(".")
        section = nested
        for part in sections:
            section = section.setdefault(part, {})
        section[name] = value
    try:
        return model(**nested), origins
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error, origins))) from None


def rows(settings: BaseSettings, origins: Mapping[str, str]) -> Iterator[Row]:
    """All settings, in the order of their definition."""
    paths = known(type(settings))
    for path in _concrete(paths, origins):
        value: Any = settings
        for name in path.split("."):
            value = value[name] if isinstance(value, Mapping) else getattr(value, name)
        shown = "********" if isinstance(value, SecretStr) else value
        yield Row(path, shown, origins[path], paths[_pattern(path, paths) or path].description or "")


def _concrete(paths: Iterable[str], named: Iterable[str]) -> list[str]:
    """All settings there are when these are named: sections with a `*` once for each name."""
    sections = dict.fromkeys(tuple(path.split(".")[:2]) for path in named)
    found: list[str] = []
    for path in paths:
        section, star, field = path.partition(".*.")
        found += [".".join((*name, field)) for name in sections if name[0] == section] if star else [path]
    return found


def _leaves(tree: Mapping[str, Any], paths: Iterable[str], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        path = prefix + name
        if isinstance(value, Mapping) and _pattern(path, paths) is None:
            yield from _leaves(value, paths, f"{path}.")
        else:
            yield path, value


def _variable(model: type[BaseSettings], path: str) -> str:
    prefix = model.model_config.get("env_prefix", "")
    delimiter = model.model_config.get("env_nested_delimiter") or "__"
    return prefix + path.replace(".", delimiter).upper()


def _path(model: type[BaseSettings], variable: str) -> str | None:
    """The dotted path that a variable's name stands for, known or not; None of a variable that is not ours."""
    prefix, delimiter = _variable(model, ""), _variable(model, ".").removeprefix(_variable(model, ""))
    name = variable.upper()
    return name.removeprefix(prefix).lower().replace(delimiter, ".") if name.startswith(prefix) else None


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting is never shown, and may be read from a file of its own."""
    return field.annotation in (SecretStr, SecretStr | None)


def _is_file_of_secret(path: str, paths: Mapping[str, FieldInfo]) -> bool:
    pattern = _pattern(path.removesuffix("_file"), paths) if path.endswith("_file") else None
    return pattern is not None and is_secret(paths[pattern])


def _place(file: Path, text: str, path: str) -> str:
    """`file:line` of a setting. Looks for the key behind its section's header, which is how people write TOML."""
    section, _, name = path.rpartition(".")
    current = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
            current = header[1]
        elif (key := re.match(r"\s*([\w.\-]+)\s*=", line)) and (current, key[1]) in ((section, name), ("", path)):
            return f"{file}:{number}"
    return str(file)


def _no_setting(path: str, paths: Iterable[str], written: Callable[[str], str]) -> str:
    """That a path is no setting, and which one may be meant, as one writes them where the path stands."""
    candidates = _named(path, paths)
    if inside := [written(each) for each in candidates if each.startswith(f"{path}.")]:
        return f"{path} is a section; the settings in it are {', '.join(inside)}"
    near = get_close_matches(written(path), map(written, candidates), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else "`newsriver config show` lists them all"
    return f"there is no setting {path}; {hint}"


def _explain(error: ValidationError, origins: Mapping[str, str]) -> Iterator[str]:
    for problem in error.errors(include_url=False, include_input=False):
        parts = [str(part) for part in problem["loc"]]
        # A union adds its member to the location, a list the index: the setting is the longest known beginning.
        path = next((p for end in range(len(parts), 0, -1) if (p := ".".join(parts[:end])) in origins), ".".join(parts))
        place = origins.get(path, "")
        where = f" ({place})" if place and place != _DEFAULT else ""
        yield f"{path}{where}: {problem['msg'].removeprefix('Value error, ')}"
