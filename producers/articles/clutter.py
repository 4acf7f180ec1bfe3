"""What stands around an article and is not it: readers' comments, appeals for donations, cookie notices.

Two steps, because markup tells only half of it. Containers that name themselves are taken out of the page before the
text is looked for. An appeal without such a name is recognised by its words, and only at the end of the text.
"""

import re

from lxml.html import HtmlElement

_CONTAINERS = ("div", "section", "aside", "footer", "form", "ul", "ol", "article", "details")
_CLUTTER_NAME = re.compile(
    r"(?:^|[\s_-])(?:comments?|comment-?(?:list|section|area|thread|form)|disqus(?:_thread)?|respond|reader-?comments|"
    r"kommentare?|leserkommentare|leserbriefe|commentaires|comentarios|kommentarii|"
    r"donate|donation|donations|donation-?(?:box|appeal|banner)|spenden?(?:aufruf|box)?|don|dons|donaciones|appeal|"
    r"support-?us|contribute|cookie(?:s|-?(?:banner|notice|consent|bar))?|consent|newsletter(?:-?(?:box|signup|form))?|"
    r"related(?:-?(?:articles|links|posts|stories))?|share|social-?share)(?:$|[\s_-])",
    re.IGNORECASE,
)
_MAX_SHARE = 0.6
"""A container that holds more of the page's text than this is the page itself, whatever it is called; and so is one
with the headline in it."""

_APPEAL = re.compile(
    r"\b(?:donat(?:e|ion|ions|ing)|chip in|support (?:us|our|independent|this)|become a (?:member|supporter|patron)|"
    r"subscribe to our|sign up (?:for|to) our|newsletter|reader[- ]funded|patreon|paypal|ko-fi|"
    r"spenden?|spendenkonto|unterstützen sie|abonnieren sie|"
    r"faites un don|soutenez(?:[- ]nous)?|vos dons|abonnez-vous|"
    r"dona(?:r|ción|ciones|tivo|tivos)?|apóyanos|apoya nuestro|suscríbe(?:te|se)|"
    r"пожертв\w+|поддержите|поддержать (?:нас|редакцию|проект)|подпишитесь|донат\w*|"
    r"пожертву\w+|підтримайте|wesprzyj|wpłać|darowizn\w+|doneer|steun ons|donazion\w+|sostieni(?:ci)?|doe een gift)\b",
    re.IGNORECASE,
)
_SECOND_PERSON = re.compile(
    r"\b(?:you|your|us|our|we|sie|ihre[rnm]?|uns|unsere[rnm]?|wir|vous|votre|vos|nous|notre|nos|usted|tu|nos|nuestr[oa]s?|"
    r"вы|вас|вам|ваш\w*|нас|нам|наш\w*|ми|ваш\w*|jij|je|uw|ons|onze|tuo|vostr[oaie]|nostr[oaie])\b",
    re.IGNORECASE,
)
_MAX_APPEAL_PARAGRAPHS = 4
_MAX_APPEAL_CHARACTERS = 900


def remove_clutter(tree: HtmlElement) -> None:
    """Take containers out of the page whose class or id says that they are not the article."""
    total = len(tree.text_content()) or 1
    for element in list(tree.iter(*_CONTAINERS)):
        name = f"{element.get('class') or ''} {element.get('id') or ''}".strip()
        if not name or not _CLUTTER_NAME.search(name) or element.getparent() is None:
            continue
        if element.find(".//h1") is None and len(element.text_content()) <= _MAX_SHARE * total:
            element.drop_tree()


def without_appeal(text: str) -> str:
    """The text without the appeals for money or subscriptions that stand at its end.

    A closing paragraph goes when it is short, asks for something and speaks to the reader; an article *about*
    donations keeps its end, because it does not address anybody.
    """
    paragraphs = text.rstrip().split("\n")
    for _ in range(_MAX_APPEAL_PARAGRAPHS):
        if len(paragraphs) <= 1 or not _is_appeal(paragraphs[-1]):
            break
        paragraphs.pop()
    return "\n".join(paragraphs).rstrip()


def _is_appeal(paragraph: str) -> bool:
    if len(paragraph) > _MAX_APPEAL_CHARACTERS:
        return False
    return bool(_APPEAL.search(paragraph)) and bool(_SECOND_PERSON.search(paragraph))
