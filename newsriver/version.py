"""Which newsriver this is."""

from functools import cache
from importlib.metadata import version as installed_version


@cache
def version() -> str:
    """The version of the installed distribution."""
    return installed_version("newsriver")
