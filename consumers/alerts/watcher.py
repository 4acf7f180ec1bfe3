"""The watcher: matches articles against the alert rules. It keeps no state of its own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from consumers.alerts.rule import AlertRuleError, CompiledRule, compile_rule
from consumers.matching.document import Document, Match
from consumers.matching.engine import Engine
from newsriver.stages import NOTHING, Effects, Output, Record, Tables, Transform
from schemas.codec import encode
from schemas.events import Article, Event, Evidence, Rule, RuleMatched
from schemas.identity import stable_id
from schemas.streams import ARTICLES, MATCHES, RULES, Stream


class Watcher(Transform[Article, Tables]):
    """Keys each match by rule and group, so that the matches of one alert group meet in one task of `alerts`."""

    name = "watcher"
    input = ARTICLES
    outputs = (MATCHES,)
    follows = (RULES,)

    def __init__(self) -> None:
        self._rules: dict[str, tuple[CompiledRule, dict[str, Any], str]] = {}
        self._engine = Engine({})

    def new_state(self) -> Tables:
        return Tables()

    def followed(self, stream: Stream[Any], events: Mapping[str, Event]) -> Mapping[str, Exception]:
        """Build the engine from all alert rules that can be used; the others are reported and left out."""
        rules: dict[str, tuple[CompiledRule, dict[str, Any], str]] = {}
        refused: dict[str, Exception] = {}
        for key, event in events.items():
            if isinstance(event, Rule) and event.kind == "alert":
                try:
                    rule_hash = stable_id(encode(event.definition).decode())[:12]
                    rules[event.rule_id] = (compile_rule(event.definition), event.definition, rule_hash)
                except AlertRuleError as error:
                    refused[key] = error
        version = stable_id(*sorted(f"{rule_id}:{rule_hash}" for rule_id, (_, _, rule_hash) in rules.items()))[:12]
        self._rules = rules
        # An article's matches come in this order: first those of rules that may keep others quiet.
        ordered = sorted(rules.items(), key=lambda item: bool(item[1][0].rule.inhibited_by))
        queries = {rule_id: compiled.query for rule_id, (compiled, _, _) in ordered if compiled.query is not None}
        self._engine = Engine(queries, version=version)
        return refused

    def process(self, record: Record[Article], state: Tables, now: datetime) -> Effects:
        article = record.value
        if article is None or article.kind == "minor":  # a corrected comma is no news
            return NOTHING
        document = Document(
            title=article.title,
            body=article.body,
            lang=article.language,
            source=article.source,
            country=article.country,
            topics=tuple(topic.topic_id for topic in article.topics),
            iptc=tuple(code for topic in article.topics for code in topic.iptc),
        )
        matches = self._engine.match(document)
        return Effects(tuple(Output(MATCHES, self._matched(match, article, now)) for match in matches))

    def _matched(self, match: Match, article: Article, now: datetime) -> RuleMatched:
        compiled, definition, rule_hash = self._rules[match.rule_id]
        texts = {"title": article.title, "body": article.body}
        return RuleMatched(
            id=stable_id("match", match.rule_id, rule_hash, article.article_id, str(article.revision)),
            emitted_at=now,
            rule_id=match.rule_id,
            group=_group(compiled, article),
            rule_hash=rule_hash,
            article_id=article.article_id,
            revision=article.revision,
            url=article.url,
            source=article.source,
            title=article.title,
            language=article.language,
            discovered_at=article.discovered_at,
            definition=definition,
            story_id=article.story_id,
            published_at=article.published_at,
            topics=tuple(topic.topic_id for topic in article.topics),
            country=article.country,
            kind=article.kind,
            ruleset_version=self._engine.version,
            evidence=tuple(
                Evidence(
                    field=span.field, start=span.start, end=span.end, text=texts[span.field][span.start : span.end]
                )
                for span in match.spans
            ),
        )


def _group(compiled: CompiledRule, article: Article) -> tuple[str, ...]:
    match compiled.rule.group_by:
        case "source":
            return (article.source,)
        case "article":
            return (article.article_id,)
        case "rule":
            return ()
        case _:
            return (article.story_id or article.article_id,)
