"""Real feeds and pages, kept beside the repository: nothing crashes or hangs, and the text taken is the text."""

import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from producers.articles.extract import NotAnArticleError, extract
from producers.feeds.document import NotAFeedError
from producers.feeds.opml import read_opml
from producers.feeds.parse import parse_feed
from tests.real_pages import RealPages, four_gram_f1

pytestmark = [pytest.mark.data, pytest.mark.timeout(300)]
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def _files(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as opened:
        for member in opened:
            stream = opened.extractfile(member) if member.isfile() else None
            if stream is not None:
                yield member.name, stream.read()


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", ["feedparser-tests", "gofeed", "miniflux"])
def test_every_feed_file_is_read_or_refused(shared_data: Callable[[str], Path], name: str) -> None:
    count = 0
    for file, body in _files(shared_data(f"feeds/{name}.tar.gz")):
        count += 1
        try:
            parsed = parse_feed(body, "https://outlet.example/feed", None, NOW)
        except NotAFeedError:
            continue
        assert all(entry.guid for entry in parsed.entries), file
    assert count > 20


def test_all_feeds_of_the_opml_files_are_found(shared_data: Callable[[str], Path]) -> None:
    urls = {
        outline.url
        for name, body in _files(shared_data("feeds/opml.tar.gz"))
        if name.endswith(".opml")
        for outline in read_opml(body)
    }
    assert len(urls) == 781


@pytest.mark.filterwarnings("default")
def test_the_text_of_real_pages_is_taken(shared_data: Callable[[str], Path]) -> None:
    pages = RealPages.load(shared_data("extraction/article-extraction-benchmark.tar.gz"))
    scores = [four_gram_f1(pages.text[name], _body(html)) for name, html in pages.html.items()]
    assert sum(scores) / len(scores) >= 0.95


def _body(page: bytes) -> str:
    try:
        return extract(page, "https://outlet.example/article").body
    except NotAnArticleError:
        return ""
