"""The outlets and their articles, as they stand in `data/*.yaml`: texts, and beside each what is true of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import yaml

from schemas.codec import from_builtins

ACTS = 4
FeedKind = Literal["rss", "atom", "json"]
Markup = Literal["article", "section", "div", "plain", "minimal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """What a human would say the article is about, what comes up in it, and what one may say or not."""

    about: tuple[str, ...] = ()
    mention: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOf:
    """The article this one was taken from, with an introduction of its own and the last paragraphs dropped."""

    outlet: str
    slug: str
    intro: str
    drop_last: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """How and when the article is corrected."""

    act: int
    kind: Literal["material", "minor"]
    replace: tuple[tuple[str, str], ...]
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An article. `event` names what it reports, the same for all pieces of a language on it."""

    slug: str
    act: int
    hours_ago: float
    title: str
    section: str
    event: str
    topics: Topics
    body: str = ""
    copy_of: CopyOf | None = None
    correction: Correction | None = None

    @property
    def paragraphs(self) -> tuple[str, ...]:
        return tuple(" ".join(part.split()) for part in self.body.split("\n\n") if part.strip())

    def as_of(self, act: int) -> "Story":
        """The article as it reads in an act: corrected or not yet."""
        change = self.correction
        if change is None or act < change.act:
            return self
        body = "\n\n".join(self.paragraphs)
        for old, new in change.replace:
            if old not in body:
                raise ValueError(f"{self.slug}: the correction's text is not in the body: {old!r}")
            body = body.replace(old, new)
        return replace(self, title=change.title or self.title, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A made-up outlet: its language, its feed's format and its pages' markup."""

    name: str
    language: str
    country: str
    feed: FeedKind
    markup: Markup
    articles: tuple[Story, ...]
    encoding: str = "utf-8"
    gzip: bool = False
    appeal: bool = False
    comments: str | None = None
    id: str = field(default="")


@cache
def outlets() -> Mapping[str, Outlet]:
    """All outlets by id, copies filled in with the text they copy."""
    folder = Path(str(files("newsriver.sample") / "data"))
    loaded = {
        path.stem: replace(from_builtins(yaml.safe_load(path.read_text("utf-8")), Outlet), id=path.stem)
        for path in sorted(folder.glob("*.yaml"))
    }
    originals = {(outlet.id, story.slug): story for outlet in loaded.values() for story in outlet.articles}
    return {
        name: replace(outlet, articles=tuple(_filled(story, originals) for story in outlet.articles))
        for name, outlet in loaded.items()
    }


def _filled(story: Story, originals: Mapping[tuple[str, str], Story]) -> Story:
    if story.copy_of is None:
        return story
    original = originals[story.copy_of.outlet, story.copy_of.slug]
    kept = original.paragraphs[: len(original.paragraphs) - story.copy_of.drop_last]
    return replace(story, body="\n\n".join((story.copy_of.intro, *kept)))
