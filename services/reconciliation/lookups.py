"""What the reference looks up: tables of all claims and all exchanges, made anew for each answer.

They are slow and plain on purpose: what the engine keeps up to date instead is held to them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from schemas.events import RecordedRetraction
from services.reconciliation.claims.interval import Interval
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import Standing
from services.reconciliation.policy import Policy
from services.reconciliation.procedure import ExchangeInSeries, SeriesName
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.day_counts import (
    DayCounts,
    count_all,
    counted_whole,
    counts_at_once,
    is_received,
    told_at_once,
)
from services.reconciliation.rules.first_since import last_return
from services.reconciliation.rules.founding import can_found
from services.reconciliation.rules.judgements import JudgementsInForce
from services.reconciliation.rules.marks import (
    Mark,
    marks_of,
    marks_of_days,
    marks_of_undated,
    report_mark,
)
from services.reconciliation.rules.neighbouring_days import (
    Numbered,
    Part,
    Reported,
    SideCount,
    find_canonical_day,
    find_parts,
)
from services.reconciliation.rules.sound_totals import Contribution
from services.reconciliation.rules.sum_check import Count
from services.reconciliation.rules.which_exchange import ABOUT_AN_EXCHANGE
from services.reconciliation.rules.withdrawal import may_retract, retracted_for


class StatedDay(NamedTuple):
    """What the claims in force that state one day say of it."""

    speakers: set[str]
    counts: set[SideCount]
    ordinals: set[Numbered]
    officials: dict[str, set[int]]
    wholes: dict[tuple[str, bool], set[Interval]]
    told_at_once: set[SideCount]
    reported: set[Reported]
    received: set[str]

    @property
    def speaker_count(self) -> int:
        """How many speakers speak of it."""
        return len(self.speakers)

    def official_counts(self, side: str) -> Sequence[int]:
        """Return the numbers that officials and go-betweens count of a side, in ascending order."""
        return sorted(self.officials.get(side, ()))


class ClaimTable:
    """What claims may be matched by: `rules.which_exchange.KnownClaims`, from all claims at once."""

    def __init__(
        self,
        readings: Iterable[Reading],
        withdrawn: Collection[ClaimKey],
        judgements: JudgementsInForce,
        policy: Policy,
        sides: Sequence[str],
    ) -> None:
        """Work it out.

        Args:
            readings: All claims.
            withdrawn: Those that are out of force.
            judgements: What operators judged.
            policy: The constants.
            sides: The sides' codes.
        """
        self.policy = policy
        self.sides = sides
        self._days: dict[date, StatedDay] = {}
        self._days_with: dict[Mark, set[date]] = {}
        self._undated: list[Reading] = []
        for reading in readings:
            if reading.measure not in ABOUT_AN_EXCHANGE or reading.key in withdrawn:
                continue
            placed = judgements.place(reading)
            if placed is None and reading.doubt is not None:
                continue
            day = placed.day if placed is not None else reading.stated_date
            if day is not None:
                self._note(reading, day)
            elif placed is None:
                self._note_without_day(reading)
        for reading in self._undated:
            told = told_at_once(reading)
            if told is not None and told[0] in self._days:
                self._days[told[0]].told_at_once.add(told[1])
                if is_received(reading):
                    self._days[told[0]].received.add(reading.side)

    def _note_without_day(self, reading: Reading) -> None:
        for mark, day in marks_of_days(reading):
            self._days_with.setdefault(mark, set()).add(day)
        if reading.stated_span is not None:
            return
        self._undated.append(reading)
        for mark in marks_of_undated(reading):
            assert reading.published_on is not None, "what marks no day has none"
            self._days_with.setdefault(mark, set()).add(reading.published_on)

    def _note(self, reading: Reading, day: date) -> None:
        here = self._days.setdefault(
            day, StatedDay(set(), set(), set(), {}, {}, set(), set(), set())
        )
        here.speakers.add(reading.voice)
        if reading.stated_ordinal is not None:
            here.ordinals.add((reading.counter, reading.stated_ordinal))
        if reading.counted is not None:
            here.counts.add(reading.counted)
            if reading.report is not None:
                here.reported.add((reading.report, *reading.counted))
            if is_received(reading):
                here.received.add(reading.side)
            if reading.tier < OUTLET_TIER:
                side, number = reading.counted
                here.officials.setdefault(side, set()).add(number)
        if counts_at_once(reading, day):
            assert reading.counted is not None, "what is told at once is counted"
            here.told_at_once.add(reading.counted)
        if (whole := counted_whole(reading)) is not None:
            here.wholes.setdefault(whole[0], set()).add(whole[1])
        for mark in marks_of(reading):
            self._days_with.setdefault(mark, set()).add(day)

    def is_stated(self, day: date) -> bool:
        """Return whether a dated claim states a day."""
        return day in self._days

    def stated_after(self, day: date, days_max: int) -> Sequence[date]:
        """Return the days, up to so many after a day, that dated claims state, in order."""
        return sorted(one for one in self._days if 0 < (one - day).days <= days_max)

    def canonical_day(self, day: date) -> date:
        """Return the day that is meant by a stated one."""
        return find_canonical_day(day, self._days.get)

    def counts_on(self, day: date, side: str) -> DayCounts:
        """Return what dated claims count on a day as a whole, of a side or of all sides together.

        The sums of several days are left out.
        """
        wholes = self._days[day].wholes if day in self._days else {}
        officials, outlets = (
            count_all(
                whole
                for whole in wholes.get((side, is_official), ())
                if not (whole.is_exact and self.parts((side, whole.low), day))
            )
            for is_official in (True, False)
        )
        return DayCounts(officials, outlets)

    def official_counts(self, day: date, side: str) -> Sequence[int]:
        """Return what officials count of a side on a day, in ascending order."""
        return sorted(self._days[day].officials.get(side, ())) if day in self._days else ()

    def parts(self, counted: SideCount, day: date) -> tuple[Part, ...]:
        """Return the days' counts that a number said of a canonical day is the sum of."""
        return find_parts(counted, day, self._canonical_counts, self.policy.run_days_max)

    def _canonical_counts(self, day: date, side: str) -> Sequence[int]:
        # What is said of a duplicate day is said of its canonical day.
        return self.official_counts(day, side) if self.canonical_day(day) == day else ()

    def first_day_with(self, mark: Mark) -> date | None:
        """Return the first day that dated claims give a mark, null for none."""
        return min(self._days_with.get(mark, ()), default=None)

    def last_day_with(self, mark: Mark, until: date) -> date | None:
        """Return the last day up to another that dated claims give a mark, null for none."""
        days = self._days_with.get(mark, ())
        return max((day for day in days if day <= until), default=None)

    def few_days_with(self, mark: Mark) -> Sequence[date]:
        """Return the days that dated claims give a mark, in order; none if they are many."""
        days = sorted(self._days_with.get(mark, ()))
        return days if len(days) <= self.policy.pointed_days_max else ()

    def founders_on(self, day: date) -> Iterable[Reading]:
        """Return the undated claims published on a day that can found an exchange."""
        return (
            reading
            for reading in self._undated
            if reading.published_on == day and can_found(reading, self.policy)
        )

    def undated_in(self, report: Mark) -> Sequence[Reading]:
        """Return a report's undated claims; none if they are many."""
        found = [reading for reading in self._undated if report_mark(reading) == report]
        return found if len(found) <= self.policy.report_claims_max else ()


class RevisionTable:
    """What claims and retractions say of claims: `rules.withdrawal.KnownRevisions`, from all at once."""

    def __init__(
        self,
        readings: Mapping[ClaimKey, Reading],
        retractions: Iterable[RecordedRetraction],
        excluded: Collection[ClaimKey],
        trusted: Collection[str],
    ) -> None:
        """Work it out.

        Args:
            readings: All claims, as their own speakers say them.
            retractions: All retractions.
            excluded: The claims that operators excluded.
            trusted: The publishers that may revise and retract what others published.
        """
        self.trusted = trusted
        self._readings = readings
        self._excluded = excluded
        self._retracted: dict[ClaimKey, Standing] = {}
        self._others: dict[ClaimKey, set[str]] = {}
        self._revisers: dict[ClaimKey, set[ClaimKey]] = {}
        for recorded in retractions:
            stated = recorded.retraction
            target = (stated.retracts.source, stated.retracts.id)
            if may_retract(recorded.source, target, trusted):
                known = self._retracted.get(target)
                self._retracted[target] = retracted_for(stated.reason, known)
            else:
                self._others.setdefault(target, set()).add(recorded.source)
        for reading in readings.values():
            if reading.revises is not None:
                self._revisers.setdefault(reading.revises, set()).add(reading.key)

    def claim(self, key: ClaimKey) -> Reading | None:
        """Return a claim as its own speaker says it, null if it is not known."""
        return self._readings.get(key)

    def counts(self, key: ClaimKey) -> bool:
        """Return whether what a claim says of another counts: nobody retracted or excluded it."""
        return key not in self._retracted and key not in self._excluded

    def revisers(self, key: ClaimKey) -> Collection[ClaimKey]:
        """Return the claims that say they revise a claim."""
        return self._revisers.get(key, ())

    def retracted(self, key: ClaimKey) -> Standing | None:
        """Return how a claim stands by retractions that take effect, null if there is none."""
        return self._retracted.get(key)

    def others_that_retract(self, key: ClaimKey) -> Collection[str]:
        """Return the publishers that retract a claim without effect."""
        return self._others.get(key, ())


class ExchangeList:
    """The exchanges of one series in order of day: `rules.sound_totals.ExchangesOfSide`, by looking at each."""

    def __init__(
        self,
        in_series: Mapping[str, ExchangeInSeries],
        series: SeriesName,
        remainders: Iterable[Contribution] = (),
    ) -> None:
        """Put them in order.

        Args:
            in_series: All exchanges.
            series: The series.
            remainders: What operations add to it beside their days.
        """
        of_exchanges = (
            Contribution(known.day, exchange, count)
            for exchange, known in in_series.items()
            if (count := known.listed(series)) is not None
        )
        self._all = sorted(
            (*of_exchanges, *remainders), key=lambda known: (known.day, known.exchange)
        )

    def _in(self, after: date | None, until: date) -> list[Contribution]:
        return [
            known
            for known in self._all
            if (after is None or known.day > after) and known.day <= until
        ]

    def between(self, after: date | None, until: date) -> Count:
        """Return the sum of those after a day (null: from the first) up to and including another."""
        found = self._in(after, until)
        highs = [known.total.interval.high for known in found]
        low = sum(known.total.interval.low for known in found)
        interval = Interval(low, None if None in highs else sum(high or 0 for high in highs))
        return Count(interval, sum(known.total.best for known in found))

    def days(self) -> Sequence[date]:
        """Return their days, in order."""
        return [known.day for known in self._all]

    def count(self, after: date | None, until: date) -> int:
        """Return how many there are in that time."""
        return len(self._in(after, until))

    def holds_any(self, after: date | None, until: date) -> bool:
        """Return whether there is one in that time."""
        return bool(self._in(after, until))

    def one_of(self, after: date, until: date, number: int) -> Contribution | None:
        """Return the first in that time with exactly that number, null if there is none."""
        found = (known for known in self._in(after, until) if known.total.best == number)
        return next(found, None)

    def latest(self, after: date | None, until: date, number: int) -> Sequence[Contribution]:
        """Return the last so many in that time, in order of day."""
        return self._in(after, until)[-number:]

    def last_before(self, day: date) -> date | None:
        """Return the last day before a day that has one, null for none."""
        return max((known.day for known in self._all if known.day < day), default=None)

    def last_with(self, best: int, *, after: date | None, until: date) -> date | None:
        """Return the last day of a time on which those of that time made so many, null for none."""
        days = {known.day for known in self._in(after, until)}
        return max((day for day in days if self.between(after, day).best == best), default=None)

    def greatest_low(self, since: date | None, day: date, exchange: str) -> int | None:
        """Return the greatest low from a day on (null: the first) and before an exchange."""
        return max(
            (
                known.total.interval.low
                for known in self._all
                if (since is None or since <= known.day)
                and (known.day, known.exchange) < (day, exchange)
            ),
            default=None,
        )


class ListedExchanges(NamedTuple):
    """All that is added to series.

    Attributes:
        in_series: The exchanges, by id.
        remainders: What operations add beside their days, by series.
    """

    in_series: Mapping[str, ExchangeInSeries]
    remainders: Mapping[SeriesName, Iterable[Contribution]]

    def of(self, series: SeriesName) -> ExchangeList:
        """Return what is added to one series, in order of day."""
        return ExchangeList(self.in_series, series, self.remainders.get(series, ()))


def counted_days(in_series: Mapping[str, ExchangeInSeries]) -> list[date]:
    """Return the days of the exchanges that took place, in order."""
    return sorted(known.day for known in in_series.values() if known.is_counted)


def day_before(
    reading: Reading,
    day: date,
    listed: ListedExchanges,
    side_codes: Collection[str],
) -> date | None:
    """Return the day of the last exchange before a day that is comparable with what a claim speaks of."""
    if reading.category not in ("all", "military", "unspecified"):
        return listed.of((reading.side, reading.category)).last_before(day)
    if reading.side in side_codes:
        return last_return(listed.of((reading.side, "all")), day)
    return max((known for known in counted_days(listed.in_series) if known < day), default=None)
