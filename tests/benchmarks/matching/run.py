"""One size of the benchmark, in a process of its own, so that its memory can be told. Prints what it measured."""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from consumers.matching.document import Document
from consumers.matching.engine import Engine
from consumers.matching.parser import parse
from consumers.matching.query import Query
from tests.benchmarks.matching import tantivy_queries
from tests.benchmarks.matching.corpus import articles
from tests.benchmarks.matching.queries import made_up_queries
from tests.naive_matching import Naive

ROUNDS = 5
DOCUMENTS = 1500
BUDGET_SECONDS = 8.0
"""How long the rivals of the engine may take in a round; they match as many documents as they can in that time."""

Result = TypeVar("Result")


def measure(corpus: Path, count: int) -> dict[str, object]:
    """Match the documents in `ROUNDS` parts, with the rivals in between."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    documents, others = articles(corpus, DOCUMENTS)
    texts = made_up_queries(others, count)
    del others
    before = resident_bytes()
    started = time.process_time()
    queries = {f"rule-{number}": parse(text) for number, text in enumerate(texts)}
    parsed = time.process_time()
    engine = Engine(queries)
    built = time.process_time()
    memory = resident_bytes() - before
    rivals = {rule_id: tantivy_queries.translated(query) for rule_id, query in queries.items()}
    nearly = {rule_id for rule_id, query in queries.items() if not tantivy_queries.means_the_same(query)}
    rates: dict[str, list[float]] = {"newsriver": [], "naive": [], "tantivy": []}
    matched = 0
    compared = {"naive": 0, "tantivy": 0}
    for turn in range(ROUNDS):
        part = documents[turn::ROUNDS]
        found, seconds = timed(lambda document: [match.rule_id for match in engine.match(document)], part)
        rates["newsriver"].append(len(found) / seconds)
        matched += sum(map(len, found))
        expected, seconds = timed(lambda document: naively(document, queries), part, BUDGET_SECONDS)
        rates["naive"].append(len(expected) / seconds)
        if expected != found[: len(expected)]:
            raise AssertionError("the engine and the naive search differ")
        compared["naive"] += len(expected)
        told, seconds = timed(lambda document: tantivy_queries.matches(document, rivals), part, BUDGET_SECONDS)
        rates["tantivy"].append(len(told) / seconds)
        if any((set(ours) ^ set(theirs)) - nearly for ours, theirs in zip(found, told, strict=False)):
            raise AssertionError("the engine and tantivy differ")
        compared["tantivy"] += len(told)
    return {
        "queries": count,
        "rates": {name: statistics.median(found) for name, found in rates.items()},
        "rounds": rates["newsriver"],
        "characters": round(statistics.mean(len(document.title) + len(document.body) for document in documents)),
        "matches_per_document": matched / len(documents),
        "compared": compared,
        "parse_s": parsed - started,
        "build_s": built - parsed,
        "memory_mb": memory / 1e6,
    }


def naively(document: Document, queries: Mapping[str, Query]) -> list[str]:
    """The rules that match, each asked in turn."""
    naive = Naive(document)
    return [rule_id for rule_id, query in queries.items() if naive.matches(query)]


def timed(
    work: Callable[[Document], Result], documents: Sequence[Document], budget: float = float("inf")
) -> tuple[list[Result], float]:
    """The results for the documents that can be done within a budget, at least one, and the processor time of them."""
    results: list[Result] = []
    started = time.process_time()
    for document in documents:
        results.append(work(document))
        if time.process_time() - started > budget:
            break
    return results, time.process_time() - started


def resident_bytes() -> int:
    """The memory that the process occupies now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))))
