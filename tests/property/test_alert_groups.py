"""Whatever matches when, is silenced, acknowledged or restarted: what an analyst may rely on of alerts."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.alerts.stage import Alerts
from newsriver.testing.kit import START, StageKit
from schemas.codec import encode
from schemas.events import Acknowledgement, AlertRaised, LabelMatcher, RuleMatched, Silence
from schemas.identity import stable_id
from schemas.streams import ACKNOWLEDGEMENTS, ALERTS, SILENCES

MINUTE = timedelta(minutes=1)
REPEAT = 60 * MINUTE

Rule = dict[str, Any]
Step = tuple[Literal["match", "lapse", "wait", "silence", "lift", "acknowledge", "restart"], int]

rules = st.fixed_dictionaries(
    {"group_wait": st.sampled_from(["0s", "7m"]), "min_sources": st.integers(1, 3)},
    optional={"group_interval": st.sampled_from(["0s", "20m", "90m"])},
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("match"), st.integers(0, 7)),
        st.tuples(st.just("match"), st.integers(0, 7)),
        st.tuples(st.just("lapse"), st.integers(0, 7)),
        st.tuples(st.just("wait"), st.sampled_from([0, 1, 3, 8, 21, 45, 59, 60, 61, 130])),
        st.tuples(st.just("silence"), st.integers(0, 40)),
        st.tuples(st.sampled_from(["lift", "acknowledge", "restart"]), st.just(0)),
    ),
    max_size=40,
)


def outlet(article: int) -> str:
    return f"outlet{article % 3}.example"


def story(article: int) -> str:
    return f"s{article % 2}"


@dataclass(frozen=True)
class Matched:
    """A match as the model remembers it."""

    at: datetime
    article: int
    revision: int
    silenced: bool
    after: int
    """How many matches there were before."""


@dataclass
class Newsroom:
    """The stage, and beside it what happened to it."""

    rule: Rule
    restarts: bool = True
    kit: StageKit = field(default_factory=lambda: StageKit(Alerts()))
    revisions: dict[int, int] = field(default_factory=dict)
    matching: set[int] = field(default_factory=set)
    matching_then: dict[str, frozenset[int]] = field(default_factory=dict)
    """What matched when a notice was sent."""
    matches: list[Matched] = field(default_factory=list)
    lapses: list[Matched] = field(default_factory=list)
    silences: list[Silence] = field(default_factory=list)
    lifted: dict[str, datetime] = field(default_factory=dict)
    acknowledged: dict[str, datetime] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.kit.clock.now()

    @property
    def notices(self) -> list[AlertRaised]:
        return self.kit.written(ALERTS)

    def take(self, step: Step) -> None:
        kind, number = step
        match kind:
            case "match":
                self._revise(number)
            case "lapse" if self.matching:
                self._revise(sorted(self.matching)[number % len(self.matching)], lapsed=True)
            case "wait":
                for _ in range(number):
                    self.kit.tick(MINUTE)
            case "silence":
                self._silence(number)
            case "lift":
                self.lifted |= {s.silence_id: self.now for s in self.silences if s.silence_id not in self.lifted}
                self.kit.follow(SILENCES, [])
            case "acknowledge" if self.notices:
                self.acknowledged.setdefault(self.notices[-1].alert_id, self.now)
                self.kit.follow(
                    ACKNOWLEDGEMENTS,
                    [Acknowledgement(id=a, emitted_at=at, alert_id=a, acknowledged_at=at)
                     for a, at in self.acknowledged.items()],
                )  # fmt: skip
            case "restart" if self.restarts:
                self.kit.restart()
        for notice in self.notices:
            self.matching_then.setdefault(notice.id, frozenset(self.matching))

    def _revise(self, article: int, *, lapsed: bool = False) -> None:
        revision = self.revisions[article] = self.revisions.get(article, 0) + 1
        silenced = self.is_silenced(outlet(article), self.now)
        found = Matched(self.now, article, revision, silenced, len(self.matches))
        (self.lapses if lapsed else self.matches).append(found)
        (self.matching.discard if lapsed else self.matching.add)(article)
        definition = {"id": "oil", "title": "Oil", "query": "tanker*", "repeat_interval": "1h", **self.rule}
        self.kit.feed(
            RuleMatched(
                id=f"{article}/{revision}",
                emitted_at=self.now,
                rule_id="alert.oil",
                group=(story(article),),
                rule_hash=stable_id(encode(definition).decode()),
                article_id=f"a{article}",
                revision=revision,
                url=f"https://{outlet(article)}/{article}",
                source=outlet(article),
                title=f"{article}",
                language="en",
                discovered_at=self.now,
                definition=definition,
                story_id=story(article),
                lapsed=lapsed,
            )
        )

    def _silence(self, number: int) -> None:
        """Of one of the outlets or, every fourth, of all; a second after what happened before."""
        self.kit.tick(timedelta(seconds=1))
        value = outlet(number) if number % 4 else ".*"
        self.silences.append(
            Silence(
                id="s",
                emitted_at=self.now,
                silence_id=f"{len(self.silences)}",
                starts_at=self.now,
                ends_at=self.now + (number + 1) * MINUTE,
                matchers=(LabelMatcher(label="source", op="=~", value=value),),
            )
        )
        self.kit.follow(SILENCES, [s for s in self.silences if s.silence_id not in self.lifted])

    def is_silenced(self, source: str | None, start: datetime, end: datetime | None = None) -> bool:
        """Whether an outlet (None for any) is silenced at a time, or at some time until another."""
        return any(
            source is None or silence.matchers[0].value in (source, ".*")
            for silence in self.silences
            if silence.starts_at <= (end or start)
            and start < min(silence.ends_at, self.lifted.get(silence.silence_id, silence.ends_at))
        )


@settings(max_examples=60, deadline=None)
@given(rules, steps)
def test_what_may_be_relied_on(rule: Rule, taken: list[Step]) -> None:
    room, undisturbed = Newsroom(rule), Newsroom(rule, restarts=False)
    for step in [*taken, ("wait", 20)]:
        room.take(step)
        undisturbed.take(step)
    assert room.notices == undisturbed.notices, "a restart changes nothing"
    assert len({notice.id for notice in room.notices}) == len(room.notices), "ids are unique"
    told_articles = [(a.article_id, a.revision) for notice in room.notices for a in notice.articles]
    assert len(set(told_articles)) == len(told_articles), "a revision is told once"
    for group in {notice.group for notice in room.notices}:
        told = [notice for notice in room.notices if notice.group == group]
        for earlier, later in pairwise(told):
            spaced = later.raised_at - earlier.raised_at >= REPEAT
            assert later.change != "repeated" or spaced, "a group is told again after its repeat interval"
        times = [m.at for m in room.matches if (story(m.article),) == group]
        opened = 1 + sum(later - earlier >= REPEAT for earlier, later in pairwise(times))
        assert sum(notice.change == "raised" for notice in told) <= opened, "a pause opens another alert"
    for notice in room.notices:
        check_silences(room, notice)
        check_acknowledgement(room, notice)
        check_lapses(room, notice)
    for lapse in room.lapses:
        check_lapse(room, lapse)
    for number in range(2):
        if all(lapse.article % 2 != number for lapse in room.lapses):  # which have outlets and wait begin anew
            check_first_notices(room, [m for m in room.matches if m.article % 2 == number], f"s{number}")


def check_silences(room: Newsroom, notice: AlertRaised) -> None:
    assert not room.is_silenced(notice.source, notice.raised_at), "nothing is sent while it is silenced"
    named = [article.article_id for article in notice.articles]
    assert notice.article_id in named
    assert len(set(named)) == len(named) == notice.matches + notice.lapsed, "each article is named once"
    silenced = {(f"a{m.article}", m.revision) for m in room.matches if m.silenced}
    assert silenced.isdisjoint((a.article_id, a.revision) for a in notice.articles), "the silenced is not sent later"


def check_lapses(room: Newsroom, notice: AlertRaised) -> None:
    """What matches no more is told of what was told, once, and never as a match."""
    lapsed = {(f"a{lapse.article}", lapse.revision) for lapse in room.lapses}
    named = {(a.article_id, a.revision) for a in notice.articles if (a.article_id, a.revision) in lapsed}
    assert {article_id for article_id, _ in named} == ({notice.article_id} if notice.lapsed else set())
    earlier = [n for n in room.notices[: room.notices.index(notice)] if n.alert_id == notice.alert_id]
    told = {article.article_id for n in earlier for article in n.articles}
    assert not notice.lapsed or (notice.change == "updated" and notice.article_id in told)
    if notice.change == "raised":
        assert len(notice.sources) >= room.rule["min_sources"]
    matching = {outlet(a) for a in room.matching_then[notice.id] if (story(a),) == notice.group}
    assert set(notice.sources) <= matching, "outlets are those that have it"


def check_lapse(room: Newsroom, lapse: Matched) -> None:
    """What was told of as matching is taken back at once, while its group is there, unless it is silenced."""
    name, group = f"a{lapse.article}", (story(lapse.article),)
    before = (name, lapse.revision - 1)
    told = [n for n in room.notices if n.group == group and n.raised_at <= lapse.at]
    if lapse.silenced or all((a.article_id, a.revision) != before for n in told for a in n.articles):
        return
    [since] = [m.after for m in room.matches if (f"a{m.article}", m.revision) == before]
    times = [m.at for m in room.matches[since : lapse.after] if (story(m.article),) == group]
    if all(later - earlier < REPEAT for earlier, later in pairwise([*times, lapse.at])):
        assert any(n.lapsed and n.raised_at == lapse.at and n.article_id == name for n in told)


def check_acknowledgement(room: Newsroom, notice: AlertRaised) -> None:
    """After an acknowledgement only an article that was told before is told again, for it was corrected."""
    at = room.acknowledged.get(notice.alert_id)
    if at is None or notice.raised_at <= at:
        return
    earlier = [n for n in room.notices if n.alert_id == notice.alert_id and n.raised_at <= at]
    assert notice.change == "updated"
    assert [article.article_id for article in notice.articles] == [notice.article_id]
    assert notice.article_id in {article.article_id for n in room.notices[: room.notices.index(notice)]
                                 if n.alert_id == notice.alert_id for article in n.articles}  # fmt: skip
    assert earlier


def check_first_notices(room: Newsroom, matches: list[Matched], group: str) -> None:
    """In each run of matches without a pause, the first that is not silenced and completes the outlets is told."""
    wait = 7 * MINUTE if room.rule["group_wait"] == "7m" else timedelta(0)
    started, sources = START, set[str]()
    waiting = True
    for before, found in zip([None, *matches], matches, strict=False):
        if before is None or found.at - before.at >= REPEAT:
            started, sources, waiting = found.at, set(), True
        sources.add(outlet(found.article))
        if not waiting or found.silenced or len(sources) < room.rule["min_sources"]:
            continue
        latest = found.at + wait + MINUTE
        if room.is_silenced(None, found.at, latest):
            continue
        waiting = False
        if latest <= room.now:
            assert any(n.group == (group,) and started <= n.raised_at <= latest for n in room.notices)
