"""What has to come of the newsroom's articles, and what is different in what came."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from newsriver.sample.content import Outlet, Story
from newsriver.sample.newsroom import BREAKS, BUSY, CONDITIONAL, GARBAGE, QUIRKS, Newsroom
from newsriver.sample.observed import Observed, StoredAlert, StoredArticle, StoredDuplicate, StoredPoll, StoredStory
from newsriver.sample.surroundings import APPEAL, COMMENTS, COOKIES
from schemas.events import AlertRaised, Article, DuplicateFound, PollCompleted, StoryUpdated
from schemas.identity import article_id

AnyArticle = Article | StoredArticle
AnyDuplicate = DuplicateFound | StoredDuplicate
AnyAlert = AlertRaised | StoredAlert

NOT_ARTICLE = tuple(
    text[:40] for text in (*APPEAL.values(), *COOKIES.values(), *(t for said in COMMENTS.values() for _, t in said))
)
"""The beginnings of what stands around articles and must be in none."""
EXPECTED_ALERTS = {"summit": "story", "oil-sanctions": "story", "court-hack": "story", "flood": "rule"}


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
            found += _text(name, room.url(outlet.id, story.slug), outlet, story, latest[key])
            found += _topics(name, story, latest[key])
        elif key not in copies:
            found.append(f"{name} is neither among the articles nor among the copies")
    found += [f"{latest[key].url} was never published" for key in latest.keys() - published.keys()]
    found += _copies(room, published, latest, copies)
    found += _revisions(published, observed.articles)
    found += _stories(published, latest, observed.stories)
    found += _alerts(observed.alerts)
    found += _polls(room, observed.polls)
    return found


def storage_differences(room: Newsroom, seen: Observed, stored: Observed) -> list[str]:
    """As `differences`, of what is stored: compared with what was published, and with what subscribers have seen."""
    if not stored.articles:
        return ["no article is stored"]
    found = differences(room, stored)
    for name, streamed, kept in (
        ("articles", seen.articles, stored.articles),
        ("duplicates", seen.duplicates, stored.duplicates),
        ("alerts", seen.alerts, stored.alerts),
        ("stories", _last(seen.stories), stored.stories),
    ):
        streamed_ids, kept_ids = {event.id for event in streamed}, {row.id for row in kept}
        found += [f"the event {key} on {name} is not there" for key in sorted(streamed_ids - kept_ids)]
        found += [f"the event {key} was never on {name}" for key in sorted(kept_ids - streamed_ids)]
    return [f"stored: {difference}" for difference in found]


def _latest(articles: Iterable[AnyArticle]) -> dict[str, AnyArticle]:
    latest: dict[str, AnyArticle] = {}
    for article in articles:
        if article.article_id not in latest or latest[article.article_id].revision < article.revision:
            latest[article.article_id] = article
    return latest


def _once(articles: Iterable[AnyArticle]) -> list[str]:
    seen: set[tuple[str, int]] = set()
    twice = []
    for article in articles:
        key = article.article_id, article.revision
        if key in seen:
            twice.append(f"revision {article.revision} of {article.url} came twice")
        seen.add(key)
    return twice


def _text(name: str, url: str, outlet: Outlet, story: Story, article: AnyArticle) -> list[str]:
    found = []
    if article.url != url:
        found.append(f"{name} has the address {article.url}, not {url}")
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


def _topics(name: str, story: Story, article: AnyArticle) -> list[str]:
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
    if isinstance(article, StoredArticle) and article.labels != labels:
        found.append(f"{name} is indexed under the topics {dict(article.labels)}, not {labels}")
    return found


def _copies(
    room: Newsroom, published: Mapping[str, tuple[Outlet, Story]], latest: Mapping[str, AnyArticle],
    copies: Mapping[str, AnyDuplicate],
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


def _revisions(published: Mapping[str, tuple[Outlet, Story]], articles: Iterable[AnyArticle]) -> list[str]:
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


def _stories(
    published: Mapping[str, tuple[Outlet, Story]], latest: Mapping[str, AnyArticle],
    stories: Iterable[StoryUpdated | StoredStory],
) -> list[str]:  # fmt: skip
    """Pieces on one event are one story, and told of as such; pieces on different events are not."""
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
    found += [f"one story holds {', '.join(sorted(events))}" for events in by_story.values() if len(events) > 1]
    languages = {story.story_id: story.language for story in stories}
    return found + [
        f"the story of {article.url} is not among the {article.language} stories"
        for article in latest.values()
        if languages.get(article.story_id or "none") != article.language
    ]


def _last(stories: Iterable[StoryUpdated | StoredStory]) -> Iterable[StoryUpdated | StoredStory]:
    """The last record of each story, which is the one that is kept."""
    return {story.story_id: story for story in stories}.values()


def _alerts(alerts: Sequence[AnyAlert]) -> list[str]:
    """Each rule has raised alerts, and not two of them for one group; an alert may send several notices."""
    found = []
    for rule, group_by in EXPECTED_ALERTS.items():
        raised = {(_group(alert, group_by), alert.alert_id) for alert in alerts if alert.rule_id == f"alert.{rule}"}
        if not raised:
            found.append(f"no alert came of the rule {rule}")
        if len(raised) != len({group for group, _ in raised}):
            found.append(f"the rule {rule} raised more than one alert for a group")
    return found


def _group(alert: AnyAlert, group_by: str) -> tuple[str | None, ...]:
    if isinstance(alert, AlertRaised):
        return alert.group
    return (alert.story_id,) if group_by == "story" else ()


def _polls(room: Newsroom, polls: Sequence[PollCompleted | StoredPoll]) -> list[str]:
    """The feeds that misbehave were seen to, and the poller came back to them."""
    by_feed: defaultdict[str, list[PollCompleted | StoredPoll]] = defaultdict(list)
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
