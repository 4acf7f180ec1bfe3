"""Values of metadata (`lang:de`, `source:*.example`) as numbers, so that rules see them like literals. Pure."""

from collections.abc import Iterator

from consumers.matching.document import Document
from consumers.matching.query import METADATA_FIELDS, Term
from consumers.matching.text import normalise


class Values:
    """Numbers from -1 down for the values that queries ask for."""

    def __init__(self) -> None:
        self._plain: dict[tuple[str, str], int] = {}
        self._patterns: dict[tuple[str, Term], int] = {}
        self.fields: list[str] = []
        """Their fields, that of -1 first."""

    def number(self, field: str, term: Term) -> int:
        """The number of what a term asks of a field."""
        new = -1 - len(self.fields)
        if term.exact or term.wildcard != "none":
            number = self._patterns.setdefault((field, term), new)
        else:
            number = self._plain.setdefault((field, normalise(term.text)), new)
        if number == new:
            self.fields.append(field)
        return number

    def of(self, document: Document) -> Iterator[int]:
        """The numbers of what a document's values fit."""
        for field in METADATA_FIELDS if self._plain else ():
            for value in document.metadata(field):
                number = self._plain.get((field, normalise(value)))
                if number is not None:
                    yield number
        for (field, term), number in self._patterns.items():
            if any(fits(term, value) for value in document.metadata(field)):
                yield number


def fits(term: Term, value: str) -> bool:
    """Whether a value is what a term asks for."""
    wanted, given = (term.text, value) if term.exact else (normalise(term.text), normalise(value))
    match term.wildcard:
        case "prefix":
            return given.startswith(wanted)
        case "suffix":
            return given.endswith(wanted)
        case "infix":
            return wanted in given
        case "none":
            return given == wanted
