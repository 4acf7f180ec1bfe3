"""From an article on its stream to the webhook that tells of it: how long that takes with thousands of rules.

    python -m tests.benchmarks.alerts [--bootstrap 127.0.0.1:19092] [--rules 10000] [--rate 50] [--seconds 60]

Articles of made-up words are written at a constant rate; watcher, alerts and notifier run as `newsriver run` runs them,
each in a process of its own; the webhooks are signed and arrive at a server on loopback, in this process. Every article
has the words of one rule in it, and all those alerts must arrive. Prints the percentiles, over all webhooks after a
warm-up, and writes them to `docs/benchmarks.md`.
"""

import argparse
import asyncio
import os
import resource
import signal
import socket
import sys
import tempfile
import uuid
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

import orjson
import uvloop
from aiohttp import ClientError, ClientSession, web

from newsriver.cli.catalogue import specs
from newsriver.clock import SystemClock
from newsriver.kafka.admin import create
from newsriver.kafka.clients import Clients, Connection
from newsriver.kafka.names import Names
from newsriver.kafka.partition import partition_for
from newsriver.kafka.writing import put
from newsriver.logs import configure
from newsriver.settings import Settings
from schemas.codec import encode
from schemas.streams import ARTICLES, RULES
from tests.benchmarks.alerts.made_up import CHANNEL, Newsroom, rules
from tests.benchmarks.report import write_section

COMMAND = str(Path(sys.executable).parent / "newsriver")
STAGES = ("watcher", "alerts", "notifier")
SECRET = "whsec_" + b64encode(b"bench" * 6).decode()
WARM_UP_S = 10
LAST_WEBHOOK_S = 60
READY_S = 180


@dataclass(slots=True)
class Measured:
    """When articles were written and when the webhooks that tell of them came, in seconds of the loop's clock."""

    written: dict[str, float] = field(default_factory=dict)
    planted: set[tuple[str, str]] = field(default_factory=set)
    came: dict[tuple[str, str], float] = field(default_factory=dict)
    repeated: int = 0
    counted_from: float = 0.0

    def delays(self) -> list[float]:
        """Of the webhooks about articles that were written after the warm-up."""
        pairs = ((self.written[article], came) for (_, article), came in self.came.items())
        return [came - written for written, came in pairs if written >= self.counted_from]

    @property
    def missing(self) -> int:
        return len(self.planted - self.came.keys())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", default="127.0.0.1:19092")
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    arguments = parser.parse_args()
    configure("error")
    measured = uvloop.run(run(arguments.bootstrap, arguments.rules, arguments.rate, arguments.seconds))
    lines = _lines(measured, arguments.rules, arguments.rate, arguments.seconds)
    print("\n".join(lines))
    write_section("Alert latency", lines, ["aiokafka", "aiohttp", "ahocorasick-rs"])


async def run(bootstrap: str, count: int, rate: float, seconds: float) -> Measured:
    """Make streams and rules, start the stages, write articles, wait for the last webhook."""
    prefix = f"bench-{uuid.uuid4().hex[:8]}"
    clients, names, clock = Clients(Connection(bootstrap)), Names(prefix, prefix), SystemClock()
    admin = clients.admin()
    await admin.start()
    await create(admin, specs(Settings(app=prefix, stream_prefix=prefix), names))
    await admin.close()
    made = rules(count, seed=1, now=clock.now())
    await put(clients, names, RULES, [each.rule for each in made], "bench")
    measured = Measured()
    async with receiving(measured) as url, stages(bootstrap, prefix, url):
        await write(clients, names, Newsroom(made, seed=2), measured, rate, seconds)
        for _ in range(LAST_WEBHOOK_S * 10):
            if not measured.missing:
                break
            await asyncio.sleep(0.1)
        await asyncio.sleep(1)  # what matches without being planted may still come
    return measured


async def write(
    clients: Clients, names: Names, newsroom: Newsroom, measured: Measured, rate: float, seconds: float
) -> None:
    """Write articles, one every 1/`rate` seconds, for a warm-up and then for `seconds`."""
    loop, clock, name = asyncio.get_running_loop(), SystemClock(), names.stream(ARTICLES)
    async with clients.producer() as producer:
        partitions = await clients.partition_count(producer, name)
        started = loop.time()
        measured.counted_from = started + WARM_UP_S
        for number in range(int(rate * (WARM_UP_S + seconds))):
            await asyncio.sleep(max(0.0, started + number / rate - loop.time()))
            article, rule = newsroom.article(number, clock.now())
            key = ARTICLES.key(article)
            measured.written[article.article_id] = loop.time()
            measured.planted.add((rule, article.article_id))
            await producer.send(
                name, encode(article), key=key.encode(), partition=partition_for(key.encode(), partitions)
            )


@asynccontextmanager
async def receiving(measured: Measured) -> AsyncIterator[str]:
    """The address of a server that takes webhooks."""
    loop = asyncio.get_running_loop()

    async def take(request: web.Request) -> web.Response:
        data = orjson.loads(await request.read())["data"]
        key = (data["rule_id"], data["article_id"])
        measured.repeated += key in measured.came
        measured.came.setdefault(key, loop.time())
        return web.Response(status=204)

    application = web.Application()
    application.router.add_post("/", take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def stages(bootstrap: str, prefix: str, url: str) -> AsyncIterator[None]:
    """Run the stages, from when all of them are ready to the end of the block."""
    channel = f"NEWSRIVER_CHANNELS__{CHANNEL.upper()}"
    with tempfile.TemporaryDirectory() as directory:
        environment = {
            "PATH": os.environ["PATH"],
            "NEWSRIVER_DATA_DIR": directory,
            "NEWSRIVER_APP": prefix,
            "NEWSRIVER_STREAM_PREFIX": prefix,
            "NEWSRIVER_KAFKA__BOOTSTRAP_SERVERS": bootstrap,
            "NEWSRIVER_LOG__LEVEL": "error",
            f"{channel}__TYPE": "webhook",
            f"{channel}__URL": url,
            f"{channel}__SECRET": SECRET,
            f"{channel}__ALLOW_NETWORKS": "127.0.0.0/8",
        }
        ports = {stage: _free_port() for stage in STAGES}
        running = [
            await asyncio.create_subprocess_exec(
                COMMAND, "run", stage, cwd=directory, env={**environment, "NEWSRIVER_HTTP__PORT": str(port)},
                stdout=asyncio.subprocess.DEVNULL,
            )
            for stage, port in ports.items()
        ]  # fmt: skip
        try:
            async with asyncio.timeout(READY_S):
                for port in ports.values():
                    await _ready(port)
            yield
        finally:
            for process in running:
                process.send_signal(signal.SIGTERM)
            for process in running:
                await process.wait()


async def _ready(port: int) -> None:
    async with ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as response:
                    if response.status == 200:
                        return
            except ClientError:
                pass
            await asyncio.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def _lines(measured: Measured, count: int, rate: float, seconds: float) -> list[str]:
    delays = measured.delays()
    percent = quantiles(delays, n=100)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    work = f"{count:,} rules, {rate:g} articles/s of 4 KB for {seconds:g} s, {len(delays) / seconds:.0f} webhooks/s"
    return [
        f"`make bench-alerts`: {work}; one Apache Kafka node, stages and receiver on the same machine.",
        "",
        f"- expected alerts: {len(measured.planted):,}, missing: {measured.missing}, repeated: {measured.repeated}",
        f"- processor time of the three stages, starts included: {used.ru_utime + used.ru_stime:.0f} s",
        f"- `articles_to_webhook_p50_s: {median(delays):.2f}`",
        f"- `articles_to_webhook_p99_s: {percent[98]:.2f}` (to be below 2)",
        f"- `articles_to_webhook_max_s: {max(delays):.2f}`",
    ]


if __name__ == "__main__":
    main()
