"""News sitemaps (sitemaps.org protocol 0.9 with the news extension): the articles of the last two days of an outlet."""

import re

from lxml import etree

from producers.feeds.document import MAX_ENTRIES, NotAFeedError, ParsedEntry, ParsedFeed, iso_time

_NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
_ROOT = re.compile(rb"<(?:\w+:)?(?:urlset|sitemapindex)\b")


def is_sitemap(start: bytes) -> bool:
    """Whether a document that begins like this is a sitemap or an index of sitemaps."""
    return _ROOT.search(start) is not None


def parse_sitemap(body: bytes) -> ParsedFeed:
    """The entries of a news sitemap; URLs without the news extension are left out. Raises NotAFeedError."""
    reader = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True, load_dtd=False)
    root = etree.fromstring(body, reader)
    if root is None:
        raise NotAFeedError("the document begins like a sitemap and is no XML")
    if etree.QName(root).localname == "sitemapindex":
        raise NotAFeedError("the document is an index of sitemaps; subscribe to the news sitemap that it names")
    entries: list[ParsedEntry] = []
    for element in root:
        if len(entries) == MAX_ENTRIES:
            break
        if isinstance(element.tag, str) and etree.QName(element).localname == "url":
            entry = _entry(element)
            if entry is not None:
                entries.append(entry)
    if not entries and len(root):
        raise NotAFeedError("the sitemap has no news: none of its URLs has the news extension")
    return ParsedFeed(format="sitemap", title=None, language=None, entries=tuple(entries))


def _entry(element: "etree._Element") -> ParsedEntry | None:
    link = next((child.text for child in element if etree.QName(child).localname == "loc"), None)
    news = element.find(f"{_NEWS}news")
    if not link or news is None:
        return None
    published = iso_time(news.findtext(f"{_NEWS}publication_date"))
    keywords = news.findtext(f"{_NEWS}keywords") or ""
    return ParsedEntry(
        guid=link.strip(),
        link=link.strip(),
        title=" ".join((news.findtext(f"{_NEWS}title") or "").split()),
        published=published,
        categories=tuple(word.strip() for word in keywords.split(",") if word.strip()),
        language=(news.findtext(f"{_NEWS}publication/{_NEWS}language") or "").strip() or None,
    )
