"""The stories stage: articles that are no copies in; the same with their story out, and how stories grow."""

from dataclasses import replace
from datetime import datetime
from itertools import islice

from consumers.stories.cluster import MEMBERS, STORIES, Member, Stories, StoryState, joined, pack
from consumers.stories.features import features
from newsriver.stages import NOTHING, Change, Effects, Output, Record, Transform
from schemas.events import Article, StoryUpdated
from schemas.identity import stable_id
from schemas.streams import GROUPED, UNIQUE
from schemas.streams import STORIES as STORY_STREAM

FORGOTTEN_AT_ONCE = 1000


class Clustering(Transform[Article, Stories]):
    """Gives each article its story. A story's id never changes; a revised article stays in its story."""

    name = "stories"
    input = UNIQUE
    outputs = (GROUPED, STORY_STREAM)

    def new_state(self) -> Stories:
        return Stories()

    def process(self, record: Record[Article], state: Stories, now: datetime) -> Effects:
        article = record.value
        if article is None:
            return NOTHING
        known = state.members.get(article.article_id)
        if known is not None:
            return Effects((Output(GROUPED, replace(article, story_id=known.story_id, emitted_at=now)),))
        found = features(article.title, article.body, article.language)
        placement = state.place(found, now)
        story_id = placement.story_id or stable_id("story", article.article_id)
        before = state.stories.get(story_id)
        story = joined(before, placement.vector, title=article.title, source=article.source, now=now)
        update = _updated(story_id, before, story, article, placement.similarity, now)
        return Effects(
            (
                Output(GROUPED, replace(article, story_id=story_id, emitted_at=now)),
                Output(STORY_STREAM, update),
            ),
            (
                Change(STORIES, story_id, story),
                Change(MEMBERS, article.article_id, Member(story_id=story_id, seen_at=now, terms=pack(found))),
            ),
        )

    def tick(self, state: Stories, now: datetime) -> Effects:
        """Forget what is older than a week."""
        return Effects(changes=tuple(islice(state.expired(now), FORGOTTEN_AT_ONCE)))


def _updated(
    story_id: str, before: StoryState | None, story: StoryState, article: Article, similarity: float, now: datetime
) -> StoryUpdated:
    return StoryUpdated(
        id=stable_id("story-update", story_id, article.article_id),
        emitted_at=now,
        story_id=story_id,
        change="created" if before is None else "grown",
        title=story.title,
        language=article.language,
        articles=story.articles,
        sources=story.sources,
        article_id=article.article_id,
        first_seen_at=story.first_seen_at,
        last_seen_at=story.last_seen_at,
        similarity=None if before is None else round(similarity, 4),
    )
