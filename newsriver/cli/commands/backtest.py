"""`newsriver rules backtest`: what rules would have done with what is on the log. Writes nothing to the broker."""

from collections.abc import AsyncGenerator, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsriver.cli.context import AsJson, of, run_async
from newsriver.cli.output import write_error, write_json, write_line, write_rows
from newsriver.errors import UsageError

if TYPE_CHECKING:
    from newsriver.cli.connect import Access
    from newsriver.cli.rulefiles import RuleFiles
    from newsriver.cli.trials import Backtest
    from newsriver.kafka.records import RawRecord
    from newsriver.settings import Settings
    from schemas.events import Article, BurstDetected


def backtest(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Rule files.")],
    since: Annotated[str, typer.Option(help="From when on: so long ago (7d, 12h) or an ISO 8601 time.")] = "7d",
    until: Annotated[str | None, typer.Option(help="Until when, written as --since.", show_default="now")] = None,
    samples: Annotated[int, typer.Option(min=0, help="How many samples of each kind to show, the latest.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Run rules over the log, and say how often each would have fired and what the running version did differently.

    A broken rule is told of beside the results of the others. Nothing is written, and nobody is notified.
    """
    from newsriver.cli import times
    from newsriver.cli.rulefiles import read_rules
    from newsriver.clock import SystemClock

    now = SystemClock().now()
    start, end = times.since(since, "--since", now), now if until is None else times.since(until, "--until", now)
    if start >= end:
        raise UsageError(f"--since ({start:%Y-%m-%d %H:%M}) is not before --until ({end:%Y-%m-%d %H:%M})")
    found = read_rules(files)
    if not found.rules:
        raise UsageError("\n".join(found.faults) or "there are no rules in these files")
    trial = run_async(_run(of(context).tool(), found, start, end))
    if as_json:
        for row in trial.rows(samples):
            write_json({**row, "since": start, "until": end, "articles_read": trial.articles, "bursts": trial.bursts})
        for fault in found.faults:
            write_json({"fault": fault})
    else:
        write_line(f"{trial.articles} articles, {trial.bursts} bursts, {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}")
        _show(list(trial.rows(samples)))
    if found.faults:
        write_error("\n".join(found.faults))


async def _run(settings: "Settings", files: "RuleFiles", start: datetime, end: datetime) -> "Backtest":
    from contextlib import aclosing

    from newsriver.cli.bootstrap import topic_classifier
    from newsriver.cli.connect import connected
    from newsriver.cli.rulefiles import as_events
    from newsriver.cli.rulesource import rules_in_force
    from newsriver.cli.trials import Backtest

    async with connected(settings, start=True) as access:
        in_force, classifier = await rules_in_force(access), topic_classifier(settings)
        trial = Backtest(as_events(files.rules, end), in_force, classifier)
        async with aclosing(_events(access, start, end, with_bursts=trial.wants_bursts)) as events:
            async for event in events:
                trial.take(event)
    trial.finish(end)
    return trial


async def _events(
    access: "Access", start: datetime, end: datetime, *, with_bursts: bool
) -> "AsyncGenerator[Article | BurstDetected, None]":
    """Articles, and bursts if somebody asks for them, in the order of the times at which they were written."""
    from contextlib import aclosing

    from newsriver.cli.records import readable
    from newsriver.kafka.reading import read_in_order
    from schemas.events import Article, BurstDetected
    from schemas.streams import ARTICLES, BURSTS

    bursts = access.names.stream(BURSTS)
    streams = [access.names.stream(ARTICLES), *([bursts] if with_bursts else ())]
    async with aclosing(read_in_order(access.clients, streams, start, _written_at)) as records:
        async for record in records:
            shape: type[Article | BurstDetected] = BurstDetected if record.stream == bursts else Article
            event = readable(record, shape)
            # A record is on the log after its event was made, so none is missed for having been made before `start`.
            if event is not None and start <= event.emitted_at < end:
                yield event


def _written_at(record: "RawRecord") -> float:
    """When the event of a record was made, from its headers, so that it need not be decoded to be put in order."""
    from schemas.codec import header

    try:
        return datetime.fromisoformat(header(record.headers, "ce_time") or "").timestamp()
    except ValueError:
        return record.timestamp_ms / 1000


def _show(rows: list[dict[str, Any]]) -> None:
    alerts, topics = ([row for row in rows if row["kind"] == kind] for kind in ("alert", "topic"))
    write_rows(map(_alert_cells, alerts), _ALERT_COLUMNS, as_json=False)
    write_rows(map(_topic_cells, topics), _TOPIC_COLUMNS, as_json=False)
    for row in rows:
        for heading, shown in row["samples"].items():
            if shown:
                write_line(f"{row['rule']}, {heading.replace('_', ' ')}:")
                for sample in shown:
                    for line in _sample_lines(sample):
                        write_line(line)


_ALERT_COLUMNS = (
    "rule", "notices", "raised", "updated", "repeated", "groups", "articles",
    "running", "both", "only_new", "only_running",
)  # fmt: skip
_TOPIC_COLUMNS = ("rule", "about", "mention", "running", "gained", "lost", "now_about", "now_mention")


def _alert_cells(row: dict[str, Any]) -> dict[str, Any]:
    running = row["running"]
    difference = {} if running is None else row["difference"]["notices"]
    return {**row, **row["by_change"], **difference, "running": "none" if running is None else running["notices"]}


def _topic_cells(row: dict[str, Any]) -> dict[str, Any]:
    running = row["running"]
    return {**row, "running": "none" if running is None else f"{running['about']} + {running['mention']}"}


def _sample_lines(sample: dict[str, Any]) -> Iterator[str]:
    change = f"{sample['change']}  " if "change" in sample else ""
    yield f"  {sample['at']:%Y-%m-%d %H:%M}  {change}{sample['source']}  {sample['title']}  {sample['url']}"
    if proof := _proof(sample["passages"]):
        yield f"      {proof}"


def _proof(passages: Iterable[dict[str, Any]]) -> str:
    """The passages by field, each text once."""
    by_field: dict[str, dict[str, None]] = {}
    for passage in passages:
        by_field.setdefault(passage["field"], {})[" ".join(passage["text"].split())] = None
    return "; ".join(f"{field}: {', '.join(texts)}" for field, texts in by_field.items())
