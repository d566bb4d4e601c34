"""Numbers in a text, in digits and in words: how many, the how-manieth, or nobody knows how many dozens."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from services.extraction.tokens import Token
from services.extraction.words import LanguageWords


NumberKind = Literal["cardinal", "ordinal", "vague"]

_HYPHENS = frozenset("-‑–—")
_PAIRING = frozenset(("for", "на", "plus"))
_PERSONS = frozenset(("person", "man", "prisoner", "soldier", "pow"))
_EXCHANGES = frozenset(("exchange", "swap", "prisoner", "pow", "trade"))
_HUNDRED = 100
#: Digits of the longest number that is read, and of a group in one.
_DIGITS_MAX = 9
_GROUP_DIGITS = 3
_THOUSAND = 1000


class Number(NamedTuple):
    """A number that was found.

    Attributes:
        kind: Whether it counts, tells the place in a row, or leaves open how many.
        value: Whole; of a vague one, the least that the word stands for.
        start: The place of its first word.
        end: The place after its last word.
        is_in_digits: Whether it is written in digits.
    """

    kind: NumberKind
    value: int
    start: int
    end: int
    is_in_digits: bool = False


def numbers_in(tokens: Sequence[Token], language: LanguageWords) -> list[Number]:
    """Return the numbers of a text, in order; times, dates of digits, names and ages are none."""
    found: list[Number] = []
    place = 0
    while place < len(tokens):
        number = _number_at(tokens, place, language)
        if number is not None:
            found.append(number)
        place = number.end if number is not None else place + 1
    return found


def read_number(text: Sequence[Token], language: LanguageWords) -> Number | None:
    """Return the first number of a text, null if it has none."""
    return next(iter(numbers_in(text, language)), None)


def _number_at(tokens: Sequence[Token], place: int, language: LanguageWords) -> Number | None:
    word = tokens[place].text
    if word[0].isdecimal():
        return _in_digits(tokens, place, language)
    if [one.text for one in tokens[place : place + 3]] == ["half", "a", "dozen"]:
        return Number("cardinal", 6, place, place + 3)
    if word in language.several:
        return _several(tokens, place, language)
    if word in language.vague:
        return _vague(tokens, place, language)
    if _is_number_word(word, language):
        return _in_words(tokens, place, language)
    return None


def _several(tokens: Sequence[Token], place: int, language: LanguageWords) -> Number | None:
    """Return a number that is left open: "several dozen", "a few hundred"."""
    after = tokens[place + 1].text if place + 1 < len(tokens) else ""
    if after == "dozen":
        return Number("vague", language.vague["dozens"], place, place + 2)
    several = _in_words(tokens, place + 1, language) if after in language.multipliers else None
    return several._replace(start=place) if several is not None else None


# In digits.


def _in_digits(tokens: Sequence[Token], place: int, language: LanguageWords) -> Number | None:
    value = _value_of_digits(tokens[place].text, language)
    if value is None or _is_part_of_name(tokens, place):
        return None
    after = place + 1
    suffix = after
    if _is_glued(tokens, after) and tokens[after].text in _HYPHENS:
        suffix = after + 1
    if _is_glued(tokens, suffix) and tokens[suffix].text[0].isalpha():
        is_ordinal = tokens[suffix].text in language.ordinal_suffixes
        if is_ordinal and value == int(value):
            return Number("ordinal", int(value), place, suffix + 1, is_in_digits=True)
        is_cardinal = suffix != after and tokens[suffix].text in language.cardinal_suffixes
        if is_cardinal and value == int(value) and not _is_decade(value):
            return Number("cardinal", int(value), place, suffix + 1, is_in_digits=True)
        # "25-year-old", "10-day"; but "158-for-157", "158-to-157", "150-plus".
        is_kept = (
            tokens[suffix].text in _PAIRING
            or _is_to_number(tokens, suffix)
            or _is_of_exchange(tokens, suffix)
        )
        if not is_kept and suffix != after:
            return None
    if after < len(tokens) and tokens[after].text == "%":
        return None
    multiplier = language.multipliers.get(tokens[after].text, 0) if after < len(tokens) else 0
    if multiplier >= _THOUSAND:
        value *= multiplier
        # "2,4 тис." people: the point belongs to the shortened word.
        is_shortened = after + 1 < len(tokens) and tokens[after + 1].text == "."
        after += 2 if is_shortened and len(tokens[after].text) <= _GROUP_DIGITS else 1
        if multiplier == _THOUSAND and _is_rest(tokens, after):
            value, after = value + int(tokens[after].text), after + 1  # "3 тисячі 210"
    return (
        Number("cardinal", int(value), place, after, is_in_digits=True)
        if value == int(value)
        else None
    )


def _is_to_number(tokens: Sequence[Token], place: int) -> bool:
    """Return whether "to" leads to a further number without a space: the second word of "158-to-157"."""
    return (
        tokens[place].text == "to"
        and place + 2 < len(tokens)
        and tokens[place + 1].text in _HYPHENS
        and tokens[place + 2].text[0].isdecimal()
    )


def _is_of_exchange(tokens: Sequence[Token], place: int) -> bool:
    """Return whether an exchange is said to be of so many: "a 66-person swap"."""
    is_of_people = tokens[place].text in _PERSONS and place + 1 < len(tokens)
    return is_of_people and tokens[place + 1].text in _EXCHANGES


def _is_decade(value: Decimal) -> bool:
    """Return whether a number with an ending is one of years: the 2020 of "in the 2020s"."""
    return value % 10 == 0 and value // _HUNDRED in (19, 20)


def _is_rest(tokens: Sequence[Token], place: int) -> bool:
    """Return whether digits go on with a number of thousands: the 210 of "3 thousand 210"."""
    if place >= len(tokens):
        return False
    word = tokens[place].text
    is_short = word.isascii() and word.isdecimal() and len(word) <= _GROUP_DIGITS
    return is_short and not word.startswith("0")


def _value_of_digits(text: str, language: LanguageWords) -> Decimal | None:
    """Return the value of digits, null for times, days and versions.

    Three digits after a separator are thousands, whatever it is.
    """
    parts = (
        text.replace("\u00a0", " ")
        .replace("\u202f", " ")
        .replace(",", " ")
        .replace(".", " ")
        .split()
    )
    if ":" in text or len(parts[0]) > _DIGITS_MAX:
        return None
    if len(parts) == 1:
        return Decimal(parts[0])
    if (
        all(len(part) == _GROUP_DIGITS for part in parts[1:])
        and len(parts[0]) <= _GROUP_DIGITS
        and parts[0] != "0"
    ):
        return Decimal("".join(parts))
    is_decimal = len(parts) == len(("whole", "part")) and (
        "." in text or language.has_decimal_comma
    )
    return Decimal(".".join(parts)) if is_decimal else None


def _is_part_of_name(tokens: Sequence[Token], place: int) -> bool:
    """Return whether digits belong to a name, as of an aeroplane: "An-12", "T-72", "№ 5"."""
    if not place or tokens[place - 1].end != tokens[place].start:
        return False
    before = tokens[place - 1].text
    # "90 captives—45 from each side" is no name
    if (
        before in _HYPHENS
        and before != "—"
        and place > 1
        and tokens[place - 2].end == tokens[place - 1].start
    ):
        return not tokens[place - 2].text[0].isdecimal() and tokens[place - 2].text not in (
            *_PAIRING,
            "to",
        )
    return before in {"№", "#", "$", "€", "£", "/"} or before[0].isalpha()


def _is_glued(tokens: Sequence[Token], place: int) -> bool:
    """Return whether a token follows the one before it without a space."""
    return 0 < place < len(tokens) and tokens[place - 1].end == tokens[place].start


# In words.


def _vague(tokens: Sequence[Token], place: int, language: LanguageWords) -> Number:
    value, end = language.vague[tokens[place].text], place + 1
    after = end + 1 if end < len(tokens) and tokens[end].text == "of" else end
    if after < len(tokens) and (times := _thousands(tokens[after].text, language)) > value:
        # "tens of thousands", "сотни тысяч"
        value, end = (10 if value == 24 else value) * times, after + 1  # noqa: PLR2004  dozens, tens
    return Number("vague", value, place, end)


def _thousands(word: str, language: LanguageWords) -> int:
    value = language.vague.get(word) or language.multipliers.get(word, 0)
    return value if value >= _THOUSAND else 0


def _in_words(tokens: Sequence[Token], place: int, language: LanguageWords) -> Number | None:
    """Return the longest number that begins at a word: "one hundred and twenty-third"."""
    total = current = last = 0
    kind: NumberKind = "cardinal"
    end = place
    for at in _number_words(tokens, place, language):
        word = tokens[at].text
        times = language.multipliers.get(word) or (
            language.vague.get(word) if end > place else None
        )
        if times is not None:
            value = max(current, 1) * times
            total, current = (total + value, 0) if times >= _THOUSAND else (total, value)
            last = times
        else:
            value = language.cardinals.get(word) or language.ordinals.get(word, 0)
            if end != place and not _may_follow(value, last):
                break
            current, last = current + value, value
            kind = "ordinal" if word not in language.cardinals else kind
        end = at + 1
        if kind == "ordinal":
            break
    # "several thousand", and "thousands" in the languages that have one word for both.
    before = tokens[place - 1].text if place else ""
    is_open = tokens[place].text in language.multipliers and (
        before in language.several
        or (
            language.has_decimal_comma
            and tokens[place].text.endswith(("яч", "ячі", "ячи"))
            # "about a thousand"
            and (tokens[place].text.endswith("яч") or before not in language.bound_words)
        )
    )
    kind = "vague" if is_open else kind
    return Number(kind, total + current, place, end) if end > place else None


def _number_words(tokens: Sequence[Token], place: int, language: LanguageWords) -> list[int]:
    """Return the places of words that may be one number."""
    places, at = [], place
    while at < len(tokens):
        # "two hundreds" is no vague number.
        is_counted = at > place and tokens[at].text in language.vague
        if is_counted or _is_number_word(tokens[at].text, language):
            places.append(at)
        elif at + 1 >= len(tokens) or not _joins(tokens, at, language):
            break
        at += 1
    return places


def _is_number_word(word: str, language: LanguageWords) -> bool:
    return word in language.cardinals or word in language.multipliers or word in language.ordinals


def _joins(tokens: Sequence[Token], at: int, language: LanguageWords) -> bool:
    """Return whether a hyphen, or "and", joins two words of one number."""
    if not _is_number_word(tokens[at + 1].text, language):
        return False
    if tokens[at].text == "and":
        return tokens[at - 1].text in language.multipliers
    is_hyphen = tokens[at].text in _HYPHENS
    return is_hyphen and _is_glued(tokens, at) and _is_glued(tokens, at + 1)


def _may_follow(value: int, last: int) -> bool:
    """Return whether a smaller number continues a greater one: "twenty" "three", "hundred" "ten"."""
    if last >= _THOUSAND:
        return True
    if last >= _HUNDRED:
        return value < _HUNDRED
    return last in range(20, 100, 10) and value < 10  # noqa: PLR2004
