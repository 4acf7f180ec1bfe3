"""What can go wrong with the embedded broker."""

from newsriver.errors import NewsriverError


class BrokerError(NewsriverError):
    """The embedded broker did not start, or ended by itself."""


class DirectoryInUseError(BrokerError):
    """Another river, or a broker that is still saving, works in the data directory."""


class PortTakenError(BrokerError):
    """Something else listens on the port."""
