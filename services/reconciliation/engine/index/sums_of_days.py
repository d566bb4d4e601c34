"""The numbers said of days that are sums of several days' counts, and who rests on which day and number."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from services.reconciliation.claims.reading import ClaimKey
from services.reconciliation.engine.index.canonical_days import CanonicalDays
from services.reconciliation.engine.index.statements_of_day import StatementsOfDay
from services.reconciliation.rules.neighbouring_days import Part, SideCount, find_parts
from services.runtime.lazy_dict import LazyDict


class SumsOfDays:
    """What `rules.neighbouring_days.find_parts` returns for each number asked for, after each change."""

    def __init__(
        self, days: Mapping[date, StatementsOfDay], canonical: CanonicalDays, run_days_max: int
    ) -> None:
        """Begin without a number.

        Args:
            days: What is said of each day, now and whenever it is asked.
            canonical: The canonical days, likewise.
            run_days_max: Most days that one exchange is taken to last.
        """
        self._days = days
        self._canonical = canonical
        self._run_days_max = run_days_max
        self._parts: dict[tuple[date, SideCount], tuple[Part, ...]] = {}
        #: By day and number, null for none: who rests on them.
        self._readers: LazyDict[date, dict[SideCount | None, set[ClaimKey]]] = LazyDict(8)

    def of(self, day: date, counted: SideCount, reader: ClaimKey | None = None) -> tuple[Part, ...]:
        """Return the days' counts that a number said of a day is the sum of; note a claim that asks."""
        readers = self.readers(day, counted)
        if reader is not None:
            readers.add(reader)
        return self._parts.get((day, counted), ())

    def readers(self, day: date, counted: SideCount | None) -> set[ClaimKey]:
        """Return who rests on a day and a number; the number is kept up to date from now on."""
        readers = self._readers.get(day)
        if readers is None:
            readers = self._readers[day] = {}
        known = readers.get(counted)
        if known is None:
            known = readers[counted] = set()
            if counted is not None:
                self._renew(day, counted)
        return known

    def readers_on(self, day: date) -> Iterable[set[ClaimKey]]:
        """Return who rests on a day, by number."""
        return self._readers.get(day, {}).values()

    def renew(self, day: date, counted: SideCount | None) -> Iterator[tuple[date, SideCount]]:
        """Find the sums of days that a day may be part of; return those that changed.

        Args:
            day: The day.
            counted: The count that came or went, null if anything may have.
        """
        for distance in range(-self._run_days_max, self._run_days_max + 1):
            near = day + timedelta(days=distance)
            for whole in self._readers.get(near, ()):
                if whole is None:
                    continue  # A claim without a number is no sum.
                if counted is not None and (whole[0] != counted[0] or whole[1] <= counted[1]):
                    continue
                if self._renew(near, whole):
                    yield near, whole

    def _renew(self, day: date, counted: SideCount) -> bool:
        """Find what a number said of a day is the sum of; return whether that changed."""
        found = find_parts(counted, day, self._official_counts, self._run_days_max)
        if found == self._parts.get((day, counted), ()):
            return False
        if found:
            self._parts[day, counted] = found
        else:
            del self._parts[day, counted]
        if day in self._days:
            self._days[day].forget_wholes(counted[0])
        return True

    def _official_counts(self, day: date, side: str) -> Sequence[int]:
        # What is said of a duplicate day is said of its canonical day.
        if day not in self._days or self._canonical.of(day) != day:
            return ()
        return self._days[day].official_counts(side)
