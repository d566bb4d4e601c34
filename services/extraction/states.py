"""The state that a body's name names, with its capital and its demonym in English.

"Arland", "Republic of Arland", "Arlandic government" and "Government of Arland and the coalition" name a state.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from countryinfo import CountryInfo, all_countries

from services.extraction.tokens import words_in


#: What stands before a state's name in the name of a body that is the state, or its government.
_BEFORE = re.compile(
    r"(?:the|(?:\w+ )?government of|(?:republic|state|kingdom) of) ", re.IGNORECASE
)
#: What may follow: "Arland and the coalition", "Arland (the north)"; an "Arland Liberation Front" is no state.
_AFTER = re.compile(r"$| (?:and|with) |,| ?[(/]")
_BODIES = ("government", "state", "authorities")
#: Shorter spellings are codes, and names in other languages.
_SPELLING_WORDS_MIN = 2
#: Capitals that are common words of English, or names that people have.
_NO_CAPITALS = frozenset(
    (
        *("City of Victoria", "Douglas", "Freetown", "George Town", "Georgetown", "Hamilton"),
        *("Kingston", "Lima", "Male", "Nassau", "Plymouth", "Road Town", "San Jose", "Santiago"),
        *("Sofia", "Stanley", "The Valley", "Wellington", "West Island", "Victoria"),
    )
)
#: Where reports have other words than the list of countries.
_OTHERWISE = {
    "Kirghiz": "Kyrgyz",
    "Nur-Sultan": "Astana",
    "Tadzhik": "Tajik",
    "Washington D.C.": "Washington",
}
_SEPARATORS = re.compile(r"[,/]| and ")
_Phrase = tuple[str, ...]


class StateWords(NamedTuple):
    """What a state is called by."""

    name: str
    capitals: tuple[str, ...]
    demonyms: tuple[str, ...]


def state_in(name: str) -> StateWords | None:
    """Return the words of the state that a body's name names, null for a body that is no state.

    >>> state_in("Government of Nepal and its allies")
    StateWords(name='Nepal', capitals=('Kathmandu',), demonyms=('Nepalese',))
    >>> state_in("Communist Party of Nepal")
    """
    rest: str | None = name
    while rest is not None:
        for end in _AFTER.finditer(rest):
            if state := _states().get(words_in(rest[: end.start()])):
                return state
        before = _BEFORE.match(rest)
        rest = rest[before.end() :] if before is not None else None
    return None


@cache
def _states() -> Mapping[_Phrase, StateWords]:
    """Return all states by their names, and by longer names that are one state's alone."""
    names: dict[_Phrase, CountryInfo] = {}
    longer: dict[_Phrase, list[CountryInfo]] = {}
    for country in all_countries():
        names[words_in(country.name().removeprefix("The "))] = country
        bodies = (f"{word} {body}" for word in _demonyms(country) for body in _BODIES)
        for spelling in (*country.alt_spellings(), *bodies):
            if len(words := words_in(spelling)) >= _SPELLING_WORDS_MIN:
                longer.setdefault(words, []).append(country)
    alone = {words: found[0] for words, found in longer.items() if len(found) == 1}
    return {
        words: StateWords(country.name(), _capitals(country), _demonyms(country))
        for words, country in (alone | names).items()
    }


def _capitals(country: CountryInfo) -> tuple[str, ...]:
    """Return a state's capital, with its accents and without; none if it says something else as well."""
    capital = country.capital()
    if not isinstance(capital, str) or not capital or _SEPARATORS.search(capital):
        return ()
    capital = _OTHERWISE.get(capital, capital)
    plain = "".join(
        one for one in unicodedata.normalize("NFKD", capital) if not unicodedata.combining(one)
    )
    return () if plain in _NO_CAPITALS else tuple(dict.fromkeys((capital, plain)))


def _demonyms(country: CountryInfo) -> tuple[str, ...]:
    said = _SEPARATORS.split(country.demonym() or "")
    return tuple(_OTHERWISE.get(word, word) for word in said if word)
