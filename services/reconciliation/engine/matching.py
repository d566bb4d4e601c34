"""Which exchange each claim means, kept as claims come and go.

The rule is `rules.which_exchange.find_exchange`; here is what it reads, and who read what. A claim is
asked about again when something that it read has changed: that a day is stated, its canonical day,
officials' counts, sums of days, the days that bear a mark, who can found an exchange. Nothing here says
what any of that means.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.engine.index.canonical_days import CanonicalDays
from services.reconciliation.engine.index.marked_days import MarkedDays
from services.reconciliation.engine.index.stated_days import StatedDaysInOrder
from services.reconciliation.engine.index.statements_of_day import (
    DayChange,
    StatementsOfDay,
    ToldThatDay,
)
from services.reconciliation.engine.index.sums_of_days import SumsOfDays
from services.reconciliation.engine.judgements import Judgements
from services.reconciliation.policy import Policy
from services.reconciliation.rules.day_counts import NO_COUNTS, DayCounts, is_received, told_at_once
from services.reconciliation.rules.founding import can_found
from services.reconciliation.rules.marks import (
    Mark,
    marks_of,
    marks_of_days,
    marks_of_undated,
    report_mark,
)
from services.reconciliation.rules.neighbouring_days import Part, SideCount
from services.reconciliation.rules.which_exchange import (
    ABOUT_AN_EXCHANGE,
    Meant,
    find_exchange,
)
from services.runtime.lazy_dict import LazyDict


#: What a claim read: the kind of fact, and what it is about.
Read = tuple[str, object]

Key = TypeVar("Key")
Value = TypeVar("Value")


class Evidence(NamedTuple):
    """How a claim is evidence for what others mean: as one of a day, as undated, or not at all."""

    day: date | None
    is_undated: bool
    is_of_days: bool = False


NO_EVIDENCE = Evidence(None, is_undated=False)
OF_DAYS = Evidence(None, is_undated=False, is_of_days=True)


class Matching:
    """Which claims are evidence for what other claims mean, and what each means; judgements included.

    A claim that is not in force is no evidence. One that an operator put somewhere counts as if its
    report stated that exchange's date; where an id says more than a date, it is evidence for no other.
    """

    def __init__(self, judgements: Judgements, policy: Policy, sides: Sequence[str]) -> None:
        self.policy = policy
        self.sides = sides
        self._judgements = judgements
        #: Of claims whose evidence is not what their report alone would make it.
        self._evidence: dict[ClaimKey, Evidence] = {}
        self._days: LazyDict[date, StatementsOfDay] = LazyDict(8)
        self._stated = StatedDaysInOrder()
        self._marked: LazyDict[Mark, MarkedDays] = LazyDict(16)
        self._founders: dict[date, dict[ClaimKey, Reading]] = {}
        self._undated_in: dict[Mark, dict[ClaimKey, Reading]] = {}
        #: What undated claims of officials count, by the day on which they were published.
        self._told: dict[date, dict[ToldThatDay, int]] = {}
        self._canonical = CanonicalDays(self._days)
        self._sums = SumsOfDays(self._days, self._canonical, policy.run_days_max)
        self._readers: dict[Read, set[ClaimKey]] = {}
        #: The claim asked about, and its key.
        self._asking: Reading | None = None
        self._asking_key: ClaimKey = ("", "")

    def update(self, reading: Reading, *, in_force: bool, is_known: bool) -> set[ClaimKey]:
        """Take in a claim, or what changed about a known one; return the claims to be asked again."""
        usual = _usual_evidence(reading)
        before = self._evidence.get(reading.key, usual) if is_known else NO_EVIDENCE
        after = self._evidence_of(reading, usual) if in_force else NO_EVIDENCE
        # Nearly all claims are the evidence that their report makes them: only the others are noted.
        _set(self._evidence, reading.key, after if after != usual else None)
        if before == after:
            return set()
        affected = set() if before is NO_EVIDENCE else self._remove(reading, before)
        affected |= self._add(reading, after)
        affected.discard(reading.key)
        return affected

    def meant_by(self, reading: Reading) -> Meant:
        """Return which exchange a claim means: where it was put, else what its evidence says."""
        placed = self._judgements.place(reading)
        if placed is not None:
            meant = Meant(placed.exchange, f"judged:{placed.judgement}")
        else:
            self._asking, self._asking_key = reading, reading.key
            meant = find_exchange(reading, self)
        return self._judgements.resolve(meant)

    # What `find_exchange` reads: each read is noted for the claim that is asked about.

    def is_stated(self, day: date) -> bool:
        """Return whether a dated claim states a day."""
        self._note("stated", day)
        return day in self._days

    def stated_after(self, day: date, days_max: int) -> Iterable[date]:
        """Return the days, up to so many after a day, that dated claims state, in order."""
        return self._stated.after(day, days_max, self._asking_key)

    def canonical_day(self, day: date) -> date:
        """Return the day that is meant by a stated one."""
        counted = self._asking.counted if self._asking else None
        self._sums.readers(day, counted).add(self._asking_key)
        return self._canonical.of(day)

    def counts_on(self, day: date, side: str) -> DayCounts:
        """Return what dated claims count on a day as a whole, of a side or of all sides together.

        The sums of several days are left out.
        """
        self._note("wholes", (day, side))
        statements = self._days.get(day)
        if statements is None:
            return NO_COUNTS
        return statements.wholes(side, self._sums.of)

    def parts(self, counted: SideCount, day: date) -> tuple[Part, ...]:
        """Return the days' counts that a number said of a canonical day is the sum of."""
        return self._sums.of(day, counted, self._asking_key)

    def first_day_with(self, mark: Mark) -> date | None:
        """Return the first day that dated claims give a mark, null for none."""
        return self._marked_with(mark).first(self._asking_key)

    def last_day_with(self, mark: Mark, until: date) -> date | None:
        """Return the last day up to another that dated claims give a mark, null for none."""
        return self._marked_with(mark).last_until(until, self._asking_key)

    def few_days_with(self, mark: Mark) -> Sequence[date]:
        """Return the days that dated claims give a mark, in order; none if they are many."""
        return self._marked_with(mark).few(self.policy.pointed_days_max, self._asking_key)

    def founders_on(self, day: date) -> Iterable[Reading]:
        """Return the undated claims published on a day that can found an exchange."""
        self._note("founders", day)
        return tuple(self._founders.get(day, {}).values())

    def undated_in(self, report: Mark) -> Sequence[Reading]:
        """Return a report's undated claims; none if they are many."""
        self._note("undated", report)
        found = self._undated_in.get(report, {})
        return tuple(found.values()) if len(found) <= self.policy.report_claims_max else ()

    def _note(self, kind: str, about: object) -> None:
        read = (kind, about)
        readers = self._readers.get(read)
        if readers is None:
            readers = self._readers[read] = set()
        readers.add(self._asking_key)

    # What changes of it, and for whom.

    def _evidence_of(self, reading: Reading, usual: Evidence) -> Evidence:
        placed = self._judgements.place(reading)
        return usual if placed is None else Evidence(placed.day, is_undated=False)

    def _add(self, reading: Reading, evidence: Evidence) -> set[ClaimKey]:
        if evidence.is_undated:
            return self._change_undated(reading, is_added=True)
        if evidence.is_of_days:
            return self._mark_days(reading, is_added=True)
        return set() if evidence.day is None else self._add_to_day(reading, evidence.day)

    def _remove(self, reading: Reading, evidence: Evidence) -> set[ClaimKey]:
        if evidence.is_undated:
            return self._change_undated(reading, is_added=False)
        if evidence.is_of_days:
            return self._mark_days(reading, is_added=False)
        return set() if evidence.day is None else self._remove_from_day(reading, evidence.day)

    def _change_undated(self, reading: Reading, *, is_added: bool) -> set[ClaimKey]:
        affected: set[ClaimKey] = set()
        report = report_mark(reading)
        known = reading if is_added else None
        if reading.published_on is not None and can_found(reading, self.policy):
            _set(self._founders.setdefault(reading.published_on, {}), reading.key, known)
            affected |= self._readers.get(("founders", reading.published_on), set())
        if report is not None:
            _set(self._undated_in.setdefault(report, {}), reading.key, known)
            affected |= self._readers.get(("undated", report), set())
        if (told := told_at_once(reading)) is not None:
            day, counted = told
            said = ToldThatDay(counted, is_received(reading))
            affected |= self._tell(reading, day, said, is_added=is_added)
        for mark in marks_of_undated(reading):
            assert reading.published_on is not None, "what marks no day has none"
            affected |= self._mark(mark, reading.published_on, is_added=is_added)
        return affected

    def _tell(
        self, reading: Reading, day: date, said: ToldThatDay, *, is_added: bool
    ) -> set[ClaimKey]:
        """Note what an official's undated claim counts on the day it was published."""
        told = self._told.setdefault(day, {})
        told[said] = told.get(said, 0) + (1 if is_added else -1)
        if not told[said]:
            del told[said]
        if day not in self._days or not self._days[day].tell(said, is_added=is_added):
            return set()
        change = DayChange(is_any=True, is_official_count=False, is_whole=False)
        return self._follow_day(reading, day, change)

    def _mark_days(self, reading: Reading, *, is_added: bool) -> set[ClaimKey]:
        affected: set[ClaimKey] = set()
        for mark, day in marks_of_days(reading):
            affected |= self._mark(mark, day, is_added=is_added)
        return affected

    def _mark(self, mark: Mark, day: date, *, is_added: bool) -> set[ClaimKey]:
        """Count a claim more or less that gives a day a mark; return who read otherwise before."""
        marked = self._marked_with(mark)
        is_changed = marked.add(day) if is_added else marked.remove(day)
        return marked.readers_of(day, self.policy.pointed_days_max) if is_changed else set()

    def _marked_with(self, mark: Mark) -> MarkedDays:
        marked = self._marked.get(mark)
        if marked is None:
            marked = self._marked[mark] = MarkedDays()
        return marked

    def _add_to_day(self, reading: Reading, day: date) -> set[ClaimKey]:
        affected: set[ClaimKey] = set()
        statements = self._days.get(day)
        if statements is None:
            statements = self._days[day] = StatementsOfDay(day, self._told.get(day, {}))
            affected |= self._stated.add(day) | self._readers.get(("stated", day), set())
        affected |= self._follow_day(reading, day, statements.add(reading))
        for mark in marks_of(reading):
            affected |= self._mark(mark, day, is_added=True)
        return affected

    def _remove_from_day(self, reading: Reading, day: date) -> set[ClaimKey]:
        affected: set[ClaimKey] = set()
        statements = self._days[day]
        change = statements.remove(reading)
        if not statements.speakers:
            del self._days[day]
            affected |= self._stated.remove(day) | self._readers.get(("stated", day), set())
        affected |= self._follow_day(reading, day, change)
        for mark in marks_of(reading):
            affected |= self._mark(mark, day, is_added=False)
        return affected

    def _follow_day(self, reading: Reading, day: date, change: DayChange) -> set[ClaimKey]:
        """Renew what follows from the statements of a day; return the readers of what changed."""
        affected: set[ClaimKey] = set()
        if change.is_whole and reading.whole is not None:
            affected |= self._readers.get(("wholes", (day, reading.whole[0])), set())
        if change.is_any:
            for moved in self._canonical.renew(day):
                affected.update(*self._sums.readers_on(moved))
                affected |= self._renew_sums(moved, None)
        if change.is_official_count and reading.counted is not None:
            affected |= self._renew_sums(day, reading.counted)
        return affected

    def _renew_sums(self, day: date, counted: SideCount | None) -> set[ClaimKey]:
        """Find anew the sums that a day, or a count of it, may be part of; return the readers of others now."""
        affected: set[ClaimKey] = set()
        for near, whole in self._sums.renew(day, counted):
            affected |= self._sums.readers(near, whole)
            affected |= self._readers.get(("wholes", (near, whole[0])), set())
        return affected


def _usual_evidence(reading: Reading) -> Evidence:
    if reading.measure not in ABOUT_AN_EXCHANGE or reading.doubt is not None:
        return NO_EVIDENCE
    if reading.stated_span is not None:
        return OF_DAYS if reading.until is not None else NO_EVIDENCE
    return Evidence(reading.stated_date, is_undated=reading.stated_date is None)


def _set(known: dict[Key, Value], key: Key, value: Value | None) -> None:
    if value is None:
        known.pop(key, None)
    else:
        known[key] = value
