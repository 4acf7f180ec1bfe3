"""Article pages, each outlet's in markup of its own."""

import json
from datetime import datetime
from html import escape

from newsriver.sample.content import Outlet, Story
from newsriver.sample.surroundings import APPEAL, COMMENTS, COOKIES, NAVIGATION, RELATED


def page(outlet: Outlet, story: Story, url: str, published: datetime, related: list[tuple[str, str]]) -> str:
    """The page of an article, whole: head, navigation, text, and what stands below it."""
    parts = [
        "<!doctype html>",
        f'<html lang="{outlet.language}"><head>{_head(outlet, story, url, published)}</head><body>',
        _cookie_notice(outlet),
        _navigation(outlet),
        _article(outlet, story, published),
        _appeal(outlet),
        _related(outlet, related),
        _comments(outlet),
        f'<footer class="site-footer"><p>© {escape(outlet.name)}</p></footer></body></html>',
    ]
    return "\n".join(part for part in parts if part)


def _head(outlet: Outlet, story: Story, url: str, published: datetime) -> str:
    head = [
        f'<meta charset="{outlet.encoding}">',
        f"<title>{escape(story.title)} | {escape(outlet.name)}</title>",
        f'<link rel="canonical" href="{escape(url)}">',
    ]
    if outlet.markup in ("article", "section"):
        head += [
            f'<meta property="og:title" content="{escape(story.title)}">',
            f'<meta property="og:site_name" content="{escape(outlet.name)}">',
            '<meta property="og:type" content="article">',
            f'<meta property="article:published_time" content="{published.isoformat()}">',
        ]
    if outlet.markup in ("section", "div"):
        data = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": story.title,
            "datePublished": published.isoformat(),
            "articleSection": story.section,
            "publisher": {"@type": "Organization", "name": outlet.name},
        }
        head.append(f'<script type="application/ld+json">{json.dumps(data)}</script>')
    return "".join(head)


def _article(outlet: Outlet, story: Story, published: datetime) -> str:
    title = escape(story.title)
    paragraphs = [f"<p>{escape(paragraph)}</p>" for paragraph in story.paragraphs]
    text = "\n".join(paragraphs)
    stamp = f'<time datetime="{published.isoformat()}">{published:%d.%m.%Y %H:%M}</time>'
    match outlet.markup:
        case "article":
            return (
                f'<main><article class="story"><header><p class="kicker">{escape(story.section)}</p><h1>{title}</h1>'
                f'<p class="byline">{stamp}</p></header><div class="story-body">{text}</div></article></main>'
            )
        case "section":
            return (
                '<section class="content" itemscope itemtype="https://schema.org/NewsArticle">'
                f'<h1 itemprop="headline">{title}</h1><div class="meta">{stamp}</div>'
                f'<div itemprop="articleBody">{text}</div></section>'
            )
        case "div":
            return (
                f'<div id="wrapper"><div class="col-main"><h1 class="headline">{title}</h1><div class="date">{stamp}'
                f'</div><div class="article-text">{text}</div></div></div>'
            )
        case "plain":
            return f'<div class="page"><h2>{escape(story.section)}</h2><h1>{title}</h1>{text}<hr></div>'
        case "minimal":
            return f"<h1>{title}</h1><div class=post-content>{text}</div>"


def _cookie_notice(outlet: Outlet) -> str:
    notice = COOKIES[outlet.language]
    return f'<div class="cookie-banner" role="dialog"><p>{notice}</p><button>OK</button></div>'


def _navigation(outlet: Outlet) -> str:
    links = "".join(f'<li><a href="/{n}/">{name}</a></li>' for n, name in enumerate(NAVIGATION[outlet.language]))
    logo = f'<a class="logo" href="/">{escape(outlet.name)}</a>'
    return f'<header class="masthead">{logo}<nav><ul>{links}</ul></nav></header>'


def _related(outlet: Outlet, related: list[tuple[str, str]]) -> str:
    links = "".join(f'<li><a href="{escape(url)}">{escape(title)}</a></li>' for title, url in related)
    return f'<aside class="related"><h3>{RELATED[outlet.language]}</h3><ul>{links}</ul></aside>'


def _appeal(outlet: Outlet) -> str:
    if not outlet.appeal:
        return ""
    # Set like the text above it, without a name that tells: only its words say what it is.
    return f'<div class="box-bottom"><p>{APPEAL[outlet.language]}</p></div>'


def _comments(outlet: Outlet) -> str:
    if outlet.comments is None:
        return ""
    items = "".join(
        f'<li class="comment"><b>{escape(name)}</b><p>{escape(text)}</p></li>'
        for name, text in COMMENTS[outlet.comments]
    )
    return f'<section id="comments" class="reader-comments"><h3>2</h3><ol>{items}</ol></section>'
