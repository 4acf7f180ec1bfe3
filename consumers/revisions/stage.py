"""The revisions stage: every look at a page in, new articles and changed ones out."""

from dataclasses import fields, replace
from datetime import datetime, timedelta

from consumers.revisions.decide import decide, extractor_of
from consumers.revisions.state import TEXTS, VERSIONS, Version, Versions, packed_text, packed_values
from consumers.text.signature import minhash_of, sign
from newsriver.stages import NOTHING, Change, Effects, Output, Record, Transform
from schemas.events import ArticleRevised, ArticleScraped, RevisionKind, Signature
from schemas.identity import stable_id
from schemas.streams import REVISIONS, SCRAPED

TOUCHED_AFTER = timedelta(days=1)
"""How old the last sign of an unchanged article may get before another one is written down."""
_KINDS: dict[str, RevisionKind] = {
    "new": "new", "fuller": "material", "minor": "minor", "material": "material", "replaced": "replaced"
}  # fmt: skip
_SCRAPED = [field.name for field in fields(ArticleScraped) if field.name not in ("id", "emitted_at", "schema_version")]


class Revisions(Transform[ArticleScraped, Versions]):
    """Tells new articles, changed ones and ones already seen apart; numbers the revisions and shows what changed."""

    name = "revisions"
    input = SCRAPED
    outputs = (REVISIONS,)

    def new_state(self) -> Versions:
        return Versions()

    def process(self, record: Record[ArticleScraped], state: Versions, now: datetime) -> Effects:
        scraped = record.value
        if scraped is None:  # taken down: nothing of its text may stay
            return Effects(changes=(Change(VERSIONS, record.key, None), Change(TEXTS, record.key, None)))
        key = scraped.article_id
        version = state.versions.get(key)
        signature = sign(scraped.body)
        decision = decide(version, state.texts.get(key), scraped, signature)
        kind = decision.verdict.kind
        if kind == "seen":
            return _touched(key, version, now)
        is_revision = kind != "reextracted"
        revision = (version.revision if version else 0) + is_revision
        changes = (
            Change(VERSIONS, key, _version(scraped, signature, revision, now)),
            Change(TEXTS, key, packed_text(scraped.body, now)),
        )
        if not is_revision:
            return Effects(changes=changes)
        revised = ArticleRevised(
            **{name: getattr(scraped, name) for name in _SCRAPED},
            id=stable_id("revised", key, str(revision)),
            emitted_at=now,
            revision=revision,
            kind=_KINDS[kind],
            signature=signature,
            changes=decision.changes,
            previous_title=version.title if version is not None and version.title != scraped.title else None,
        )
        return Effects((Output(REVISIONS, revised),), changes)

    def tick(self, state: Versions, now: datetime) -> Effects:
        return Effects(changes=tuple(state.forgotten(now)))


def _touched(key: str, version: Version | None, now: datetime) -> Effects:
    """Keep an article that is still about from being forgotten."""
    if version is None or now - version.seen_at < TOUCHED_AFTER:
        return NOTHING
    return Effects(changes=(Change(VERSIONS, key, replace(version, seen_at=now)),))


def _version(scraped: ArticleScraped, signature: Signature, revision: int, now: datetime) -> Version:
    return Version(
        revision=revision,
        title=scraped.title,
        content_hash=signature.content_hash,
        origin=scraped.origin,
        extractor=extractor_of(scraped),
        shingles=signature.shingles,
        minhash=packed_values(minhash_of(signature)),
        seen_at=now,
    )
