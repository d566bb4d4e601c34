"""What the figures told before say of a number: its side, or that those are told of again."""

from collections.abc import Sequence

from services.extraction.counted_since import RunningTotal
from services.extraction.joined_sides import BOTH
from services.extraction.meant_again import are_the_freed
from services.extraction.parts import (
    is_of_those,
)
from services.extraction.proposals import (
    Proposal,
)
from services.extraction.setting import Setting
from services.extraction.told import SideReading, Told


#: Words for those who are home again, and how far behind people they stand.
_HOME = frozenset(("home", "repatriated"))
_HOME_WORDS = 16


def both_told(setting: Setting, found: Sequence[Proposal]) -> bool:
    """Return whether what was told last is of all sides, so that a total beside it is of all of them."""
    if found and found[-1].modality == "planned":
        return False
    last = [one.side for one in found if one.measure == "returned"][-2:]
    return set(last) == set(setting.marked.ledger.side_codes)


def side_of_same(told: Told, found: Sequence[Proposal]) -> str | None:
    """Return the side of the same figure where it was told before of one side alone."""
    sides = {
        one.side
        for one in found
        if one.measure == "returned" and one.value == told.said.number.value and one.side
    }
    return next(iter(sides)) if len(sides) == 1 else None


def side_told_again(told: Told, found: Sequence[Proposal]) -> str | None:
    """Return the side of those told of before whom a number means again: "the five officers"."""
    is_meant = told.said.start > told.sentence.start and (
        told.marked.words[told.said.start - 1] == "the"
    )
    is_open = told.group.side is None and told.group.belongs is None
    # "under the 60 for 60 formula" means both sides' people
    is_open = is_open and told.marked.at("versus", told.said.number.end) is None
    last = found[-1] if found and are_the_freed(told) and told.group.side is None else None
    if last is not None and last.measure == "held" and last.at in told.sentence:
        return last.side  # "holds 50 Ruritanians, not counting the nine released in May"
    return side_of_same(told, found) if is_meant and is_open else None


def only_side(found: Sequence[Proposal]) -> str | None:
    """Return the side that all who came back so far were of, null if they were of several, or of none."""
    sides = {one.side for one in found if one.measure != "exchange_ordinal"} - {None}
    return next(iter(sides)) if len(sides) == 1 else None


def _came_home(told: Told) -> bool:
    """Return whether people are said to be brought home, and nobody else is named behind them: "40 were repatriated"."""
    marked, end, stop = told.marked, told.group.end, told.clause.stop
    kinds = ("captor", "each", "side_name", "side_people", "both_sides", "versus")
    home = (at for at in range(end, min(end + _HOME_WORDS, stop)) if marked.words[at] in _HOME)
    place = next(home, None)
    if marked.language_code != "en" or place is None or end == told.group.start:
        return False
    return marked.has("done", end, place) and not any(marked.has(kind, end, stop) for kind in kinds)


def side_of_same_total(
    told: Told, found: Sequence[Proposal], total: RunningTotal | None, reading: SideReading
) -> str | None:
    """Return the side of a total just told of, where it is told again and its speaker alone would say whose it is."""
    # "the two held a swap of prisoners, in which 40 were brought home"
    is_both = reading.sides == (BOTH,)
    if is_both and _came_home(told) and (only := only_side(found)) in told.marked.ledger.side_codes:
        return only
    is_by_speaker = reading.evidence is None or reading.evidence == told.speaker.mark
    if total is None or not is_by_speaker:
        return None
    same = (one for one in reversed(found) if one.value == told.said.number.value)
    return next((one.side for one in same if one.measure.startswith("cumulative")), None)


def told_again(told: Told, found: Sequence[Proposal]) -> Proposal | None:
    """Return the claim of those who are told of again, on a later day: "The 35 soldiers arrived in Klow today"."""
    marked, start = told.marked, told.said.start
    is_meant = marked.language_code == "en" and marked.words[max(0, start - 1)] == "the"
    same = [
        one
        for one in found
        if (one.measure, one.value, one.bound) == ("returned", told.said.number.value, "exact")
        and told.group.side in (one.side, None)
        and one.modality == "asserted"
    ]
    is_of_one_day = len({one.exchange_date for one in same}) == 1
    return same[0] if is_meant and is_of_one_day and told.said.bound == "exact" else None


def side_before(told: Told, found: Sequence[Proposal]) -> str | None:
    """Return the side of the figure before, that of those held where a number is of some of them."""
    if found and found[-1].measure == "held" and is_of_those(told.marked, told.said.number.end):
        return found[-1].side  # "17,500 are held, and 160 of them are back"
    return next((one.side for one in reversed(found) if one.side and one.measure != "held"), None)
