"""Stored queries a document: the engine against a naive loop and tantivy, one core, the same queries and documents.

    python -m tests.benchmarks.matching [--corpus articles.jsonl.gz] [--queries 1000 10000 100000]

Rates are documents by second of processor time, so that other work on the machine counts less. The naive loop cuts a
document into words once and evaluates each query on them; tantivy makes an index of each document and runs each query,
translated beforehand, on it. Rivals match as many documents as time allows. What the naive loop finds has to be what
the engine finds, and what tantivy finds too, but for queries with NEAR, which it has no equal for. Writes to
`docs/benchmarks.md`.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks.matching.corpus import CORPUS
from tests.benchmarks.report import write_section

GOALS = {10_000: 2000, 100_000: 400}
SHORT = {1000: "1k", 10_000: "10k", 100_000: "100k"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--queries", type=int, nargs="+", default=[1000, 10_000, 100_000])
    arguments = parser.parse_args()
    if not arguments.corpus.exists():
        print(f"skipped: there is no corpus at {arguments.corpus}; --corpus names another")
        return
    measured = [_run(arguments.corpus, count) for count in arguments.queries]
    lines = _lines(measured)
    print("\n".join(lines))
    for run in measured:
        if run["queries"] in SHORT:
            print(f"docs_per_s_{SHORT[run['queries']]}: {run['rates']['newsriver']:.0f}")
    write_section("Stored queries", lines, ["ahocorasick-rs", "numpy", "tantivy"])


def _run(corpus: Path, count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.matching.run", str(corpus), str(count)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def _lines(measured: list[dict[str, Any]]) -> list[str]:
    by_naive, by_tantivy = (", ".join(f"{run['compared'][name]}" for run in measured) for name in ("naive", "tantivy"))
    return [
        f"`make bench-match`: English news articles of {measured[0]['characters']:,} characters, boolean queries of 13",
        "terms (names and topics, lists of names, NEAR, titles); one core, processor time, medians of five rounds.",
        "Of a match, the passages that prove it are found as well.",
        "",
        "| queries | documents/s | of each round | naive loop | tantivy | matches/document | parse | build | memory |",
        "|---|---|---|---|---|---|---|---|---|",
        *map(_row, measured),
        "",
        *(_rate(run) for run in measured if run["queries"] in SHORT),
        f"- articles for which the naive loop found the very same rules: {by_naive}",
        f"- articles for which tantivy did, of the rules without NEAR: {by_tantivy}",
    ]


def _row(run: dict[str, Any]) -> str:
    rates = run["rates"]
    return (
        f"| {run['queries']:,} | {rates['newsriver']:,.0f} | {', '.join(f'{rate:,.0f}' for rate in run['rounds'])} "
        f"| {rates['naive']:,.3g} | {rates['tantivy']:,.3g} | {run['matches_per_document']:.1f} "
        f"| {run['parse_s']:.1f} s | {run['build_s']:.1f} s | {run['memory_mb']:,.0f} MB |"
    )


def _rate(run: dict[str, Any]) -> str:
    goal = GOALS.get(run["queries"])
    reach = f" (to reach: {goal:,})" if goal else ""
    return f"- `docs_per_s_{SHORT[run['queries']]}: {run['rates']['newsriver']:.0f}`{reach}"


if __name__ == "__main__":
    main()
