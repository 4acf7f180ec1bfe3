"""Rule files: whatever is read without a fault can be put into force, and is the same rule there."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from consumers.alerts.watcher import Watcher
from consumers.topics.rulefile import parse_rule
from consumers.topics.stage import Topics
from newsriver.cli.rulefiles import MAX_BYTES, as_events, packaged, read_rules
from schemas.codec import decode, encode
from schemas.events import Rule
from schemas.streams import RULES

NOW = datetime(2026, 3, 2, tzinfo=UTC)
TOPIC = "id: flood\ntitle: {en: Flood}\nterms: {en: {core: {flood: 9}}}\n"
ALERT = "alerts:\n  - {id: flood, title: Flood, query: flood*, "
STRANGE = [
    (TOPIC + "tf_cap: 99999999999999999999999", "line 4, column 9"),
    (TOPIC + "tf_cap: 18446744073709551615", "tf_cap"),
    (TOPIC + "threshold: .inf", "line 4, column 12"),
    (TOPIC + "threshold: 1.0e+300", "threshold"),
    (TOPIC + "tests: [{lang: en, label: none, body: dry, more: {1: 2}}]", "line 4, column 51"),
    (TOPIC + r'gkg: ["\ud83d"]', "line 4, column 7"),
    (ALERT + "min_sources: 99999999999999999999999}", "line 2, column 59"),
    (ALERT + "min_sources: 18446744073709551615}", "min_sources"),
    (ALERT + "channels: !!set {console}}", "line 2, column 56"),
]


@pytest.mark.parametrize(("text", "said"), STRANGE, ids=[said for _, said in STRANGE])
def test_what_could_not_be_written_or_would_be_another_rule_is_a_fault(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text)
    found = read_rules([path])
    assert found.rules == []
    assert said in " ".join(found.faults)


def test_a_rule_that_no_broker_would_take_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(TOPIC + f"tests: [{{lang: en, label: none, body: '{'b' * MAX_BYTES}'}}]")
    [fault] = read_rules([path]).faults
    assert f"more than {MAX_BYTES} cannot be put into force" in fault


def test_a_rule_is_in_force_as_it_was_read(tmp_path: Path) -> None:
    topic, alerts = tmp_path / "topic.yaml", tmp_path / "alerts.yaml"
    topic.write_text(TOPIC + "threshold: 10000\ntf_cap: 10000\ncameo: [2026-02-30]\ngkg: [yes it is]\niptc: ['1:30']\n")
    alerts.write_text(ALERT + "min_sources: 10000, labels: {since: 2026-02-28}, active_times: [mon 08:00-18:00]}\n")
    found = read_rules([topic, alerts])
    assert found.faults == []
    events = as_events(found.rules, NOW)
    written = {event.rule_id: decode(encode(event), Rule) for event in events}
    assert list(written.values()) == events
    assert {rule_id: rule.definition for rule_id, rule in written.items()} == {
        f"{rule.kind}.{rule.rule_id}": rule.definition for rule in found.rules
    }
    assert Topics().followed(RULES, written) == {}
    assert Watcher().followed(RULES, written) == {}
    assert parse_rule(written["topic.flood"].definition).cameo == ("2026-02-30",)


def test_the_packaged_rules_can_be_put_into_force() -> None:
    assert max(len(encode(rule.definition)) for rule in packaged()) < MAX_BYTES


def test_a_number_that_another_program_wrote_does_not_keep_the_other_rules_from_coming_into_force() -> None:
    definition = {"title": "Flood", "query": "flood*"}
    rules = {
        f"alert.{name}": Rule(
            id=name,
            emitted_at=NOW,
            rule_id=f"alert.{name}",
            kind="alert",
            definition={"id": name, **definition, **more},
        )
        for name, more in (("good", {}), ("huge", {"min_sources": 10**23}))
    }
    assert list(Watcher().followed(RULES, rules)) == ["alert.huge"]
