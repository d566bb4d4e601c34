"""The month, week or year that a claim's words name, where the claim states no date: reconciliation.md §4 and §9.

    "In October 20 people came home", "freed 30 last month", "the 12 who were handed over earlier this month"

Such words tie a number to an exchange of that time and make none of the report's own day. A month without its year
is the last one up to the report. A month's name counts where a word such as "in" stands before it or its year after
it: "may" and "march" are words as well. Nothing is named by a time that begins or ends with a month ("since May").
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from schemas.words import LedgerVocabulary
from services.log_events.facts import FactClaim
from services.reconciliation.claims.lexicon import Phrase, Phrases, words_of
from services.reconciliation.claims.said_days import YEAR, SaidDays, TakenBefore, listed
from services.reconciliation.claims.stated_days import StatedSpan, known_day, read_stated_date


#: Measures that speak of one exchange, whose month words may name; a part's words may name when people were captured.
_OF_ONE_EXCHANGE = frozenset({"returned", "exchanged_total", "exchange_ordinal"})

_DAY = timedelta(days=1)
_MONTHS = 12
_MONTH = "month:"
#: How far "last week" reaches back: on the last day of a week, to the first one of the week before.
_LAST_WEEK_DAYS = 13
#: Words for times before the report's own day.
_TIMES = ("last_week", "last_month", "last_year", "earlier_this_month")


class SaidSpans:
    """Finds the months, weeks and years that words name, by a ledger's vocabulary."""

    def __init__(self, vocabulary: LedgerVocabulary) -> None:
        self._times = Phrases()
        for names in vocabulary.months.values():
            for place, name in enumerate(names):
                self._times.add(name, (f"{_MONTH}{place % _MONTHS + 1}",))
        for kind in _TIMES:
            for word in listed(getattr(vocabulary, kind)):
                self._times.add(word, (kind,))
        self._bounds = {words_of(word) for word in listed(vocabulary.time_bounds)}
        self._belonging = {words_of(word) for word in listed(vocabulary.belonging)}
        self._taken = TakenBefore(vocabulary)

    def of_claim(self, claim: FactClaim, published: date | None) -> StatedSpan | None:
        """Return the days of the month, week or year that a claim's words name, which states no date."""
        if published is None or not claim.wording or claim.measure not in _OF_ONE_EXCHANGE:
            return None
        if claim.modality != "asserted" or (claim.exchange and claim.exchange.until):
            return None
        return self.find(claim.wording, published)

    def find(self, wording: str, published: date) -> StatedSpan | None:
        """Return the days that words name in a report of a day: of several times that they name, the one within the others."""
        words = words_of(wording)
        # Nearly no wording names any.
        if not self._times.may_occur_in(words):
            return None
        named = (span for span in self._named(words, published) if span is not None)
        # Rules look at the days around a span, and beyond the calendar there are none.
        found = sorted({span for span in named if known_day(span.first)}, key=_length)
        is_nested = all(one.holds(found[0].first) and one.holds(found[0].last) for one in found)
        return found[0] if found and is_nested else None

    def _named(self, words: Phrase, published: date) -> Iterator[StatedSpan | None]:
        start = 0
        while start < len(words):
            piece = self._times.find(words, start)
            end = start + (len(piece.words) if piece else 1)
            for kind in piece.kinds if piece else ():
                if self._is_bound(words, start) or self._taken.stands_before(words, start):
                    continue
                if not kind.startswith(_MONTH):
                    yield _time_before(kind, published)
                else:
                    month = int(kind.removeprefix(_MONTH))
                    year = _year_after(words, end)
                    if year is not None or words[start - 1 : start] in self._belonging:
                        yield _month_of(published, month, year)
            start = end

    def _is_bound(self, words: Phrase, start: int) -> bool:
        """Return whether what is named begins or ends a time: "since May", "until the end of May"."""
        before = [words[place : place + 1] for place in range(max(start - 4, 0), start)]
        # "By", "to" and "from" further on belong to somebody: "freed by the other side in May".
        further = (word for word in before[:-1] if word not in self._belonging)
        return any(word in self._bounds for word in (*before[-1:], *further))


def _time_before(kind: str, published: date) -> StatedSpan:
    """Return the days of a week, month or year that is named by its distance from the report's."""
    if kind == "last_week":
        return StatedSpan(published - _LAST_WEEK_DAYS * _DAY, published - _DAY)
    first = published.replace(day=1)
    if kind == "earlier_this_month":
        return StatedSpan(first, max(first, published - 2 * _DAY))
    if kind == "last_month":
        return StatedSpan((first - _DAY).replace(day=1), first - _DAY)
    return StatedSpan(date(published.year - 1, 1, 1), date(published.year - 1, 12, 31))


def _year_after(words: Phrase, end: int) -> int | None:
    """Return the year that stands after a month, at most one word on: "de octubre de 2031"."""
    for word in words[end : end + 2]:
        if YEAR.fullmatch(word):
            return int(word)
    return None


def _month_of(published: date, month: int, year: int | None) -> StatedSpan | None:
    """Return the days of a month: without its year, of the last one that had begun when the report came out.

    Null where it is beyond the calendar.
    """
    if year is None:
        year = published.year - (month > published.month)
    span = read_stated_date(f"{year:04}-{month:02}")
    return span if isinstance(span, StatedSpan) else None


def _length(span: StatedSpan) -> timedelta:
    return span.last - span.first


@lru_cache(64)
def said_times_of(vocabulary: str) -> tuple[SaidDays, SaidSpans]:
    """Return what finds days and longer times by a vocabulary, given as its text.

    Ledgers without words of their own share it.
    """
    words = LedgerVocabulary.model_validate_json(vocabulary)
    return SaidDays(words), SaidSpans(words)
