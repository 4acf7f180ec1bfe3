"""What a scraped page is to the article that is remembered: from the remembered version, its text and the page."""

from dataclasses import dataclass

from consumers.revisions.diff import text_changes
from consumers.revisions.fingerprint import Fingerprint, fingerprint, title_key
from consumers.revisions.state import MAX_TEXT, Text, Version, estimated_jaccard, unpacked_text
from consumers.revisions.verdict import MATERIAL_JACCARD, Verdict, compare, is_other_text, is_same_page
from consumers.text.minhash import jaccard
from consumers.text.sentences import sentences
from consumers.text.signature import minhash_of
from schemas.events import ArticleScraped, Signature, TextChange

SEEN = Verdict("seen")


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict, and the diff where there is one to show."""

    verdict: Verdict
    changes: tuple[TextChange, ...] = ()


def extractor_of(scraped: ArticleScraped) -> str:
    """The extractor and its version in one name."""
    return f"{scraped.extractor} {scraped.extractor_version}"


def decide(version: Version | None, text: Text | None, scraped: ArticleScraped, signature: Signature) -> Decision:
    """What the scraped page is to the remembered version.

    Differences count as the publisher's only between texts that the same extractor read from the same kind of source.
    Otherwise an upgrade would revise every article at once, and a failed fetch would replace a text by its summary.
    """
    if version is None:
        return Decision(Verdict("new"))
    if version.content_hash == signature.content_hash and title_key(version.title) == title_key(scraped.title):
        return Decision(SEEN)
    if version.origin != scraped.origin:
        return Decision(Verdict("fuller", ("page_after_feed",)) if scraped.origin == "page" else SEEN)
    if text is None:
        return Decision(_estimated(version, scraped, signature))
    return _compared(version, unpacked_text(text), scraped)


def _compared(version: Version, old_body: str, scraped: ArticleScraped) -> Decision:
    new_body = scraped.body[:MAX_TEXT]
    old, new = fingerprint(version.title, old_body), fingerprint(scraped.title, new_body)
    if version.extractor != extractor_of(scraped) and _is_same_page(old, new):
        return Decision(Verdict("reextracted"))
    verdict = compare(old, new)
    if verdict.kind == "replaced":
        return Decision(verdict)
    return Decision(verdict, text_changes(sentences(old_body), sentences(new_body)))


def _is_same_page(old: Fingerprint, new: Fingerprint) -> bool:
    return is_same_page(len(old.shingles), len(new.shingles), jaccard(old.shingles, new.shingles))


def _estimated(version: Version, scraped: ArticleScraped, signature: Signature) -> Verdict:
    """The verdict when the old text is no longer kept: its min-hashes tell, but show no sentences."""
    overlap = estimated_jaccard(version.minhash, minhash_of(signature))
    same_title = title_key(version.title) == title_key(scraped.title)
    sizes = version.shingles, signature.shingles
    if version.extractor != extractor_of(scraped) and is_same_page(*sizes, overlap):
        return Verdict("reextracted")
    if not same_title and is_other_text(*sizes, overlap):
        return Verdict("replaced", ("title_changed", "other_text"))
    changed = {"title_changed": not same_title, "text_changed": overlap < MATERIAL_JACCARD}
    reasons = tuple(reason for reason, holds in changed.items() if holds)
    return Verdict("material" if reasons else "minor", reasons)
