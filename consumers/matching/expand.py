"""`~word`: all inflected forms of a word, looked up when a rule is registered, so that texts need no lemmatising."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

Forms = Callable[[str], Iterable[str]]
"""Gives the inflected forms of a word; it need not give the word itself."""

LANGUAGES = ("en", "de", "fr", "es", "ru", "uk", "pl")
"""Where a rule names no language, forms are looked up in these."""


def no_forms(word: str) -> Iterable[str]:
    """For rules that use no `~word`."""
    return ()


def forms_in(languages: Sequence[str] = LANGUAGES) -> Forms:
    """Forms by simplemma's dictionaries of these languages; a word that none of them knows has no other forms."""

    def forms(word: str) -> Iterable[str]:
        found: set[str] = set()
        for language in languages:
            for spelling in {word, word.lower(), word.capitalize()}:
                found.update(_by_lemma(language).get(spelling, ()))
        return found

    return forms


@cache
def _by_lemma(language: str) -> dict[str, tuple[str, ...]]:
    """simplemma's dictionary turned round: from lemma to forms. Takes a second and tens of megabytes for a language."""
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    dictionary: Any = DefaultDictionaryFactory().get_dictionary(language)
    turned: dict[str, list[str]] = {}
    for form, lemma in dictionary.items():
        turned.setdefault(_text(lemma), []).append(_text(form))
    return {lemma: tuple(forms) for lemma, forms in turned.items()}


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
