"""Real feeds and pages, kept beside the repository: nothing crashes or hangs, and the text taken is the text."""

import gzip
import json
import re
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from producers.articles.extract import NotAnArticleError, extract
from producers.feeds.document import NotAFeedError
from producers.feeds.opml import read_opml
from producers.feeds.parse import parse_feed

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
    files = dict(_files(shared_data("extraction/article-extraction-benchmark.tar.gz")))
    truth = json.loads(next(body for name, body in files.items() if name.endswith("ground-truth.json")))
    scores = [
        _f1(truth[Path(name).name.removesuffix(".html.gz")]["articleBody"], _body(gzip.decompress(page)))
        for name, page in files.items()
        if name.endswith(".html.gz")
    ]
    assert len(scores) == 181
    assert sum(scores) / len(scores) >= 0.95


def _body(page: bytes) -> str:
    try:
        return extract(page, "https://outlet.example/article").body
    except NotAnArticleError:
        return ""


def _f1(truth: str, found: str) -> float:
    wanted, got = _shingles(truth), _shingles(found)
    both = sum((wanted & got).values())
    return 2 * both / (sum(wanted.values()) + sum(got.values()))


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3)))
