"""URLs as they may be shown: in logs, and in the texts of errors, which end in public events. Pure."""

import re

_LOGIN = re.compile(r"^([a-z][a-z0-9+.-]*://)[^/?#]*@", re.IGNORECASE)
_URL = re.compile(r"\b([a-z][a-z0-9+.-]{0,20}://)(?:[^/?#]*@)?([^\s?#]*)([?#]\S*?(?=:?(?:\s|$)))?", re.IGNORECASE)


def without_login(url: str) -> str:
    """A URL without user name and password."""
    return _LOGIN.sub(r"\1", url)


def without_secrets(text: str) -> str:
    """A URL, or a text with URLs in it, without user names, passwords and queries, which may hold tokens."""
    return _URL.sub(lambda found: f"{found[1]}{found[2]}{'?…' if found[3] else ''}", text)
