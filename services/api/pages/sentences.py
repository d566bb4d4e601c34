"""The sentences that rules write, in the language of a page.

A rule writes a sentence once, in English and with its numbers, and the log keeps it (`Explanation.text`). So
that a reader gets it in another language, each kind of sentence has its pattern here: what stands between the
numbers is a message of the catalogues, and what stands at the places is put in again, translated where it is
words too. A sentence of no pattern stays as it was written.

`%(n…)s` stands for a whole number, `%(d…)s` for a day, an exchange or an operation, `%(i…)s` for an interval,
`%(s…)s` for a speaker, `%(g…)s` for a group of people, `%(t…)s` for other text, `%(c…)s` for arithmetic.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import NamedTuple, get_args

from schemas.vocabulary import ClaimState, ExchangeStatus, FigureStatus, Flag
from services.api.http.languages import DEFAULT
from services.api.pages.language import gettext, spoken
from services.api.pages.phrases import count, short_day
from services.reconciliation.rules.explanations import CODES


#: What rules write at figures and checks. Of those that fit one sentence the first counts.
SENTENCES = (
    "the number was withheld",
    "a narrower count gives at least %(n)s",
    "narrower counts give at least %(n)s",
    "%(s)s is quoted with numbers that cannot all be true",
    "no exchange with this mediator is listed that compares",
    "%(n)s more are counted than the %(n2)s listed here with this mediator",
    "%(n)s of the %(n2)s listed here with this mediator are left out",
    "%(n)s more are counted than the %(n2)s listed here",
    "%(n)s more are counted than the %(n2)s listed here since number %(n3)s on %(d)s",
    "%(n)s of the %(n2)s listed here are left out",
    "%(n)s of the %(n2)s listed here since number %(n3)s on %(d)s are left out",
    "the list leaves %(n)s of %(n2)s out",
    "the parts make %(n)s, %(n2)s was given for the whole",
    "%(n)s (%(g)s) are more than the %(n2)s that came back in all",
    "%(s)s counts %(n)s (%(g)s), %(n2)s of %(n3)s aside",
    "no earlier exchange is listed",
    "%(c)s: the %(n)s (%(g)s) came beside the %(n2)s",
    "%(n)s days since the exchange of %(d)s",
    "%(c)s, %(s)s's %(n)s (%(g)s) taken for %(t)s",
    "%(c)s, %(s)s's “%(t)s” taken for %(t2)s",
    "%(c)s, %(t)s's number taken for both sides",
    "%(c)s, %(t)s's number taken for every side",
    "%(n)s is %(t)s's number alone",
    "%(n)s is %(n2)s with two digits in each other's place",
    "“%(t)s” constrains nothing",
    "no earlier exchange with such a figure is listed",
    "“%(t)s” names a time that is not stated",
    "returned to %(t)s: %(n)s against %(n2)s before",
    "both sides together: %(n)s against %(n2)s before",
    "all sides together: %(n)s against %(n2)s before",
    "%(t)s: %(n)s against %(n2)s before",
    "nobody counts everybody; the parts that are counted make %(n)s or more",
    "nobody counts everybody; the parts that are counted make %(n)s",
    "%(n)s came back otherwise than by the exchanges listed here",
    "a round number, %(n)s off",
    "%(c)s; the total of %(d)s is %(i)s",
    "the %(n)s of %(d)s are not counted in it",
    (
        "the exchanges since make %(n)s more than the total: %(n2)s of %(d)s may be counted twice or not "
        "be counted in it"
    ),
    "%(n)s was the total of %(d)s, %(n2)s fewer than now",
    "the total of %(d)s, %(n)s, leaves room for %(n2)s",
    "%(d)s bears the number %(n)s too: phases of one exchange",
    "%(d)s bears the number %(n)s too",
    "%(d)s bears the number %(n)s",
    "nobody speaks of people who came back to %(t)s",
    "%(s)s; the claims give nothing",
    "%(s)s; the claims give %(n)s / %(t2)s / %(t3)s (%(w)s)",
    "%(s)s's %(i)s holds for %(n)s",
    "%(i)s according to %(s)s",
)
#: What is said of a ledger's rows where a rule is shown by an example, and of claims where two times differ.
REMARKS = (
    "its status is %(w)s",
    "now counted at %(t)s",
    "no longer counted here",
    "before at %(t)s",
    "before at no figure",
    "%(w)s before, %(w2)s now",
    "read as %(t)s before, as %(t2)s now",
    "read otherwise",
    "new, %(w)s",
    "new",
)
#: Speakers of whom rules write that are no voices.
SPEAKERS = ("what those counted by the way they came make",)
#: How an interval is written.
INTERVALS = ("%(n)s or more", "%(n)s to %(n2)s")
#: Pieces of arithmetic that are words.
PIECES = ("%(n)s to %(t)s",)
_PLACES = {
    "n": r"-?\d[\d,]*",
    "d": r"\d{4}-\d{2}-\d{2}[-.a-z\d]*",
    "i": r"\d+(?: or more| to \d+)?",
    "c": r"[-\d\s+−=×]+",
    "w": r"[a-z_]+",
}
_PLACE = re.compile(r"%\((([a-z])\d?)\)s")
#: Numbers and signs, each part or the whole with what it counts behind it.
_ARITHMETIC = re.compile(r"(?:[\d\s+−=×]+(?:\([^()]*\))?)+")
#: A sum of sides: "248 to RU + 230 to UA".
_SUM = re.compile(r"\d+ to [^+]+(?: \+ \d+ to [^+]+)*")
Called = Callable[[str], str]


class Pattern(NamedTuple):
    """One kind of sentence: its message, and what finds its places."""

    message: str
    regex: re.Pattern[str]


def _pattern(message: str) -> Pattern:
    pieces, end = [], 0
    for place in _PLACE.finditer(message):
        pieces.append(re.escape(message[end : place.start()]))
        pieces.append(f"(?P<{place[1]}>{_PLACES.get(place[2], '.+?')})")
        end = place.end()
    return Pattern(message, re.compile("".join((*pieces, re.escape(message[end:]))), re.DOTALL))


@cache
def _patterns(messages: tuple[str, ...]) -> tuple[Pattern, ...]:
    return tuple(map(_pattern, messages))


def translated_sentence(text: str, called: Called) -> str:
    """Write a rule's sentence in the language of the page.

    Args:
        text: The sentence as the rule wrote it.
        called: What the ledger's own words are called: speakers, sides, groups of people.
    """
    if spoken().language == DEFAULT:
        return text
    return in_pattern(text, SENTENCES, called) or _sum_of_sides(text, called) or text


def translated_remark(text: str, called: Called) -> str:
    """Write what became of a claim between two times, with its reason behind it."""
    if spoken().language == DEFAULT:
        return text
    change, _, reasons = text.partition(": ")
    found = in_pattern(change, REMARKS, called) or translated_sentence(change, called)
    return f"{found}: {_with_meanings(reasons)}" if reasons else found


def translated_example(text: str, called: Called) -> str:
    """Write the example of a rule that is no sentence of a figure or a check."""
    if spoken().language == DEFAULT:
        return text
    return in_pattern(text, REMARKS, called) or _with_meanings(text)


def is_known(text: str) -> bool:
    """Return whether there is a pattern for a sentence.

    >>> is_known("Denis Pushilin counts 22 (military), 3 of 25 aside"), is_known("who knows")
    (True, False)
    """
    if any(pattern.regex.fullmatch(text) for pattern in _patterns(SENTENCES)):
        return True
    return _is_arithmetic(text)


def in_pattern(text: str, messages: tuple[str, ...], called: Called) -> str | None:
    """Write a sentence in the language of the page by the first message that it fits, null if none does."""
    for pattern in _patterns(messages):
        found = pattern.regex.fullmatch(text)
        if found:
            places = {name: _put(name, part, called) for name, part in found.groupdict().items()}
            return gettext(pattern.message, **places)
    return None


def _put(name: str, part: str, called: Called) -> str:
    kind = name[0]
    if kind == "n":
        return count(int(part.replace(",", "")))
    if kind == "d":
        return _day(part)
    if kind == "i":
        return in_pattern(part, INTERVALS, called) or part
    if kind == "w":
        return gettext(part.replace("_", " "))
    if kind == "s" and part in SPEAKERS:
        return gettext(part)
    return called(part) if kind in "sgt" else part


def _day(text: str) -> str:
    try:
        return short_day(date.fromisoformat(text))
    except ValueError:
        return text


def _is_arithmetic(text: str) -> bool:
    return _ARITHMETIC.fullmatch(text) is not None or _SUM.fullmatch(text) is not None


def _sum_of_sides(text: str, called: Called) -> str | None:
    """Write "248 to RU + 230 to UA", or a sum with its parts behind it."""
    if not _is_arithmetic(text):
        return None
    parts = [in_pattern(part, PIECES, called) or part for part in text.split(" + ")]
    written = " + ".join(parts)
    return re.sub(
        r"\(([^()]+)\)$", lambda found: f"({', '.join(map(called, found[1].split(', ')))})", written
    )


@cache
def _meanings() -> Mapping[str, str]:
    longest_first = sorted({code.meaning for code in CODES}, key=len, reverse=True)
    return {meaning: meaning for meaning in longest_first}


def _with_meanings(text: str) -> str:
    for meaning in _meanings():
        if text == meaning or text.endswith(f" – {meaning}") or meaning in text.split("; "):
            text = text.replace(meaning, gettext(meaning))
    return text


def messages() -> tuple[str, ...]:
    """Return the messages that sentences are written with, for the catalogues."""
    words = (
        *get_args(FigureStatus),
        *get_args(ExchangeStatus),
        *get_args(ClaimState),
        *get_args(Flag),
    )
    named = (word.replace("_", " ") for word in words)
    return (*SENTENCES, *REMARKS, *SPEAKERS, *INTERVALS, *PIECES, *named)
