"""People counted apart who add up to all who came back that day: "60 soldiers. Also 16 civilians. In all, 76"."""

from collections.abc import Sequence
from itertools import pairwise

from services.extraction.joined_sides import BOTH
from services.extraction.proposals import Proposal


#: How many parts of a whole are tried.
_PARTS_MAX = 4
_PARTS_MIN = 2
_SUBPARTS_MAX = 2
#: How far apart two parts of one whole may be told.
_BESIDE_WORDS = 8
#: Whole numbers less than this may be a sum by chance.
_LEAST = 6


def with_parts_of_sums(found: Sequence[Proposal]) -> list[Proposal]:
    """Return claims with those in a row that add up to a whole as its parts, wherever the whole is told."""
    kept = list(found)
    of_each = _of_each(found)
    for whole in found:
        if whole.measure != "returned" or whole.bound != "exact" or (whole.value or 0) < _LEAST:
            continue
        alike = [
            at
            for at, one in enumerate(kept)
            if _may_be_part(one, whole)
            and one.at not in of_each
            # of "110 for 110" those who are told of next
            and (one.at > whole.at or whole.at not in of_each)
        ]
        for row in (
            [at for at in alike if kept[at].measure == "returned"],
            alike,
        ):
            for at in _summing_up(kept, row, whole):
                kept[at] = kept[at].but(measure="breakdown", rule="part-of-whole")
    return kept


def with_sides_of_sums(found: Sequence[Proposal]) -> list[Proposal]:
    """Return claims with each side's share of all who were exchanged as a whole: "168 people, 84 Klowers and 84 others"."""
    kept = list(found)
    for whole in found:
        is_open = whole.measure == "returned" and whole.side is None
        if not (whole.measure == "exchanged_total" or is_open) or whole.bound != "exact":
            continue
        parts = [
            at
            for at, one in enumerate(kept)
            if one.measure == "breakdown" and one.at > whole.at and one.bound == "exact"
        ][:_PARTS_MIN]
        shares = [kept[at] for at in parts]
        is_sum = sum(one.value or 0 for one in shares) == whole.value
        if is_sum and None not in (sides := {one.side for one in shares}) and len(sides) > 1:
            for at in parts:
                kept[at] = kept[at].but(measure="returned", rule="people-counted")
            if is_open:  # "of the 168 people freed, 84 were of the one side and 84 of the other"
                evidence = [
                    place for one in shares for place in one.places if place.field == "side"
                ]
                kept[kept.index(whole)] = whole.but(
                    measure="exchanged_total", side=BOTH, places=(*whole.places, *evidence[:1])
                )
    return kept


def with_sides_of_parts(found: Sequence[Proposal]) -> list[Proposal]:
    """Return claims with two parts that add up to the other side's whole as parts of that.

    For example: "78 Klowers came home. Borduria got 95. Among those freed are 70 men and 8 women".
    """
    kept = list(found)
    for at, (first, second) in enumerate(pairwise(found)):
        whole = _whole_of_others(found, first, second)
        if whole is None:
            continue
        places = [place for place in whole.places if place.field == "side"]
        for place, one in ((at, first), (at + 1, second)):
            kept[place] = one.but(
                measure="breakdown",
                rule="part-of-whole",
                side=whole.side,
                exchange_date=whole.exchange_date,
                places=(*(one for one in one.places if one.field != "side"), *places),
            )
    return kept


def _whole_of_others(
    found: Sequence[Proposal], first: Proposal, second: Proposal
) -> Proposal | None:
    """Return the only whole, of another side, that a part and the number behind it add up to."""
    total = (first.value or 0) + (second.value or 0)
    wholes = [one for one in found if one.measure == "returned" and one.bound == "exact"]
    own = [
        one.value or 0 for one in wholes if (one.side, one.modality) == (first.side, first.modality)
    ]
    others = [one for one in wholes if one.value == total]
    is_plain = first.bound == second.bound == "exact" and first.measure == "breakdown"
    is_plain = is_plain and 0 < second.at - first.at <= _BESIDE_WORDS and total >= _LEAST
    if (
        not is_plain
        or total in own
        or max(own, default=0) < total
        or len({one.side for one in others}) != 1
    ):
        return None
    whole = others[0]
    is_told = whole.at < first.at and second.measure in ("returned", "breakdown")
    is_of_others = first.side not in (BOTH, whole.side) and second.side in (first.side, whole.side)
    return whole if is_told and is_of_others else None


def _of_each(found: Sequence[Proposal]) -> set[int]:
    """Return where numbers stand that each side got: "a 175-for-175 exchange"."""
    sides: dict[int, set[str | None]] = {}
    for one in found:
        sides.setdefault(one.at, set()).add(one.side)
    return {at for at, named in sides.items() if len(named) > 1}


def _may_be_part(one: Proposal, whole: Proposal) -> bool:
    """Return whether a claim is of fewer people of the same side and day, by the same side's word."""
    is_less = one.value is not None and one.value < (whole.value or 0) and one.bound == "exact"
    is_alike = one.measure in ("returned", "breakdown") and one.side == whole.side is not None
    parties = {one.speaker.party, whole.speaker.party} - {"media"}
    is_of_day = one.exchange_date == whole.exchange_date or (
        one.exchange_date is None and one.modality == "planned"
    )
    return is_less and is_alike and is_of_day and len(parties) <= 1


def _summing_up(found: Sequence[Proposal], row: Sequence[int], whole: Proposal) -> Sequence[int]:
    """Return the first claims in a row that add up to a whole, of which one is told as a whole by itself."""
    for start in range(len(row)):
        for count in range(_PARTS_MIN, _PARTS_MAX + _SUBPARTS_MAX + 1):
            some = row[start : start + count]
            if len(some) < count or all(found[at].measure != "returned" for at in some):
                continue
            for kept in (some, *_without_one(found, some)):
                if sum(found[at].value or 0 for at in kept) == whole.value:
                    return kept
    return ()


def _without_one(found: Sequence[Proposal], row: Sequence[int]) -> list[Sequence[int]]:
    """Return rows without one claim that may be of the one before: "77 soldiers, 15 of them pilots, and 41 guards"."""
    if len(row) < _PARTS_MAX:
        return []
    return [
        [*row[:place], *row[place + 1 :]]
        for place in range(1, len(row))
        if found[row[place]].measure == "breakdown"
        and (found[row[place]].value or 0) < (found[row[place - 1]].value or 0)
    ]
