"""Which language a text is in, by py3langid; what page or feed declare counts when the text is too short to tell."""

from py3langid import langid

UNKNOWN = "und"
SURE_CHARACTERS = 200
"""From this length on, the text itself is a better witness than its surroundings."""


def detect_language(text: str, declared: str | None = None) -> str:
    """The ISO 639-1 code of a text, or `und` for a text without letters and with nothing declared."""
    hint = _code(declared)
    letters = sum(map(str.isalpha, text))
    if letters == 0 or (letters < SURE_CHARACTERS and hint is not None):
        return hint or UNKNOWN
    return str(langid.classify(text[:5000])[0])


def _code(declared: str | None) -> str | None:
    code = (declared or "").strip().lower().replace("_", "-").partition("-")[0]
    return code if len(code) == 2 and code.isalpha() else None
