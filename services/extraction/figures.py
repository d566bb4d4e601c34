"""Numbers of people in a text, each as the claim it makes."""

from collections.abc import Sequence

from schemas.claim import Modality
from services.extraction.about_exchange import is_of_an_exchange
from services.extraction.counted import counted_in
from services.extraction.figure_days import (
    as_of,
    day_of,
    how_meant,
    is_of_another_day,
)
from services.extraction.groups import Group
from services.extraction.holding import is_held, is_put_at
from services.extraction.joined_sides import BOTH
from services.extraction.listed_days import listed_day_of
from services.extraction.marking import MarkedText
from services.extraction.meant_again import are_meant_again, are_the_freed
from services.extraction.measures import plain_measure, running_total
from services.extraction.named_speakers import NamedSpeaker
from services.extraction.no_parts import is_told_of_others
from services.extraction.numbers_stated import is_stated_of_held
from services.extraction.part_measures import (
    comes_now,
    is_of_uncounted,
    is_share_of_both,
)
from services.extraction.part_words import is_of_an_exchange_told
from services.extraction.parts import (
    figure_beside,
    is_listed_after,
    is_marked_as_part,
    is_of_those,
    is_of_those_held,
    side_of_uncounted,
    whole_of,
)
from services.extraction.proposals import (
    EvidencePlace,
    Proposal,
    place_of,
    place_of_mark,
    wording_of,
)
from services.extraction.routes import by_route
from services.extraction.same_number import same_number
from services.extraction.setting import Setting
from services.extraction.sides import held_side, side_of
from services.extraction.sources import with_all_speakers, with_source
from services.extraction.told import SideReading, Told, is_of_the_others
from services.extraction.told_before import (
    both_told,
    only_side,
    side_before,
    side_of_same,
    side_of_same_total,
    side_told_again,
    told_again,
)
from services.extraction.totals_going_on import goes_on_with_total, total_in_all
from services.extraction.trades import handed_to
from services.extraction.uneven import side_of_uneven


def figures_in(setting: Setting) -> list[Proposal]:
    """Return the claims that a text's numbers of people make, in its order."""
    found: list[Proposal] = []
    for told in counted_in(setting):
        found += (
            _of_those_summed(setting, told, found)
            or _on_listed_day(setting, told, found)
            or _claims_of(setting, told, found)
        )
    return found


# One number.


def _of_those_summed(setting: Setting, told: Told, found: Sequence[Proposal]) -> list[Proposal]:
    """Return the claim of a number that is a part of those held, or of a running total, just told of; none else."""
    held = next((one for one in reversed(found) if is_of_those_held(told, one)), None)
    if held is not None and found[-1].measure == "held" and not are_the_freed(told):
        return _held(setting, told, held.side)
    total = _total_of_part(told, found)
    return [_part_of_total(setting, told, total)] if total is not None else []


def _on_listed_day(setting: Setting, told: Told, found: Sequence[Proposal]) -> list[Proposal]:
    """Return the claims of a number on a day that is told by its number alone: those of the number before, on it."""
    day = listed_day_of(setting.marked, setting.days, told.said.number)
    last = found[-1] if found else None
    if day is None or last is None or last.at not in told.sentence or last.measure != "returned":
        return []
    place = place_of(setting.marked, "exchange.date", day.start, day.end)
    base = _base(setting, told, (place,)).but(modality=last.modality, exchange_date=day.written)
    if told.group.end == told.group.start:
        base = base.but(category=last.category)
    sides = [one.side for one in found if one.at == last.at]
    return [
        base.but(
            side=side,
            speaker=last.speaker,
            places=(
                *(one for one in base.places if one.field != "claimant"),
                *(one for one in last.places if one.field == "claimant"),
                *_side_places(base.places, side, found),
            ),
        )
        for side in ([told.group.side] if told.group.side else dict.fromkeys(sides))
    ]


def _claims_of(setting: Setting, told: Told, found: Sequence[Proposal]) -> list[Proposal]:
    beside = figure_beside(setting.marked, told, found)
    uneven = side_of_uneven(told, side_of_same(told, found))
    whole = _whole_of(setting, told, found) if beside is None and uneven is None else None
    is_part_of_list = whole is not None and is_listed_after(told, whole, found[-1])
    are_held = is_held(told) or is_stated_of_held(told)
    if is_told_of_others(told, whole, found) or not (
        is_part_of_list or are_held or is_of_an_exchange(told)
    ):
        return []
    is_part = whole is not None and is_marked_as_part(told)
    if are_held and not is_part:
        held = found[-1] if found and found[-1].measure == "held" else None
        again = held.side if held is not None and is_put_at(told) else None
        # "900 are in Ruritanian jails. About 40 women are held as well": of the same side
        is_next = held is not None and _is_next(told, held)
        return _held(setting, told, again, held.side if held and is_next else only_side(found))
    dated, day_place = _day_of(setting, told, found)
    last = as_of(setting, told)
    total = running_total(told, setting.days, last) or goes_on_with_total(told, found)
    total = total or total_in_all(told, found)
    before = whole.side if whole else side_of_same(told, found) or side_before(told, found)
    reading = uneven or side_of(told, before)
    is_of_others_side = is_of_the_others(told)
    if (
        beside is not None
        and beside.side is not None
        and told.group.side is None
        and not is_of_others_side
        and not _tells_where_to(told)
    ):
        pair = [one.side for one in found if one.at == beside.at and one.side is not None]
        reading = SideReading(tuple(dict.fromkeys(pair)), None)
        day_place = (*day_place, *(one for one in beside.places if one.field == "side"))
    again = side_told_again(told, found) or side_of_same_total(told, found, total, reading)
    if again is not None:
        reading = SideReading((again,), None)
    if total is not None and reading.evidence is None:
        reading = _of_both(setting, told, found) or reading
    is_each = whole is not None and len(reading.sides) > 1 and told.group.side is None
    if whole is not None and not is_each:  # "84 captives, 42 from each side" are no part
        return [_part(setting, told, one, reading, found) for one in _halves(told, whole, found)]
    is_both = reading.sides == (BOTH,)
    measure = plain_measure(is_total=total is not None, is_both=is_both)
    if measure == "returned" and is_of_uncounted(told, found):
        measure = "breakdown"
    base = _base(setting, told, day_place).but(measure=measure)
    if total is not None:
        base = base.but(since=total.since, as_of=last, exchange_date=None, rule="running-total")
    else:
        base = base.but(exchange_date=dated, modality=_as_of_now(setting, base.modality, dated))
    claims = [
        with_source(
            setting,
            base.but(
                side=side,
                places=(
                    *base.places,
                    *place_of_mark(setting.marked, "side", reading.evidence),
                    *(_side_places(base.places, side, found) if reading.evidence is None else ()),
                ),
            ),
        )
        for side in reading.sides or (None,)
    ]
    claims += same_number(setting, told, claims)
    return with_all_speakers(setting, claims)


def _is_next(told: Told, last: Proposal) -> bool:
    """Return whether a number stands in the sentence behind a claim, or in its own."""
    tokens = told.marked.tokens
    return tokens[told.said.start].sentence - tokens[last.at].sentence <= 1


def _tells_where_to(told: Told) -> bool:
    """Return whether words beside a number tell to whom its people came: "51 flew to A, and 37 on the plane to B"."""
    return handed_to(told) is not None or by_route(told) is not None


def _whole_of(setting: Setting, told: Told, found: Sequence[Proposal]) -> Proposal | None:
    whole = whole_of(told, found, how_meant(setting, told))
    if whole is None or are_meant_again(told, found):
        return None
    return None if is_of_another_day(setting, told, whole.exchange_date) else whole


def _as_of_now(setting: Setting, modality: Modality, dated: str | None) -> Modality:
    """Return how a figure is meant: what is told of a day after the report's own is a plan."""
    published = setting.published.isoformat() if setting.published else None
    is_ahead = dated is not None and published is not None and dated > published
    return "planned" if is_ahead and modality == "asserted" else modality


def _words_of(told: Told) -> tuple[int, int]:
    return told.sentence.start, told.sentence.stop


def _side_places(
    places: Sequence[EvidencePlace], side: str | None, found: Sequence[Proposal]
) -> tuple[EvidencePlace, ...]:
    """Return the words that told the side of the figures before, from which a number's own follows."""
    if side is None or any(one.field == "side" for one in places):
        return ()
    before = (one.places for one in reversed(found) if one.side == side)
    told = (tuple(one for one in some if one.field == "side") for some in before)
    return next(filter(None, told), ())


def _base(setting: Setting, told: Told, day_place: tuple[EvidencePlace, ...]) -> Proposal:
    marked, said, group = told.marked, told.said, told.group
    end = max(said.end, group.end)
    speaker = told.speaker
    return Proposal(
        measure="returned",
        side=None,
        category=group.category,
        bound=said.bound,
        value=None if said.bound == "range" else said.number.value,
        low=said.low,
        high=said.high,
        speaker=speaker,
        modality=how_meant(setting, told),
        wording=wording_of(marked, said.start, end),
        at=said.number.start,
        rule="people-counted",
        places=(
            place_of(marked, "quote", said.start, end),
            place_of(marked, "value", said.number.start, said.end),
            *place_of_mark(
                marked, "bound", said.cue if said.cue and said.bound != "exact" else None
            ),
            *_group_place(marked, group),
            *place_of_mark(marked, "claimant", speaker.mark),
            *day_place,
        ),
    )


def _group_place(marked: MarkedText, group: Group) -> tuple[EvidencePlace, ...]:
    return (
        (place_of(marked, "category", group.start, group.end),) if group.end > group.start else ()
    )


def _held(
    setting: Setting, told: Told, side: str | None = None, only: str | None = None
) -> list[Proposal]:
    """Return who is held: of a side, or of the `only` one told of so far where nobody says of which."""
    reading = held_side(told) if side is None else SideReading((side,), None)
    is_by_speaker = reading.evidence is not None and reading.evidence == told.speaker.mark
    is_by_speaker = is_by_speaker and told.group.belongs is None
    if (reading.evidence is None or is_by_speaker) and only is not None:
        reading = SideReading((only,), None)
    base = _base(setting, told, ())
    # Who is held on both sides together is left open.
    category = "unspecified" if reading.sides == (BOTH,) else base.category
    return [
        base.but(
            measure="held",
            side=side,
            category=category,
            as_of=as_of(setting, told),
            modality="asserted",
            rule="people-held",
            places=(*base.places, *place_of_mark(setting.marked, "side", reading.evidence)),
        )
        for side in reading.sides or (None,)
    ]


# Parts of a whole.


def _total_of_part(told: Told, found: Sequence[Proposal]) -> Proposal | None:
    """Return the running total just told that a number is a part of: "2,430 in all, among them 139 civilians"."""
    before = [one for one in found if not _is_sort(told, one)]
    last = before[-1] if before else None
    if last is None or not last.measure.startswith("cumulative") or last.value is None:
        return None
    tokens = told.marked.tokens
    is_next = tokens[told.said.start].sentence - tokens[last.at].sentence <= 1
    end = told.said.number.end
    is_some = is_marked_as_part(told) or told.marked.words[end : end + 2] == ["of", "them"]
    is_part = is_next and last.value > told.said.number.value and is_some
    if comes_now(told) or is_of_an_exchange_told(told):
        return None
    if is_next and told.marked.has("besides_exchange", *_words_of(told)):
        is_part = True  # "5,100 came home; another 420 were returned outside of exchanges"
    return last if is_part and last.at < told.said.start else None


def _is_sort(told: Told, one: Proposal) -> bool:
    """Return whether a claim is of some of a total, in the sentence of a number: "of them 730 soldiers and 19 others"."""
    return one.rule == "part-of-total" and one.at in told.sentence


def _part_of_total(setting: Setting, told: Told, total: Proposal) -> Proposal:
    base = _base(setting, told, ())
    own = setting.marked.tokens[told.said.start].sentence
    is_silent = not setting.attribution.statements[own] and told.speaker.party == "media"
    speaker = total.speaker if is_silent else told.speaker
    side = told.group.side or total.side
    if side == BOTH and (goal := side_of(told, None)).evidence and len(goal.sides) == 1:
        side = goal.sides[0]  # "112 came back: 95 of them to Ruritania"
    return base.but(
        # A part of no exchange: as one it would be put on that of the day on which it was told.
        measure=plain_measure(is_total=True, is_both=side == BOTH),
        side=side,
        speaker=speaker,
        since=total.since,
        as_of=total.as_of,
        rule="part-of-total",
        places=(
            *base.places,
            *(place for place in total.places if place.field == "side"),
            *_claimant_places(setting, speaker, total),
        ),
    )


def _part(
    setting: Setting,
    told: Told,
    whole: Proposal,
    reading: SideReading,
    found: Sequence[Proposal],
) -> Proposal:
    base = _base(setting, told, ())
    own = setting.marked.tokens[told.said.number.start].sentence
    speaker = told.speaker
    is_silent = not setting.attribution.statements[own] and speaker.party == "media"
    if is_silent and not setting.attribution.looks_back(own):
        speaker = _announced(setting, own) or _of_list(setting.marked, told, found) or whole.speaker
    is_ours = reading.evidence is not None and reading.evidence.kind == "our"
    is_told = (whole.side == BOTH or is_ours) and bool(reading.sides)
    side = told.group.side or (reading.sides[0] if is_told else whole.side)
    owners = side_of_uncounted(told, whole)
    if owners is not None:
        side = owners.value
    elif whole.side is None:
        owners = told.group.evidence
    return base.but(
        measure="returned" if is_share_of_both(told, whole) else "breakdown",
        side=side,
        speaker=speaker,
        exchange_date=whole.exchange_date,
        modality=whole.modality,
        rule="part-of-whole",
        places=(
            *base.places,
            *place_of_mark(setting.marked, "side", owners),
            *(place for place in whole.places if place.field == "side" and owners is None),
            *_claimant_places(setting, speaker, whole),
        ),
    )


def _halves(told: Told, whole: Proposal, found: Sequence[Proposal]) -> list[Proposal]:
    """Return the whole of each side where each got so many: "Each side freed 90, 60 of them soldiers"."""
    is_part = is_marked_as_part(told) or is_of_those(told.marked, told.said.end)
    if not is_part or told.group.side is not None or whole.at not in told.sentence:
        return [whole]
    alike = {one.side: one for one in found if (one.at, one.speaker) == (whole.at, whole.speaker)}
    return list(alike.values())


def _claimant_places(
    setting: Setting, speaker: NamedSpeaker, whole: Proposal
) -> tuple[EvidencePlace, ...]:
    """Return the words that name who tells of a part: those of its whole, unless somebody else does."""
    if speaker.identity != whole.speaker.identity and speaker.mark is not None:
        return place_of_mark(setting.marked, "claimant", speaker.mark)
    return tuple(place for place in whole.places if place.field == "claimant")


def _announced(setting: Setting, own: int) -> NamedSpeaker | None:
    """Return who announced in the sentence before, without a number, what is counted now."""
    if not own or not setting.attribution.statements[own - 1]:
        return None
    before = setting.marked.sentences[own - 1]
    has_number = any(one.start in before for one in setting.marked.numbers)
    said = setting.attribution.statements[own - 1][-1]
    return None if has_number or said.governs else said.speaker


def _of_list(marked: MarkedText, told: Told, found: Sequence[Proposal]) -> NamedSpeaker | None:
    """Return who tells the parts before a number, of which it is the next: a list has one speaker."""
    last = found[-1] if found else None
    if last is None or last.measure != "breakdown" or last.speaker.party == "media":
        return None
    is_beside = marked.tokens[last.at].paragraph == marked.tokens[told.said.start].paragraph
    return last.speaker if is_beside else None


def _of_both(setting: Setting, told: Told, found: Sequence[Proposal]) -> SideReading | None:
    """Return all sides for a total whose side nobody says: of a mediator's doing, or told after both sides."""
    mediating = next(iter(told.marked.marks("mediating", *_words_of(told))), None)
    is_mediated = mediating is not None and told.group.side is None
    is_of_both = is_mediated or both_told(setting, found)
    return SideReading((BOTH,), mediating if is_mediated else None) if is_of_both else None


def _day_of(
    setting: Setting, told: Told, found: Sequence[Proposal]
) -> tuple[str | None, tuple[EvidencePlace, ...]]:
    """Return the day of a number, that of those told of before where it means them again."""
    if (same := told_again(told, found)) is not None:
        return same.exchange_date, tuple(one for one in same.places if one.field == "exchange.date")
    return day_of(setting, told)
