"""From a page to its topics: what stands around an article and is not it makes no topic."""

import pytest

from consumers.topics.detector import TopicDetector
from consumers.topics.rulefile import packaged_rules
from producers.articles.extract import extract

DETECTOR = TopicDetector(packaged_rules())
URL = "https://calderledger.example/news/lighthouse"
ARTICLE = [
    "The lighthouse on Lille Skarn shines again. On Friday evening the keeper's granddaughter turned the brass switch.",
    "The lamp had been dark since a gull broke the glass last year. A workshop in Holt ground a new lens by hand.",
    "The light can be seen from twenty miles. The ferry will go on finding its way by the smell of the fish hall.",
]
APPEAL = (
    "Before you go: our reporting on sanctions, on the oil embargo and on the summit of the two presidents costs us "
    "money. If you value our work on the sanctions package and the summit talks, please donate to us today."
)
COMMENTS = (
    "Nobody needs a lighthouse. New sanctions against Morvania, that is what we need, and an embargo on its oil.",
    "The president will talk about sanctions at the summit. Two presidents, one summit meeting, no joint statement.",
)


def test_appeal_and_comments_around_an_article_make_no_topic() -> None:
    assert _topics(_page(_named_appeal(), _comments())) == set()


def test_an_appeal_that_is_marked_up_as_a_paragraph_of_the_article_makes_no_topic() -> None:
    assert _topics(_page(f"<p>{APPEAL}</p>", _comments())) == set()


@pytest.mark.parametrize("said", [(APPEAL,), COMMENTS], ids=["appeal", "comments"])
def test_the_same_words_in_the_article_do_make_topics(said: tuple[str, ...]) -> None:
    in_the_text = "".join(f"<p>{sentence.replace('please donate', 'they ask to donate')}</p>" for sentence in said)
    assert _topics(_page("", "", opening=in_the_text)) >= {"sanctions", "summit"}


def _topics(html: str) -> set[str]:
    found = extract(html.encode(), URL, "utf-8")
    assert all(paragraph in found.body for paragraph in ARTICLE)
    return {topic.topic_id for topic in DETECTOR.detect(found.title, found.body, found.language)}


def _page(last_in_text: str, below: str, opening: str = "") -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in ARTICLE)
    return (
        '<!doctype html><html lang="en"><head><title>The light is back on Lille Skarn</title></head><body>'
        "<nav><a href='/world'>World: sanctions, summit</a></nav>"
        f"<main><article><h1>The light is back on Lille Skarn</h1>{opening}{text}{last_in_text}</article>{below}</main>"
        "<footer><p>© The Calder Ledger</p></footer></body></html>"
    )


def _named_appeal() -> str:
    return f'<aside class="donation-appeal"><h3>Support our reporting on the summit</h3><p>{APPEAL}</p></aside>'


def _comments() -> str:
    said = "".join(f"<li><b>oldsalt</b><p>{comment}</p></li>" for comment in COMMENTS)
    return f'<section id="comments"><h2>2 comments on sanctions</h2><ol class="comment-list">{said}</ol></section>'
