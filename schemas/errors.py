"""What can be wrong with data that claims to follow the contract."""


class ContractError(Exception):
    """Base of the errors of this package."""


class DecodeError(ContractError):
    """A record's value is not the event it should be; the message names the path of what is wrong."""


class InvalidUrlError(ContractError, ValueError):
    """A URL that cannot name a feed or an article: not http(s), or no host."""
