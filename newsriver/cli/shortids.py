"""Ids as people type them: whole, or as much of one as tells it from the others. Pure."""

from collections.abc import Iterable

from newsriver.errors import NotFoundError, UsageError

SHOWN = 10


def one_of(ids: Iterable[str], wanted: str, missing: str) -> str:
    """The id that is the wanted text, or the only one that begins with it.

    Raises NotFoundError, which says `missing`, if there is none; UsageError, which names them, if there are several.
    """
    found = sorted({each for each in ids if wanted and each.startswith(wanted)})
    if not found:
        raise NotFoundError(missing)
    if wanted in found or len(found) == 1:
        return found[0]  # the text itself is before all that begin with it
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    raise UsageError(f"{wanted} may be any of {', '.join(found[:SHOWN])}{more}: write more of it")
