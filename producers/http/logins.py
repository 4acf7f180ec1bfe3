"""User names and passwords for hosts that ask for them, from a netrc file: the one place where they stand."""

from collections.abc import Mapping
from ipaddress import ip_address
from netrc import NetrcParseError, netrc
from pathlib import Path

from aiohttp import encode_basic_auth

from newsriver.errors import UsageError


def read_logins(file: Path) -> Mapping[str, str]:
    """The Authorization header for each host that the file names, without its `default` entry, which would tell all.

    Raises UsageError, which quotes nothing of the file.
    """
    try:
        hosts = netrc(file).hosts
    except NetrcParseError as error:
        raise UsageError(f"{file}: line {error.lineno} is not as netrc files have it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read: {type(error).__name__}") from None
    return {
        host.lower(): _header(file, host, user or account, password or "")
        for host, (user, account, password) in hosts.items()
        if host != "default"
    }


def is_confidential(scheme: str, host: str) -> bool:
    """Whether nobody between us and the host can read along: TLS, or this very machine."""
    if scheme == "https" or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _header(file: Path, host: str, user: str, password: str) -> str:
    if ":" in user:
        raise UsageError(f"{file}: the login of {host} has a colon, which no server can tell from the password's")
    return encode_basic_auth(user, password)
