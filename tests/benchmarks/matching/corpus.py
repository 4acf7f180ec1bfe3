"""English articles of the corpus that is kept beside the repository: some to make queries from, others to match."""

import gzip
import json
import random
from pathlib import Path

from consumers.matching.document import Document

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "data" / "corpus" / "articles.jsonl.gz"
SETS = ("bbc", "fnc1", "masakhanews")
SEED = 20260302


def articles(corpus: Path, to_match: int) -> tuple[list[Document], list[Document]]:
    """So many articles to match, and all others."""
    found: list[Document] = []
    with gzip.open(corpus, "rt", encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            if article["lang"] == "en" and article["set"] in SETS:
                found.append(Document(title=article["title"], body=article["body"], lang="en"))
    random.Random(SEED).shuffle(found)
    return found[:to_match], found[to_match:]
