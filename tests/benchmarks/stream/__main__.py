"""Throughput of the task runtime against the same loop on other libraries, interleaved on one broker.

    python -m tests.benchmarks.stream --rivals .venv-bench/bin/python [--bootstrap 127.0.0.1:19092] [--records 60000]

All read 4 KB articles from four partitions, decode them, fold the title, count words, encode the result and write it.
confluent-kafka and Quix Streams do so exactly once and without state, FastStream at least once and without state;
newsriver exactly once with a count a source as state, changelog and checkpoint. Each run is a process of its own, on
one Kafka node on the same machine. The rivals need an environment of their own: their requirements exclude ours.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import uuid

from tests.benchmarks.stream.fill import fill


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", default="127.0.0.1:19092")
    parser.add_argument("--records", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rivals", metavar="PYTHON", help="an interpreter that has Quix Streams and FastStream")
    arguments = parser.parse_args()
    interpreters = {"newsriver": sys.executable, "confluent": sys.executable}
    if arguments.rivals:
        interpreters |= {"quix": arguments.rivals, "fast": arguments.rivals}
    prefix = f"bench-{uuid.uuid4().hex[:8]}"
    asyncio.run(fill(arguments.bootstrap, prefix, arguments.records))
    rates: dict[str, list[float]] = {variant: [] for variant in interpreters}
    for _ in range(arguments.rounds):
        for variant, interpreter in interpreters.items():
            command = [interpreter, "-m", f"tests.benchmarks.stream.{variant}"]
            command += [arguments.bootstrap, prefix, str(arguments.records)]
            output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            rates[variant].append(json.loads(output.splitlines()[-1])["rate"])
    medians = {variant: statistics.median(measured) for variant, measured in rates.items()}
    for variant, median in medians.items():
        print(f"{variant}: {median:,.0f} records/s, median of {', '.join(f'{rate:,.0f}' for rate in rates[variant])}")
    for variant, label in {"confluent": "confluent_eos", "quix": "quix_eos", "fast": "faststream"}.items():
        if variant in medians:
            print(f"ratio_to_{label}: {medians['newsriver'] / medians[variant]:.2f}")


if __name__ == "__main__":
    main()
