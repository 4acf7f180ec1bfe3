"""The watcher: matches articles against the alert rules, and says which of them a later revision matches no more."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from consumers.alerts.inforce import InForce, ruleset_version, usable_rules
from consumers.alerts.lapses import MATCHED, ByRule, Matched, WatcherState
from consumers.alerts.rule import CompiledRule
from consumers.matching.document import Match, document_of
from consumers.matching.engine import Engine
from newsriver.stages import NOTHING, Change, Effects, Output, Record, Transform
from schemas.events import Article, Event, Evidence, RuleMatched
from schemas.identity import stable_id
from schemas.streams import ARTICLES, MATCHES, RULES, Stream

MAX_EVIDENCE = 100
"""Passages that a match carries; a rule for a common word has thousands in a long article."""


FORGOTTEN_AT_ONCE = 1000


class Watcher(Transform[Article, WatcherState]):
    """Keys each match by rule and group, so that the matches of one alert group meet in one task of `alerts`."""

    name = "watcher"
    input = ARTICLES
    outputs = (MATCHES,)
    follows = (RULES,)

    def __init__(self) -> None:
        self._ruleset = _Ruleset({}, Engine({}))

    def new_state(self) -> WatcherState:
        return WatcherState()

    def followed(self, stream: Stream[Any], events: Mapping[str, Event]) -> Mapping[str, Exception]:
        """Build the engine from all alert rules that can be used; of others the version before stays in force."""
        rules, refused = usable_rules(events, self._ruleset.rules)
        if rules != self._ruleset.rules:
            self._ruleset = _Ruleset(rules, _engine(rules))
        return refused

    def process(self, record: Record[Article], state: WatcherState, now: datetime) -> Effects:
        article = record.value
        if article is None or article.kind == "minor":  # a corrected comma is no news
            return NOTHING
        ruleset = self._ruleset  # another may come into force at any time
        matches = [ruleset.matched(match, article, now) for match in ruleset.engine.match(document_of(article))]
        before = state.rules(article.article_id)
        if not matches and not before:
            return NOTHING
        matched = tuple(ByRule(match.rule_id, match.rule_hash, match.group) for match in matches)
        rule_ids = {by.rule_id for by in matched}
        matches += [ruleset.lapsed(by, article, now) for by in before if ruleset.may_lapse(by, rule_ids)]
        present = Matched(matched, now) if matched else None
        return Effects(
            tuple(Output(MATCHES, match) for match in matches), (Change(MATCHED, article.article_id, present),)
        )

    def tick(self, state: WatcherState, now: datetime) -> Effects:
        return Effects(changes=tuple(islice(state.expired(now), FORGOTTEN_AT_ONCE)))


@dataclass(frozen=True, slots=True)
class _Ruleset:
    """All rules in force, ready to match."""

    rules: Mapping[str, InForce]
    engine: Engine

    def matched(self, match: Match, article: Article, now: datetime) -> RuleMatched:
        """What is told of a match."""
        rule = self.rules[match.rule_id]
        texts = {"title": article.title, "body": article.body}
        return RuleMatched(
            id=stable_id("match", match.rule_id, rule.rule_hash, article.article_id, str(article.revision)),
            emitted_at=now,
            rule_id=match.rule_id,
            group=_group(rule.compiled, article),
            rule_hash=rule.rule_hash,
            article_id=article.article_id,
            revision=article.revision,
            url=article.url,
            source=article.source,
            title=article.title,
            language=article.language,
            discovered_at=article.discovered_at,
            definition=rule.event.definition,
            story_id=article.story_id,
            published_at=article.published_at,
            topics=tuple(topic.topic_id for topic in article.topics),
            country=article.country,
            kind=article.kind,
            ruleset_version=self.engine.version,
            evidence=tuple(
                Evidence(
                    field=span.field, start=span.start, end=span.end, text=texts[span.field][span.start : span.end]
                )
                for span in match.spans[:MAX_EVIDENCE]
            ),
        )

    def may_lapse(self, before: ByRule, matched: Container[str]) -> bool:
        """Whether a rule that an article matched before matches it no more, and that because of the article: the rule
        is in force as it was then."""
        rule = self.rules.get(before.rule_id)
        return rule is not None and rule.rule_hash == before.rule_hash and before.rule_id not in matched

    def lapsed(self, before: ByRule, article: Article, now: datetime) -> RuleMatched:
        """What is told, to the group that was told of the match, of an article that a rule matches no more."""
        match = self.matched(Match(before.rule_id, ()), article, now)
        return replace(match, id=stable_id("lapse", match.id), group=before.group, lapsed=True)


def _engine(rules: Mapping[str, InForce]) -> Engine:
    # An article's matches come in this order: first those of rules that may keep others quiet.
    queries = {name: query for name in _inhibitors_first(rules) if (query := rules[name].compiled.query) is not None}
    return Engine(queries, version=ruleset_version(rules))


def _inhibitors_first(rules: Mapping[str, InForce]) -> list[str]:
    """All rules, each behind those it names in `inhibited_by`, unless they name one another in a circle."""
    ordered: list[str] = []
    seen: set[str] = set()
    waiting = [(rule_id, False) for rule_id in reversed(list(rules))]
    while waiting:
        rule_id, inhibitors_done = waiting.pop()
        if inhibitors_done:
            ordered.append(rule_id)
        elif rule_id in rules and rule_id not in seen:
            seen.add(rule_id)
            waiting.append((rule_id, True))
            waiting += [(f"alert.{name}", False) for name in rules[rule_id].compiled.rule.inhibited_by]
    return ordered


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
