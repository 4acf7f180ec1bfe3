"""The scraper: entries in, articles as fetched and extracted out.

Its streams are partitioned by site, so one task fetches all of a site's pages and a delay between them is all that
politeness takes. No entry is lost: a page that cannot be had is replaced by what the feed gave, and marked so.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from newsriver.net.secrets import without_secrets
from newsriver.stages import NOTHING, WORK, Change, Effects, Output, Record, Tables, Working
from producers.articles.extract import EXTRACTOR, EXTRACTOR_VERSION, Extraction
from producers.articles.fallback import from_feed
from producers.articles.page import Page, PageReader, Unchanged
from producers.articles.visits import Failure, Visit, after_failure, after_visit, on_entry
from producers.http.retry import rest
from schemas.codec import encode
from schemas.events import ArticleScraped, DeadLetter, EntryDiscovered
from schemas.identity import article_id, site_of, stable_id
from schemas.streams import ENTRIES, SCRAPED, dead_letter_stream

log = structlog.get_logger(__name__)

Result = Page | Unchanged | Failure
FEED_EXTRACTOR = "feed"


class Scraper(Working[EntryDiscovered, Tables, Visit, Result]):
    """Fetches and extracts; looks at each page again for corrections after `recheck_delays`."""

    name = "scraper"
    input = ENTRIES
    outputs = (SCRAPED,)

    def __init__(self, reader: PageReader, *, host_delay: timedelta, recheck_delays: Sequence[timedelta]) -> None:
        self._reader = reader
        self._host_delay = host_delay
        self._recheck_delays = recheck_delays

    def new_state(self) -> Tables:
        return Tables(**{WORK: Visit})

    def intake(self, record: Record[EntryDiscovered], state: Tables, now: datetime) -> Effects:
        entry = record.value
        if entry is None:
            return NOTHING
        visit = on_entry(state.table(WORK).get(entry.article_id), entry, site_of(entry.url), now)
        return NOTHING if visit is None else Effects(changes=(Change(WORK, entry.article_id, visit),))

    async def work(self, key: str, item: Visit) -> Result:
        return await self._reader.read(item)

    def complete(self, key: str, item: Visit, result: Result | Exception, state: Tables, now: datetime) -> Effects:
        if isinstance(result, Exception):
            result = Failure(kind="error", detail=repr(result), passing=True)
        newer = state.table(WORK).get(key)
        if isinstance(newer, Visit) and newer.entry != item.entry:
            item = replace(item, entry=newer.entry)
        match result:
            case Page():
                effects = self._on_page(key, item, result, now)
            case Unchanged():
                effects = Effects(changes=(Change(WORK, key, after_visit(item, now, self._recheck_delays)),))
            case Failure():
                effects = self._on_failure(key, item, result, now)
        _report(key, item, result, effects)
        if newer is not item and isinstance(newer, Visit) and newer.due_at <= now and newer.due_at > item.due_at:
            # The feed changed the entry while its page was being fetched: look again at once, not at the next re-check.
            return Effects(effects.outputs, (Change(WORK, key, newer),))
        return effects

    def pause_lane(self, item: Visit, result: Result | Exception) -> timedelta:
        delay = max(self._host_delay, self._reader.crawl_delay(item.entry.url))
        return rest(delay, result.retry_after if isinstance(result, Failure) else None)

    def _on_page(self, key: str, visit: Visit, page: Page, now: datetime) -> Effects:
        following = after_visit(visit, now, self._recheck_delays)
        if following is not None:
            following = replace(
                following, etag=page.etag, last_modified=page.last_modified, text_hash=page.text_hash
            )  # fmt: skip
        change = Change(WORK, key, following)
        if page.text_hash == visit.text_hash:
            return Effects(changes=(change,))
        return Effects((Output(SCRAPED, scraped_from_page(visit.entry, page, now)),), (change,))

    def _on_failure(self, key: str, visit: Visit, failure: Failure, now: datetime) -> Effects:
        following = after_failure(visit, failure, now, self._recheck_delays)
        change = Change(WORK, key, following.visit)
        if following.action != "fall_back":
            return Effects(changes=(change,))
        scraped = scraped_from_feed(visit.entry, failure, now)
        if scraped is not None:
            return Effects((Output(SCRAPED, scraped),), (change,))
        letter = _nothing_to_publish(visit, failure, now)
        return Effects((Output(dead_letter_stream(self.name), letter),), (change,))


def _report(key: str, visit: Visit, result: Result, effects: Effects) -> None:
    """The line of a visit: how the fetch went, and the article, if one came of it."""
    fields: dict[str, str | int] = {}
    for output in effects.outputs:
        if isinstance(output.event, ArticleScraped):
            article = output.event
            fields |= {"origin": article.origin, "chars": len(article.body), "language": article.language}
    if isinstance(result, Failure):
        fields |= {"failure": result.kind, "detail": without_secrets(result.detail)[:300]}
    log.info(
        "article.fetched", article_id=key, url=without_secrets(visit.entry.url), status=result.http_status, **fields,
        elapsed_ms=result.elapsed_ms,
    )  # fmt: skip


def scraped_from_page(entry: EntryDiscovered, page: Page, now: datetime) -> ArticleScraped:
    """The event of an article whose text is its page's; what the page does not say, the entry does."""
    found: Extraction = page.extraction
    url = found.canonical or entry.url
    return ArticleScraped(
        id=stable_id("scraped", article_id(url), page.text_hash, page.fetched_at.isoformat()),
        emitted_at=now,
        article_id=article_id(url),
        entry_id=entry.entry_id,
        feed_id=entry.feed_id,
        url=url,
        fetched_url=page.url,
        source=entry.source,
        title=found.title or entry.title,
        body=found.body,
        language=found.language,
        discovered_at=entry.discovered_at,
        fetched_at=page.fetched_at,
        origin="page",
        extractor=EXTRACTOR,
        extractor_version=EXTRACTOR_VERSION,
        published_at=entry.published_at or found.published,
        modified_at=found.modified or entry.updated_at,
        authors=found.authors or entry.authors,
        categories=tuple(dict.fromkeys([*entry.categories, *found.categories])),
        description=found.description or entry.summary,
        image=found.image,
        country=entry.country,
        tdm_reserved=page.tdm_reserved,
    )


def scraped_from_feed(entry: EntryDiscovered, failure: Failure, now: datetime) -> ArticleScraped | None:
    """The event of an article whose page cannot be had, from the feed's own content; None when the feed gave none."""
    text = from_feed(entry.content_html, entry.summary, entry.title, entry.language)
    if text is None:
        return None
    return ArticleScraped(
        id=stable_id("scraped", entry.article_id, stable_id(text.body), now.isoformat()),
        emitted_at=now,
        article_id=entry.article_id,
        entry_id=entry.entry_id,
        feed_id=entry.feed_id,
        url=entry.url,
        fetched_url=entry.url,
        source=entry.source,
        title=entry.title,
        body=text.body,
        language=text.language,
        discovered_at=entry.discovered_at,
        fetched_at=now,
        origin="feed",
        origin_reason=f"{failure.kind}: {failure.detail}"[:300],
        extractor=FEED_EXTRACTOR,
        extractor_version="1",
        published_at=entry.published_at,
        modified_at=entry.updated_at,
        authors=entry.authors,
        categories=entry.categories,
        description=entry.summary,
        country=entry.country,
    )


def _nothing_to_publish(visit: Visit, failure: Failure, now: datetime) -> DeadLetter:
    """An entry with neither a page nor a text of its own: kept with the cause, so that it can be tried again."""
    entry = visit.entry
    return DeadLetter(
        id=stable_id("dead", "scraper", entry.entry_id),
        emitted_at=now,
        stage="scraper",
        stream=ENTRIES.name,
        partition=0,
        offset=0,
        error=failure.kind,
        detail=f"{entry.url}: {failure.detail}; the feed gave no text either"[:4000],
        failed_at=now,
        key=entry.entry_id,
        value=b64encode(encode(entry)).decode(),
    )
