"""Feed documents: RSS 2.0, Atom and JSON Feed of an outlet's articles."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape

from newsriver.sample.content import Outlet, Story


@dataclass(frozen=True, slots=True)
class Item:
    """An article as a feed lists it; `full` puts its whole text into the feed."""

    story: Story
    url: str
    published: datetime
    updated: datetime
    full: bool


def feed_document(outlet: Outlet, home: str, items: Sequence[Item]) -> tuple[bytes, str]:
    """The feed's bytes and its Content-Type."""
    match outlet.feed:
        case "rss":
            return _rss(outlet, home, items).encode(outlet.encoding), f"application/rss+xml; charset={outlet.encoding}"
        case "atom":
            return _atom(outlet, home, items).encode(), "application/atom+xml"
        case "json":
            return _json(outlet, home, items).encode(), "application/feed+json"


def _rss(outlet: Outlet, home: str, items: Sequence[Item]) -> str:
    entries = "".join(
        f"<item><title>{escape(i.story.title)}</title><link>{escape(i.url)}</link>"
        f'<guid isPermaLink="false">{outlet.id}:{i.story.slug}</guid>'
        f"<pubDate>{format_datetime(i.published)}</pubDate><category>{escape(i.story.section)}</category>"
        f"<description>{escape(i.story.paragraphs[0])}</description>"
        + (f"<content:encoded>{escape(_html(i.story))}</content:encoded>" if i.full else "")
        + "</item>"
        for i in items
    )
    return (
        f'<?xml version="1.0" encoding="{outlet.encoding}"?>'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{escape(outlet.name)}</title><link>{home}</link><language>{outlet.language}</language>"
        f"<description>{escape(outlet.name)}</description>{entries}</channel></rss>"
    )


def _atom(outlet: Outlet, home: str, items: Sequence[Item]) -> str:
    entries = "".join(
        f"<entry><id>tag:{outlet.id},2026:{i.story.slug}</id><title>{escape(i.story.title)}</title>"
        f'<link rel="alternate" href="{escape(i.url)}"/><published>{i.published.isoformat()}</published>'
        f'<updated>{i.updated.isoformat()}</updated><category term="{escape(i.story.section)}"/>'
        f'<summary type="text">{escape(i.story.paragraphs[0])}</summary>'
        + (f'<content type="html">{escape(_html(i.story))}</content>' if i.full else "")
        + "</entry>"
        for i in items
    )
    updated = max((i.updated for i in items), default=None)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}">'
        f"<id>{home}</id><title>{escape(outlet.name)}</title>"
        f'<updated>{updated.isoformat() if updated else ""}</updated><link href="{home}"/>{entries}</feed>'
    )


def _json(outlet: Outlet, home: str, items: Sequence[Item]) -> str:
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": outlet.name,
            "home_page_url": home,
            "language": outlet.language,
            "items": [
                {
                    "id": f"{outlet.id}/{i.story.slug}",
                    "url": i.url,
                    "title": i.story.title,
                    "summary": i.story.paragraphs[0],
                    "date_published": i.published.isoformat(),
                    "date_modified": i.updated.isoformat(),
                    "tags": [i.story.section],
                    **({"content_html": _html(i.story)} if i.full else {}),
                }
                for i in items
            ],
        },
        ensure_ascii=False,
    )


def _html(story: Story) -> str:
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in story.paragraphs)
