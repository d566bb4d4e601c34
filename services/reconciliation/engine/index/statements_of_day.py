"""What the claims that state one day say of it, each thing counted as often as it is said."""

from collections.abc import Callable, KeysView, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from services.reconciliation.claims.interval import Interval
from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.collapse import OUTLET_TIER
from services.reconciliation.rules.day_counts import (
    DayCounts,
    count_all,
    counted_whole,
    counts_at_once,
    is_received,
)
from services.reconciliation.rules.neighbouring_days import Numbered, Part, Reported, SideCount


Key = TypeVar("Key")


class DayChange(NamedTuple):
    """What a claim that came or went changed of what is said of a day."""

    is_any: bool
    is_official_count: bool
    is_whole: bool


class ToldThatDay(NamedTuple):
    """What an official's undated claim counts, and whether its people came back to the official's side."""

    counted: SideCount
    is_received: bool


class StatementsOfDay:
    """The claims in force on one day: `rules.neighbouring_days.DayStatements`, as claims come and go."""

    __slots__ = (
        "_at_once",
        "_counts",
        "_day",
        "_day_counts",
        "_officials",
        "_ordinals",
        "_received",
        "_reported",
        "_wholes",
        "speakers",
    )

    def __init__(self, day: date, told: Mapping[ToldThatDay, int]) -> None:
        """Begin without a claim.

        Args:
            day: The day.
            told: What undated claims of officials that were published that day count, and how many say so.
        """
        self.speakers: dict[str, int] = {}
        self._day = day
        self._at_once: dict[SideCount, int] = {}
        self._received: dict[str, int] = {}
        for one, times in told.items():
            for _ in range(times):
                self.tell(one, is_added=True)
        self._counts: dict[SideCount, int] = {}
        self._officials: dict[str, dict[int, int]] = {}
        self._ordinals: dict[Numbered, int] = {}
        self._reported: dict[Reported, int] = {}
        self._wholes: dict[tuple[str, bool], dict[Interval, int]] = {}
        #: By side: what is counted as a whole, as far as it was asked for since it changed.
        self._day_counts: dict[str, DayCounts] = {}

    @property
    def speaker_count(self) -> int:
        """How many speakers speak of it."""
        return len(self.speakers)

    @property
    def counts(self) -> KeysView[SideCount]:
        """Everything exact that is counted."""
        return self._counts.keys()

    @property
    def ordinals(self) -> KeysView[Numbered]:
        """Every ordinal that it is given, with the counter."""
        return self._ordinals.keys()

    @property
    def reported(self) -> KeysView[Reported]:
        """Which reports count a side, and how many."""
        return self._reported.keys()

    @property
    def received(self) -> KeysView[str]:
        """The sides whose own officials count who came back, or counted it that very day."""
        return self._received.keys()

    @property
    def told_at_once(self) -> KeysView[SideCount]:
        """What of that was counted that very day, by somebody placed better than an outlet."""
        return self._at_once.keys()

    def official_counts(self, side: str) -> Sequence[int]:
        """Return the numbers that officials count of a side, in ascending order."""
        return sorted(self._officials.get(side, ()))

    def wholes(self, side: str, sum_of: Callable[[date, SideCount], Sequence[Part]]) -> DayCounts:
        """Return what is counted as a whole, of a side or of all sides together.

        Args:
            side: The side.
            sum_of: Returns the days' counts that a number said of a day is the sum of, none for most; where
                that changes, `forget_wholes` is called.
        """
        known = self._day_counts.get(side)
        if known is None:
            officials, outlets = (
                count_all(
                    whole
                    for whole in self._wholes.get((side, is_official), ())
                    if not (whole.is_exact and sum_of(self._day, (side, whole.low)))
                )
                for is_official in (True, False)
            )
            known = self._day_counts[side] = DayCounts(officials, outlets)
        return known

    def forget_wholes(self, side: str) -> None:
        """Have what is counted of a side as a whole worked out anew when it is asked for."""
        self._day_counts.pop(side, None)

    def add(self, reading: Reading) -> DayChange:
        """Count a claim; return what it says for the first time."""
        is_new = _more(self.speakers, reading.voice)
        if reading.stated_ordinal is not None:
            is_new |= _more(self._ordinals, (reading.counter, reading.stated_ordinal))
        is_whole = self._add_whole(reading)
        if reading.counted is None:
            return DayChange(is_new, is_official_count=False, is_whole=is_whole)
        is_new |= _more(self._counts, reading.counted)
        if reading.report is not None:
            is_new |= _more(self._reported, (reading.report, *reading.counted))
        if counts_at_once(reading, self._day):
            is_new |= _more(self._at_once, reading.counted)
        if is_received(reading):
            is_new |= _more(self._received, reading.side)
        side, number = reading.counted
        is_official = reading.tier < OUTLET_TIER
        is_official = is_official and _more(self._officials.setdefault(side, {}), number)
        return DayChange(is_new or is_official, is_official, is_whole)

    def tell(self, told: ToldThatDay, *, is_added: bool) -> bool:
        """Note what an undated claim counts that was published that day; return whether nobody else does."""
        note = _more if is_added else _less
        is_changed = note(self._at_once, told.counted)
        if told.is_received:
            is_changed |= note(self._received, told.counted[0])
        return is_changed

    def remove(self, reading: Reading) -> DayChange:
        """Count a claim no longer; return what nobody else says."""
        is_gone = _less(self.speakers, reading.voice)
        if reading.stated_ordinal is not None:
            is_gone |= _less(self._ordinals, (reading.counter, reading.stated_ordinal))
        is_whole = self._remove_whole(reading)
        if reading.counted is None:
            return DayChange(is_gone, is_official_count=False, is_whole=is_whole)
        is_gone |= _less(self._counts, reading.counted)
        if reading.report is not None:
            is_gone |= _less(self._reported, (reading.report, *reading.counted))
        if counts_at_once(reading, self._day):
            is_gone |= _less(self._at_once, reading.counted)
        if is_received(reading):
            is_gone |= _less(self._received, reading.side)
        side, number = reading.counted
        is_official = reading.tier < OUTLET_TIER
        is_official = is_official and _less(self._officials[side], number)
        return DayChange(is_gone or is_official, is_official, is_whole)

    def _add_whole(self, reading: Reading) -> bool:
        whole = counted_whole(reading)
        is_new = whole is not None and _more(self._wholes.setdefault(whole[0], {}), whole[1])
        if whole is not None and is_new:
            self.forget_wholes(whole[0][0])
        return is_new

    def _remove_whole(self, reading: Reading) -> bool:
        whole = counted_whole(reading)
        is_gone = whole is not None and _less(self._wholes[whole[0]], whole[1])
        if whole is not None and is_gone:
            self.forget_wholes(whole[0][0])
        return is_gone


def _more(counts: dict[Key, int], what: Key) -> bool:
    """Count one more; return whether it is the first."""
    known = counts.get(what, 0)
    counts[what] = known + 1
    return not known


def _less(counts: dict[Key, int], what: Key) -> bool:
    """Count one less; return whether it was the last."""
    if counts[what] > 1:
        counts[what] -= 1
        return False
    del counts[what]
    return True
