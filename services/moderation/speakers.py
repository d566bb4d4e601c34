"""Names that may be one speaker's: the same in other letters, or a letter apart (pure).

Names are compared as they sound: Cyrillic is written in Latin letters, and spellings that transliterations
differ in are made one (`Lubinets`, `Lubinec` and `Лубінець` are the same then).
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple


#: Cyrillic letters of Ukrainian and Russian as they are usually transliterated.
_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "h", "ґ": "g", "д": "d", "е": "e", "є": "ye", "ё": "yo",
    "ж": "zh", "з": "z", "и": "y", "і": "i", "ї": "yi", "й": "y", "к": "k", "л": "l", "м": "m",
    "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh",
    "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu",
    "я": "ya",
}  # fmt: skip
#: Spellings that are one sound, in this order.
_SOUNDS = (
    (re.compile(r"tz|c(?![hk])"), "ts"),
    (re.compile(r"kh|g"), "h"),
    (re.compile(r"w"), "v"),
    (re.compile(r"x"), "ks"),
    (re.compile(r"[jiy]+"), "i"),
    (re.compile(r"(.)\1+"), r"\1"),
)
_TOKEN = re.compile(r"[^\W\d_]+")
#: Fewest letters of a name that a letter may be apart in; shorter ones are others too easily.
_LETTERS_MIN = 5
#: Most names that are compared.
NAMES_MAX = 2_000


class SpeakerPair(NamedTuple):
    """Two names that may be one speaker's: the one said more often first."""

    name: str
    other: str
    count_of_name: int
    other_count: int


def possible_duplicates(counts: Mapping[str, int]) -> list[SpeakerPair]:
    """Return the pairs of names that may be one speaker's, the most said first.

    Args:
        counts: How many claims each name has.

    >>> possible_duplicates({"Dmytro Lubinets": 7, "Дмитро Лубінець": 2, "Ivan Fedorov": 1})
    [SpeakerPair(name='Dmytro Lubinets', other='Дмитро Лубінець', count_of_name=7, other_count=2)]
    """
    ordered = sorted(counts, key=lambda name: (-counts[name], name))[:NAMES_MAX]
    tokens = {name: _tokens(name) for name in ordered}
    found = {
        (first, second)
        for first, second in _candidates(tokens)
        if _may_be_one(tokens[first], tokens[second])
    }
    place = {name: at for at, name in enumerate(ordered)}
    pairs = sorted(tuple(sorted(pair, key=place.__getitem__)) for pair in found)
    made = [SpeakerPair(one, other, counts[one], counts[other]) for one, other in pairs]
    return sorted(made, key=lambda pair: (place[pair.name], place[pair.other]))


def _tokens(name: str) -> tuple[str, ...]:
    """Return the parts of a name as they sound."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("й", "y").replace("ї", "yi"))
    latin = "".join(
        _LATIN.get(letter, letter) for letter in plain if not unicodedata.combining(letter)
    )
    latin = re.sub(r"['’ʼ`\"]", "", latin)
    return tuple(_sound(token) for token in _TOKEN.findall(latin))


def _sound(token: str) -> str:
    for pattern, sound in _SOUNDS:
        token = pattern.sub(sound, token)
    return token


def _candidates(tokens: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Yield pairs whose last parts begin alike; no others can be a letter apart but in their first two."""
    by_beginning: dict[str, list[str]] = defaultdict(list)
    for name, parts in tokens.items():
        if parts:
            by_beginning[parts[-1][:2]].append(name)
    for names in by_beginning.values():
        yield from combinations(names, 2)


def _may_be_one(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if one == other:
        return True
    if not _alike(one[-1], other[-1]):
        return False
    firsts, others = one[:-1], other[:-1]
    if not firsts or not others:
        # A family name alone may be anybody's of that name.
        return len(one[-1]) >= _LETTERS_MIN and len(firsts) + len(others) == 1
    return len(firsts) == len(others) and all(map(_may_be_given, firsts, others))


def _may_be_given(one: str, other: str) -> bool:
    """Return whether two given names may be one: alike, or one is the other's initial."""
    if min(len(one), len(other)) == 1:
        return one[0] == other[0]
    return _alike(one, other)


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    return min(len(one), len(other)) >= _LETTERS_MIN and _is_a_letter_apart(one, other)


def _is_a_letter_apart(one: str, other: str) -> bool:
    """Return whether one letter more, less or other makes two words one.

    >>> _is_a_letter_apart("lubinets", "lubinec"), _is_a_letter_apart("lubinets", "lubinet")
    (False, True)
    """
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next(
        (at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short)
    )
    return short[at + (len(short) == len(long)) :] == long[at + 1 :]


def aliases_as_toml(pairs: Iterable[tuple[str, str]]) -> str:
    """Return pairs, the name that stays first, as lines of a ledger's file.

    >>> print(aliases_as_toml([("Dmytro Lubinets", "Lubinec")]))
    [claimant_aliases]
    "Lubinec" = "Dmytro Lubinets"
    """
    lines = (f"{_quoted(other)} = {_quoted(name)}" for name, other in pairs)
    return "\n".join(("[claimant_aliases]", *lines))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
