"""An article as rules see it."""

from dataclasses import dataclass
from typing import Literal, NamedTuple


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


class Span(NamedTuple):
    """A passage that proves a match: code points of the original title or body, `end` exclusive."""

    field: Literal["title", "body"]
    start: int
    end: int


class Match(NamedTuple):
    """A rule that matched, and the passages that prove it, in the order of the text, without repetition."""

    rule_id: str
    spans: tuple[Span, ...]
