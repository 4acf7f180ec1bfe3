"""`~word`: all inflected forms of a word, looked up when a rule is registered, so that texts need no lemmatising."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

from consumers.matching.query import Languages

LANGUAGES = frozenset(("en", "de", "fr", "es", "ru", "uk", "ar"))
"""Where a rule names no language, forms are looked up in these: Polish alone takes as long as they do, and 400 MB."""

_known: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)


def forms_of(word: str, languages: Languages = LANGUAGES) -> frozenset[str]:
    """The inflected forms of a word, itself included; a word that no dictionary knows has no other forms.

    A word that is itself inflected has the forms of its lemma. A language without a dictionary gives none.
    """
    look_up((word, language) for language in languages)
    return frozenset([word]).union(*(_known[language][word] for language in languages))


def look_up(words: Iterable[tuple[str, str]]) -> None:
    """Learn the forms of words in their languages, many at once: it takes one pass over each dictionary."""
    missing: defaultdict[str, set[str]] = defaultdict(set)
    for word, language in words:
        if word not in _known[language]:
            missing[language].add(word)
    for language, unknown in missing.items():
        _known[language] |= _looked_up(unknown, language)


def _looked_up(words: set[str], language: str) -> dict[str, frozenset[str]]:
    """One pass over the dictionary of a language: a second or two, and its memory is given back."""
    found: dict[str, set[str]] = {word: set() for word in words}
    asking: defaultdict[str, list[set[str]]] = defaultdict(list)
    dictionary = _dictionary(language)
    for word, forms in found.items():
        for spelling in {word, word.lower(), word.capitalize()}:
            for lemma in {spelling, dictionary.get(spelling, spelling)}:
                forms.add(lemma)
                asking[lemma].append(forms)
    for form, lemma in dictionary.items():
        for forms in asking.get(lemma, ()):
            forms.add(form)
    if language == "ru":
        for word, forms in found.items():
            forms |= _russian(word)
    return {word: frozenset(forms) for word, forms in found.items()}


def _russian(word: str) -> set[str]:
    """pymorphy3 knows all forms of a paradigm, where simplemma has those that its corpus showed."""
    readings = _morphology().parse(word)
    return {form.word for reading in readings if reading.is_known for form in reading.lexeme}


def _dictionary(language: str) -> Mapping[str, str]:
    """From inflected forms to lemmas. Loading takes up to a second and a hundred megabytes, so it is not kept."""
    try:
        dictionary: Mapping[str, str] = DefaultDictionaryFactory().get_dictionary(language)
    except ValueError:  # not a language of simplemma's
        return {}
    return dictionary


@cache
def _morphology() -> Any:
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer()
