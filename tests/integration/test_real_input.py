"""Real feeds and pages, kept beside the repository: nothing crashes or hangs, and the text taken is the text."""

import asyncio
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from producers.articles.extract import NotAnArticleError, extract
from producers.feeds.document import NotAFeedError, ParsedFeed
from producers.feeds.opml import read_opml
from producers.feeds.poll import parse_in_worker
from producers.http.client import Response
from producers.workers import WorkerPool
from schemas.codec import encode
from tests.real_pages import RealPages, four_gram_f1

pytestmark = [pytest.mark.data, pytest.mark.timeout(300)]
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def _files(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as opened:
        for member in opened:
            stream = opened.extractfile(member) if member.isfile() else None
            if stream is not None:
                yield member.name, stream.read()


@pytest.fixture(scope="module")
def workers() -> Iterator[WorkerPool]:
    with closing(WorkerPool(2)) as pool:
        yield pool


@pytest.mark.parametrize("name", ["feedparser-tests", "gofeed", "miniflux"])
async def test_every_feed_file_is_read_or_refused_in_time(
    shared_data: Callable[[str], Path], workers: WorkerPool, name: str
) -> None:
    files = list(_files(shared_data(f"feeds/{name}.tar.gz")))
    assert len(files) > 20
    url = "https://outlet.example/feed"
    results = await asyncio.gather(
        *(parse_in_worker(workers, Response(200, url, url, {}, body), NOW) for _, body in files),
        return_exceptions=True,
    )
    for (file, _), result in zip(files, results, strict=True):
        if not isinstance(result, NotAFeedError):
            assert isinstance(result, ParsedFeed), f"{file}: {result!r}"
            assert all(entry.guid for entry in result.entries), file
            assert encode(result.entries), file


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
