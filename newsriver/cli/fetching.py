"""The HTTP client of those who fetch from strangers, made from the settings."""

from newsriver.settings import FetchSettings
from producers.http.client import Fetcher, Limits
from producers.http.logins import read_logins


def fetcher(fetch: FetchSettings) -> Fetcher:
    """The client; raises UsageError when the file of logins cannot be read."""
    return Fetcher(
        user_agent=fetch.agent,
        limits=Limits(fetch.connect_timeout_s, fetch.read_timeout_s, fetch.total_timeout_s, fetch.max_bytes),
        allowed_networks=fetch.allow_networks,
        logins=None if fetch.netrc_file is None else read_logins(fetch.netrc_file),
    )
