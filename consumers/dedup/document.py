"""What is remembered of an article for the days in which copies of it may come."""

from dataclasses import dataclass

from schemas.events import UtcTime


@dataclass(frozen=True, slots=True)
class Canonical:
    """The article that a copy copies, named so that the edge can be written when the article itself is forgotten."""

    article_id: str
    url: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of an article besides its words. `canonical` is None for an article that is no copy."""

    accepted_at: UtcTime
    url: str
    source: str
    title: str
    words: int
    shingles: int
    content_hash: str
    canonical: Canonical | None = None
    derived_from: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """An article as the changelog holds it: its facts and its packed sketch."""

    facts: Facts
    sketch: str
