"""Which URL is which article, and the ids built from that. All ids are 128 bits of BLAKE2b in hex (32 characters)."""

import re
from functools import lru_cache
from hashlib import blake2b
from urllib.parse import quote, urlsplit, urlunsplit

from courlan import normalize_url
from tldextract import TLDExtract

from schemas.errors import InvalidUrlError

# The copy of the public suffix list inside the package: a site's name never depends on the network.
_extract_site = TLDExtract(suffix_list_urls=(), cache_dir=None)

# Parameters that say where a reader came from, by their whole name. What is not here may name the article (`cid`,
# `gameId`, a bare number): two URLs of one article make a copy, which is found; one id for two articles loses one.
_TRACKER = re.compile(
    r"(utm|mtm|pk|hsa|itm|mc|wt|at|ns|oly|vero|mkt)_.+"
    r"|(fb|g|dc|tw|y|ys)clid|msclkid|wbraid|gbraid|igsh(id)?"
    r"|ref|ref_(src|url)|referr?er|source|medium|campaign|aff(iliate)?(_?id)?|cmpid|xtor"
    r"|session(_?id)?|phpsessid|jsessionid",
    re.IGNORECASE,
)


def stable_id(*parts: str) -> str:
    """One id for a sequence of strings; no two different sequences share the text that is hashed."""
    digest = blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(4, "big"))
        digest.update(data)
    return digest.hexdigest()


def canonical_url(url: str) -> str:
    """The URL without login, fragment, tracking parameters, default port and trailing slash, its host in lower case.

    The same article seen through two feeds gets one URL; applying it twice changes nothing. Raises InvalidUrlError.
    """
    text = url.strip()
    # Removing one thing can lay bare another (a slash behind a tracker): go on until nothing changes.
    for _ in range(8):
        result = _simplified(text)
        if result == text:
            break
        text = result
    return text


def _simplified(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname
        if parts.scheme.lower() not in ("http", "https") or not host:
            raise InvalidUrlError(f"not an http(s) URL with a host: {url!r}")
        bare = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
        result = str(normalize_url(bare, strict=False, trailing_slash=False))
        query = _significant(parts.query)
    except InvalidUrlError:
        raise
    except ValueError as error:
        raise InvalidUrlError(f"not a URL: {url!r}: {error}") from error
    if not query:
        return result
    return f"{result}?{query}" if urlsplit(result).path else f"{result}/?{query}"


def _significant(query: str) -> str:
    """The parameters that are no trackers, in the order of their names; only what no URL may hold is escaped."""
    parameters = [part for part in query.split("&") if part and not _TRACKER.fullmatch(part.partition("=")[0])]
    return quote("&".join(sorted(parameters, key=lambda part: part.partition("=")[0])), safe="%!$&'()*+,/:;=?@[]|")


@lru_cache(maxsize=65536)
def site_of(url: str) -> str:
    """The registrable domain of a URL (public suffix list); the bare host where there is none (an address)."""
    host = urlsplit(url).hostname or ""
    parts = _extract_site(host)
    if parts.suffix:
        return parts.top_domain_under_public_suffix or host
    if parts.ipv4 or ":" in host:
        return host
    return ".".join(host.split(".")[-2:])  # the list's own default: an unknown last label is a suffix


def feed_id(url: str) -> str:
    """The id of a subscription, from the feed's URL to the letter: feeds differ by parameters that pages do not."""
    return stable_id("feed", url.strip())


def article_id(url: str) -> str:
    """The id of the article behind a URL; http and https are the same article."""
    return stable_id("article", canonical_url(url).partition("://")[2])


def entry_id(feed: str, guid: str) -> str:
    """The id of an item in a feed, from the feed's id and the item's guid."""
    return stable_id("entry", feed, guid)
