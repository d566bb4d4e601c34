"""How reports of one language tell of numbers, of exchanges, of who says so and when.

One file a language in `words/`, found by what each word says, not by its grammar: words are compared folded,
a phrase is several words, and one that ends in `*` stands for every word that begins so. Words of a conflict
(its sides, bodies and people) are in the ledger's file.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple, get_args

from schemas.claim import Bound
from services.extraction.tokens import folded


#: Languages that texts are read in.
LANGUAGES = ("en", "uk", "ru")
BOUNDS = frozenset(get_args(Bound))


class LanguageWords(NamedTuple):
    """The words of one language.

    Attributes:
        has_decimal_comma: Whether "4,3" is four and three tenths.
        several: Words that leave open how many hundreds or thousands.
        ordinal_suffixes: What makes digits an ordinal: "49th".
        cardinals: Number words and their values.
        multipliers: Words that multiply the number before them, and by how much: "thousand".
        ordinals: Ordinal words and their values.
        vague: Words for a number that is not known: "dozens".
        months: The number of each month, by its words.
        weekdays: The number of each weekday (Monday is 0), by its words.
        bound_words: The last words of phrases that bound a number.
        small: Short words between numbers, days and people, by what they are for: "of", "on".
        phrases: All other words, each with its kind and what it says.
    """

    has_decimal_comma: bool
    several: frozenset[str]
    ordinal_suffixes: frozenset[str]
    cardinal_suffixes: frozenset[str]
    cardinals: Mapping[str, int]
    multipliers: Mapping[str, int]
    ordinals: Mapping[str, int]
    vague: Mapping[str, int]
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    bound_words: frozenset[str]
    small: Mapping[str, frozenset[str]]
    phrases: Sequence[tuple[str, tuple[str, str]]]


@cache
def words_of_language(language: str) -> LanguageWords:
    """Return the words of a language.

    Raises:
        KeyError: It is none that texts are read in.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    text = files(__package__).joinpath("words", f"{language}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    ordinals = {folded(word): value for word, value in table.get("ordinals", {}).items()}
    for stem, value in table.get("ordinal_stems", {}).items():
        ordinals |= {folded(stem + ending): value for ending in table["ordinal_endings"]}
    return LanguageWords(
        has_decimal_comma=table["decimal_comma"],
        several=frozenset(map(folded, table["several"])),
        ordinal_suffixes=frozenset(map(folded, table["ordinal_suffixes"])),
        cardinal_suffixes=frozenset(map(folded, table.get("cardinal_suffixes", ()))),
        cardinals={folded(word): value for word, value in table["cardinals"].items()},
        multipliers={folded(word): value for word, value in table["multipliers"].items()},
        ordinals=ordinals,
        vague={folded(word): value for word, value in table["vague"].items()},
        months=_numbered(table["calendar"]["months"], 1),
        weekdays=_numbered(table["calendar"]["weekdays"], 0),
        bound_words=frozenset(
            folded(words.split()[-1])
            for bound, listed in table["bounds"].items()
            # "another thousands" are not counted
            if bound != "exact"
            for words in listed
        ),
        small={name: frozenset(map(folded, words)) for name, words in table["small"].items()},
        phrases=tuple(_with_shortened(_phrases(table), table.get("shortened", {}))),
    )


def _with_shortened(
    phrases: Iterator[tuple[str, tuple[str, str]]], shortened: Mapping[str, str]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Return phrases, and those with words that are also written as one: "did not say", "didn't say"."""
    for words, sense in phrases:
        yield words, sense
        for whole, short in shortened.items():
            if words == whole or words.startswith(f"{whole} "):
                yield short + words.removeprefix(whole), sense


def _numbered(listed: Sequence[str], first: int) -> dict[str, int]:
    return {
        folded(word): number
        for number, words in enumerate(listed, start=first)
        for word in words.split()
    }


def _phrases(
    table: Mapping[str, Mapping[str, Sequence[str]]],
) -> Iterator[tuple[str, tuple[str, str]]]:
    for kind, section in (
        ("people", "categories"),
        ("office", "offices"),
        ("bound", "bounds"),
        ("bound_after", "bounds_after"),
    ):
        for says, words in table[section].items():
            yield from ((word, (kind, says)) for word in words)
    for kind, words in table["kinds"].items():
        yield from ((word, (kind, kind)) for word in words)


def language_of(text: str) -> str:
    """Return the language that a text is most likely in, of those that texts are read in.

    >>> language_of("Two came home"), language_of("Двоє їдуть додому"), language_of("Двое едут домой")
    ('en', 'uk', 'ru')
    """
    cyrillic = sum("а" <= letter <= "я" or letter in "іїєґё" for letter in text.casefold())
    latin = sum("a" <= letter <= "z" for letter in text.casefold())
    if latin >= cyrillic:
        return "en"
    lower = text.casefold()
    ukrainian = sum(map(lower.count, "іїєґ"))
    russian = sum(map(lower.count, "ыэъё"))
    # Hardly a sentence of Ukrainian is without these letters; many of Russian are without the others.
    return "uk" if ukrainian > russian else "ru"
