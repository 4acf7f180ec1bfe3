"""What is remembered of each article, so that the next look at it can be judged.

Two tables, because a text is ten times as large as the rest: the text is kept while pages are looked at again, so that
a change comes with a diff; the rest is kept long enough to know an article that a feed lists for weeks.
"""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Any, Literal

import numpy as np

from consumers.text.minhash import Values
from newsriver.stages import Change
from schemas.events import UtcTime

VERSIONS = "versions"
TEXTS = "texts"
VERSION_KEPT = timedelta(days=30)
TEXT_KEPT = timedelta(days=3)
"""Pages are looked at again for a day; the rest is for an outage over a weekend."""
MAX_TEXT = 200_000
"""Characters of a text that are kept and judged."""
FORGOTTEN_AT_ONCE = 1000
KEPT_VALUES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The newest revision of an article. `minhash` holds 64 min-hashes of 16 bits in base64."""

    revision: int
    title: str
    content_hash: str
    origin: Literal["page", "feed"]
    extractor: str
    shingles: int
    minhash: str
    seen_at: UtcTime


@dataclass(frozen=True, slots=True)
class Text:
    """The body of an article's newest revision, deflated, in base64."""

    deflated: str
    kept_at: UtcTime


class Versions:
    """The state of one task of the revisions stage. Both tables are in the order of their last changes."""

    shapes: Mapping[str, Any] = {VERSIONS: Version, TEXTS: Text}

    def __init__(self) -> None:
        self.versions: dict[str, Version] = {}
        self.texts: dict[str, Text] = {}

    def apply(self, change: Change) -> None:
        table: dict[str, Any] = self.versions if change.table == VERSIONS else self.texts
        table.pop(change.key, None)
        if change.value is not None:
            table[change.key] = change.value

    def forgotten(self, now: datetime) -> Iterable[Change]:
        """The changes that forget what has been kept for long enough, a bounded number at a time."""
        old_texts = takewhile(lambda item: item[1].kept_at <= now - TEXT_KEPT, self.texts.items())
        old_versions = takewhile(lambda item: item[1].seen_at <= now - VERSION_KEPT, self.versions.items())
        yield from (Change(TEXTS, key, None) for key, _ in islice(old_texts, FORGOTTEN_AT_ONCE))
        yield from (Change(VERSIONS, key, None) for key, _ in islice(old_versions, FORGOTTEN_AT_ONCE))


def packed_text(body: str, now: datetime) -> Text:
    """A body as it is kept."""
    return Text(b64encode(zlib.compress(body[:MAX_TEXT].encode())).decode(), now)


def unpacked_text(text: Text) -> str:
    """The body that was kept."""
    return zlib.decompress(b64decode(text.deflated)).decode()


def packed_values(values: Values) -> str:
    """Min-hashes as they are kept: enough to tell the same text, an edited one and another one apart."""
    return b64encode(values[:KEPT_VALUES].astype("<u2").tobytes()).decode()


def estimated_jaccard(kept: str, values: Values) -> float:
    """The Jaccard index of a text whose min-hashes were kept and one with these min-hashes."""
    old = np.frombuffer(b64decode(kept), dtype="<u2")
    return float((old == values[:KEPT_VALUES].astype(np.uint16)).mean())
