"""Which alerts are silenced: conditions on labels, for a time. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from consumers.alerts.rule import RESERVED_LABELS, AlertRule
from schemas.events import AlertRaised, LabelMatcher, RuleMatched, Silence

Labels = Mapping[str, Sequence[str]]
"""The values of each label; `topic` may have several, and `rule` has the rule's id as files and as streams have it."""


class SilenceError(ValueError):
    """A silence that cannot be used; the message says what is wrong."""


def labels_of(rule: AlertRule, match: RuleMatched) -> Labels:
    """What a silence can ask of the alert that a match leads to: what it is of itself, and what the rule adds."""
    return _labels(rule.labels, rule.id, rule.severity, match)


def labels_of_notice(notice: AlertRaised) -> Labels:
    """The same of an alert that was raised."""
    return _labels(notice.labels or {}, notice.rule_id.removeprefix("alert."), notice.severity, notice)


def _labels(own: Mapping[str, str], rule: str, severity: str, about: RuleMatched | AlertRaised) -> Labels:
    return {name: (value,) for name, value in own.items()} | {
        "rule": (rule, f"alert.{rule}"),
        "severity": (severity,),
        "story": (about.story_id or "",),
        "source": (about.source,),
        "language": (about.language,),
        "country": (about.country or "",),
        "topic": about.topics,
    }


@dataclass(frozen=True, slots=True)
class ActiveSilence:
    """A silence that has been checked."""

    silence: Silence
    tests: tuple[Callable[[Labels], bool], ...]

    def covers(self, labels: Labels, now: datetime) -> bool:
        """Whether an alert with these labels is silenced at this time."""
        return self.silence.starts_at <= now < self.silence.ends_at and all(test(labels) for test in self.tests)


def check_silence(silence: Silence) -> ActiveSilence:
    """The silence, ready to be asked. Raises SilenceError."""
    if not silence.matchers:
        raise SilenceError("a silence needs a matcher; one without any would silence everything")
    if silence.ends_at <= silence.starts_at:
        raise SilenceError(f"the silence ends at {silence.ends_at}, before it begins")
    return ActiveSilence(silence, tuple(map(_test, silence.matchers)))


def check_labels(silence: Silence, known: Iterable[str]) -> None:
    """Raises SilenceError for a label that neither an alert has of itself nor is among these: `sevrity!=critical` would
    silence everything."""
    labels = {*RESERVED_LABELS, *known}
    for matcher in silence.matchers:
        if matcher.label not in labels:
            near = get_close_matches(matcher.label, labels, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(labels))}"
            raise SilenceError(f"no rule in force and no alert of late has the label {matcher.label}; {hint}")


_MATCHER = re.compile(r"\s*(?P<label>[\w.-]+)\s*(?P<op>=~|!~|!=|=)\s*(?P<value>.*?)\s*")


def parse_matcher(text: str) -> LabelMatcher:
    """`severity=info`, `source=~.*\\.example`, `topic!=sanctions`: as people write them. Raises SilenceError."""
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise SilenceError(f"not a matcher: {text!r}; write label=value, label!=value, label=~regex or label!~regex")
    matcher = LabelMatcher(label=found["label"], op=found["op"], value=found["value"].strip('"'))  # type: ignore[arg-type]
    _test(matcher)
    return matcher


_PLAIN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]")
_REPEAT = re.compile(r"[*+{]")
MOST_REPEATS = 3


def _endless(pattern: str) -> bool:
    """Whether a regular expression may try so many ways to match that an alert would wait for it. Labels are short, so
    a few repeats are harmless; repeats inside of repeats are not."""
    bare = _PLAIN.sub("x", pattern).replace("(?", "(")
    repeats = len(_REPEAT.findall(bare))
    return len(pattern) > 500 or repeats > MOST_REPEATS or re.search(r"\)[*+{]", bare) is not None


def _test(matcher: LabelMatcher) -> Callable[[Labels], bool]:
    label, wanted = matcher.label, matcher.op in ("=", "=~")
    if matcher.op in ("=", "!="):
        return lambda labels: (matcher.value in labels.get(label, ())) == wanted
    try:
        pattern = re.compile(matcher.value)
        if _endless(matcher.value):
            raise re.error("it could take for ever: repeat no group, and no more than three things")
    except re.error as error:
        raise SilenceError(f"{label}{matcher.op}{matcher.value}: not a regular expression: {error}") from error
    return lambda labels: any(map(pattern.fullmatch, labels.get(label, ()))) == wanted
