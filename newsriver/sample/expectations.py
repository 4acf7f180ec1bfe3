"""What has to come of the newsroom's articles, and what is different in what came."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from newsriver.sample.content import Outlet, Story
from newsriver.sample.newsroom import BREAKS, BUSY, CONDITIONAL, GARBAGE, QUIRKS, Newsroom
from newsriver.sample.surroundings import APPEAL, COMMENTS, COOKIES
from schemas.events import AlertRaised, Article, DuplicateFound, PollCompleted
from schemas.identity import article_id

NOT_ARTICLE = tuple(
    text[:40] for text in (*APPEAL.values(), *COOKIES.values(), *(t for said in COMMENTS.values() for _, t in said))
)
"""The beginnings of what stands around articles and must be in none."""
EXPECTED_ALERTS = {"summit": "story", "oil-sanctions": "story", "court-hack": "story", "flood": "rule"}


@dataclass(frozen=True, slots=True)
class Observed:
    """All that came out of the river, every record of each stream."""

    articles: Sequence[Article]
    duplicates: Sequence[DuplicateFound]
    alerts: Sequence[AlertRaised]
    polls: Sequence[PollCompleted]


def differences(room: Newsroom, observed: Observed) -> list[str]:
    """What is not as the newsroom published it, in sentences; an empty list if nothing is."""
    published = {article_id(room.url(o.id, s.slug)): (o, s) for o, s in room.published()}
    latest = _latest(observed.articles)
    copies = {edge.article_id: edge for edge in observed.duplicates if edge.kind != "derived"}
    found: list[str] = []
    found += _once(observed.articles)
    for key, (outlet, story) in published.items():
        name = f"{outlet.id}/{story.slug}"
        if key in latest:
            found += _text(name, outlet, story, latest[key])
            found += _topics(name, story, latest[key])
        elif key not in copies:
            found.append(f"{name} is neither among the articles nor among the copies")
    found += [f"{latest[key].url} was never published" for key in latest.keys() - published.keys()]
    found += _copies(room, published, latest, copies)
    found += _revisions(published, observed.articles)
    found += _stories(published, latest)
    found += _alerts(observed.alerts)
    found += _polls(room, observed.polls)
    return found


def _latest(articles: Iterable[Article]) -> dict[str, Article]:
    latest: dict[str, Article] = {}
    for article in articles:
        if article.article_id not in latest or latest[article.article_id].revision < article.revision:
            latest[article.article_id] = article
    return latest


def _once(articles: Iterable[Article]) -> list[str]:
    seen: set[tuple[str, int]] = set()
    twice = []
    for article in articles:
        key = article.article_id, article.revision
        if key in seen:
            twice.append(f"revision {article.revision} of {article.url} came twice")
        seen.add(key)
    return twice


def _text(name: str, outlet: Outlet, story: Story, article: Article) -> list[str]:
    found = []
    if article.title != story.title:
        found.append(f"{name} has the title {article.title!r}, not {story.title!r}")
    if article.language != outlet.language:
        found.append(f"{name} is taken for {article.language}, it is {outlet.language}")
    whole = QUIRKS.get((outlet.id, story.slug)) != "missing"  # of a page that is gone only the feed's summary is left
    wanted_text = story.paragraphs if whole else story.paragraphs[:1]
    found += [f"{name} lacks a paragraph: {text[:50]!r}" for text in wanted_text if text not in article.body]
    found += [f"{name} has what is not the article: {text!r}" for text in NOT_ARTICLE if text in article.body]
    wanted = "feed" if QUIRKS.get((outlet.id, story.slug)) in ("missing", "forbidden", "disallowed") else "page"
    if article.origin != wanted:
        found.append(f"{name} was taken from the {article.origin}, not from the {wanted}: {article.origin_reason}")
    return found


def _topics(name: str, story: Story, article: Article) -> list[str]:
    labels = {topic.topic_id: topic.label for topic in article.topics}
    found = [f"{name} is not about {topic}" for topic in story.topics.about if labels.get(topic) != "about"]
    found += [f"{name} does not mention {topic}" for topic in story.topics.mention if topic not in labels]
    allowed = {*story.topics.about, *story.topics.mention, *story.topics.optional}
    found += [f"{name} has the topic {topic}, which is not its" for topic in labels if topic not in allowed]
    for topic in article.topics:
        for passage in topic.evidence:
            text = article.title if passage.field == "title" else article.body
            if text[passage.start : passage.end] != passage.text:
                found.append(f"{name}: the evidence {passage.text!r} for {topic.topic_id} is not at its offsets")
    return found


def _copies(
    room: Newsroom, published: Mapping[str, tuple[Outlet, Story]], latest: Mapping[str, Article],
    copies: Mapping[str, DuplicateFound],
) -> list[str]:  # fmt: skip
    """Of an article and its copies the first that came is among the articles, the others point to it."""
    found = []
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for key, (_, story) in published.items():
        if story.copy_of is not None:
            groups[article_id(room.url(story.copy_of.outlet, story.copy_of.slug))].add(key)
    for original, others in groups.items():
        members = {original, *others}
        kept = members & latest.keys()
        edges = {key: copies[key].canonical_id for key in members if key in copies}
        if len(kept) != 1 or edges.keys() != members - kept or set(edges.values()) != kept:
            names = [f"{published[key][0].id}/{published[key][1].slug}" for key in members if key in published]
            found.append(f"of the copies {', '.join(sorted(names))} one must be kept and the others point to it")
    grouped = {key for original, others in groups.items() for key in (original, *others)}
    found += [
        f"{edge.url} is taken for a copy of {edge.canonical_url}" for key, edge in copies.items() if key not in grouped
    ]
    return found


def _revisions(published: Mapping[str, tuple[Outlet, Story]], articles: Iterable[Article]) -> list[str]:
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for article in sorted(articles, key=lambda article: article.revision):
        kinds[article.article_id].append(article.kind)
    found = []
    for key, (outlet, story) in published.items():
        if key not in kinds:
            continue
        wanted = ["new", story.correction.kind] if story.correction is not None else ["new"]
        late = story.correction is not None and story.act == story.correction.act
        if kinds[key] != (["new"] if late else wanted):
            found.append(f"{outlet.id}/{story.slug} has the revisions {kinds[key]}, not {wanted}")
    return found


def _stories(published: Mapping[str, tuple[Outlet, Story]], latest: Mapping[str, Article]) -> list[str]:
    """Pieces on one event are one story; pieces on different events are not."""
    by_event: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    by_story: defaultdict[str, set[str]] = defaultdict(set)
    for key, article in latest.items():
        if key in published:
            outlet, story = published[key]
            by_event[outlet.language, story.event].add(article.story_id or "none")
            by_story[article.story_id or "none"].add(story.event)
    found = [
        f"the {language} pieces on {event} are in {len(stories)} stories"
        for (language, event), stories in by_event.items()
        if len(stories) > 1
    ]
    return found + [f"one story holds {', '.join(sorted(events))}" for events in by_story.values() if len(events) > 1]


def _alerts(alerts: Sequence[AlertRaised]) -> list[str]:
    found = [f"no alert came of the rule {rule}" for rule in EXPECTED_ALERTS if not _of_rule(alerts, rule)]
    for rule in EXPECTED_ALERTS:
        groups = [alert.group for alert in _of_rule(alerts, rule)]
        if len(groups) != len(set(groups)):
            found.append(f"the rule {rule} raised more than one alert for a group")
    return found


def _of_rule(alerts: Iterable[AlertRaised], rule: str) -> list[AlertRaised]:
    return [alert for alert in alerts if alert.rule_id == f"alert.{rule}"]


def _polls(room: Newsroom, polls: Sequence[PollCompleted]) -> list[str]:
    """The feeds that misbehave were seen to, and the poller came back to them."""
    by_feed: defaultdict[str, list[PollCompleted]] = defaultdict(list)
    for poll in polls:
        by_feed[poll.url].append(poll)
    found = [f"{feed.url} was never polled" for feed in room.feeds if feed.url not in by_feed]
    wanted = {
        CONDITIONAL: lambda poll: poll.outcome == "not_modified",
        BUSY: lambda poll: poll.http_status == 429,
        BREAKS[0]: lambda poll: poll.http_status == 500,
        GARBAGE: lambda poll: poll.error == "parse",
    }
    for outlet, seen in wanted.items():
        if not any(map(seen, by_feed[f"{room.home(outlet)}/feed"])):
            found.append(f"the polls do not show how {outlet} misbehaved")
    return found
