"""Laws of canonical URLs and ids."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InvalidUrlError
from schemas.identity import article_id, canonical_url, entry_id, feed_id, site_of, stable_id

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
    st.tuples(st.sampled_from(["id", "page", "utm_source", "fbclid", "ref", "q"]), WORD).map("=".join), max_size=3
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
    ],
)
def test_different_articles_stay_different(one: str, other: str) -> None:
    assert article_id(one) != article_id(other)


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
