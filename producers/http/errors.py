"""Why a fetch failed. `kind` is the word that events and metrics carry; `passing` says that it may work later."""

from newsriver.net.secrets import without_secrets


class FetchError(Exception):
    """Base of what can go wrong; the message names the URL, but nothing in it that may be secret, and the cause."""

    kind = "fetch"
    passing = True

    def __init__(self, message: str) -> None:
        super().__init__(without_secrets(message))


class BlockedError(FetchError):
    """The address is not public, and not allowed."""

    kind = "blocked"
    passing = False


class InvalidTargetError(FetchError):
    """A URL, or the target of a redirect, that is not http(s)."""

    kind = "url"
    passing = False


class TooLargeError(FetchError):
    """More bytes than the cap, after decompression."""

    kind = "too_large"
    passing = False


class TooManyRedirectsError(FetchError):
    """More redirects than are followed, or a loop of them."""

    kind = "redirects"
    passing = False


class TimedOutError(FetchError):
    """No connection, no answer or no end within its time."""

    kind = "timeout"


class DnsError(FetchError):
    """The host's name could not be resolved."""

    kind = "dns"


class ConnectionFailedError(FetchError):
    """Refused, reset, or TLS that does not hold."""

    kind = "connection"


class BadResponseError(FetchError):
    """An answer that is no HTTP, or a body that does not decompress."""

    kind = "bad_response"


UNREACHABLE = (TimedOutError, DnsError, ConnectionFailedError)
"""The failures that say nothing about the host when all hosts have them."""
