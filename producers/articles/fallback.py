"""An article from what the feed itself gave, for pages that cannot be had. Pure."""

from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement, fragment_fromstring

from producers.articles.clutter import without_appeal
from producers.articles.extract import count_words
from producers.articles.language import detect_language

_BLOCKS = frozenset(("p", "div", "br", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "tr", "pre", "figure"))
_DROPPED = ("script", "style", "iframe", "noscript", "form", "figcaption")


@dataclass(frozen=True, slots=True)
class FeedText:
    """The text a feed gave of an article, one paragraph a line, and its language."""

    body: str
    language: str


def from_feed(
    content_html: str | None, summary: str | None, title: str, declared_language: str | None
) -> FeedText | None:  # fmt: skip
    """The longer of content and summary as text, or None when the feed gave neither."""
    texts = [html_to_text(html) for html in (content_html, summary) if html]
    body = without_appeal(max(texts, key=count_words, default=""))
    if count_words(body) == 0:
        return None
    return FeedText(body, detect_language(f"{title}\n{body}", declared_language))


def html_to_text(html: str) -> str:
    """The text of a fragment of HTML, one block a line, without scripts, forms and captions."""
    try:
        root: HtmlElement = fragment_fromstring(html, create_parent="div")
    except (etree.ParserError, ValueError):
        return " ".join(html.split())
    for element in list(root.iter(*_DROPPED)):
        element.drop_tree()
    parts: list[str] = []
    _collect(root, parts)
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


def _collect(root: HtmlElement, parts: list[str]) -> None:
    """The text of a tree in document order, blocks set apart by line ends; without recursion, for nesting is theirs."""
    for event, element in etree.iterwalk(root, events=("start", "end", "comment")):
        block = element.tag in _BLOCKS
        if event == "start":
            parts.append(("\n" if block else "") + _one_line(element.text))
        else:
            tail = None if element is root else element.tail
            parts.append(("\n" if block else "") + _one_line(tail))


def _one_line(text: str | None) -> str:
    return (text or "").replace("\n", " ")
