"""The sample newsroom is what it says: its feeds parse, its pages extract, its labels hold, its copies are copies."""

from datetime import UTC, datetime

import pytest

from consumers.text.minhash import jaccard, shingles
from consumers.text.words import words_of
from consumers.topics.detector import TopicDetector
from consumers.topics.rulefile import packaged_rules
from newsriver.sample.content import Outlet, Story, outlets
from newsriver.sample.documents import Item, feed_document
from newsriver.sample.expectations import NOT_ARTICLE
from newsriver.sample.pages import page
from producers.articles.extract import extract
from producers.feeds.parse import parse_feed

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOME = "http://127.0.0.2:8000"
STORIES = [(outlet, story) for outlet in outlets().values() for story in outlet.articles]
NAMES = [f"{outlet.id}/{story.slug}" for outlet, story in STORIES]
DETECTOR = TopicDetector(packaged_rules())


def test_there_are_enough_outlets_languages_formats_and_articles() -> None:
    assert len(outlets()) >= 8
    assert len({outlet.language for outlet in outlets().values()}) >= 4
    assert {outlet.feed for outlet in outlets().values()} == {"rss", "atom", "json"}
    assert len(STORIES) >= 60
    assert sum(story.copy_of is not None for _, story in STORIES) >= 3
    assert {story.correction.kind for _, story in STORIES if story.correction} == {"material", "minor"}


@pytest.mark.parametrize("outlet", outlets().values(), ids=lambda outlet: outlet.id)
def test_feeds_parse_without_a_warning(outlet: Outlet) -> None:
    items = [Item(story, f"{HOME}/news/{story.slug}", NOW, NOW, False) for story in outlet.articles]
    body, content_type = feed_document(outlet, HOME, items)
    parsed = parse_feed(body, f"{HOME}/feed", content_type, NOW)
    assert [entry.title for entry in parsed.entries] == [story.title for story in outlet.articles]
    assert not parsed.warnings


@pytest.mark.parametrize(("outlet", "story"), STORIES, ids=NAMES)
def test_pages_give_the_article_alone_and_topics_are_as_labelled(outlet: Outlet, story: Story) -> None:
    html = page(outlet, story, f"{HOME}/news/{story.slug}", NOW, [("Another", f"{HOME}/news/other")])
    found = extract(html.encode(outlet.encoding), f"{HOME}/news/{story.slug}", outlet.encoding)
    assert found.title == story.title
    assert found.language == outlet.language
    assert tuple(found.body.split("\n")) == story.paragraphs
    assert not [text for text in NOT_ARTICLE if text in found.body]
    labels = {topic.topic_id: topic.label for topic in DETECTOR.detect(found.title, found.body, found.language)}
    assert all(labels.get(topic) == "about" for topic in story.topics.about)
    assert all(topic in labels for topic in story.topics.mention)
    assert labels.keys() <= {*story.topics.about, *story.topics.mention, *story.topics.optional}


def test_copies_are_near_and_all_others_far() -> None:
    hashes = {name: shingles(words_of(story.body)) for name, (_, story) in zip(NAMES, STORIES, strict=True)}
    for name, (_, story) in zip(NAMES, STORIES, strict=True):
        for other, (_, another) in zip(NAMES, STORIES, strict=True):
            if name < other:
                related = _original(name, story) == _original(other, another)
                alike = jaccard(hashes[name], hashes[other])
                assert alike >= 0.5 if related else alike < 0.2, (name, other, alike)


def _original(name: str, story: Story) -> str:
    return name if story.copy_of is None else f"{story.copy_of.outlet}/{story.copy_of.slug}"
