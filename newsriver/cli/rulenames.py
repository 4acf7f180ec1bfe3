"""Names of topics, rules and channels that nothing has, in rules and in labelled pieces. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches

from consumers.alerts.rule import compile_rule
from consumers.matching.query import values_of
from consumers.matching.values import fits
from consumers.topics.labelled import LabelledPiece
from newsriver.cli.rulefiles import LoadedRule


def unknown_channels(rules: Iterable[LoadedRule], channels: Sequence[str]) -> Iterator[str]:
    """What to say of alert rules that name channels which are not among these."""
    for rule in rules:
        for name in rule.definition.get("channels", ()) if rule.kind == "alert" else ():
            if name not in channels:
                there_are = ", ".join(channels)
                yield f"{rule.where}: {rule.rule_id}: there is no channel {name} in the settings; there are {there_are}"


def unknown_names(rules: Iterable[LoadedRule], known: Iterable[str]) -> Iterator[str]:
    """What to say of alert rules that ask for topics, or are to be kept quiet by rules, which are not among these
    rules (`topic.summit`, `alert.oil`)."""
    of_kind: defaultdict[str, list[str]] = defaultdict(list)
    for rule_id in known:
        kind, _, name = rule_id.partition(".")
        of_kind[kind].append(name)
    topics, alerts = of_kind["topic"], of_kind["alert"]
    for rule in rules:
        if rule.kind != "alert":
            continue
        compiled = compile_rule(rule.definition)
        place = f"{rule.where}: {rule.rule_id}: "
        for term in () if compiled.query is None else values_of(compiled.query, "topic"):
            if not any(fits(term, topic) for topic in topics):
                yield place + _missing("topic", term.text, topics)
        for topic in () if compiled.rule.burst is None else compiled.rule.burst.topics:
            if topic not in topics:
                yield f"{place}burst: {_missing('topic', topic, topics)}"
        for name in compiled.rule.inhibited_by:
            if name not in alerts:
                yield f"{place}inhibited_by: {_missing('alert rule', name, alerts)}"


def misspelt_topics(pieces: Iterable[LabelledPiece], topics: Collection[str]) -> Iterator[str]:
    """What is wrong with pieces that have topics which are not among these."""
    for piece in pieces:
        for topic in piece.topics:
            if topic not in topics:
                yield f"{piece.id}: {_missing('topic', topic, topics)}"


def _missing(kind: str, name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"there is no {kind} {name}" + (f"; did you mean {near[0]}?" if near else "")
