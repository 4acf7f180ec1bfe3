"""What a second opinion on topics has to be able to do, so that any kind of classifier can be plugged in."""

from collections.abc import Mapping, Sequence
from typing import Protocol

CONFIRMED = 0.5
"""A topic that rules found, and that is less likely than this, is not there."""


class Classifier(Protocol):
    """Is asked about the topics only that rules have found in an article; it adds none."""

    @property
    def version(self) -> str:
        """Changes whenever verdicts may."""

    def probabilities(
        self, topic_ids: Sequence[str], title: str, body: str, language: str
    ) -> Mapping[str, float]:  # fmt: skip
        """How likely, from 0 to 1, each topic is there at all. One that is left out keeps the verdict of its rule."""
