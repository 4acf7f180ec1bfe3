"""The dedup stage: revisions in, articles that are not copies out, and an edge for each that is one."""

from dataclasses import fields, replace
from datetime import datetime

from consumers.dedup.document import Document, Facts
from consumers.dedup.index import DOCUMENTS, Index
from consumers.dedup.sketch import pack, sketch_of
from consumers.dedup.verdict import Verdict, judge
from consumers.text.signature import ALGORITHM, sign
from newsriver.stages import Change, Effects, Output, Record, Transform
from schemas.events import Article, ArticleRevised, DuplicateFound, Signature
from schemas.identity import stable_id
from schemas.streams import DUPLICATES, REVISIONS, UNIQUE

_REVISED = [field.name for field in fields(ArticleRevised) if field.name not in ("id", "emitted_at", "schema_version")]


class Dedup(Transform[ArticleRevised, Index]):
    """Leaves copies out of the river and says of what they are copies. All articles of a language meet in one task."""

    name = "dedup"
    input = REVISIONS
    outputs = (UNIQUE, DUPLICATES)

    def new_state(self) -> Index:
        return Index()

    def process(self, record: Record[ArticleRevised], state: Index, now: datetime) -> Effects:
        article = record.value
        if article is None:
            return Effects(changes=(Change(DOCUMENTS, record.key, None),))
        known = state.facts(article.article_id) if article.kind != "replaced" else None
        signature = _comparable(article)
        sketch = sketch_of(signature)
        facts = _facts(article, signature, known.accepted_at if known else now)
        outputs: list[Output] = []
        if known is not None and known.canonical is None:
            # Once on `unique`, always there: the stages behind cannot give an article back.
            facts = replace(facts, derived_from=known.derived_from)
        else:
            verdict = judge(state, article.article_id, facts, sketch)
            facts = _decided(facts, verdict)
            outputs += _edges(article, verdict, now)
        if facts.canonical is None:
            outputs.append(Output(UNIQUE, _unique(article, facts.derived_from, now)))
        change = Change(DOCUMENTS, article.article_id, Document(facts, pack(sketch)))
        return Effects(tuple(outputs), (change,))

    def tick(self, state: Index, now: datetime) -> Effects:
        return Effects(changes=tuple(state.forgotten(now)))


def _comparable(article: ArticleRevised) -> Signature:
    """The article's signature, made anew if another algorithm made it: only like can be compared with like."""
    return article.signature if article.signature.algorithm == ALGORITHM else sign(article.body)


def _facts(article: ArticleRevised, signature: Signature, accepted_at: datetime) -> Facts:
    return Facts(
        accepted_at=accepted_at,
        url=article.url,
        source=article.source,
        title=article.title,
        words=signature.words,
        shingles=signature.shingles,
        content_hash=signature.content_hash,
    )


def _decided(facts: Facts, verdict: Verdict) -> Facts:
    if verdict.canonical is None:
        return facts
    if verdict.kind == "derived":
        return replace(facts, derived_from=verdict.canonical.article_id)
    return replace(facts, canonical=verdict.canonical)


def _edges(article: ArticleRevised, verdict: Verdict, now: datetime) -> list[Output]:
    if verdict.canonical is None or verdict.kind == "unique":
        return []
    edge = DuplicateFound(
        id=stable_id("duplicate", article.article_id, str(article.revision)),
        emitted_at=now,
        article_id=article.article_id,
        canonical_id=verdict.canonical.article_id,
        kind=verdict.kind,
        jaccard=round(verdict.jaccard, 3),
        containment=round(verdict.containment, 3),
        url=article.url,
        source=article.source,
        title=article.title,
        language=article.language,
        canonical_url=verdict.canonical.url,
        canonical_source=verdict.canonical.source,
        discovered_at=article.discovered_at,
        published_at=article.published_at,
        revision=article.revision,
    )
    return [Output(DUPLICATES, edge)]


def _unique(article: ArticleRevised, derived_from: str | None, now: datetime) -> Article:
    return Article(
        **{name: getattr(article, name) for name in _REVISED},
        id=stable_id("article", article.article_id, str(article.revision)),
        emitted_at=now,
        derived_from=derived_from,
    )
