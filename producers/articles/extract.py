"""From a page to its article: text, title, language, dates, authors. Pure, and run in a worker process.

trafilatura finds the text. What surrounds an article and is not it (readers' comments, appeals for donations, cookie
notices) is taken out of the page before, where its markup names it, and off the end of the text after.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from urllib.parse import urlsplit

from courlan import is_valid_url
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document
from trafilatura.utils import load_html

from newsriver.unspaced import UNSPACED
from producers.articles.clutter import remove_clutter, without_appeal
from producers.articles.dates import MODIFIED, PUBLISHED, page_time, parse_time
from producers.articles.language import detect_language
from producers.wellformed import well_formed
from schemas.errors import InvalidUrlError
from schemas.identity import canonical_url

EXTRACTOR = "trafilatura"
EXTRACTOR_VERSION = version("trafilatura")

MAX_HTML_BYTES = 3_000_000
"""Larger pages take seconds and gigabytes to take apart, and are not articles."""
MAX_ROWS = 20_000
"""trafilatura's time grows with the square of table rows and list items (3 s at 20,000)."""
MIN_WORDS = 25
"""Less than this is a notice, a teaser or a wall, not an article."""

_ROWS = re.compile(rb"<(?:tr|li)[\s>]", re.IGNORECASE)
_LETTERS = re.compile(r"\w")
_UNSPACED = re.compile(f"[{UNSPACED}]")


class NotAnArticleError(ValueError):
    """A page that holds no article; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """An article as taken from a page. `body` has one paragraph a line; `language` is ISO 639-1 or `und`."""

    title: str
    body: str
    language: str
    published: datetime | None = None
    modified: datetime | None = None
    authors: tuple[str, ...] = ()
    description: str | None = None
    image: str | None = None
    canonical: str | None = None
    categories: tuple[str, ...] = ()


def extract(html: bytes, url: str, charset: str | None = None, hint: str | None = None) -> Extraction:
    """The article on a page. `charset` is what HTTP said, `hint` the language that feed or outlet have.

    Raises NotAnArticleError when there is none, or the page is too large to look.
    """
    if len(html) > MAX_HTML_BYTES:
        raise NotAnArticleError(f"the page has {len(html)} bytes, more than {MAX_HTML_BYTES}")
    rows = len(_ROWS.findall(html))
    if rows > MAX_ROWS:
        raise NotAnArticleError(f"the page has {rows} table rows and list items, more than {MAX_ROWS}")
    tree = load_html(_decoded(html, charset))
    if tree is None:
        raise NotAnArticleError("the page is not HTML")
    declared = _declared_language(tree)
    canonical = _canonical(tree, url)
    published, modified = page_time(tree, PUBLISHED), page_time(tree, MODIFIED)
    remove_clutter(tree)
    found = bare_extraction(
        tree, url=url, favor_precision=True, include_comments=False, deduplicate=False, with_metadata=True
    )
    if not isinstance(found, Document) or not found.text:
        raise NotAnArticleError("no article text was found on the page")
    body = without_appeal(found.text)
    words = count_words(body)
    if words < MIN_WORDS:
        raise NotAnArticleError(f"only {words} words of text were found on the page")
    article = Extraction(
        title=clean_title(found.title or "", found.sitename),
        body=body,
        language=detect_language(body, declared or hint),
        published=published or parse_time(found.date),
        modified=modified,
        authors=tuple(name.strip() for name in (found.author or "").split(";") if name.strip()),
        description=found.description or None,
        image=found.image if found.image and is_valid_url(found.image) else None,
        canonical=canonical,
        categories=tuple(dict.fromkeys([*(found.categories or ()), *(found.tags or ())])),
    )
    return well_formed(article)


def count_words(text: str) -> int:
    """Words of a text; in scripts that put no spaces between them, two letters count as one."""
    return max(len([word for word in text.split() if _LETTERS.search(word)]), len(_UNSPACED.findall(text)) // 2)


def clean_title(title: str, site_name: str | None) -> str:
    """The title without the outlet's name behind a separator; a title that would be empty stays as it is."""
    text = " ".join(title.split())
    if site_name:
        for separator in (" | ", " - ", " – ", " — ", " :: ", " · "):
            head, found, tail = text.rpartition(separator)
            if found and head and tail.casefold() == site_name.strip().casefold():
                return head
    return text


def _decoded(html: bytes, charset: str | None) -> str | bytes:
    """Text by the charset that HTTP named, if it fits; else bytes, whose charset the page or its content tell."""
    if charset is None:
        return html
    try:
        return well_formed(html.decode(charset))
    except (LookupError, UnicodeError):
        return html


def _declared_language(tree: HtmlElement) -> str | None:
    declared = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    code = declared.strip().lower().replace("_", "-").partition("-")[0]
    return code if len(code) == 2 and code.isalpha() else None


def _canonical(tree: HtmlElement, url: str) -> str | None:
    """The page's own canonical URL, believed only on the same host and when it is no home page."""
    for link in tree.iter("link"):
        if (link.get("rel") or "").lower() != "canonical":
            continue
        try:
            canonical = canonical_url(link.get("href") or "")
        except InvalidUrlError:
            return None
        there, here = urlsplit(canonical), urlsplit(url)
        if there.netloc.lower() == here.netloc.lower() and (there.path.strip("/") or there.query):
            return canonical
    return None
