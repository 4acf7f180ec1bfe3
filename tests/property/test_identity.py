"""Laws of canonical URLs and ids."""

import gzip
import html
import json
import re
import string
import tarfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsriver.sample.content import ACTS
from newsriver.sample.newsroom import Newsroom
from producers.feeds.document import NotAFeedError
from producers.feeds.parse import parse_feed
from schemas.errors import InvalidUrlError
from schemas.identity import article_id, canonical_url, entry_id, feed_id, site_of, stable_id
from tests.real_pages import RealPages

NOW = datetime(2026, 3, 2, tzinfo=UTC)

WORD = st.text(string.ascii_letters + string.digits + "-_~.%äжé", min_size=1, max_size=8)
HOST = st.sampled_from(
    [
        "nordhavn-courier.example",
        "WWW.Ostwind.example",
        "m.ostwind.example:8080",
        "127.0.0.2:8123",
        "xn--bcher-kva.example",
    ]
)
QUERY = st.lists(
    st.tuples(st.sampled_from(["id", "page", "utm_source", "fbclid", "ref", "cid", "7"]), WORD).map("=".join),
    max_size=3,
).map("&".join)
URL = st.builds(
    lambda scheme, host, path, slash, query, fragment: (
        f"{scheme}://{host}" + "".join(f"/{p}" for p in path) + slash + (f"?{query}" if query else "") + fragment
    ),
    st.sampled_from(["http", "https", "HTTPS"]),
    HOST,
    st.lists(WORD, max_size=4),
    st.sampled_from(["", "/", "//"]),
    QUERY,
    st.sampled_from(["", "#top", "#a/b?c"]),
)


@given(URL)
def test_canonicalising_twice_changes_nothing(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once


@given(URL)
def test_fragment_tracking_and_scheme_do_not_make_another_article(url: str) -> None:
    bare = url.partition("#")[0]
    tracked = bare + ("&" if "?" in bare else "?") + "utm_campaign=spring"
    swapped = bare.replace("https://", "http://", 1)
    assert article_id(bare) == article_id(bare + "#comments") == article_id(tracked) == article_id(swapped)


@given(st.lists(st.text(max_size=6), max_size=4), st.lists(st.text(max_size=6), max_size=4))
def test_ids_of_different_parts_differ(one: list[str], other: list[str]) -> None:
    assert (stable_id(*one) == stable_id(*other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://nordhavn-courier.example/a?id=1", "https://nordhavn-courier.example/a?id=2"),
        ("https://nordhavn-courier.example/a", "https://nordhavn-courier.example/b"),
        ("https://nordhavn-courier.example/a", "https://ostwind.example/a"),
        ("https://nordhavn-courier.example/A", "https://nordhavn-courier.example/a"),
        ("https://nordhavn-courier.example/a?page=2", "https://nordhavn-courier.example/a"),
        ("https://nordhavn-courier.example/a?cid=1", "https://nordhavn-courier.example/a?cid=2"),
        ("https://nordhavn-courier.example/a?gameId=1", "https://nordhavn-courier.example/a?gameId=2"),
        ("https://nordhavn-courier.example/a?1234", "https://nordhavn-courier.example/a?5678"),
        ("https://nordhavn-courier.example/a?id=", "https://nordhavn-courier.example/a"),
    ],
)
def test_different_articles_stay_different(one: str, other: str) -> None:
    assert article_id(one) != article_id(other)


@pytest.mark.parametrize(
    "tracker", ["utm_source=rss", "at_medium=RSS", "MC_Source=top", "ref=home", "fbclid=x", "wt_mc=a.b"]
)
def test_a_tracker_is_dropped_wherever_it_stands_and_the_rest_stays(tracker: str) -> None:
    home = "https://ostwind.example"
    assert canonical_url(f"{home}/a?{tracker}&id=7%2F8&{tracker}&1234") == f"{home}/a?1234&id=7%2F8"
    assert canonical_url(f"{home}?{tracker}") == home
    assert canonical_url(f"{home}?p=1&{tracker}") == f"{home}/?p=1"


def test_a_user_name_is_no_part_of_an_address() -> None:
    assert canonical_url("https://leser:pa55@Ostwind.example/a?c=d@e") == "https://ostwind.example/a?c=d@e"


TRACKING = ("utm_", "wt_", "mc_", "itm_", "ref", "fbclid")


def plain(url: str) -> tuple[str, ...]:
    """A URL without scheme, fragment, trailing and doubled slashes, and trackers: two that differ are two articles."""
    parts = urlsplit(url.strip())
    path = re.sub("/+", "/", parts.path).rstrip("/")
    query = [part for part in parts.query.split("&") if part and not part.lower().startswith(TRACKING)]
    return parts.netloc.lower(), path, *query


def assert_no_two_merge(what: str, urls: Iterable[str]) -> None:
    spellings: defaultdict[str, set[str]] = defaultdict(set)
    for url in urls:
        spellings[article_id(url)].add(url)
    merged = [same for same in spellings.values() if len(set(map(plain, same))) > 1]
    assert not merged
    print(f"{what}: {sum(map(len, spellings.values()))} URLs compared, {len(spellings)} articles")


def test_no_two_articles_of_the_sample_newsroom_merge() -> None:
    room = Newsroom()
    urls = [room.url(outlet.id, story.slug) for outlet, story in room.published(ACTS)]
    assert len(set(map(article_id, urls))) == len(urls) > 50
    assert_no_two_merge("sample newsroom", urls)


@pytest.mark.data
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", ["feedparser-tests", "gofeed", "miniflux"])
def test_no_two_entries_of_feed_files_merge(shared_data: Callable[[str], Path], name: str) -> None:
    links = set()
    with tarfile.open(shared_data(f"feeds/{name}.tar.gz")) as archive:
        for member in archive:
            body = archive.extractfile(member) if member.isfile() else None
            try:
                feed = parse_feed(body.read(), "https://outlet.example/feed", None, NOW) if body else None
            except NotAFeedError:
                continue
            links |= {entry.link for entry in feed.entries if entry.link} if feed else set()
    assert_no_two_merge(name, links)


@pytest.mark.data
def test_no_two_articles_of_the_corpus_merge(shared_data: Callable[[str], Path]) -> None:
    with gzip.open(shared_data("corpus/articles.jsonl.gz"), "rt", encoding="utf-8") as lines:
        urls = [json.loads(line)["url"] for line in lines]
    assert_no_two_merge("corpus", {url for url in urls if url and url.startswith("http")})


@pytest.mark.data
def test_no_two_links_of_real_pages_merge(shared_data: Callable[[str], Path]) -> None:
    pages = RealPages.load(shared_data("extraction/article-extraction-benchmark.tar.gz"))
    links = {
        html.unescape(link)
        for page in pages.html.values()
        for link in re.findall(r'href="(https?://[^"\s<>]+)"', page.decode("utf-8", "replace"))
    }
    assert_no_two_merge("links of real pages", links)


@pytest.mark.parametrize(
    "url", ["", "nonsense", "ftp://ostwind.example/a", "http://", "javascript:alert(1)", "http://[::1", "//host/a"]
)
def test_what_names_no_article_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrlError):
        canonical_url(url)


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.ostwind.example/x", "ostwind.example"),
        ("https://m.ostwind.example/x", "ostwind.example"),
        ("https://news.somewhere.co.uk/x", "somewhere.co.uk"),
        ("http://127.0.0.2:9000/x", "127.0.0.2"),
        ("http://localhost:9000/x", "localhost"),
        ("http://[::1]:9000/x", "::1"),
    ],
)
def test_a_site_is_the_registrable_domain(url: str, site: str) -> None:
    assert site_of(url) == site


def test_ids_do_not_change_from_one_version_to_the_next() -> None:
    assert feed_id("https://ostwind.example/rss") == "765d462279e002e21432046c4b278069"
    assert article_id("https://ostwind.example/a?id=1") == "179558d4c9a0d670c5bef7c32ba6a658"
    assert entry_id("f", "g") == "47b18166dc8f50c06cf28b9c733accb4"
