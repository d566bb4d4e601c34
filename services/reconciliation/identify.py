"""Which exchange a claim means: reconciliation.md §4.

Evidence, in this order: the stated date; the stated ordinal with its counter; an equal figure of an
exchange on the publication day or the day before; an exchange that the same report names with its
date; for those who report rather than announce, an equal figure of an older exchange; the publication day
itself, then the day before; an equal figure of an older exchange. A guess never overrides a stated
date. Ids are dates, so they are stable for ever.

* A day that is an echo of the day beside it (`services.reconciliation.days`) is that other day.
* An outlet's undated number that is far from all that officials count on the day is background: it
  is not about that day's exchange.
* A claim of which not even the day of publication is known means the one exchange that has its
  figure, else the one that most figures of its report point to.
* A number that is the sum of several days' counts means the exchange that took these days, as a whole.

The answer is a function of the set of claims: claims with a date make the exchanges, and the others
are matched to them again whenever what they were matched by has changed.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from services.reconciliation.days import Days
from services.reconciliation.policy import Policy
from services.reconciliation.reading import ClaimKey, Reading
from services.reconciliation.rules.which_exchange import (
    ABOUT_AN_EXCHANGE,
    LOOKING_BACK,
    NOTHING,
    Meant,
)
from services.shelf import Shelf


#: What claims are matched by: a kind, and what it is of.
Handle = tuple[str | int | date, ...]


class _Pointed:
    """The days of exchanges that a handle points to, in order, each with how many claims say so."""

    def __init__(self) -> None:
        self._counts: dict[date, int] = {}
        self._ordered: list[date] = []

    def add(self, day: date) -> bool:
        """Count one more claim; say if the day is new."""
        self._counts[day] = self._counts.get(day, 0) + 1
        is_new = self._counts[day] == 1
        if is_new:
            insort(self._ordered, day)
        return is_new

    def remove(self, day: date) -> bool:
        """Count one claim less; say if the day is gone."""
        self._counts[day] -= 1
        is_gone = not self._counts[day]
        if is_gone:
            del self._counts[day]
            del self._ordered[bisect_left(self._ordered, day)]
        return is_gone

    def first(self) -> date | None:
        """Give the earliest day."""
        return self._ordered[0] if self._ordered else None

    def all(self) -> Sequence[date]:
        """Give all days, in order."""
        return self._ordered

    def last_until(self, day: date) -> date | None:
        """Give the latest day that is not after another."""
        index = bisect_right(self._ordered, day)
        return self._ordered[index - 1] if index else None

    def next_after(self, day: date) -> date | None:
        """Give the earliest day after another."""
        index = bisect_right(self._ordered, day)
        return self._ordered[index] if index < len(self._ordered) else None


class Identification:
    """Who means which exchange, kept up as claims come and go.

    What one claim's answer depends on is a few handles (a day, a figure, an ordinal); a claim that
    changes what a handle points to wakes the undated claims that hold it.
    """

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._days = Days(policy)
        self._days_of: Shelf[Handle, _Pointed] = Shelf(16)
        self._undated: Shelf[ClaimKey, Reading] = Shelf(8)
        self._holders: dict[Handle, set[ClaimKey]] = {}
        self._published: dict[Handle, list[tuple[date, ClaimKey]]] = {}
        self._timeless: dict[Handle, set[ClaimKey]] = {}
        self._mute: set[ClaimKey] = set()
        self._by_date: dict[date, Meant] = {}

    def add(self, reading: Reading, *, in_force: bool = True) -> set[ClaimKey]:
        """Take in a claim; give the undated claims to be asked for again.

        A claim that is not in force still means an exchange, but makes none and is no evidence.
        """
        if reading.measure not in ABOUT_AN_EXCHANGE:
            return set()
        if reading.stated_date is None:
            self._undated[reading.key] = reading
            for handle in _handles(reading):
                self._hold(handle, reading)
            if in_force:
                self._mute.discard(reading.key)
            else:
                self._mute.add(reading.key)
            return self._founders_near(reading) | self._reported_with(reading)
        return self._anchor(reading, reading.stated_date) if in_force else set()

    def withdraw(self, reading: Reading) -> set[ClaimKey]:
        """Take a claim out of force; give the undated claims to be asked for again."""
        if reading.measure not in ABOUT_AN_EXCHANGE:
            return set()
        if reading.stated_date is None:
            woken = self._founders_near(reading) | self._reported_with(reading)
            self._mute.add(reading.key)
            return woken
        return self._lift(reading, reading.stated_date)

    def place(self, reading: Reading, day: date) -> set[ClaimKey]:
        """Count a claim as if it stated a day; give the undated claims to be asked for again."""
        return self._anchor(reading, day)

    def displace(self, reading: Reading, day: date) -> set[ClaimKey]:
        """Count it no longer so; give the undated claims to be asked for again."""
        return self._lift(reading, day)

    def _anchor(self, reading: Reading, day: date) -> set[ClaimKey]:
        woken = set() if day in self._days else self._near(day)
        woken |= self._days.put(reading, day)
        for handle in _marks(reading):
            days = self._days_of.get(handle)
            if days is None:
                days = self._days_of[handle] = _Pointed()
            if days.add(day):
                woken |= self._holding(handle, day)
        return woken

    def _lift(self, reading: Reading, day: date) -> set[ClaimKey]:
        """Lift a dated claim's weight off its day."""
        woken = self._days.remove(reading, day)
        if day not in self._days:
            woken |= self._near(day)
        for handle in _marks(reading):
            if self._days_of[handle].remove(day):
                woken |= self._holding(handle, day)
        return woken

    def meant_by(self, reading: Reading) -> Meant:
        """Say which exchange a claim means."""
        if reading.measure not in ABOUT_AN_EXCHANGE:
            return NOTHING
        day = reading.stated_date
        if day is not None:
            return self._stated(reading, day)
        found = self._undated_meant(reading)
        return NOTHING if found is None else self._at_home(reading, *found)

    def _stated(self, reading: Reading, day: date) -> Meant:
        if not self._days.is_plain(reading, day):
            home = self._days.home_of(reading, day)
            parts = self._days.parts_of(reading, home)
            if home != day:
                return Meant(home.isoformat(), "stated-neighbouring-date", day, parts)
            if parts:
                return Meant(day.isoformat(), "stated-date", None, parts)
        # All claims that state a day, and mean nothing but that day, share one answer.
        known = self._by_date.get(day)
        if known is None:
            known = self._by_date[day] = Meant(day.isoformat(), "stated-date")
        return known

    def _at_home(self, reading: Reading, day: date, evidence: str) -> Meant:
        home = self._days.home_of(reading, day)
        return Meant(home.isoformat(), evidence, None, self._days.parts_of(reading, home))

    def _undated_meant(self, reading: Reading) -> tuple[date, str] | None:
        by_ordinal = self._by_ordinal(reading)
        if by_ordinal is not None:
            return by_ordinal, "stated-ordinal"
        day = reading.published_on
        if day is None:
            return self._by_content(reading)
        return self._by_publication(reading, day)

    def _by_publication(self, reading: Reading, day: date) -> tuple[date, str] | None:
        fresh = (day, _before(day))
        by_figure = self._by_figure(reading, day)
        by_report = self._by_report(reading, day)
        by_day = next(
            (near for near in fresh if near in self._days or self._is_founded(near)), None
        )
        looks_back = reading.camp in LOOKING_BACK and not reading.is_breakdown
        if looks_back:
            by_report, by_day = (self._in_place(reading, found) for found in (by_report, by_day))
        candidates = (
            (by_figure if by_figure in fresh or looks_back else None, "equal-figure"),
            (by_report if by_report in fresh else None, "same-report"),
            (by_day, "published-that-day" if by_day == day else "published-next-day"),
            (by_report, "same-report"),
            (by_figure, "equal-figure"),
        )
        return next(
            ((found, evidence) for found, evidence in candidates if found is not None), None
        )

    def _in_place(self, reading: Reading, day: date | None) -> date | None:
        """Give a day again unless a claim's number can be none of that day's."""
        if day is None:
            return None
        home = self._days.home_of(reading, day)
        if self._days.is_out_of_place(reading, home) and not self._days.parts_of(reading, home):
            return None
        return day

    def _by_content(self, reading: Reading) -> tuple[date, str] | None:
        """Find what a claim means of which no day at all is known."""
        own = self._with_count(reading)
        if len(own) == 1:
            return min(own), "equal-figure"
        pointed_to = self._by_whole_report(reading)
        if pointed_to is not None and (not own or pointed_to in own):
            return pointed_to, "same-report"
        return None

    def _with_count(self, reading: Reading) -> set[date]:
        """Give the exchanges of which somebody counts as many as a claim does, none if they are many."""
        handle = _count_handle(reading)
        days = self._few_days(handle) if handle else ()
        return {self._days.home_of(reading, day) for day in days}

    def _few_days(self, handle: Handle) -> Sequence[date]:
        """Give the days that a handle points to, in order; none if they are many."""
        days = self._days_of.get(handle)
        if days is None or len(days.all()) > self._policy.pointed_days_max:
            return ()
        return days.all()

    def _by_whole_report(self, reading: Reading) -> date | None:
        """Find the exchange that most claims of a report point to, null if none or several are."""
        handle = _report_handle(reading)
        if handle is None:
            return None
        votes = Counter(self._few_days(handle))
        claims = self._timeless.get(handle, set())
        for key in claims if len(claims) <= self._policy.report_claims_max else ():
            if key not in self._mute:
                days = self._with_count(self._undated[key])
                votes.update(days if len(days) == 1 else ())
        ranked = votes.most_common(2)
        is_tied = len(ranked) == 2 and ranked[0][1] == ranked[1][1]  # noqa: PLR2004  the first two
        return ranked[0][0] if ranked and not is_tied else None

    def _by_ordinal(self, reading: Reading) -> date | None:
        if reading.stated_ordinal is None:
            return None
        handle = ("ordinal", reading.counter, reading.stated_ordinal)
        days = self._days_of.get(handle)
        return days.first() if days else None

    def _by_report(self, reading: Reading, day: date) -> date | None:
        """Find the latest exchange that the same report names with its date."""
        handle = _report_handle(reading)
        if handle is None:
            return None
        days = self._days_of.get(handle)
        return days.last_until(day) if days else None

    def _by_figure(self, reading: Reading, day: date) -> date | None:
        """Find the nearest earlier exchange with that very figure.

        That day's or the day before's, or an older one that a retrospective recalls.
        """
        handle = _figure_handle(reading)
        if handle is None:
            return None
        days = self._days_of.get(handle)
        return days.last_until(day) if days else None

    def _is_founded(self, day: date) -> bool:
        """Say whether officials gave numbers that day without naming the day of the exchange.

        Only a number that no known exchange has makes a new one, and only where no exchange of that
        day or the day before is known by its date.
        """
        if _before(day) in self._days:
            return False
        return any(
            known.key not in self._mute
            and self._can_found(known)
            and self._by_figure(known, day) is None
            for known in self._published_on(day)
        )

    def _published_on(self, day: date) -> Iterable[Reading]:
        keys = self._holders.get(("day", day), ())
        return (self._undated[key] for key in keys if self._undated[key].published_on == day)

    def _hold(self, handle: Handle, reading: Reading) -> None:
        holders = self._holders.setdefault(handle, set())
        if reading.key not in holders:
            holders.add(reading.key)
            if reading.published_on is not None:
                insort(self._published.setdefault(handle, []), (reading.published_on, reading.key))
            else:
                self._timeless.setdefault(handle, set()).add(reading.key)

    def _holding(self, handle: Handle, day: date) -> set[ClaimKey]:
        """Give the undated claims that may mean another day, and those that lean on them.

        An ordinal means the first day that bears it. Any other handle means the last day up to a
        claim's publication, so the claims out before this day or after the next one stay; a claim
        without any day is pointed to by few days alone.
        """
        pointed = self._days_of[handle]
        if handle[0] == "ordinal":
            first = pointed.first()
            holders: Iterable[ClaimKey] = (
                self._holders.get(handle, ()) if first is None or day <= first else ()
            )
        else:
            following = pointed.next_after(day)
            published = self._published.get(handle, [])
            end = len(published)
            if following is not None:
                end = bisect_left(published, (following, ("", "")))
            start = bisect_left(published, (day, ("", "")), 0, end)
            holders = [key for _, key in published[start:end]]
        woken = set(holders)
        for key in holders:
            woken |= self._founders_near(self._undated[key])
        # One day more or less than few may change what they mean; one of many does not.
        if len(pointed.all()) <= self._policy.pointed_days_max + 1:
            for key in self._timeless.get(handle, ()):
                woken |= {key} | self._reported_with(self._undated[key])
        return woken

    def _reported_with(self, reading: Reading) -> set[ClaimKey]:
        """Give the claims of which no day is known, of the report of such a one."""
        handle = _report_handle(reading)
        if reading.published_on is not None or handle is None:
            return set()
        claims = self._timeless.get(handle, set())
        is_report = len(claims) <= self._policy.report_claims_max + 1
        return claims - {reading.key} if is_report else set()

    def _near(self, day: date) -> set[ClaimKey]:
        """Give the undated claims published on a day or in the two days after.

        A claim of the day after may mean the day; whether the day after is an exchange of its own
        depends on the day too, and claims of the next day may mean that one.
        """
        days = (day + timedelta(days=ahead) for ahead in range(3))
        return {key for near in days for key in self._holders.get(("day", near), ())}

    def _founders_near(self, reading: Reading) -> set[ClaimKey]:
        # An undated official number may make or unmake the exchange its neighbours mean; of a day that
        # dated claims make one it does not matter.
        day = reading.published_on
        if day is None or day in self._days or not self._can_found(reading):
            return set()
        return self._near(day) - {reading.key}

    def _can_found(self, reading: Reading) -> bool:
        return (
            reading.measure == "returned"
            and reading.modality == "asserted"
            and reading.tier <= self._policy.counting_tier
            and reading.stated_ordinal is None
            and _figure_handle(reading) is not None
        )


def _before(day: date) -> date:
    return day - timedelta(days=1)


def _figure_handle(reading: Reading) -> Handle | None:
    if reading.interval is None or not reading.interval.is_exact or not reading.interval.low:
        return None
    if reading.measure not in ("returned", "exchanged_total"):
        return None
    return ("figure", reading.measure, reading.side, reading.interval.low)


def _count_handle(reading: Reading) -> Handle | None:
    if reading.counted is None and reading.measure == "exchanged_total":
        return _figure_handle(reading)
    return reading.counted and ("count", *reading.counted)


def _report_handle(reading: Reading) -> Handle | None:
    return None if reading.report is None else ("report", reading.report)


def _marks(reading: Reading) -> list[Handle]:
    """Name what a dated claim lets undated ones be matched by."""
    marks: list[Handle] = []
    if reading.stated_ordinal is not None:
        marks.append(("ordinal", reading.counter, reading.stated_ordinal))
    figure = _figure_handle(reading)
    if figure is not None:
        marks.append(figure)
    counted = _count_handle(reading)
    if counted is not None and counted != figure:
        marks.append(counted)
    report = _report_handle(reading)
    if report is not None:
        marks.append(report)
    return marks


def _handles(reading: Reading) -> list[Handle]:
    """Name what an undated claim may be matched by."""
    handles = _marks(reading)
    if reading.published_on is not None:
        handles.append(("day", reading.published_on))
    return handles
