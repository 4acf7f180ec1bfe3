"""Topic rules: YAML files with weighted terms a language, codes of the trade's taxonomies, and tests of their own.

    id: sanctions
    title: {en: Sanctions, de: Sanktionen}
    iptc: [medtop:20000642]
    threshold: 4
    terms:
      en:
        core: {"sanctions AND NOT (football OR fifa)": 3, "asset freeze*": 3}
        support: {"export control*": 1}
        negative: {"sanctioned by the league": 4}
    tests:
      - {lang: en, label: about, title: "...", body: "..."}

Each term is a query of the matching language; its weight is what one occurrence adds to the score (`negative`: takes
off).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta

from consumers.matching.parser import parse
from consumers.matching.query import Query, values_of
from newsriver.yamlfile import YamlError, read_yaml
from schemas.codec import check_fields, from_builtins
from schemas.errors import DecodeError

TopicId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*\Z", max_length=60)]
Weight = Annotated[float, Meta(gt=0, le=10)]
Label = Literal["about", "mention", "none"]
_UNKNOWN_FIELDS = ("source", "country", "topic", "iptc")
"""What terms cannot ask for: a topic is in the text, whoever wrote it, and is found before there are topics."""


class TopicRuleError(ValueError):
    """A topic rule that cannot be used; the message names the file or rule, the place and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A language's terms with their weights. Without one of `core`, the topic is not there."""

    core: dict[str, Weight]
    support: dict[str, Weight] = field(default_factory=dict)
    negative: dict[str, Weight] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """A text and what the rule has to say about it."""

    lang: str
    label: Label
    body: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRule:
    """A news topic: its names, codes and terms; `threshold` is the score from which on it is there at all."""

    id: TopicId
    title: dict[str, str]
    terms: dict[str, Terms]
    threshold: Annotated[float, Meta(gt=0, le=10_000)] = 4.0
    require_core: bool = True
    tf_cap: Annotated[int, Meta(ge=1, le=10_000)] = 4
    iptc: tuple[str, ...] = ()
    cameo: tuple[str, ...] = ()
    gkg: tuple[str, ...] = ()
    tests: tuple[RuleTest, ...] = ()


def parse_rule(definition: Mapping[str, Any], where: str = "") -> TopicRule:
    """The rule that a definition holds. Raises TopicRuleError, which names `where` or the rule's id."""
    name = where or str(definition.get("id", "a rule without id"))
    try:
        check_fields(definition, TopicRule)
        rule = from_builtins(dict(definition), TopicRule)
        for number, test in enumerate(definition.get("tests", ()), start=1):
            check_fields(test, RuleTest, f"tests: {number}: ")
        for language in rule.terms:
            check_fields(definition["terms"][language], Terms, f"terms.{language}: ")
    except DecodeError as error:
        raise TopicRuleError(f"{name}: {error}") from error
    if not rule.terms:
        raise TopicRuleError(f"{name}: terms: no language has any")
    for language, terms in rule.terms.items():
        for group in ("core", "support", "negative"):
            for term in getattr(terms, group):
                try:
                    _check_fields(parse(term))
                except ValueError as error:
                    raise TopicRuleError(f"{name}: terms.{language}.{group}: {term!r}: {error}") from error
    return rule


def _check_fields(term: Query) -> None:
    """A term with a field that has no value here would never be found, or always if it stands beside NOT."""
    for name in _UNKNOWN_FIELDS:
        if values_of(term, name):
            raise ValueError(
                f"{name}: is not known when topics are found; expected words, title:, lead:, body: or lang:"
            )


def load_rule(path: Path) -> TopicRule:
    """The rule of a YAML file. Raises TopicRuleError naming the file and what is wrong with it."""
    try:
        definition = read_yaml(path).content
    except YamlError as error:
        raise TopicRuleError(str(error)) from error
    if not isinstance(definition, dict):
        raise TopicRuleError(f"{path}: a topic rule is a mapping with id, title and terms")
    return parse_rule(definition, str(path))


def packaged_rules() -> list[TopicRule]:
    """The topic rules that come with newsriver, by id."""
    return [load_rule(path) for path in _packaged_files()]


def packaged_topics() -> list[str]:
    """The ids of the packaged rules, without reading them."""
    return [path.stem for path in _packaged_files()]


def _packaged_files() -> list[Path]:
    return sorted(Path(str(files("consumers.topics") / "rules")).glob("*.yaml"))
