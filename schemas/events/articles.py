"""Articles from a page's text to the main product, copies of them, and the stories that they make."""

from dataclasses import dataclass
from typing import Literal

from schemas.events.base import Count, Event, Positive, UtcTime
from schemas.events.topics import TopicMatch


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleScraped(Event):
    """One fetch of an article: its text, where the text came from, and when each step happened.

    `source` is the outlet's registrable domain; `language` is ISO 639-1, or `und` when nobody can tell. `origin` says
    whether the text was extracted from the page or taken from the feed's own content, and `origin_reason` why.
    """

    article_id: str
    entry_id: str
    feed_id: str
    url: str
    fetched_url: str
    source: str
    title: str
    body: str
    language: str
    discovered_at: UtcTime
    fetched_at: UtcTime
    origin: Literal["page", "feed"]
    extractor: str
    extractor_version: str
    origin_reason: str | None = None
    published_at: UtcTime | None = None
    modified_at: UtcTime | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    description: str | None = None
    image: str | None = None
    country: str | None = None
    tdm_reserved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TextChange:
    """One place where two revisions differ: sentences taken out and sentences put in."""

    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What near-duplicate detection compares: min-hashes of the text and of its lead, base64 of little-endian u32."""

    algorithm: str
    content_hash: str
    words: Count
    shingles: Count
    minhash: str
    lead: str


RevisionKind = Literal["new", "minor", "material", "replaced"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRevised(ArticleScraped):
    """A new article, or a known one whose text changed: its revision number, the kind of change and the diff."""

    revision: Positive
    kind: RevisionKind
    signature: Signature
    changes: tuple[TextChange, ...] = ()
    previous_title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(ArticleRevised):
    """The main product: an article with its revision, story, topics and the passages that prove them.

    On `grouped` the topics are not there yet. `derived_from` names an article this one takes much of its text from.
    """

    story_id: str | None = None
    topics: tuple[TopicMatch, ...] = ()
    ruleset_version: str | None = None
    derived_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateFound(Event):
    """An edge from a copy to the article it copies. The copy is named in full, because `articles` leaves copies out."""

    article_id: str
    canonical_id: str
    kind: Literal["exact", "near", "derived"]
    jaccard: float
    containment: float
    url: str
    source: str
    title: str
    language: str
    canonical_url: str
    canonical_source: str
    discovered_at: UtcTime
    published_at: UtcTime | None = None
    revision: Positive = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryUpdated(Event):
    """A story came to be or grew: how many articles and outlets it has, and the article that changed it."""

    story_id: str
    change: Literal["created", "grown", "merged", "split", "bursting"]
    title: str
    language: str
    articles: Positive
    sources: tuple[str, ...]
    article_id: str
    first_seen_at: UtcTime
    last_seen_at: UtcTime
    similarity: float | None = None
