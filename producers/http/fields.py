"""Header fields and what those mean that we act on. Pure.

A field's value is bytes (RFC 9110, section 5.5), and a validator has to go back as it came, so a value is text with one
character a byte (ISO 8859-1) here.
"""

import re
from collections.abc import Iterable
from string import printable
from urllib.parse import quote

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def named(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header fields by their names in lower case."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """The fields that ask for a document only if it is another one. A validator that no request may carry is none."""
    found = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    return {name: value for name, value in found.items() if value and not _CONTROL.search(value)}


def reference(value: str) -> str:
    """The URL reference in a field such as Location: bytes beyond ASCII are UTF-8, or else taken as they are."""
    raw = value.encode("latin-1")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return quote(raw, safe=printable)
