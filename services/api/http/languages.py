"""The languages of the pages, and which of them a request asks for.

`lang` in the address goes before the browser's `Accept-Language`; English is what anybody else gets. What the
API answers is the same in all languages.
"""

from typing import Literal, get_args

from services.api.http.weights import weights_of


Language = Literal["en", "uk", "ru"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT: Language = "en"
#: The parameter that an address names a language by.
PARAMETER = "lang"


def language_named(text: str | None) -> Language | None:
    """Return the language that a tag names, null if pages are not in it.

    >>> language_named("uk"), language_named("uk-UA"), language_named("de"), language_named(None)
    ('uk', 'uk', None, None)
    """
    first = (text or "").partition("-")[0].lower()
    return first if first in LANGUAGES else None


def accepted_language(header: str) -> Language:
    """Return the language of an `Accept-Language` header; of those liked equally, the one named first.

    >>> accepted_language("de, uk-UA;q=0.8, ru;q=0.6"), accepted_language("fr, *"), accepted_language("")
    ('uk', 'en', 'en')
    """
    found: Language = DEFAULT
    best = 0.0
    for tag, weight in weights_of(header).items():
        language = language_named(tag)
        if language is not None and weight > best:
            found, best = language, weight
    return found
