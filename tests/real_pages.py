"""The real pages kept beside the repository, with their hand-made texts, and how near an extracted text comes."""

import gzip
import json
import re
import tarfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PAGES = 181


@dataclass(frozen=True, slots=True)
class RealPages:
    """HTML and article text by the page's name."""

    html: Mapping[str, bytes]
    text: Mapping[str, str]

    @classmethod
    def load(cls, archive: Path) -> Self:
        """Read the archive of the article extraction benchmark."""
        html: dict[str, bytes] = {}
        text: dict[str, str] = {}
        with tarfile.open(archive) as opened:
            for member in opened:
                stream = opened.extractfile(member) if member.isfile() else None
                if stream is None:
                    continue
                if member.name.endswith(".html.gz"):
                    html[Path(member.name).name.removesuffix(".html.gz")] = gzip.decompress(stream.read())
                elif member.name.endswith("ground-truth.json"):
                    text = {name: page["articleBody"] for name, page in json.loads(stream.read()).items()}
        assert len(html) == PAGES
        return cls(html, text)


def four_gram_f1(truth: str, found: str) -> float:
    """The F1 of the four-word sequences of a text that was found, against the true one: 0 to 1."""
    wanted, got = _shingles(truth), _shingles(found)
    both = sum((wanted & got).values())
    return 2 * both / (sum(wanted.values()) + sum(got.values()))


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + 4]) for i in range(max(1, len(words) - 3)))
