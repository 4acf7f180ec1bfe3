"""Which entries of a feed document are new, which changed, and how much of it was there before. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from producers.feeds.document import ParsedEntry
from schemas.errors import InvalidUrlError
from schemas.identity import canonical_url, entry_id, stable_id

KEPT_BEYOND_DOCUMENT = 500
"""How many entries are remembered that a feed no longer lists; feeds bring old ones back."""
_ID_CHARACTERS = 16
"""Hex digits kept of an id in the memory: 64 bits, one collision in 10^13 for a feed's few hundred entries."""


@dataclass(frozen=True, slots=True)
class SeenEntry:
    """An entry as it is remembered: its id, what it may be known by when its guid changes, its content's hash."""

    id: str
    alias: str
    content: str


@dataclass(frozen=True, slots=True)
class SeenEntries:
    """The entries of the last document, then older ones, newest first."""

    entries: tuple[SeenEntry, ...] = ()
    in_document: int = 0


@dataclass(frozen=True, slots=True)
class IdentifiedEntry:
    """An entry with its id."""

    entry_id: str
    entry: ParsedEntry


@dataclass(frozen=True, slots=True)
class Difference:
    """What a document brought: new and changed entries in its order, and how many were there before.

    `overlap` is the share of the document's entries that were in the one before, or None where there was none.
    """

    new: tuple[IdentifiedEntry, ...]
    changed: tuple[IdentifiedEntry, ...]
    seen: int
    overlap: float | None
    memory: SeenEntries

    @property
    def gap(self) -> bool:
        """Whether nothing of the document before is left in this one, so that entries between them were missed."""
        return self.overlap == 0.0


def difference(feed_id: str, memory: SeenEntries, entries: Sequence[ParsedEntry]) -> Difference:
    """Compare a document's entries with what is remembered of the feed."""
    by_id = {seen.id: seen for seen in memory.entries}
    by_alias = {seen.alias: seen for seen in memory.entries}
    last_document = {seen.id for seen in memory.entries[: memory.in_document]}
    new: list[IdentifiedEntry] = []
    changed: list[IdentifiedEntry] = []
    current: dict[str, SeenEntry] = {}
    for identity, entry in _identified(feed_id, entries):
        short = identity[:_ID_CHARACTERS]
        alias, content = _alias(entry), _content(entry)
        known = by_id.get(short) or by_alias.get(alias)
        if known is None:
            new.append(IdentifiedEntry(identity, entry))
        elif known.content != content:
            changed.append(IdentifiedEntry(identity, entry))
        current[short] = SeenEntry(short, alias, content)
    before = sum(
        1 for seen in current.values() if seen.id in last_document or _id_of(by_alias.get(seen.alias)) in last_document
    )
    older = [seen for seen in memory.entries if seen.id not in current][:KEPT_BEYOND_DOCUMENT]
    return Difference(
        new=tuple(new),
        changed=tuple(changed),
        seen=len(current) - len(new) - len(changed),
        overlap=before / len(current) if current and last_document else None,
        memory=SeenEntries((*current.values(), *older), len(current)),
    )


def _id_of(seen: SeenEntry | None) -> str | None:
    return None if seen is None else seen.id


def _identified(feed_id: str, entries: Sequence[ParsedEntry]) -> list[tuple[str, ParsedEntry]]:
    """Entries with ids; where several share a guid, their links tell them apart, and a repeated one is dropped."""
    counts: dict[str, set[str | None]] = {}
    for entry in entries:
        counts.setdefault(entry.guid, set()).add(entry.link)
    found: dict[str, ParsedEntry] = {}
    for entry in entries:
        collides = len(counts[entry.guid]) > 1
        guid = f"{entry.guid}\n{entry.link}" if collides else entry.guid
        found.setdefault(entry_id(feed_id, guid), entry)
    return list(found.items())


def _alias(entry: ParsedEntry) -> str:
    """What stays when an outlet changes its guids: the link, or title and time."""
    if entry.link is not None:
        try:
            return stable_id("link", canonical_url(entry.link))[:_ID_CHARACTERS]
        except InvalidUrlError:
            pass
    return stable_id("title", entry.title, str(entry.published))[:_ID_CHARACTERS]


def _content(entry: ParsedEntry) -> str:
    """A hash of what an outlet changes when it corrects an item. Not its time: many feeds stamp every build anew."""
    return stable_id(entry.title, entry.summary or "", entry.content_html or "")[:_ID_CHARACTERS]
