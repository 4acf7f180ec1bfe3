"""What analysts are told when: grouping, repetition, silences, acknowledgements, inhibition, times of the week."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from consumers.alerts.grouping import MAX_MEMBERS
from consumers.alerts.rule import CompiledRule, compile_rule
from consumers.alerts.stage import Alerts
from newsriver.stages import Record
from newsriver.testing.clock import ManualClock
from newsriver.testing.kit import StageKit
from schemas.codec import encode
from schemas.events import Acknowledgement, AlertRaised, Evidence, LabelMatcher, RuleMatched, Silence
from schemas.identity import stable_id
from schemas.streams import ACKNOWLEDGEMENTS, ALERTS, MATCHES, SILENCES

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
RULE: dict[str, Any] = {"id": "oil", "title": "Oil", "query": "tanker*", "repeat_interval": "4h"}


def match(
    article: str = "a", source: str = "ostwind.example", story: str = "s1", revision: int = 1, kind: Any = "new",
    **rule: Any,
) -> RuleMatched:  # fmt: skip
    definition = {**RULE, **rule}
    return RuleMatched(
        id=f"{article}/{revision}/{definition['id']}", emitted_at=START, rule_id=f"alert.{definition['id']}",
        group=(story,), rule_hash=stable_id(encode(definition).decode()), article_id=article, revision=revision,
        url=f"https://{source}/{article}", source=source, title=f"Title of {article}", language="en",
        discovered_at=START, definition=definition, story_id=story, topics=("sanctions", "summit"), kind=kind,
    )  # fmt: skip


def lapse(article: str, source: str = "ostwind.example", **rule: Any) -> RuleMatched:
    return replace(match(article, source, revision=2, kind="material", **rule), lapsed=True, evidence=())


@dataclass
class Desk:
    """The stage and what it has told so far, as `change articles sources` a notice."""

    start: datetime = START
    kit: StageKit = field(init=False)

    def __post_init__(self) -> None:
        self.kit = StageKit(Alerts(), clock=ManualClock(self.start))

    def at(self, minutes: float) -> "Desk":
        """Let time go on to so many minutes after the start, in steps of at most a minute."""
        until = self.start + timedelta(minutes=minutes)
        while self.kit.clock.now() < until:
            self.kit.tick(min(timedelta(minutes=1), until - self.kit.clock.now()))
        return self

    def get(self, *matches: RuleMatched) -> "Desk":
        self.kit.feed(*matches)
        return self

    @property
    def notices(self) -> list[AlertRaised]:
        return self.kit.written(ALERTS)

    @property
    def told(self) -> list[str]:
        return [
            f"{notice.change} {'+'.join(article.article_id for article in notice.articles)}" for notice in self.notices
        ]


def silence(*matchers: tuple[str, str, str], minutes: tuple[float, float] = (0, 60)) -> Silence:
    return Silence(
        id="s", emitted_at=START, silence_id="s",
        matchers=tuple(LabelMatcher(label=label, op=op, value=value) for label, op, value in matchers),  # type: ignore[arg-type]
        starts_at=START + timedelta(minutes=minutes[0]), ends_at=START + timedelta(minutes=minutes[1]),
    )  # fmt: skip


def _acknowledged(desk: Desk, days: float | None = None) -> Acknowledgement:
    return Acknowledgement(
        id="k", emitted_at=START, alert_id=desk.notices[0].alert_id, acknowledged_at=START, by="analyst",
        ends_at=None if days is None else START + timedelta(days=days),
    )  # fmt: skip


def _record(found: RuleMatched) -> Record[RuleMatched]:
    return Record(MATCHES.key(found), found, "matches", 0, 0, 0)


Step = tuple[float, Sequence[RuleMatched]]
"""Minutes after the start, and what matches then."""


@pytest.mark.parametrize(
    ("steps", "until", "told"),
    [
        pytest.param([(0, [match("a")])], 0, ["raised a"], id="a match is told at once"),
        pytest.param([(0, [match("a"), match("b"), match("c")])], 600, ["raised a"], id="a story is told once"),
        pytest.param([(0, [match("a"), match("b", story="s2")])], 0, ["raised a", "raised b"], id="each story is told"),
        pytest.param(
            [(0, [match("a", group_wait="5m")]), (3, [match("b", group_wait="5m")])], 10, ["raised a+b"],
            id="what comes while the group waits is told with it",
        ),
        pytest.param([(0, [match("a", group_wait="5m")])], 4, [], id="nothing is told before the wait is over"),
        pytest.param(
            [(0, [match("a", group_interval="30m")]), (5, [match("b", group_interval="30m")]),
             (10, [match("c", group_interval="30m")])], 45, ["raised a", "updated b+c"],
            id="more articles are told when the interval is over",
        ),
        pytest.param(
            [(0, [match("a")]), (60, [match("b")]), (250, [match("c")])], 260, ["raised a", "repeated b+c"],
            id="matches after the repeat interval repeat the alert",
        ),
        pytest.param(
            [(0, [match("a")]), (241, [match("b")])], 300, ["raised a", "raised b"],
            id="a group that was quiet for the repeat interval begins anew",
        ),
        pytest.param(
            [(0, [match("a", min_sources=2), match("b", min_sources=2)])], 60, [],
            id="one outlet is not enough where two are asked for",
        ),
        pytest.param(
            [(0, [match("a", min_sources=2)]), (9, [match("b", "calder.example", min_sources=2)])], 60, ["raised a+b"],
            id="the second outlet makes it an alert",
        ),
        pytest.param(
            [(0, [match("a")]), (20, [match("a", revision=2, kind="material")])], 30, ["raised a", "updated a"],
            id="a material revision updates the alert at once",
        ),
        pytest.param(
            [(0, [match("a")]), (5, [match("a")])], 30, ["raised a"], id="the same match again is nothing new",
        ),
        pytest.param(
            [(0, [match("a", group_wait="10m", min_sources=2)]),
             (7, [match("b", "calder.example", group_wait="10m", min_sources=2)])], 10, ["raised a+b"],
            id="the wait is counted from the first match, whichever reaches the outlets that are asked for",
        ),
        pytest.param(
            [(0, [match("a", group_wait="10m")]), (5, [match("a", revision=2, kind="material", group_wait="10m")])],
            20, ["raised a"], id="an article that is corrected before it was told is told once",
        ),
        pytest.param(
            [(0, [match("a")]), (20, [lapse("a")])], 300, ["raised a", "updated a"],
            id="an article that was told of and matches no more is told at once",
        ),
        pytest.param(
            [(0, [match("a", group_interval="30m")]), (10, [match("b", group_interval="30m")]),
             (20, [lapse("a", group_interval="30m")])], 90, ["raised a", "updated b+a"],
            id="with it is told what waits",
        ),
        pytest.param(
            [(0, [match("a")]), (20, [lapse("a")]), (30, [match("a", revision=3, kind="material")])], 60,
            ["raised a", "updated a", "updated a"], id="if it matches again, so is that",
        ),
        pytest.param(
            [(0, [match("a")]), (20, [lapse("a"), lapse("a"), lapse("z")])], 60, ["raised a", "updated a"],
            id="what lapsed already or never matched is nothing new",
        ),
        pytest.param(
            [(0, [match("a")]), (241, [lapse("a")])], 300, ["raised a"],
            id="a group that is over is not opened by an article that matches no more",
        ),
        pytest.param(
            [(0, [match("a")]), (200, [lapse("a")]), (241, [match("b")])], 300, ["raised a", "updated a", "raised b"],
            id="nor kept by it",
        ),
        pytest.param(
            [(0, [match("a", group_wait="5m")]), (3, [lapse("a", group_wait="5m")])], 60, [],
            id="what matches no more before it was told is not told",
        ),
        pytest.param(
            [(0, [match("a", group_wait="5m"), match("b", group_wait="5m")]), (3, [lapse("a", group_wait="5m")])], 60,
            ["raised b"], id="but what came with it",
        ),
        pytest.param(
            [(0, [match("a", group_wait="5m")]), (3, [lapse("a", group_wait="5m")]),
             (4, [match("b", group_wait="5m")])], 8, [], id="the wait begins anew then",
        ),
        pytest.param(
            [(0, [match("a", min_sources=2)]), (3, [lapse("a", min_sources=2)]),
             (4, [match("b", "calder.example", min_sources=2)])], 60, [],
            id="an outlet that has it no more does not count",
        ),
        pytest.param(
            [(0, [match("a", min_sources=2), match("c", min_sources=2)]), (3, [lapse("a", min_sources=2)]),
             (4, [match("b", "calder.example", min_sources=2)])], 60, ["raised c+b"],
            id="unless it has it in another article",
        ),
        pytest.param(
            [(0, [match("a", group_wait="5m", min_sources=2),
                  match("b", "calder.example", group_wait="5m", min_sources=2)]),
             (3, [lapse("b", "calder.example", group_wait="5m", min_sources=2)])], 60, [],
            id="so that a group that waited may have too few again",
        ),
        pytest.param(
            [(0, [match("a", group_interval="30m")]), (5, [match("b", group_interval="30m")]),
             (10, [lapse("b", group_interval="30m")])], 60, ["raised a"], id="nor is there an update about nothing",
        ),
        pytest.param(
            [(0, [match("a"), match("b")]), (20, [match("b", revision=2, kind="material")])], 30, ["raised a"],
            id="a revision of an article that no notice named is no correction",
        ),
    ],
)  # fmt: skip
def test_what_is_told(steps: list[Step], until: float, told: list[str]) -> None:
    desk = Desk()
    for minutes, matches in steps:
        desk.at(minutes).get(*matches)
    assert desk.at(until).told == told


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (silence(("rule", "=", "oil")), []),
        (silence(("rule", "=", "coal")), ["raised a"]),
        (silence(("rule", "=", "alert.oil")), []),
        (silence(("rule", "!=", "alert.oil")), ["raised a"]),
        (silence(("rule", "=~", r"alert\.o.*")), []),
        (silence(("topic", "=", "summit"), ("severity", "!=", "critical")), []),
        (silence(("topic", "!=", "summit")), ["raised a"]),
        (silence(("source", "=~", r".*\.example")), []),
        (silence(("source", "=~", "ostwind")), ["raised a"]),
        (silence(("source", "=~", r"(www\.)?[a-z*+{}]+\.(example|test)")), []),
        (silence(("team", "=", "energy")), []),
        (silence(("rule", "=", "oil"), minutes=(5, 60)), ["raised a"]),
    ],
)
def test_silences(made: Silence, told: list[str]) -> None:
    desk = Desk()
    assert desk.kit.follow(SILENCES, [made]) == {}
    assert desk.get(match("a", labels={"team": "energy"})).told == told


def test_what_was_silenced_is_counted_in_the_next_notice() -> None:
    desk = Desk()
    desk.kit.follow(SILENCES, [silence(("rule", "=", "oil"), minutes=(0, 60))])
    desk.get(match("a"), match("b")).at(61)
    assert desk.told == []
    desk.get(match("c"))
    assert [(notice.change, notice.suppressed) for notice in desk.notices] == [("raised", 2)]


def test_the_first_notice_after_a_silence_is_about_what_came_after_it() -> None:
    desk = Desk()
    desk.kit.follow(SILENCES, [silence(("rule", "=", "oil"), minutes=(0, 60))])
    [notice] = desk.get(match("a")).at(61).get(match("b")).notices
    assert (notice.article_id, notice.summary) == ("b", "Title of b")


def test_a_silenced_outlet_does_not_take_others_of_the_story_with_it() -> None:
    desk = Desk()
    desk.kit.follow(SILENCES, [silence(("source", "=", "ostwind.example"))])
    desk.get(match("a", group_wait="5m")).at(1).get(match("b", "calder.example", group_wait="5m"))
    desk.at(2).get(match("c", group_wait="5m"))
    [notice] = desk.at(10).notices
    assert (desk.told, notice.article_id, notice.matches, notice.suppressed) == (["raised b"], "b", 1, 2)


def test_an_outlet_silenced_while_a_story_waits_for_others_does_not_keep_the_story_back() -> None:
    desk = Desk().get(match("a", min_sources=2))
    desk.kit.follow(SILENCES, [silence(("source", "=", "ostwind.example"))])
    [notice] = desk.at(5).get(match("b", "calder.example", min_sources=2)).notices
    assert (notice.article_id, desk.told) == ("b", ["raised a+b"])


def test_a_silence_made_while_a_group_waits_holds() -> None:
    desk = Desk().get(match("a", group_wait="5m"))
    desk.kit.follow(SILENCES, [silence(("rule", "=", "oil"), minutes=(1, 60))])
    assert desk.at(90).told == []


def test_the_headline_is_the_latest_revision_of_what_opened_the_group() -> None:
    corrected = match("a", revision=2, kind="material", group_wait="5m")
    desk = Desk().get(match("a", group_wait="5m"), match("b", group_wait="5m"), replace(corrected, title="Corrected"))
    [notice] = desk.at(6).notices
    assert (desk.told, notice.summary, notice.matches) == (["raised a+b"], "Corrected", 2)
    assert [article.revision for article in notice.articles] == [2, 1]


def test_the_headline_passes_on_when_its_article_matches_no_more() -> None:
    desk = Desk().get(match("a", group_wait="5m"), match("b", "calder.example", group_wait="5m"))
    [notice] = desk.get(lapse("a", group_wait="5m")).at(6).notices
    assert (notice.article_id, notice.summary, notice.source) == ("b", "Title of b", "calder.example")
    assert (notice.matches, notice.sources, notice.lapsed) == (1, ("calder.example",), False)


PASSAGES = tuple(Evidence(field="body", start=9 * n, end=9 * n + 7, text="tankers") for n in range(9))


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (("topic", "=", "summit"), []), (("topic", "!=", "summit"), ["raised b"]), (("country", "=", "NO"), []),
        (("country", "=", "DE"), ["raised b"]), (("story", "=", "s9"), []),
    ],
)  # fmt: skip
def test_the_headline_that_it_passes_on_to_has_its_own_labels_and_passages(
    made: tuple[str, str, str], told: list[str]
) -> None:
    desk = Desk().get(replace(match("a", group_wait="10m"), country="DE"))
    desk.get(replace(match("b", group_wait="10m"), country="NO", story_id="s9", evidence=PASSAGES))
    desk.kit.restart()
    desk.get(lapse("a", group_wait="10m"))
    desk.kit.follow(SILENCES, [silence(made)])
    assert desk.at(11).told == told
    for notice in desk.notices:
        assert (notice.topics, notice.country, notice.story_id) == (("sanctions", "summit"), "NO", "s9")
        assert notice.evidence == PASSAGES[:5]


def test_what_is_silenced_as_it_comes_is_no_outlet_once_it_matches_no_more() -> None:
    rule: dict[str, Any] = {"group_wait": "5m", "min_sources": 2}
    desk = Desk()
    desk.kit.follow(SILENCES, [silence(("source", "=", "ostwind.example"))])
    desk.get(match("a", **rule)).at(1).get(match("b", "calder.example", **rule)).get(lapse("a", **rule))
    assert desk.at(30).told == []
    [notice] = desk.get(match("c", "nordlicht.example", **rule)).at(40).notices
    assert (desk.told, notice.sources) == (["raised b+c"], ("calder.example", "nordlicht.example"))


def test_what_matches_no_more_is_silenced_as_a_match_is_but_not_counted() -> None:
    desk = Desk().get(match("a"))
    desk.kit.follow(SILENCES, [silence(("rule", "=", "oil"))])
    assert desk.at(5).get(lapse("a")).at(90).told == ["raised a"]
    repeated = desk.at(239).get(match("b", "calder.example")).at(250).get(match("c", "calder.example")).notices[-1]
    assert (repeated.change, repeated.matches, repeated.sources) == ("repeated", 2, ("calder.example",))
    assert repeated.suppressed == 1, "b, which came too soon to be told"


def test_what_matches_no_more_outside_of_active_times_is_not_counted() -> None:
    rule: dict[str, Any] = {"active_times": ["08:00-10:00"], "repeat_interval": "48h"}
    desk = Desk().get(match("a", **rule)).at(120).get(lapse("a", **rule))
    [_, repeated] = desk.at(48 * 60 - 1).get(match("b", **rule)).at(48 * 60).get(match("c", **rule)).notices
    assert (desk.told, repeated.matches, repeated.suppressed) == (["raised a", "repeated b+c"], 2, 1)


def test_what_matches_no_more_counts_neither_as_a_match_nor_as_an_outlet() -> None:
    rule: dict[str, Any] = {"group_interval": "30m"}
    desk = Desk().get(match("a", **rule), match("c", "calder.example", **rule)).at(31)
    desk.get(match("b", "nordlicht.example", **rule), lapse("a", **rule), lapse("c", "calder.example", **rule))
    *_, first, second = desk.notices
    assert desk.told == ["raised a", "updated c", "updated b+a", "updated c"]
    assert (first.article_id, first.lapsed, first.matches) == ("a", True, 1)
    assert first.sources == ("calder.example", "nordlicht.example")
    assert (second.lapsed, second.matches, second.sources) == (True, 0, ("nordlicht.example",))
    again = desk.get(match("a", revision=3, kind="material", **rule)).notices[-1]
    assert (again.lapsed, again.matches, again.sources) == (False, 1, ("nordlicht.example", "ostwind.example"))


def test_an_outlet_whose_articles_all_match_no_more_counts_no_more() -> None:
    rule: dict[str, Any] = {"group_wait": "5m"}
    desk = Desk().get(match("a", **rule), match("b", **rule), match("c", "calder.example", **rule)).at(6)
    both = ("ostwind.example", "calder.example")
    assert [notice.sources for notice in desk.get(lapse("a", **rule), lapse("b", **rule)).notices] == [
        both, both, ("calder.example",),
    ]  # fmt: skip


def test_what_opened_a_large_group_is_not_forgotten_before_it_is_told() -> None:
    rule: dict[str, Any] = {"group_wait": "5m"}
    desk = Desk().get(*(match(f"a{number}", **rule) for number in range(MAX_MEMBERS + 50)))
    [notice] = desk.get(lapse("a0", **rule)).at(6).notices
    assert (notice.article_id == "a0", notice.matches) == (False, MAX_MEMBERS + 49)


@pytest.mark.parametrize("found", [lapse, partial(match, revision=2, kind="material")], ids=["lapse", "correction"])
def test_of_an_acknowledged_alert_a_correction_is_told_by_itself(found: Callable[..., RuleMatched]) -> None:
    rule: dict[str, Any] = {"group_interval": "30m"}
    desk = Desk().get(match("a", **rule), match("b", **rule), match("c", **rule))
    desk.kit.follow(ACKNOWLEDGEMENTS, [_acknowledged(desk)])
    assert desk.at(5).get(found("a", **rule)).at(90).told == ["raised a", "updated a"]
    desk.kit.follow(ACKNOWLEDGEMENTS, [])
    assert desk.get(match("d", **rule)).told[2:] == ["updated b+c+d"]


def test_what_an_acknowledged_alert_was_about_to_tell_does_not_come_with_it() -> None:
    rule: dict[str, Any] = {"group_interval": "30m"}
    desk = Desk().get(match("a", **rule), match("b", **rule), match("c", **rule))
    desk.kit.follow(ACKNOWLEDGEMENTS, [_acknowledged(desk)])
    desk.kit.clock.advance(timedelta(minutes=31))  # nothing ticks
    assert desk.get(lapse("b", **rule)).told == ["raised a"]


def test_a_rule_that_is_changed_while_a_group_waits_holds_as_it_is_now() -> None:
    desk = Desk().get(match("a", min_sources=5, channels=["mail"]))
    desk.at(60).get(match("b", "calder.example", min_sources=2, channels=["chat"], severity="critical"))
    [notice] = desk.notices
    assert (notice.article_id, notice.channels, notice.severity) == ("a", ("chat",), "critical")


@pytest.mark.parametrize("outlets", [60, 250])
def test_as_many_outlets_as_a_rule_asks_for_are_counted(outlets: int) -> None:
    desk = Desk().get(*(match(f"a{n}", f"outlet{n}.example", min_sources=outlets) for n in range(outlets)))
    [notice] = desk.notices
    assert len(notice.sources) == outlets


def test_after_an_outage_the_first_match_opens_a_new_group_as_if_time_had_been_told() -> None:
    general: dict[str, Any] = {"id": "anything", "inhibited_by": ["oil"]}
    desk = Desk().get(match("a"))
    desk.kit.follow(ACKNOWLEDGEMENTS, [_acknowledged(desk)])
    desk.kit.clock.advance(timedelta(hours=30))  # nothing ticks
    desk.get(match("b", **general), match("c"))
    assert [(notice.rule_id, notice.change) for notice in desk.notices] == [
        ("alert.oil", "raised"), ("alert.anything", "raised"), ("alert.oil", "raised"),
    ]  # fmt: skip


def test_more_articles_are_not_told_once_the_alert_is_acknowledged() -> None:
    desk = Desk().get(match("a", group_interval="30m")).at(5).get(match("b", group_interval="30m"))
    desk.kit.follow(ACKNOWLEDGEMENTS, [_acknowledged(desk)])
    assert desk.at(40).told == ["raised a"]
    assert desk.get(match("c", group_interval="30m")).at(90).told == ["raised a"]


def test_an_article_of_a_large_group_is_a_small_change() -> None:
    desk = Desk()
    for number in range(500):
        desk.get(match(f"a{number}", f"outlet{number}.example", group_interval="30m"))
    members = desk.kit.state.members("alert.oil/s1")
    assert len(members) == MAX_MEMBERS
    assert {"a0", "a499"} <= set(members)
    changes = Alerts().process(_record(match("z")), desk.kit.state, desk.kit.clock.now()).changes
    assert sum(len(encode(change.value)) for change in changes) < 4000
    desk.kit.restart()
    assert desk.kit.state.members("alert.oil/s1") == members
    assert [len(notice.articles) for notice in desk.at(30).notices] == [1, 20]


def test_a_group_has_one_timer_however_often_it_matches() -> None:
    desk = Desk()
    for number in range(100):
        desk.at(number).get(match(f"a{number}"))
    assert len(desk.kit.state._wakes) == 1
    desk.at(99 + 241)
    assert not desk.kit.state.table("groups")
    assert not desk.kit.state._wakes


def test_a_lifted_silence_silences_no_more() -> None:
    desk = Desk()
    desk.kit.follow(SILENCES, [silence(("rule", "=", "oil"))])
    desk.kit.follow(SILENCES, [])
    assert desk.get(match("a")).told == ["raised a"]


@pytest.mark.parametrize(
    ("made", "error"),
    [(silence(), "silence everything"), (silence(("source", "=~", "(")), "regular expression"),
     (silence(("source", "=~", r"(\w+\.?)+x")), "take for ever"),
     (silence(("source", "=~", ".*.*.*.*x")), "take for ever"),
     (silence(("rule", "=", "oil"), minutes=(60, 0)), "before it begins")],
)  # fmt: skip
def test_a_silence_that_cannot_be_used_is_reported_and_the_others_hold(made: Silence, error: str) -> None:
    desk = Desk()
    refused = desk.kit.follow(SILENCES, [replace(made, silence_id="bad"), silence(("rule", "=", "oil"))])
    assert error in str(refused["bad"])
    assert desk.get(match("a")).told == []


def test_an_acknowledged_alert_is_not_repeated_but_corrected() -> None:
    desk = Desk().get(match("a"))
    desk.kit.follow(ACKNOWLEDGEMENTS, [_acknowledged(desk)])
    for hour in range(1, 12):
        desk.at(60 * hour).get(match(f"b{hour}"))
    assert desk.told == ["raised a"]
    desk.get(match("a", revision=2, kind="material"))
    assert [notice.change for notice in desk.notices] == ["raised", "updated"]
    assert desk.at(60 * 17).get(match("z")).told[2:] == ["raised z"]


@pytest.mark.parametrize(
    ("days", "ends_after"), [(None, 7), (2, 2), (30, 30), (300, 30)], ids=["usual", "short", "long", "too long"]
)
def test_an_acknowledgement_of_a_group_that_is_never_quiet_ends_in_time(days: float | None, ends_after: int) -> None:
    rule: dict[str, Any] = {"group_by": "rule", "repeat_interval": "24h"}
    desk = Desk().get(match("a0", **rule))
    desk.kit.follow(ACKNOWLEDGEMENTS, [_acknowledged(desk, days)])
    for number in range(1, 2 * ends_after + 2):
        desk.kit.tick(timedelta(hours=12))
        desk.get(match(f"a{number}", **rule))
    [_, again] = desk.notices
    assert (again.change, again.raised_at) == ("repeated", START + timedelta(days=ends_after))
    assert again.matches == 2 * ends_after


def test_an_acknowledgement_that_is_taken_back_holds_no_more() -> None:
    desk = Desk().get(match("a"))
    desk.kit.follow(ACKNOWLEDGEMENTS, [_acknowledged(desk)])
    desk.at(200).get(match("b"))
    desk.kit.follow(ACKNOWLEDGEMENTS, [])
    assert desk.at(250).get(match("c")).told == ["raised a", "repeated b+c"]


def test_one_rule_keeps_another_quiet_for_the_same_story_only() -> None:
    general: dict[str, Any] = {"id": "anything", "inhibited_by": ["oil"]}
    desk = Desk().get(match("a"), match("a", **general), match("b", story="s2", **general))
    assert [(notice.rule_id, notice.group) for notice in desk.notices] == [
        ("alert.oil", ("s1",)), ("alert.anything", ("s2",)),
    ]  # fmt: skip
    desk.at(241).get(match("c", **general))
    assert [notice.rule_id for notice in desk.notices][2:] == ["alert.anything"]


@pytest.mark.parametrize(
    ("oil", "told"),
    [
        pytest.param({"group_wait": "2m"}, ["alert.oil"], id="that has its outlets and waits for more articles"),
        pytest.param({"min_sources": 2}, ["alert.anything"], id="that has not its outlets yet"),
        pytest.param({"group_wait": "2m", "active_times": ["00:00-01:00"]}, ["alert.anything"], id="that is off now"),
        pytest.param(
            {"group_wait": "2m", "severity": "critical"}, ["alert.anything"], id="that is silenced when it would tell"
        ),
    ],
)
def test_a_rule_that_is_about_to_tell_keeps_another_quiet_but_none(oil: dict[str, Any], told: list[str]) -> None:
    desk = Desk()
    desk.kit.follow(SILENCES, [silence(("severity", "=", "critical"))])
    desk.get(match("a", **oil), match("a", id="anything", inhibited_by=["oil"])).at(30)
    assert [notice.rule_id for notice in desk.notices] == told
    assert all(notice.suppressed == 0 for notice in desk.notices)


def test_of_two_rules_that_keep_each_other_quiet_one_tells() -> None:
    both: list[dict[str, Any]] = [{"id": "oil", "inhibited_by": ["gas"]}, {"id": "gas", "inhibited_by": ["oil"]}]
    desk = Desk().get(*(match("a", group_wait="2m", **rule) for rule in both)).at(30)
    assert len(desk.notices) == 1


@pytest.mark.parametrize(
    ("time", "told"),
    [("2026-03-02T07:59+01:00", []), ("2026-03-02T08:00+01:00", ["raised a"]), ("2026-03-02T17:59+01:00", ["raised a"]),
     ("2026-03-02T18:00+01:00", []), ("2026-03-07T12:00+01:00", []), ("2026-07-06T08:00+02:00", ["raised a"]),
     ("2026-07-06T07:30+02:00", [])],
)  # fmt: skip
def test_active_times_go_by_the_clock_on_the_wall(time: str, told: list[str]) -> None:
    rule: dict[str, Any] = {"active_times": ["mon-fri 08:00-18:00"], "time_zone": "Europe/Berlin"}
    assert Desk(datetime.fromisoformat(time)).get(match("a", **rule)).told == told


@pytest.mark.parametrize(
    ("raised", "delivered"),
    [
        pytest.param("2026-03-02T21:59+01:00", None, id="before they begin"),
        pytest.param("2026-03-02T22:00+01:00", "2026-03-03T07:00+01:00", id="as they begin"),
        pytest.param("2026-03-03T06:59+01:00", "2026-03-03T07:00+01:00", id="as they end"),
        pytest.param("2026-03-28T23:00+01:00", "2026-03-29T07:00+02:00", id="the night that is an hour shorter"),
        pytest.param("2026-10-24T23:00+02:00", "2026-10-25T07:00+01:00", id="the night that is an hour longer"),
        pytest.param("2026-10-25T02:30+02:00", "2026-10-25T07:00+01:00", id="the hour that comes twice, first time"),
    ],
)
def test_quiet_hours_hold_the_delivery_until_they_end(raised: str, delivered: str | None) -> None:
    rule: dict[str, Any] = {"quiet_hours": ["22:00-07:00"], "time_zone": "Europe/Berlin"}
    [notice] = Desk(datetime.fromisoformat(raised)).get(match("a", **rule)).notices
    assert notice.deliver_at == (None if delivered is None else datetime.fromisoformat(delivered))


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_end_the_same_night() -> None:
    rule: dict[str, Any] = {"quiet_hours": ["22:00-02:30"], "time_zone": "Europe/Berlin"}
    second = datetime.fromisoformat("2026-10-25T02:15+01:00")
    [notice] = Desk(second).get(match("a", **rule)).notices
    assert notice.deliver_at == second + timedelta(minutes=15)


def test_a_worker_that_dies_at_any_step_raises_the_same_alerts_once() -> None:
    steps = [
        (0, match("a", group_wait="5m", group_interval="30m")),
        (4, match("b", group_wait="5m", group_interval="30m")),
        (20, match("c", group_wait="5m", group_interval="30m")),
        (50, match("a", revision=2, kind="material", group_wait="5m", group_interval="30m")),
        (300, match("d", group_wait="5m", group_interval="30m")),
    ]
    undisturbed, dying = Desk(), Desk()
    for minutes, found in steps:
        undisturbed.at(minutes).get(found)
        dying.at(minutes)
        dying.kit.restart()
        dying.get(found)
        dying.kit.restart()
    expected = undisturbed.at(700).notices
    assert len(expected) == 4
    dying.at(310).kit.restart()
    assert [(n.id, n.change, n.articles) for n in dying.at(700).notices] == [
        (n.id, n.change, n.articles) for n in expected
    ]  # fmt: skip


class Earlier(Alerts):
    """The stage of a version of newsriver that had a severity which there is no more."""

    def _rule(self, match: RuleMatched) -> CompiledRule:
        return compile_rule({**match.definition, "severity": "info"})


def _left_by_an_earlier_version(*matches: RuleMatched) -> Desk:
    desk = Desk()
    desk.kit = StageKit(Earlier(), clock=desk.kit.clock)
    desk.get(*matches)
    desk.kit.stage = Alerts()
    desk.kit.restart()
    return desk


def test_a_group_whose_rule_cannot_be_read_any_more_stops_no_other_and_is_over_in_the_end() -> None:
    strange: dict[str, Any] = {"id": "strange", "group_wait": "5m", "severity": "urgent"}
    desk = _left_by_an_earlier_version(match("a", **strange), match("b", group_wait="5m"))
    with capture_logs() as logs:
        assert desk.at(60 * 3).told == ["raised b"]
    assert [(entry["rule_id"], entry["log_level"]) for entry in logs] == [("alert.strange", "error")]
    assert "alert.strange/s1" in desk.kit.state.table("groups")
    desk.at(60 * 4 + 1)
    assert not desk.kit.state.table("groups")
    assert not desk.kit.state.table("members")


def test_a_group_whose_rule_cannot_be_read_is_told_once_it_can_be() -> None:
    strange: dict[str, Any] = {"group_wait": "5m", "severity": "urgent"}
    desk = _left_by_an_earlier_version(match("a", **strange))
    assert desk.at(30).told == []
    assert desk.get(match("b", group_wait="5m")).at(31).told == ["raised a+b"]


def test_a_version_that_can_read_the_rule_again_tells_the_group_within_the_hour() -> None:
    desk = _left_by_an_earlier_version(match("a", group_wait="5m", severity="urgent")).at(30)
    desk.kit.stage = Earlier()
    desk.kit.restart()
    assert desk.at(66).told == ["raised a"]


def test_a_rule_that_cannot_be_read_any_more_keeps_no_other_quiet_that_waits_for_it() -> None:
    desk = _left_by_an_earlier_version(match("a", group_wait="5m", severity="urgent"))
    assert desk.get(match("a", id="anything", inhibited_by=["oil"])).told == ["raised a"]


def test_a_commit_that_fails_raises_no_second_alert() -> None:
    desk = Desk().get(match("a", group_wait="5m"))
    desk.kit.clock.advance(timedelta(minutes=6))
    desk.kit.broker.fail_next = True
    with pytest.raises(Exception, match="asked to fail"):
        desk.kit.tick()
    desk.kit.restart()
    assert desk.told == []
    desk.kit.tick()
    desk.kit.restart()
    desk.kit.tick()
    assert desk.told == ["raised a"]
