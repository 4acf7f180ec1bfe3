"""Which addresses a feed may have. Pure."""

from urllib.parse import urlsplit

from newsriver.net.secrets import without_login, without_secrets
from schemas.errors import InvalidUrlError
from schemas.identity import canonical_url


def check_address(url: str) -> None:
    """Raise InvalidUrlError if a feed cannot be polled there, or should not: an address is published with each entry,
    so it holds no password."""
    if without_login(url) != url:
        raise InvalidUrlError(
            f"a user name stands in the address of {without_secrets(url)}; it belongs into the file of "
            "fetch.netrc_file, with the password: `machine HOST login NAME password WORD`"
        )
    canonical_url(url)
    try:
        parts = urlsplit(url)
        if parts.port == 0 or any(map(str.isspace, parts.netloc)):
            raise ValueError("a host has no spaces, and a port is not 0")
    except ValueError as error:
        raise InvalidUrlError(f"not a URL: {url!r}: {error}") from error
