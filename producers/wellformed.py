"""Text that UTF-8 can hold. Strangers' documents name halves of characters (`\\ud800` in JSON, `&#xD800;` in XML) and
character sets that yield them; no event could be written with one. Pure."""

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

T = TypeVar("T")

_LONE = re.compile("[\ud800-\udfff]")


def well_formed(value: T) -> T:
    """The same dataclass, tuple or text, with U+FFFD for every lone surrogate in its texts."""
    found: Any = value
    if isinstance(value, str):
        found = _LONE.sub("\N{REPLACEMENT CHARACTER}", value)
    elif isinstance(value, tuple):
        found = tuple(map(well_formed, value))
    elif is_dataclass(value) and not isinstance(value, type):
        found = replace(value, **{field.name: well_formed(getattr(value, field.name)) for field in fields(value)})
    return cast(T, found)
