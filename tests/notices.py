"""Notices of made-up alerts."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from schemas.events import AlertArticle, AlertRaised, Evidence

RAISED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def notice(name: str = "n1", **changes: Any) -> AlertRaised:
    """A notice for the channel `desk`; `name` is its id."""
    made = AlertRaised(
        id=name, emitted_at=RAISED, alert_id=f"alert-of-{name}", rule_id="alert.oil", group=("s1",),
        severity="warning", title="Oil", summary="Nineteen tankers sail", raised_at=RAISED, article_id="a",
        url="https://ostwind.example/tankers", source="ostwind.example", language="en", discovered_at=RAISED,
        evidence=(Evidence(field="body", start=9, end=16, text="tankers"),), channels=("desk",),
        articles=(_article("a"), _article("b")), sources=("ostwind.example", "nordlicht.example"), matches=2,
    )  # fmt: skip
    return replace(made, **changes)


def _article(name: str) -> AlertArticle:
    return AlertArticle(
        article_id=name, revision=1, url=f"https://nordlicht.example/{name}", source="nordlicht.example",
        title=f"Title of {name}", language="en",
    )  # fmt: skip
