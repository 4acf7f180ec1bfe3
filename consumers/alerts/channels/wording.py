"""A message in words, for people: the console's line, the subject and the text of a mail. Pure.

Titles come from strangers: what is no printable character becomes a space, so that a title stays on its line.
"""

from consumers.alerts.channels.message import Message
from schemas.events import AlertRaised

MAX_TITLE = 300
MAX_PASSAGES = 5
MAX_ARTICLES = 20


def line(notice: AlertRaised) -> str:
    """`ALERT warning Sanctions: Parliament backs fuel embargo (nordhavn-courier.example, en) https://…`."""
    return f"ALERT {notice.severity} {_what(notice)} ({notice.source}, {notice.language}) {notice.url}"


def subject(message: Message) -> str:
    """`[warning] Sanctions: Parliament backs fuel embargo`."""
    first = message.notices[0]
    if message.digest:
        count = len(message.notices) + message.omitted
        return f"[{first.severity}] {_plain(first.title)}: {count} {'notice' if count == 1 else 'notices'}"
    return f"[{first.severity}] {_what(first)}"


def text(message: Message) -> str:
    """The whole message as plain text."""
    if not message.digest:
        return _notice(message.notices[0])
    parts = ["\n".join(_head(notice)) for notice in message.notices]
    if message.omitted:
        parts.append(f"and {message.omitted} more")
    return "\n\n".join(parts)


def _what(notice: AlertRaised) -> str:
    why = "matches no more" if notice.lapsed else notice.change
    return f"{_plain(notice.title)}{'' if why == 'raised' else f' ({why})'}: {_plain(notice.summary)}"


def _notice(notice: AlertRaised) -> str:
    lines = _head(notice)
    passages = [f"- {_plain(found.text)}" for found in notice.evidence[:MAX_PASSAGES]]
    more = [
        f"- {_plain(article.title)} ({article.source}) {article.url}"
        for article in notice.articles[:MAX_ARTICLES]
        if article.article_id != notice.article_id
    ]
    if passages:
        lines += ["", "Passages:", *passages]
    if more:
        lines += ["", "Articles:", *more]
    return "\n".join([*lines, "", f"Alert {notice.alert_id}"])


def _head(notice: AlertRaised) -> list[str]:
    count = f"{notice.matches} {'match' if notice.matches == 1 else 'matches'}"
    outlets = f" from {len(notice.sources)} outlets" if len(notice.sources) > 1 else ""
    suppressed = f", {notice.suppressed} earlier ones were not sent" if notice.suppressed else ""
    figures = []
    if (burst := notice.burst) is not None:
        window = f"{burst.stories} stories from {burst.sources} outlets in {burst.window_s // 60} minutes"
        figures = [f"Burst: {window}, {burst.expected:.1f} were expected"]
    lapsed = ["As it reads now, this article does not match any more."] if notice.lapsed else []
    return [
        _plain(notice.summary),
        *lapsed,
        notice.url,
        f"{notice.source}, {notice.language}, {notice.raised_at:%Y-%m-%d %H:%M} UTC: {count}{outlets}{suppressed}",
        *figures,
    ]


def _plain(title: str) -> str:
    words = " ".join("".join(char if char.isprintable() else " " for char in title).split())
    return words if len(words) <= MAX_TITLE else f"{words[:MAX_TITLE]}…"
