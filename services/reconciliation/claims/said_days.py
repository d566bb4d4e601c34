"""The day that a claim's words name, where the claim states none: reconciliation.md §4.

    "20 more were released on Sunday", "33 came home yesterday", "On June 12, 35 prisoners"

Words for weekdays, months and days nearby stand in the ledger's vocabulary. A weekday, and a day without its
year, is the last such day up to the report, of a plan the next one from it on; a weekday that was yesterday is
yesterday. Nothing is named where words name several days, or a time that begins or ends with one ("since Sunday"). A
number beside a month that is the claim's own counts people: "In October 20 people came home".
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from schemas.words import LedgerVocabulary
from services.log_events.facts import FactClaim
from services.reconciliation.claims.lexicon import Phrase, Phrases, words_of
from services.reconciliation.claims.stated_days import StatedSpan, known_day


#: Measures that speak of one exchange, whose day words may name.
_OF_ONE_DAY = frozenset({"returned", "breakdown", "exchanged_total", "exchange_ordinal"})

_DAY = timedelta(days=1)
_WEEKDAYS, _MONTHS = 7, 12
#: A year, as reports write it.
YEAR = re.compile(r"(?:19|20)\d\d")
#: A day of the month, with the ending that English writes onto it.
_DAY_OF_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
#: What stands between a day and its month.
_OF = frozenset({"of", "de"})
#: Words nearby, by how many days before the report they are.
_DAYS_BACK: Mapping[str, int] = {"today": 0, "yesterday": 1, "before_yesterday": 2, "tomorrow": -1}
#: Most words that say that somebody was taken; most letters of what joins a day to them: "in", "le".
_TAKEN_WORDS_MAX, _JOINT_LENGTH_MAX = 3, 3
#: How long after its report a day without its year may be, of what is asserted and of a plan.
_AHEAD_DAYS, _PLANNED_AHEAD_DAYS = 1, 180


class SaidDays:
    """Finds the days that words name, by a ledger's vocabulary."""

    def __init__(self, vocabulary: LedgerVocabulary) -> None:
        self._days = Phrases()
        for kind in _DAYS_BACK:
            for word in listed(getattr(vocabulary, kind)):
                self._days.add(word, (kind,))
        for kind, length in (("weekdays", _WEEKDAYS), ("months", _MONTHS)):
            for names in getattr(vocabulary, kind).values():
                for place, name in enumerate(names):
                    self._days.add(name, (f"{kind}:{place % length}",))
        self._bounds = Phrases()
        for word in listed(vocabulary.time_bounds):
            self._bounds.add(word, ("bound",))
        self._taken = TakenBefore(vocabulary)
        self._belonging = {words_of(word) for word in listed(vocabulary.belonging)}

    def of_claim(
        self, claim: FactClaim, stated: StatedSpan | None, published: date | None
    ) -> date | None:
        """Return the day that a claim's words name, which states none: one of its month, if it states that."""
        if published is None or not claim.wording or claim.measure not in _OF_ONE_DAY:
            return None
        if claim.modality == "denied" or (claim.exchange and claim.exchange.until):
            return None
        number = claim.quantity.value if claim.quantity else None
        is_plan = claim.modality == "planned"
        found = known_day(self.find(claim.wording, published, number=number, is_plan=is_plan))
        is_outside = stated is not None and found is not None and not stated.holds(found)
        return None if is_outside else found

    def find(
        self, wording: str, published: date, *, number: int | None, is_plan: bool
    ) -> date | None:
        """Return the day that words name, null for none, and for several.

        Args:
            wording: The words.
            published: The day of the report.
            number: How many people they speak of.
            is_plan: Whether they speak of what is to come.
        """
        words = words_of(wording)
        # Nearly no wording names a day.
        if not self._days.may_occur_in(words):
            return None
        days = set(self._named(words, published, number, is_plan=is_plan))
        return days.pop() if len(days) == 1 else None

    def _named(
        self, words: Phrase, published: date, number: int | None, *, is_plan: bool
    ) -> Iterator[date | None]:
        """Return the days that words name; null for one that only bounds a time, or is of no calendar."""
        start = read = 0
        while start < len(words):
            piece = self._days.find(words, start)
            end = start + (len(piece.words) if piece else 1)
            for kind in piece.kinds if piece else ():
                if kind.startswith("months:"):
                    beside = _day_beside(words, start, end, read, number)
                    if beside is None:
                        continue
                    month, first = int(kind.partition(":")[2]) + 1, min(beside.place, start)
                    found = _on(published, month, beside, is_plan=is_plan)
                    end = max(end, beside.end)
                else:
                    first, found = start, _reckoned(kind, published, is_plan=is_plan)
                if self._taken.stands_before(words, first):
                    continue
                yield None if self._is_bound(words, first) else found
                read = end
            start = end

    def _is_bound(self, words: Phrase, start: int) -> bool:
        """Return whether a day that begins at a word begins or ends a time: "since Sunday", "starting on Sunday"."""
        for place in range(start - 1, max(start - 3, -1), -1):
            if self._bounds.known(words[place : place + 1], is_begun=False):
                return True
            if words[place : place + 1] not in self._belonging:
                return False
        return False


class TakenBefore:
    """Tells days on which people were taken from those on which they were let go, by a ledger's vocabulary."""

    def __init__(self, vocabulary: LedgerVocabulary) -> None:
        self._taken = Phrases()
        for word in listed(vocabulary.taken):
            self._taken.add(word, ("taken",))

    def stands_before(self, words: Phrase, start: int) -> bool:
        """Return whether words say of what begins at a word that somebody was taken then: "captured in May"."""
        if start > 1 and len(words[start - 1]) <= _JOINT_LENGTH_MAX:
            start -= 1
        return any(
            piece is not None and place + len(piece.words) == start
            for place in range(max(start - _TAKEN_WORDS_MAX, 0), start)
            for piece in [self._taken.find(words, place)]
        )


def _reckoned(kind: str, published: date, *, is_plan: bool) -> date | None:
    """Return a day by its distance from the report's: a weekday, or a word for a day nearby."""
    if kind in _DAYS_BACK:
        back = _DAYS_BACK[kind]
        is_behind = back > 0 if is_plan else back < 0
        return None if is_behind else published - back * _DAY
    weekday = int(kind.partition(":")[2])
    ahead = (weekday - published.weekday()) % _WEEKDAYS
    # "On Thursday", on a Friday: what was to be yesterday; for the next week reports say "next Thursday".
    if is_plan and ahead < _WEEKDAYS - 1:
        return published + ahead * _DAY
    return published - (published.weekday() - weekday) % _WEEKDAYS * _DAY


class _DayBeside(NamedTuple):
    """A day of the month beside the month's name: its place, its number, its year if stated, and where that ends."""

    place: int
    day: int
    year: int | None
    end: int


def _day_beside(
    words: Phrase, start: int, end: int, read: int, number: int | None
) -> _DayBeside | None:
    """Return the day of the month beside a month's name, null for none; words that were read are no such day."""
    before = start - 1
    if before > read and words[before] in _OF:
        before -= 1
    for place in (before, end):
        match = _DAY_OF_MONTH.fullmatch(words[place]) if read <= place < len(words) else None
        if match is not None and int(match[1]) != number:
            after = max(end, place + 1)
            if words[after : after + 1] in ((",",), ("de",)):
                after += 1
            is_year = after < len(words) and YEAR.fullmatch(words[after])
            year = int(words[after]) if is_year else None
            return _DayBeside(place, int(match[1]), year, after + 1 if is_year else end)
    return None


def _on(published: date, month: int, beside: _DayBeside, *, is_plan: bool) -> date | None:
    """Return the last such day up to the report, of a plan the one that is to come; the one that is stated in full."""
    latest = published + (_PLANNED_AHEAD_DAYS if is_plan else _AHEAD_DAYS) * _DAY
    years = (latest.year, latest.year - 1) if beside.year is None else (beside.year,)
    for year in years:
        try:
            found = date(year, month, beside.day)
        except ValueError:
            continue
        if found <= latest:
            return found if not is_plan or found >= published else None
    return None


def listed(words: Mapping[str, Sequence[str]]) -> Iterable[str]:
    """Return the words of all languages of a vocabulary's field."""
    return (word for language in sorted(words) for word in words[language])
