"""`newsriver rules`: check rule files, put them into force, and withdraw them."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsriver.cli.commands import backtest, ruletests
from newsriver.cli.context import AsJson, of, run_async
from newsriver.cli.output import write_error, write_json, write_line, write_rows
from newsriver.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from newsriver.cli.rulefiles import LoadedRule
    from newsriver.settings import Settings

app = typer.Typer(help="Topic and alert rules.", no_args_is_help=True)
app.command("test")(ruletests.measure)
app.command("train")(ruletests.train)
app.command("backtest")(backtest.backtest)

Files = Annotated[
    list[Path] | None, typer.Argument(help="Rule files or folders; the packaged topics if none is named.")
]


@app.command()
def check(context: typer.Context, files: Files = None, as_json: AsJson = False) -> None:
    """Read rules and run the tests inside them. Exit status 2 for a broken rule, 3 when a test fails."""
    from newsriver.cli.rulefiles import RuleFileError, RuleFiles, packaged, read_rules

    found = read_rules(files) if files else RuleFiles(packaged())
    rows = [_result(rule) for rule in found.rules]
    write_rows(rows, ("rule", "kind", "tests", "failed"), as_json=as_json)
    _warn_of_names(found.rules, of(context).tool())
    _warn_of_queries(found.rules)
    failures = [failure for row in rows for failure in row["failures"]]
    if found.faults:
        raise RuleFileError("\n".join([*found.faults, *failures]))
    if failures:
        raise NotFoundError("\n".join(failures))


@app.command()
def apply(context: typer.Context, files: Files = None, as_json: AsJson = False) -> None:
    """Put rules into force. A broken one is refused, and then none is applied."""
    from newsriver.cli.rulefiles import load_rules, packaged

    rules = load_rules(files) if files else packaged()
    _warn_of_queries(rules)
    settings = of(context).tool()
    written = run_async(_apply(settings, rules))
    if as_json:
        for rule in rules:
            name = f"{rule.kind}.{rule.rule_id}"
            write_json({"rule": name, "kind": rule.kind, "action": "written" if name in written else "present"})
    else:
        rest = ", the others were in force already" if len(written) < len(rules) else ""
        write_line(f"{len(written)} of {len(rules)} rules written{rest}")


@app.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """The rules in force."""
    rows = run_async(_list(of(context).tool()))
    write_rows(rows, ("rule", "kind", "title"), as_json=as_json)


@app.command()
def remove(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(help="Rules in force, with or without their kind.", metavar="RULE")],
) -> None:
    """Withdraw rules. If one of them is not in force, none is."""
    count = run_async(_remove(of(context).tool(), names))
    write_line(f"{count} rules removed")


def _warn_of_names(rules: "list[LoadedRule]", settings: "Settings", in_force: Iterable[str] = ()) -> None:
    """Names in alert rules that nothing has: neither the settings, nor the packaged topics, nor any of these rules."""
    from consumers.topics.rulefile import packaged_topics
    from newsriver.cli.rulenames import unknown_channels, unknown_names

    known = [f"topic.{topic}" for topic in packaged_topics()] + [f"{rule.kind}.{rule.rule_id}" for rule in rules]
    for warning in (*unknown_channels(rules, settings.channel_names), *unknown_names(rules, [*known, *in_force])):
        write_error(f"warning: {warning}")


def _warn_of_queries(rules: "list[LoadedRule]") -> None:
    """What alert rules can hardly mean: that they never match, cost much, or have parts that others cover."""
    from consumers.matching.lint import lint
    from consumers.matching.parser import parse

    for rule in rules:
        query = rule.definition.get("query") if rule.kind == "alert" else None
        for finding in lint(parse(query)) if query else ():
            write_error(f"warning: {rule.rule_id}: {finding.kind}: {finding.part}: {finding.message}")


def _result(rule: "LoadedRule") -> dict[str, Any]:
    if rule.kind != "topic":
        return {"rule": rule.rule_id, "kind": rule.kind, "tests": 0, "failed": 0, "failures": []}
    from consumers.topics.detector import TopicDetector
    from consumers.topics.rulefile import parse_rule

    topic = parse_rule(rule.definition, rule.where)
    detector = TopicDetector([topic])
    failures = []
    for test in topic.tests:
        found = detector.detect(test.title, test.body, test.lang)
        label = found[0].label if found else "none"
        if label != test.label:
            failures.append(f"{topic.id}: {test.title or test.body[:40]!r} ({test.lang}) is {label}, not {test.label}")
    return {"rule": topic.id, "kind": "topic", "tests": len(topic.tests), "failed": len(failures), "failures": failures}


async def _apply(settings: "Settings", rules: "list[LoadedRule]") -> set[str]:
    from newsriver.cli.connect import connected
    from newsriver.cli.river import apply_rules, prepare_streams
    from newsriver.cli.rulesource import rules_in_force
    from newsriver.clock import SystemClock

    async with connected(settings, start=True) as access:
        if access.started is not None:
            await prepare_streams(settings, access)
        in_force = await rules_in_force(access)
        _warn_of_names(rules, settings, in_force)
        return {rule.rule_id for rule in await apply_rules(access, rules, in_force, SystemClock())}


async def _remove(settings: "Settings", names: list[str]) -> int:
    from newsriver.cli.connect import connected
    from newsriver.kafka.reading import snapshot
    from newsriver.kafka.writing import put_raw
    from schemas.streams import RULES

    async with connected(settings, start=True) as access:
        present = await snapshot(access.clients, access.names.stream(RULES))  # with those that nobody can read
        meant = {
            name: [name] if name in present else [key for key in (f"topic.{name}", f"alert.{name}") if key in present]
            for name in names
        }
        if missing := [name for name, keys in meant.items() if not keys]:
            raise NotFoundError(f"not in force: {', '.join(missing)}; `newsriver rules list` shows what is")
        if unclear := [keys for keys in meant.values() if len(keys) > 1]:
            raise UsageError("; ".join(f"there are {' and '.join(keys)}: name one" for keys in unclear))
        records = [present[key] for key in dict.fromkeys(key for keys in meant.values() for key in keys)]
        return await put_raw(access.clients, [record.tombstone() for record in records])


async def _list(settings: "Settings") -> list[dict[str, Any]]:
    from newsriver.cli.connect import connected
    from newsriver.cli.rulesource import rules_in_force

    async with connected(settings, start=True) as access:
        rules = (await rules_in_force(access)).values()
    return [
        {"rule": rule.rule_id, "kind": rule.kind, "title": _title(rule.definition), "definition": rule.definition}
        for rule in sorted(rules, key=lambda rule: rule.rule_id)
    ]


def _title(definition: dict[str, Any]) -> str:
    """A rule's title; of a topic, which has one a language, the English one or else the first."""
    title = definition.get("title") or ""
    return str(title.get("en") or next(iter(title.values()))) if isinstance(title, dict) else str(title)
