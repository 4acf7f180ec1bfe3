"""Header fields and what those mean that we act on. Pure.

A field's value is bytes (RFC 9110, section 5.5), and a validator has to go back as it came, so a value is text with one
character a byte (ISO 8859-1) here.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from string import printable
from urllib.parse import quote

MAX_SECONDS = 2**31
"""RFC 9111, section 1.2.2: what larger numbers of seconds count as."""
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


def seconds(value: str) -> timedelta | None:
    """A number of seconds; None if it is not one."""
    digits = value.strip()
    if not (digits.isascii() and digits.isdecimal()):
        return None
    return timedelta(seconds=min(int(digits[:20]), MAX_SECONDS))


def date(value: str) -> datetime | None:
    """A date as aware UTC, taken for UTC where it names no zone; None if it is not one."""
    try:
        found = parsedate_to_datetime(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return None
