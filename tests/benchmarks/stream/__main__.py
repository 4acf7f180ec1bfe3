"""Throughput of the task runtime against the same loop on other libraries, interleaved on one broker.

    python -m tests.benchmarks.stream --rivals .venv-bench/bin/python [--bootstrap 127.0.0.1:19092] [--records 120000]

All read 4 KB articles from four partitions, decode them, fold the title, count words, encode the result and write it.
confluent-kafka and Quix Streams do so exactly once and without state, FastStream at least once and without state;
newsriver exactly once with a count a source as state, changelog and checkpoint. Each run is a process of its own, on
one Kafka node on the same machine. The rivals need an environment of their own: their requirements exclude ours.
Prints the ratios and writes them to `docs/benchmarks.md`.
"""

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import uuid
from collections import defaultdict
from dataclasses import dataclass, field

from tests.benchmarks.report import write_section
from tests.benchmarks.stream.fill import fill

NAMES = {
    "newsriver": "newsriver: exactly once, state, changelog",
    "confluent": "confluent-kafka: exactly once",
    "quix": "Quix Streams: exactly once",
    "fast": "FastStream: at least once",
}
RATIOS = {"confluent": "ratio_to_confluent_eos", "quix": "ratio_to_quix_eos", "fast": "ratio_to_faststream"}


@dataclass(slots=True)
class Measured:
    """What the rounds of one variant gave: records a second, and processor time a record, start of the process
    included, in microseconds."""

    rates: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def cpu(self) -> float:
        return statistics.median(self.cpu_us)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", default="127.0.0.1:19092")
    parser.add_argument("--records", type=int, default=120_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rivals", metavar="PYTHON", help="an interpreter that has Quix Streams and FastStream")
    arguments = parser.parse_args()
    interpreters = {"newsriver": sys.executable, "confluent": sys.executable}
    if arguments.rivals:
        interpreters |= {"quix": arguments.rivals, "fast": arguments.rivals}
    prefix = f"bench-{uuid.uuid4().hex[:8]}"
    asyncio.run(fill(arguments.bootstrap, prefix, arguments.records))
    measured: defaultdict[str, Measured] = defaultdict(Measured)
    for _ in range(arguments.rounds):
        for variant, interpreter in interpreters.items():
            command = [interpreter, "-W", "ignore", "-m", f"tests.benchmarks.stream.{variant}"]
            command += [arguments.bootstrap, prefix, str(arguments.records)]
            before = _children_seconds()
            output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            measured[variant].cpu_us.append((_children_seconds() - before) / arguments.records * 1e6)
            measured[variant].rates.append(json.loads(output.splitlines()[-1])["rate"])
    lines = _lines(measured, arguments.rounds, arguments.records)
    print("\n".join(lines))
    write_section("Stream throughput", lines, ["aiokafka", "confluent-kafka"])


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _lines(measured: dict[str, Measured], rounds: int, records: int) -> list[str]:
    ours = measured["newsriver"].rate
    return [
        f"`make bench-stream`: {rounds} rounds of {records:,} records of 4 KB, medians.",
        "",
        "| variant | records/s | of each round | processor time a record |",
        "|---|---|---|---|",
        *(
            f"| {NAMES[variant]} | {found.rate:,.0f} | {', '.join(f'{rate:,.0f}' for rate in found.rates)} "
            f"| {found.cpu:.0f} µs |"
            for variant, found in measured.items()
        ),
        "",
        *(
            f"- `{RATIOS[variant]}: {ours / found.rate:.2f}`"
            for variant, found in measured.items()
            if variant in RATIOS
        ),
    ]


if __name__ == "__main__":
    main()
