"""What a report claims, by rules: read offline, the same every time.

Numbers of people first (`figures`), then what is said of exchanges themselves (`events`). An outlet's own
repetition of a figure that somebody is quoted with is left out, and what one speaker says twice is one claim.
"""

from collections.abc import Sequence
from itertools import combinations, pairwise

from schemas.ledger import LedgerConfiguration
from services.extraction.dates import as_spoken, main_day, sentence_days
from services.extraction.events import events_in
from services.extraction.figures import figures_in
from services.extraction.joined_sides import BOTH
from services.extraction.listed_days import with_listed_days
from services.extraction.marking import MarkedText
from services.extraction.named_days import days_in
from services.extraction.one_captor import with_side_of_one_captor
from services.extraction.proposals import Proposal
from services.extraction.repetitions import is_one_voice, without_repetitions
from services.extraction.report import Report
from services.extraction.setting import Setting
from services.extraction.speakers import Attributions
from services.extraction.speakers_side import with_side_of_all_speakers
from services.extraction.sums import with_parts_of_sums, with_sides_of_parts, with_sides_of_sums
from services.extraction.withheld import withheld_in


#: What a heading says shortly, and the text at length.
_OF_A_DAY = ("today", "yesterday")
_REPEATED = ("exchanged_total", "breakdown")
#: Bounds of rough numbers, and what is said of both sides together.
_ROUGH = ("vague", "more_than", "nearly", "about")
_JOINT = ("exchanged_total", "cumulative_exchanged_total")
#: How many parts of a whole are tried together with a further number.
_PARTS_MAX = 6
#: Numbers that a heading may round.
_ROUNDED_FROM = 100


def propose(report: Report, ledger: LedgerConfiguration) -> list[Proposal]:
    """Return the claims that a report makes, in the order of its text."""
    marked = MarkedText(report.text, ledger=ledger, language=report.language)
    if not marked.tokens:
        return []
    days = with_listed_days(marked, days_in(marked, report.published_at))
    main = main_day(marked, days, report.published_at)
    days = as_spoken(marked, days, main)
    told_days = sentence_days(marked, days, main, report.published_at)
    attributions = Attributions(marked, report.publisher, told_days)
    setting = Setting(marked, days, main, report.published_at, attributions)
    events = events_in(setting)
    figures = _with_ordinals(marked, figures_in(setting), events)
    found = sorted((*figures, *events, *withheld_in(setting)), key=lambda one: one.at)
    found = _without_what_is_told_at_length(marked, found)
    found = _without_titles_said_again(marked, found)
    found = with_sides_of_sums(with_sides_of_parts(found))
    found = _with_parts_that_add_up(without_repetitions(found))
    found = without_repetitions(_with_rounded_totals(marked, found))
    found = _without_totals_told_again(marked, found)
    found = with_side_of_one_captor(marked, _with_side_of_others(found))
    found = with_side_of_all_speakers(marked, found, attributions)
    mediators = _mediators(marked)
    return [
        one.but(mediators=mediators) if _is_of_the_exchange(setting, one) else one for one in found
    ]


def _without_what_is_told_at_length(marked: MarkedText, found: list[Proposal]) -> list[Proposal]:
    """Return claims without what a heading or a first sentence says shortly, and the text at length.

    A heading's number that the text gives again; a joint number that each side is then said to have got.
    """
    heading = marked.sentences[0]
    is_heading = marked.words[heading.stop - 1] not in ".!?…" and len(marked.sentences) > 1
    again = {one.value for one in found if one.at >= heading.stop and one.bound is not None}
    sides = {
        value: {one.side for one in found if one.measure == "returned" and one.value == value}
        for value in again
    }
    return [
        one
        for one in found
        if not (
            one.at in heading
            and (
                (
                    one.measure == "exchanged_total"
                    and sides.get(one.value, set()) >= set(marked.ledger.side_codes)
                )
                or (
                    is_heading
                    and _is_taken_from_the_text(marked, one)
                    and any(_says_more(other, one) for other in found)
                )
                or (is_heading and _is_said_roughly_later(one, found))
                or (is_heading and _is_said_by_the_same(one, found))
                or (
                    is_heading
                    and (one.speaker.party == "media" or _is_said_exactly_later(one, found))
                    and ((one.measure in _REPEATED and one.value in again) or _is_rough(one, found))
                )
            )
        )
    ]


def _is_said_by_the_same(one: Proposal, found: Sequence[Proposal]) -> bool:
    """Return whether a text quotes with a number whom its heading names for it, be it with another day."""
    return one.measure in ("returned", *_REPEATED) and any(
        other.at > one.at
        and (other.measure, other.side, other.value) == (one.measure, one.side, one.value)
        and (other.bound, other.modality) == (one.bound, one.modality)
        and is_one_voice(one, other)
        for other in found
    )


def _is_heading(marked: MarkedText, place: int) -> bool:
    """Return whether a place is in a text's heading."""
    heading = marked.sentences[0]
    return place in heading and marked.words[heading.stop - 1] not in ".!?…"


def _is_taken_from_the_text(marked: MarkedText, one: Proposal) -> bool:
    """Return whether a heading names nobody who says what it says."""
    mark = one.speaker.mark
    return one.speaker.party == "media" or mark is None or marked.tokens[mark.start].sentence > 0


def _says_more(other: Proposal, one: Proposal) -> bool:
    """Return whether a text says with a speaker what its heading says, of one side, or of an exchange itself."""
    kinds = ("returned", "superlative", "first_since")
    return (
        other.at > one.at
        and one.measure in kinds
        and other.speaker.mark is not None
        and other.speaker.identity != one.speaker.identity
        and (other.measure, other.side, other.value) == (one.measure, one.side, one.value)
        and (other.bound, other.modality) == (one.bound, one.modality)
    )


def _without_titles_said_again(marked: MarkedText, found: Sequence[Proposal]) -> list[Proposal]:
    """Return claims without what a title says for a side, whose body the text names: "Ruritania says 50 returned".

    And without what a speaker is quoted with as an exchange of so many, and said of one side's people.
    """

    def is_title(place: int) -> bool:
        sentence = marked.sentence_at(place)
        return marked.words[sentence.stop - 1] not in '.!?…:;,”»"'

    def is_said_again(one: Proposal) -> bool:
        return any(
            other is not one
            and (other.measure, other.side, other.value) == ("returned", one.side, one.value)
            and other.speaker.party == one.speaker.party
            and other.speaker.role != "other"
            for other in found
        )

    def is_planned_again(one: Proposal) -> bool:
        """Return whether "the rebels say they will free 20" is what their spokesman is then quoted with."""
        return one.modality == "planned" and any(
            (other.modality, other.side, other.value) == ("planned", one.side, one.value)
            and other.at > one.at
            and other.speaker.party == one.speaker.party
            and other.speaker.role != "other"
            for other in found
        )

    def is_of_one_side(one: Proposal) -> bool:
        same = [
            other
            for other in found
            if (other.measure, other.value, other.bound) == ("returned", one.value, one.bound)
        ]
        # what a heading says of a side may be put on another day
        is_in_heading = any(_is_heading(marked, other.at) for other in same)
        alike = [
            other for other in same if is_in_heading or other.exchange_date == one.exchange_date
        ]
        if one.speaker.party != "media":
            return any(other.speaker.identity == one.speaker.identity for other in alike)
        is_told = any(other.speaker.party != "media" for other in alike)
        sides = {other.side for other in alike}
        # "exchanging 40 captives", of whom each side is then said to have got 40
        return (is_told and len(sides) == 1) or sides >= set(marked.ledger.side_codes)

    return [
        one
        for one in found
        if not (
            (one.measure == "exchanged_total" and one.value and is_of_one_side(one))
            or (
                one.speaker.party != "media"
                and one.speaker.role == "other"
                and (is_title(one.at) or is_planned_again(one))
                and is_said_again(one)
            )
        )
    ]


def _is_rough(one: Proposal, found: Sequence[Proposal]) -> bool:
    """Return whether a heading's number says roughly what the text says: "scores" and 61, "over 4,300" and 4,306."""
    if _is_rounded(one, found) or _is_said_exactly_later(one, found):
        return True
    if one.bound not in _ROUGH or not one.value:
        return False
    if one.side != BOTH:
        return any(_is_rounded_to(other, one) for other in found)
    return any(
        other.at > one.at
        and other.value is not None
        and other.bound != "vague"
        and (
            one.value <= other.value
            if one.bound == "vague"
            else abs(other.value - one.value) * 20 <= one.value
        )
        for other in found
        if other.measure in _JOINT or (one.bound != "vague" and other.measure == "returned")
    )


def _is_rounded_to(other: Proposal, one: Proposal) -> bool:
    """Return whether a heading's rough number of a side is counted in the text: "nearly 150", and 147."""
    assert one.value is not None, "rough numbers have their value"
    is_counted = other.at > one.at and other.value is not None and other.bound == "exact"
    if not is_counted or (other.measure, other.side) != (one.measure, one.side):
        return False
    apart = (other.value or 0) - one.value
    is_above = one.bound in ("more_than", "vague")
    return 0 <= apart * 5 <= one.value if is_above else abs(apart) * 10 <= one.value


def _is_said_exactly_later(one: Proposal, found: Sequence[Proposal]) -> bool:
    """Return whether the text gives a heading's number without its bound: "over 600", and 600."""
    return one.bound in ("more_than", "nearly", "about") and any(
        other.at > one.at
        and other.bound == "exact"
        and (other.measure, other.side, other.value) == (one.measure, one.side, one.value)
        and (one.speaker.party == "media" or is_one_voice(one, other))
        for other in found
    )


def _is_said_roughly_later(one: Proposal, found: Sequence[Proposal]) -> bool:
    """Return whether a heading leaves out the bound that the text says: "900", and "some 900"."""
    later = [
        other
        for other in found
        if other.at > one.at
        and (other.measure, other.side, other.value) == (one.measure, one.side, one.value)
        and (one.speaker.party == "media" or is_one_voice(one, other))
    ]
    is_rough = any(other.bound in ("more_than", "nearly", "about") for other in later)
    return one.bound == "exact" and is_rough and all(other.bound != "exact" for other in later)


def _is_rounded(one: Proposal, found: Sequence[Proposal]) -> bool:
    """Return whether a heading rounds what the text then counts: "4,000" and 4,208."""
    is_round = len(str(one.value or "").rstrip("0")) == 1 and (one.value or 0) >= _ROUNDED_FROM
    return is_round and any(
        other.at > one.at
        and (other.measure, other.side, other.modality) == (one.measure, one.side, one.modality)
        and other.bound == "exact"
        and (other.value or 0) != one.value
        and abs((other.value or 0) - (one.value or 0)) * 10 < (one.value or 0)
        for other in found
    )


def _with_side_of_others(found: Sequence[Proposal]) -> list[Proposal]:
    """Return claims with a side each: where none is said, that of all others of a report that tells of one alone."""
    back = ("returned", "breakdown")
    sides = {one.side for one in found if one.measure in back and one.side is not None}
    # who came back so far, and who is still held
    further = ("cumulative_returned", "held")
    sides = sides or {one.side for one in found if one.measure in further and one.side is not None}
    if len(sides) != 1:
        return list(found)
    evidence = [
        place for one in found if one.side in sides for place in one.places if place.field == "side"
    ]
    return [
        one.but(side=next(iter(sides)), places=(*one.places, *evidence[:1]))
        if one.measure in back and one.side is None
        else one
        for one in found
    ]


def _with_ordinals(
    marked: MarkedText, figures: Sequence[Proposal], events: Sequence[Proposal]
) -> list[Proposal]:
    """Return figures with the ordinal of the exchange that their own sentence names."""
    ordinals = {
        marked.tokens[one.at].sentence: one.ordinal
        for one in events
        if one.ordinal is not None and one.measure == "exchange_ordinal"
    }
    return [
        one.but(ordinal=ordinals.get(marked.tokens[one.at].sentence))
        if one.measure == "returned"
        else one
        for one in figures
    ]


def _mediators(marked: MarkedText) -> tuple[str, ...]:
    """Return who is said to have brought the report's exchange about."""
    codes = {
        mark.value
        for sentence in marked.sentences
        if marked.has("mediating", sentence.start, sentence.stop)
        for mark in marked.marks("mediator", sentence.start, sentence.stop)
    }
    return tuple(sorted(codes))


def _is_of_the_exchange(setting: Setting, proposal: Proposal) -> bool:
    """Return whether a claim is about the report's own exchange, or counts up to it."""
    main = setting.main_day
    if main is None or proposal.measure == "held":
        return False
    return proposal.exchange_date == main.isoformat() or proposal.as_of == main


def _with_rounded_totals(marked: MarkedText, found: Sequence[Proposal]) -> list[Proposal]:
    """Return claims with those that say a running total again, or roughly, as running totals: "over 4,300" and 4,306."""
    totals = [one for one in found if one.measure == "cumulative_returned" and one.value]
    return [
        one.but(
            measure="cumulative_returned", exchange_date=None, since=total.since, as_of=total.as_of
        )
        if one.measure == "returned"
        and (
            total := next(
                (
                    total
                    for total in totals
                    if _rounds(one, total) or _is_told_again(marked, one, total)
                ),
                None,
            )
        )
        is not None
        else one
        for one in found
    ]


def _rounds(one: Proposal, total: Proposal) -> bool:
    """Return whether a number says a total roughly."""
    if one.side != total.side or one.bound not in ("more_than", "nearly", "about"):
        return False
    assert total.value is not None, "totals have their numbers"
    return one.value is not None and abs(total.value - one.value) * 20 <= one.value


def _is_told_again(marked: MarkedText, one: Proposal, total: Proposal) -> bool:
    """Return whether it is told on no day what a side has done, as many as it has so far: "has let 135 go"."""
    sentence = marked.sentence_at(one.at)
    words = marked.words[sentence.start : sentence.stop]
    is_on_a_day = any(marked.has(kind, sentence.start, sentence.stop) for kind in _OF_A_DAY)
    has_done = marked.language_code == "en" and bool({"has", "have"} & set(words))
    is_same = (one.side, one.value, one.bound) == (total.side, total.value, total.bound)
    is_on_a_day = is_on_a_day or any(word in marked.language.weekdays for word in words)
    return is_same and has_done and not is_on_a_day and total.at > one.at


def _without_totals_told_again(marked: MarkedText, found: Sequence[Proposal]) -> list[Proposal]:
    """Return claims without the second time of a running total of some days, told as if it were of one."""
    totals = [one for one in found if one.measure.startswith("cumulative") and one.value]
    return [
        one
        for one in found
        if one.measure not in ("returned", "exchanged_total")
        or not any(
            (other.at < one.at or _is_heading(marked, one.at))
            and (other.side, other.value, other.bound) == (one.side, one.value, one.bound)
            and is_one_voice(one, other)
            for other in totals
        )
    ]


def _with_parts_that_add_up(found: Sequence[Proposal]) -> list[Proposal]:
    """Return claims with those that add up to a whole that was told before as its parts: "42 men and 3 women"."""
    kept = list(found)
    for number, (first, second) in enumerate(pairwise(found)):
        if not (first.measure == second.measure == "returned" and first.side == second.side):
            continue
        total = (first.value or 0) + (second.value or 0)
        if any(_is_whole(one, first, total) for one in found[:number]):
            kept[number] = first.but(measure="breakdown", rule="part-of-whole")
            kept[number + 1] = second.but(measure="breakdown", rule="part-of-whole")
    kept = with_parts_of_sums(_with_parts_before_their_sum(_with_sums_of_all(kept)))
    for number, one in enumerate(kept):
        if one.measure == "returned" and _is_the_rest(one, kept[:number]):
            kept[number] = one.but(measure="breakdown", rule="part-of-whole")
    return kept


def _with_parts_before_their_sum(found: Sequence[Proposal]) -> list[Proposal]:
    """Return claims with those that the next one sums up as its parts: "6 officers, 21 men. In all 27 came home"."""
    kept = list(found)
    for place, whole in enumerate(found):
        if whole.measure != "returned" or whole.bound != "exact":
            continue
        for count in range(2, min(_PARTS_MAX, place) + 1):
            row = kept[place - count : place]
            are_alike = all(
                (one.measure, one.side, one.bound) == ("returned", whole.side, "exact")
                and one.speaker.identity == whole.speaker.identity
                for one in row
            )
            if are_alike and sum(one.value or 0 for one in row) == whole.value:
                kept[place - count : place] = [
                    one.but(measure="breakdown", rule="part-of-whole") for one in row
                ]
    return kept


def _with_sums_of_all(found: Sequence[Proposal]) -> list[Proposal]:
    """Return claims with those in a row that add up to a joint number told before as its parts."""
    kept = list(found)
    for place, whole in enumerate(found):
        if whole.measure != "exchanged_total" or whole.value is None:
            continue
        row = [
            at
            for at in range(place + 1, len(kept))
            if kept[at].measure == "returned"
            # what others count is none of their whole
            and (kept[at].speaker.party in (whole.speaker.party, "media"))
        ]
        for count in range(3, _PARTS_MAX + 1):
            some = row[:count]
            is_sum = sum(kept[at].value or 0 for at in some) == whole.value
            # "378 captives: 162 Syldavians and 162 Bordurians, 36 more and 18 more" are shares of each side
            is_shared = len({kept[at].side for at in some} - {BOTH, None}) > 1
            if len(some) == count and is_sum and not is_shared:
                for at in some:
                    kept[at] = kept[at].but(measure="breakdown", rule="part-of-whole")
    return kept


def _is_the_rest(one: Proposal, before: Sequence[Proposal]) -> bool:
    """Return whether a number and parts told before it add up to a whole: "30: 5 officers, 17 men; and 8"."""
    wholes = [other for other in before if other.measure == "returned" and other.side == one.side]
    if not wholes or one.value is None or one.bound != "exact":
        return False
    whole = wholes[-1]
    parts = [
        other.value
        for other in before
        if other.measure == "breakdown" and other.side == one.side and other.at > whole.at
    ][:_PARTS_MAX]
    return any(
        _is_whole(whole, one, one.value + sum(filter(None, some)))
        for count in range(1, len(parts) + 1)
        for some in combinations(parts, count)
    )


def _is_whole(one: Proposal, part: Proposal, total: int) -> bool:
    is_alike = (one.measure, one.side, one.exchange_date) == (
        "returned",
        part.side,
        part.exchange_date,
    )
    return is_alike and one.value == total
