"""What can go wrong with the embedded broker."""

from newsriver.errors import EXIT_USAGE, NewsriverError


class BrokerError(NewsriverError):
    """The embedded broker did not start, or ended by itself."""


class NotInstalledError(BrokerError):
    """The program of the embedded broker is not there: its extra was not installed."""

    exit_code = EXIT_USAGE


class DirectoryInUseError(BrokerError):
    """Another river, or a broker that is still saving, works in the data directory."""


class PortTakenError(BrokerError):
    """Something else listens on the port."""
