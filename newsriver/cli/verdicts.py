"""What rules make of one article, as rows for programs and as lines for people. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from consumers.alerts.rule import compile_rule
from consumers.matching.document import Document, Span, document_of
from consumers.matching.engine import Engine
from consumers.matching.explain import Explanation, explain
from consumers.sinks.search import FoundArticle
from consumers.topics.classifier import Classifier
from consumers.topics.explain import TopicExplanation, explain_topic
from consumers.topics.rulefile import parse_rule
from newsriver.cli.rulefiles import LoadedRule
from schemas.events import Article

CONTEXT = 40
"""Characters of the text that are shown on either side of a passage."""
SHOWN = 10
"""Passages that are shown to people; programs get all."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """The article that rules are asked about."""

    article_id: str
    revision: int
    kind: str
    url: str
    document: Document

    @classmethod
    def of(cls, article: Article | FoundArticle) -> Self:
        """The article as the watcher sees it."""
        return cls(article.article_id, article.revision, article.kind, article.url, document_of(article))


class Line(NamedTuple):
    """A line of text; `marked` is what proves, between what stands before and behind it."""

    before: str
    marked: str = ""
    behind: str = ""


def verdict(rule: LoadedRule, subject: Subject, classifier: Classifier | None = None) -> Row:
    """What a rule makes of the article, and why. Raises ValueError for a rule that cannot be used."""
    if rule.kind == "topic":
        return _of_topic(rule, subject.document, classifier)
    return _of_alert(rule, subject)


def matching(
    rules: Iterable[LoadedRule], subject: Subject, classifier: Classifier | None = None
) -> Iterator[LoadedRule]:
    """The rules that the article matches; those that cannot be used match nothing."""
    usable = {}
    for rule in rules:
        try:
            if rule.kind == "topic":
                if _explained(rule, subject.document, classifier).label != "none":
                    yield rule
            elif (query := compile_rule(rule.definition).query) is not None:
                usable[rule.rule_id] = rule, query
        except ValueError:
            continue
    engine = Engine({rule_id: query for rule_id, (_, query) in usable.items()})
    for match in engine.match(subject.document):
        yield usable[match.rule_id][0]


def _explained(rule: LoadedRule, document: Document, classifier: Classifier | None) -> TopicExplanation:
    topic = parse_rule(rule.definition, rule.where)
    return explain_topic(topic, document.title, document.body, document.lang, classifier)


def _of_topic(rule: LoadedRule, document: Document, classifier: Classifier | None) -> Row:
    explained = _explained(rule, document, classifier)
    return {
        "rule": f"topic.{rule.rule_id}",
        "kind": "topic",
        "matches": explained.label != "none",
        "reason": _why(explained),
        "label": explained.label,
        "score": round(explained.score, 3),
        "conditions": [{"of": c.of, "holds": c.holds, "text": c.text} for c in explained.conditions],
        "terms": [
            {
                "group": term.group, "term": term.term, "weight": term.weight, "repetition": round(term.repetition, 3),
                "prominence": term.prominence, "value": round(term.value, 3), "explanation": _tree(term.explanation),
            }
            for term in explained.terms
        ],
        "passages": _passages(explained.spans, document),
    }  # fmt: skip


def _why(explained: TopicExplanation) -> str:
    failed = [c.text for c in explained.conditions if not c.holds and (c.of == "mention" or explained.label != "none")]
    return "; ".join(failed) or f"score {explained.score:.2f}"


def _of_alert(rule: LoadedRule, subject: Subject) -> Row:
    row: Row = {"rule": f"alert.{rule.rule_id}", "kind": "alert"}
    query = compile_rule(rule.definition).query
    if query is None:
        return {**row, "matches": False, "reason": "the rule asks for bursts of topics, not for articles"}
    explained = explain(query, subject.document)
    found = {"query": rule.definition["query"], "explanation": _tree(explained)}
    passages = _passages(explained.spans, subject.document)
    if explained.holds and subject.kind == "minor":
        reason = f"revision {subject.revision} is a minor change, which is no news; else it would match"
        return {**row, "matches": False, "reason": reason, **found, "passages": passages}
    return {**row, "matches": explained.holds, "reason": explained.reason, **found, "passages": passages}


def _tree(explained: Explanation) -> Row:
    return {
        "query": explained.query,
        "operator": explained.operator,
        "holds": explained.holds,
        "reason": explained.reason,
        "parts": [_tree(part) for part in explained.parts],
    }


def _passages(spans: Iterable[Span], document: Document) -> list[Row]:
    found = []
    for span in spans:
        text = document.title if span.field == "title" else document.body
        found.append(
            {
                "field": span.field, "start": span.start, "end": span.end, "text": text[span.start : span.end],
                "before": text[max(0, span.start - CONTEXT) : span.start], "behind": text[span.end :][:CONTEXT],
            }
        )  # fmt: skip
    return found


def lines(row: Row, *, whole: bool) -> Iterator[Line]:
    """A verdict for people; `whole` with the way there, not only the passages."""
    outcome = row.get("label") or ("matches" if row["matches"] else "does not match")
    said_below = whole and row.get("explanation", {}).get("reason") == row["reason"]
    yield Line(f"{row['rule']}: {outcome}" + ("" if said_below else f" ({row['reason']})"))
    if whole and row["kind"] == "topic":
        yield from _topic_lines(row)
    elif whole and "explanation" in row:
        yield from _tree_lines(row["explanation"], 1)
    passages = row.get("passages", ())
    for passage in passages[:SHOWN]:
        where = f"  {passage['field']} {passage['start']}-{passage['end']}: "
        yield Line(where + _flat(passage["before"]), _flat(passage["text"]), _flat(passage["behind"]))
    if len(passages) > SHOWN:
        yield Line(f"  and {len(passages) - SHOWN} more")


def _topic_lines(row: Row) -> Iterator[Line]:
    for condition in row["conditions"]:
        yield Line(f"  {_mark(condition['holds'])} {condition['of']}: {condition['text']}")
    for term in row["terms"]:
        factors = f"{term['weight']:g} x {term['repetition']:g} x {term['prominence']:g}"
        explained = term["explanation"]
        if explained["holds"]:
            yield Line(f"  {term['value']:+7.2f} = {factors}  {term['group']}: {term['term']}: {explained['reason']}")
        else:
            yield Line(f"        0  {term['group']}: {term['term']}: {explained['reason']}")


def _tree_lines(part: Row, depth: int) -> Iterator[Line]:
    name = part["operator"] if part["parts"] and part["operator"] else part["query"]
    yield Line(f"{'  ' * depth}{_mark(part['holds'])} {name.rstrip(':')}: {part['reason']}")
    for inner in part["parts"]:
        yield from _tree_lines(inner, depth + 1)


def _mark(holds: bool) -> str:
    return "✓" if holds else "✗"


def _flat(text: str) -> str:
    return "".join(" " if char.isspace() else char for char in text)
