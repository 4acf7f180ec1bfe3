"""`newsriver feeds check` on a site on loopback: what is in a feed, or why it is none."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.loopback import Answer, LoopbackSite

COMMAND = str(Path(sys.executable).parent / "newsriver")
RSS = "<rss version='2.0'><channel><title>Ostwind</title><item><title>{}</title><guid>1</guid></item></channel></rss>"
Check = Callable[[str], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def check(tmp_path: Path) -> Iterator[Check]:
    document = ""
    site = LoopbackSite(lambda _: Answer(document.encode()))

    def run(text: str) -> "subprocess.CompletedProcess[str]":
        nonlocal document
        document = text
        return subprocess.run(
            [COMMAND, "feeds", "check", "--json", f"{site.home}/feed"],
            env={"NEWSRIVER_DATA_DIR": str(tmp_path), "NEWSRIVER_FETCH__ALLOW_NETWORKS": "127.0.0.0/8"},
            cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    yield run
    site.close()


def test_the_entries_of_a_feed_are_shown(check: Check) -> None:
    finished = check(RSS.format("Ship sails"))
    assert finished.returncode == 0, finished.stderr
    assert [json.loads(line)["title"] for line in finished.stdout.splitlines()] == ["Ship sails"]


def test_a_page_that_is_no_feed_is_named_as_such(check: Check) -> None:
    finished = check("<!doctype html><title>Bridge closed</title>")
    assert finished.returncode == 3
    assert "/feed: the document is an HTML page" in finished.stderr


def test_a_document_that_would_take_minutes_is_given_up(check: Check) -> None:
    finished = check(RSS.format("<b>" * 1_000_000))
    assert finished.returncode == 3, finished.stderr
    assert "took longer than 10" in finished.stderr
