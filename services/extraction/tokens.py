"""A text as words and marks, with where each stands.

Words are compared folded: without case, apostrophes, accents and the dots of "ё". Offsets are those of the
text as it came, so that whatever is quoted of it stands in it.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple


_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_DAY = rf"(?:{'|'.join(f'(?<={month} )' for month in _MONTHS)})\d{{1,2}}(?= \d{{3}}(?!\d))"
_TOKEN = re.compile(
    # "M23" is a name and no number of people
    r"[A-ZА-ЯІЇЄҐ]+\d{1,3}(?![\d\w])(?:['’]s\b)?|"
    # "on May 6 300 returned" has a day and a number
    rf"{_DAY}|"
    r"\d{1,3}(?:[.,\u00a0\u202f ]\d{3}(?!\d))+|\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’ʼ`´][^\W\d_]+)*|\S"
)
_APOSTROPHES = re.compile("['’ʼ`´]")
_STRESS = re.compile("[\u0300\u0301]")
_QUOTES = frozenset('"“”„«»‟')
_OPENING = frozenset("“„«")
_CLOSING = frozenset("”»‟")
#: Longest sentence, in words and marks; what has more is no sentence, and is divided.
SENTENCE_WORDS_MAX = 200
_FOLLOWING_CHARACTERS = 16
#: Characters of a full line of a text that a column broke, and how many lines must go on in the next.
_COLUMN_MIN, _COLUMN_MAX = 45, 100
_BROKEN_MIN = 3
_ENDS = frozenset(".!?…:;")
_WHOLE_WORD_LETTERS = 5
#: The beginning of a sentence that no space parts from the one before, and ends of addresses, which are none.
_GLUED = re.compile(r"['‘«“„]?[A-ZА-ЯІЇЄҐ][a-zа-яіїєґ]|[A-ZА-ЯІЇЄҐ]\s")
_GLUED_LETTERS_MIN = 2
_DOMAINS = frozenset(["com", "net", "org", "info", "ru", "ua", "az", "am", "uk", "il", "ge", "eu"])
#: What ends in a point and ends no sentence.
_ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "gen",
        "maj",
        "lt",
        "col",
        "sgt",
        "st",
        "no",
        "u",
        "s",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "a",
        "p",
        "m",
        "n",
        "e",
        "d",
        "c",
        "тис",
        "тыс",
        "млн",
        "ім",
        "им",
        "р",
        "г",
        "рр",
        "гг",
        "о",
        "чол",
        "чел",
        "обл",
        "ст",
    ]
)


class Token(NamedTuple):
    """A word, a number or a mark.

    Attributes:
        text: As it is compared.
        start: Where it begins in the text.
        end: Where it ends.
        sentence: The number of its sentence, from 0.
        paragraph: The number of its paragraph, from 0.
        is_quoted: Whether it stands between quotation marks.
    """

    text: str
    start: int
    end: int
    sentence: int
    paragraph: int
    is_quoted: bool


@lru_cache(16_384)
def folded(word: str) -> str:
    """Return a word as it is compared.

    >>> folded("П’ЯТЬ"), folded("Её"), folded("Russia's")
    ('пять', 'ее', 'russias')
    """
    plain = _APOSTROPHES.sub("", word.casefold()).replace("ё", "е") or word
    if plain.isascii():
        return plain
    return _STRESS.sub("", unicodedata.normalize("NFC", plain))


def words_in(text: str) -> tuple[str, ...]:
    """Return the words of a phrase as they are compared; a last `*` stays with its word.

    >>> words_in("Full-scale coordinat* Centre")
    ('full', 'scale', 'coordinat*', 'centre')
    """
    return tuple(folded(word) for word in re.findall(r"[^\W_]+(?:['’ʼ`´][^\W_]+)*\*?", text))


def tokens_of(text: str) -> list[Token]:
    """Return the words and marks of a text, each with its sentence and paragraph."""
    tokens: list[Token] = []
    sentence = paragraph = -1
    for number, (start, line) in enumerate(_lines(text)):
        if not line.strip():
            continue
        paragraph = number
        sentence += 1
        sentence = _add_line(tokens, start, line, sentence, paragraph)
    return tokens


def _lines(text: str) -> list[tuple[int, str]]:
    """Return the paragraphs of a text: its lines, or what stands between empty ones where a column broke them."""
    lines = text.splitlines(keepends=True)
    is_broken = sum(_goes_on(*pair) for pair in pairwise(lines)) >= _BROKEN_MIN
    found: list[tuple[int, str]] = []
    start = 0
    for number, line in enumerate(lines):
        before = lines[number - 1] if number else ""
        if is_broken and _is_full(before) and line.strip():
            found[-1] = (found[-1][0], found[-1][1] + line)
        else:
            found.append((start, line))
        start += len(line)
    return found


def _goes_on(line: str, following: str) -> bool:
    """Return whether a sentence goes on in the next line."""
    return _is_full(line) and line.rstrip()[-1] not in _ENDS and following[:1].islower()


def _is_full(line: str) -> bool:
    return _COLUMN_MIN <= len(line.strip()) <= _COLUMN_MAX


def _add_line(tokens: list[Token], start: int, line: str, sentence: int, paragraph: int) -> int:
    """Add the tokens of a paragraph; return the number of its last sentence."""
    is_quoted, first = False, 0
    matches = list(_TOKEN.finditer(line))
    # One straight mark without its other says nothing of where a quotation is.
    quotes = _QUOTES if line.count('"') % 2 == 0 else _QUOTES - {'"'}
    for place, match in enumerate(matches):
        mark = match[0]
        if mark in quotes:
            is_quoted = mark in _OPENING or (mark not in _CLOSING and not is_quoted)
        tokens.append(
            Token(
                folded(mark),
                start + match.start(),
                start + match.end(),
                sentence,
                paragraph,
                is_quoted,
            )
        )
        if _ends_sentence(line, matches, place) or place - first >= SENTENCE_WORDS_MAX:
            sentence, first = sentence + 1, place
    return sentence


def _is_glued_sentence(matches: list[re.Match[str]], place: int, following: str) -> bool:
    """Return whether a sentence follows the mark that ends another one without a space: "came home.The swap"."""
    is_quote = matches[place][0] in _CLOSING or matches[place][0] == '"'
    end = place - 1 if is_quote else place
    if end < 1 or matches[end][0] not in {".", "!", "?"} or not _GLUED.match(following):
        return False
    before = matches[end - 1][0]
    is_word = len(before) >= _GLUED_LETTERS_MIN and before.isalpha() and before[1:].islower()
    is_address = folded(matches[place + 1][0]) in _DOMAINS
    return is_word and not is_address and matches[end].start() == matches[end - 1].end()


def _ends_sentence(line: str, matches: list[re.Match[str]], place: int) -> bool:
    """Return whether a sentence ends with this mark and another one follows it."""
    mark = matches[place][0]
    if place + 1 >= len(matches):
        return False
    following = line[matches[place].end() : matches[place].end() + _FOLLOWING_CHARACTERS]
    if _is_glued_sentence(matches, place, following):
        return True
    if mark in _CLOSING or mark == '"':
        before = matches[place - 1][0] if place else ""
        return before in {".", "!", "?", "…"} and bool(
            re.match(r"\s+['‘A-ZА-ЯІЇЄҐ«“„\d]", following)
        )
    if mark not in {".", "!", "?", "…"}:
        return False
    before = folded(matches[place - 1][0]) if place else ""
    if not re.match(r"\s+[\"'‘“„«(—–-]?\s*[A-ZА-ЯІЇЄҐ\d]", following):
        # Some write a country's name small; what is long and ends in a point is not shortened.
        is_whole = len(before) >= _WHOLE_WORD_LETTERS and before.isalpha() and not before.isascii()
        return is_whole and bool(re.match(r"\s+[а-яіїєґ]", following))
    return not (mark == "." and before in _ABBREVIATIONS)
