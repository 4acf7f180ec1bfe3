"""Throughput of the task runtime against other clients and frameworks doing the same work, on a real Apache Kafka.

    python tests/benchmarks/bench_stream.py --bootstrap 127.0.0.1:19092 [--rounds 5] [--records 40000] [--only NAME]

Every variant runs in its own process, one after the other, in every round; figures are medians over the rounds.
"""

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any
from uuid import uuid4

import orjson

from newsriver.kafka.admin import StreamSpec, create, wanted_streams
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from schemas.streams import SCRAPED
from tests.benchmarks.streams.load import PARTITIONS, fill
from tests.benchmarks.streams.report import Result, print_medians, write_section
from tests.benchmarks.streams.stage import FOLDED, Fold
from tests.benchmarks.streams.variants import VARIANTS, Variant

TIMEOUT_S = 300
