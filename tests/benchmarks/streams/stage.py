"""The stage of the benchmark: the transformation of `work`, and a count per source as state."""

from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter

from newsriver.stages import Change, Effects, Output, Record, Tables, Transform
from schemas.events import ArticleScraped
from schemas.streams import SCRAPED, Stream

SOURCES = "sources"
_NAMES = tuple(field.name for field in fields(ArticleScraped))
_values_of = attrgetter(*_NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded(ArticleScraped):
    """An article with its case-folded title and its number of words."""

    title_folded: str
    words: int


FOLDED = Stream(
    "folded", Folded, lambda e: e.article_id, lambda e: e.article_id, "key", "delete", None, "Of the benchmark."
)


class Fold(Transform[ArticleScraped, Tables]):
    """Folds titles, counts words, and counts articles per source in a table."""

    name = "fold"
    input = SCRAPED
    outputs = (FOLDED,)

    def new_state(self) -> Tables:
        return Tables(**{SOURCES: int})

    def process(self, record: Record[ArticleScraped], state: Tables, now: datetime) -> Effects:
        article = record.value
        assert article is not None
        folded = Folded(
            **dict(zip(_NAMES, _values_of(article), strict=True)),
            title_folded=article.title.casefold(),
            words=article.body.count(" ") + 1,
        )
        count = state.table(SOURCES).get(article.source, 0) + 1
        return Effects((Output(FOLDED, folded),), (Change(SOURCES, article.source, count),))
