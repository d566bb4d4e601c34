"""The same claim told twice: by one voice, roughly and exactly, as a plan and as done, with its side and without."""

from collections.abc import Sequence

from services.extraction.measures import GENERIC_CATEGORIES
from services.extraction.no_parts import is_format
from services.extraction.proposals import Proposal


def without_repetitions(found: Sequence[Proposal]) -> list[Proposal]:
    """Return claims without the second time of the same, and without the outlet's echo of a speaker."""
    kept: list[Proposal] = []
    for one in found:
        if any(_is_same(other, one) and is_one_voice(other, one) for other in kept):
            continue
        kept.append(one)
    kept = [one for one in kept if not _is_done(one, kept) and not _is_told_with_side(one, kept)]
    kept = [one for one in kept if not _is_said_exactly(one, kept)]
    kept = [one for one in kept if not _is_format_again(one, kept)]
    kept = [one for one in kept if not _is_said_by_each(one, kept)]
    return [
        one
        for one in kept
        if one.speaker.party != "media"
        or not any(
            other.speaker.party != "media" and (_is_same(other, one) or _is_said_of_it(other, one))
            for other in kept
        )
    ]


def _is_said_of_it(other: Proposal, one: Proposal) -> bool:
    """Return whether a speaker says of an exchange what an outlet says of it ahead, or without its day."""
    is_plan = one.modality == "planned" and other.modality == "asserted"
    return one.measure == other.measure == "superlative" and is_plan


def _is_said_exactly(one: Proposal, found: Sequence[Proposal]) -> bool:
    """Return whether a speaker's rough number is said without the bound, too: "some 14", and 14."""
    return one.bound == "about" and any(
        _is_same(other, one.but(bound="exact")) and one.speaker.identity == other.speaker.identity
        for other in found
    )


def _is_format_again(one: Proposal, found: Sequence[Proposal]) -> bool:
    """Return whether an exchange is only called by its numbers, which somebody tells: "the 90-for-90 exchange"."""
    return is_format(one) and any(
        (other.measure, other.side, other.value) == (one.measure, one.side, one.value)
        and (
            (
                one.speaker.party == "media" != other.speaker.party
                and (one.modality == "asserted" or not is_format(other))
            )
            # "announced a 90-for-90 swap", which is then told to be planned for a day
            or (
                is_one_voice(one, other)
                and (one.modality, other.modality) == ("asserted", "planned")
                and is_format(other)
            )
        )
        for other in found
    )


def _is_said_by_each(one: Proposal, found: Sequence[Proposal]) -> bool:
    """Return whether what two sides are said to say is told again by an office of each: "both sides said", "he said"."""
    if one.speaker.role != "other" or one.speaker.party != one.side:
        return False
    pair = [
        other
        for other in found
        if other.at == one.at
        and other.speaker.role == "other"
        and other.speaker.party == other.side
    ]
    return len(pair) > 1 and all(
        any(
            other.speaker.party == each.side and other.speaker.role != "other"
            for other in found
            if _is_same(other, each)
        )
        for each in pair
    )


def is_one_voice(one: Proposal, other: Proposal) -> bool:
    """Return whether two claims are of one speaker; whom an outlet quotes as the press is the outlet itself."""
    is_press = one.speaker.party == other.speaker.party == "media"
    return is_press or one.speaker.identity == other.speaker.identity or _is_one_office(one, other)


def _is_one_office(one: Proposal, other: Proposal) -> bool:
    """Return whether two speak for one office of a side: its head and his aide, or "officials" and one of them."""
    first, second = one.speaker, other.speaker
    if (first.party, first.role) != (second.party, second.role):
        return False
    if first.role == "mediator":
        return first.mark is None or second.mark is None  # what its ministry publishes
    if first.role == "other":
        return _are_officials(one) or _are_officials(other)
    return first.role in _OFFICES


def _are_officials(one: Proposal) -> bool:
    """Return whether a side itself is said to speak, so that nobody is named."""
    return one.speaker.mark is not None and one.speaker.mark.kind.startswith("side_")


def _is_told_with_side(one: Proposal, found: Sequence[Proposal]) -> bool:
    """Return whether a heading's number without a side is told again with one."""
    return one.side is None and any(
        other.side is not None and (other.measure, other.value) == (one.measure, one.value)
        for other in found
        if one.measure == "returned"
    )


def _is_done(one: Proposal, found: Sequence[Proposal]) -> bool:
    """Return whether a plan without a day is told as done by the same speaker: "the round of 291 for 291"."""
    return one.modality == "planned" and any(
        other.modality == "asserted"
        and one.exchange_date is None
        and (other.measure, other.side, other.value) == (one.measure, one.side, one.value)
        # "this is the second stage of 1000 for 1000", which somebody has told as completed
        and (
            is_one_voice(one, other)
            or (one.speaker.party == "media" and other.exchange_date is None)
        )
        for other in found
    )


#: Offices that two people may speak for in one report.
_OFFICES = ("president", "mod", "ombudsman", "coordination_hq", "foreign_ministry")
_ALIKE = {"breakdown": "returned"}


def _is_same(one: Proposal, other: Proposal) -> bool:
    """Return whether two claims say the same of the same people; parts may be as many and others."""
    is_part = one.measure == other.measure == "breakdown" or (
        "breakdown" in (one.measure, other.measure)
        and not {one.category, other.category} & set(GENERIC_CATEGORIES)
    )
    key, other_key = (
        (
            _ALIKE.get(claim.measure, claim.measure),
            claim.side,
            claim.value,
            claim.low,
            claim.bound,
            claim.modality,
            claim.category if is_part else None,
        )
        for claim in (one, other)
    )
    if key != other_key:
        return False
    days = {one.exchange_date, other.exchange_date} - {None}
    return len(days) < 2  # noqa: PLR2004
