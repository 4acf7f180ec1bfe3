"""An article as rules see it."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from schemas.events import TopicMatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What can be asked about: two texts, and values that are compared as a whole."""

    title: str
    body: str
    lang: str = "und"
    source: str = ""
    country: str | None = None
    topics: tuple[str, ...] = ()
    iptc: tuple[str, ...] = ()

    def metadata(self, field: str) -> tuple[str, ...]:
        """The values of a metadata field."""
        match field:
            case "lang":
                return (self.lang,)
            case "source":
                return (self.source,)
            case "country":
                return () if self.country is None else (self.country,)
            case "topic":
                return self.topics
            case "iptc":
                return self.iptc
        raise KeyError(field)


class _Tagged(Protocol):
    """An article with its topics, from a stream or from storage."""

    @property
    def title(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def country(self) -> str | None: ...
    @property
    def topics(self) -> tuple[TopicMatch, ...]: ...


def document_of(article: _Tagged) -> Document:
    """What alert rules can ask about an article."""
    return Document(
        title=article.title,
        body=article.body,
        lang=article.language,
        source=article.source,
        country=article.country,
        topics=tuple(topic.topic_id for topic in article.topics),
        iptc=tuple(code for topic in article.topics for code in topic.iptc),
    )


class Span(NamedTuple):
    """A passage that proves a match: code points of the original title or body, `end` exclusive."""

    field: Literal["title", "body"]
    start: int
    end: int


class Match(NamedTuple):
    """A rule that matched, and the passages that prove it, in the order of the text, without repetition."""

    rule_id: str
    spans: tuple[Span, ...]
