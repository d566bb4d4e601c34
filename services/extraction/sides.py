"""To which side people came back: by whose they are, from whom, and who did it.

Tried in this order: each side its own; whose people they are said to be; whose captivity they came from, or
where to; "our" and "its"; both sides as those who exchanged; who gave, got or freed them; what the figure
before says; who speaks.
"""

from collections.abc import Sequence

from services.extraction.acts import (
    by_act,
    by_handover,
    by_own_act,
    by_own_release,
    by_same_act,
    by_which,
    by_whom,
    got_from_swap,
)
from services.extraction.belonging import belonging
from services.extraction.both_together import (
    both_together,
    came_home,
    carried_between,
    exchange_of_so_many,
    exchangers,
    freed_by_both,
    halved,
    home_as,
    involved,
    of_a_deal,
    own_part,
    sides_in,
    summed_exchanged,
    swapped,
    swapped_in_it,
    were_involved,
    will_be_exchanged,
)
from services.extraction.captors import captors_by_place, is_of_another
from services.extraction.described import by_description, by_doer_behind
from services.extraction.destinations import goal_of
from services.extraction.each_side import of_each
from services.extraction.given_for import (
    given_along,
    given_for,
    got_by_who_gave,
    got_for,
    set_against,
)
from services.extraction.goals import by_goal
from services.extraction.joined_sides import BOTH, joined_sides, side_at
from services.extraction.let_go import were_let_go_too
from services.extraction.marking import Mark
from services.extraction.of_those_before import of_one_and_the_other, of_those_before
from services.extraction.routes import by_route
from services.extraction.told import SideReading, Told, is_of_the_others, other_side
from services.extraction.totals_told import by_swaps
from services.extraction.trades import handed_to, traded_to


_NEAR_VERB = 5
_ACTS = ("give", "get", "free", "back")
_HOSTAGES = frozenset(("hostage", "hostages"))
_WHERE = frozenset(("in", "into", "to"))
_CONTROLLED = frozenset(("controlled", "held", "run"))


def side_of(told: Told, before: str | None) -> SideReading:
    """Return to which side people came back; `before` is the side of the figure before."""
    for reading in (
        of_each(told) or of_those_before(told, before),
        _of_the_others(told, before),
        halved(told) or summed_exchanged(told) or freed_by_both(told),
        handed_to(told),
        given_along(told) or _named(told) or _owned(told) or by_description(told),
        by_route(told),
        given_for(told) or got_by_who_gave(told) or got_from_swap(told),
        got_for(told) or set_against(told, before) or traded_to(told),
        were_involved(told)
        or will_be_exchanged(told)
        or _brought_by_swaps(told)
        or of_a_deal(told),
        _freed_in_swap_with(told),
        by_same_act(told)
        or by_own_release(told)
        or by_handover(told)
        or by_doer_behind(told)
        or by_which(told)
        or by_whom(told)
        or came_home(told)
        or home_as(told)
        or exchangers(told),
        exchange_of_so_many(told),
        swapped(told) or swapped_in_it(told),
        carried_between(told),
        by_goal(told),
        _from_or_to(told),
        belonging(told),
        _of_those_who(told),
    ):
        if reading is not None:
            return reading
    if (given := _in_turn(told, before)) is not None:
        return given
    is_besides = _are_more(told) or _are_freed_by_it(told) or _came_as_well(told)
    if before is not None and is_besides:
        return SideReading((before,), None)
    both = by_own_act(told) or involved(told) or both_together(told)
    if both is not None:
        return both
    return by_act(told) or _by_speaker(told, before) or _as_before(told, before)


def _in_turn(told: Told, before: str | None) -> SideReading | None:
    """Return the side of those let go in return for those before, or of others beside such."""
    ledger = told.marked.ledger
    turn = told.marked.marks("in_turn", told.clause.start, told.said.start)
    does_itself = turn and any(
        one.start > side.start
        for side in told.marked.marks("side_name", turn[-1].end, told.said.start)
        for kind in ("give", "get", "free")
        for one in told.marked.marks(kind, turn[-1].end, told.said.start)
    )
    if (
        turn
        and before is not None
        and (_goes_on_after(told, turn[0]) or _is_in_addition(told, turn[0]))
    ):
        return SideReading((before,), None)
    own = told.marked.marks("side_name", turn[0].start - 2, turn[0].start) if turn else ()
    does_itself = does_itself or any(
        told.marked.words[one.end : turn[0].start] in ([], [","])
        and told.marked.has("get", turn[0].end, told.said.start)
        for one in own
    )
    # "Ruritania, in turn, got 100 back" is no return for what was told before
    if (
        turn
        and not does_itself
        and before in ledger.side_codes
        and (other := other_side(ledger, before))
    ):
        return SideReading((other,), turn[0])
    behind = _in_exchange_behind(told)
    if behind is not None and (other := other_side(ledger, before or "")):
        return SideReading((other,), behind)
    return None


def _goes_on_after(told: Told, turn: Mark) -> bool:
    """Return whether others beside those given in return are told of: "In return 40 were freed and, as a gift, 9"."""
    marked, start = told.marked, told.said.start
    is_first = turn.start - told.sentence.start <= 1
    is_for = marked.words[turn.end : turn.end + 1] == ["for"] or marked.words[turn.end - 1] == "for"
    return (
        marked.language_code == "en"
        and is_first
        and not is_for
        and any(turn.end <= one.start < start and one.kind == "cardinal" for one in marked.numbers)
        and any(marked.words[at : at + 2] == ["and", ","] for at in range(turn.end, start))
    )


def _in_exchange_behind(told: Told) -> Mark | None:
    """Return the words behind a number that it was in return for those before: "40 captives were handed over in return"."""
    marked, end = told.marked, told.group.end
    if marked.language_code != "en" or told.said.start != told.sentence.start:
        return None
    act = next((one for kind in ("give", "free") for one in marked.marks(kind, end, end + 3)), None)
    turn = marked.at("in_turn", act.end) if act is not None else None
    if act is None or turn is None or not marked.is_small("were", act.start - 1):
        return None
    return turn if marked.words[turn.end : turn.end + 1] != ["for"] else None


def _is_in_addition(told: Told, turn: Mark) -> bool:
    """Return whether more of those given in return are told of: "Klow got 60 captives in exchange and 14 wounded"."""
    marked, start = told.marked, told.said.start
    is_joined = marked.words[turn.end : turn.end + 1] == ["and"]
    is_counted = any(told.sentence.start <= one.start < turn.start for one in marked.numbers)
    acts = (*_ACTS, "swap")
    return is_joined and is_counted and not any(marked.has(kind, turn.end, start) for kind in acts)


def _are_more(told: Told) -> bool:
    """Return whether more of those just counted are told of: "146 were freed on Friday, and four more would be"."""
    marked, after = told.marked, told.said.number.end
    is_counted = any(
        one.start in told.sentence and one.end < told.said.start for one in marked.numbers
    )
    is_bare = told.group.start == told.group.end
    # "two others were driven home, and another two were let go"
    is_another = "another" in marked.words[max(0, told.said.start - 1) : told.said.number.start]
    is_more = is_another or marked.words[after : after + 1] == ["more"]
    return is_bare and is_counted and is_more


def _brought_by_swaps(told: Told) -> SideReading | None:
    """Return both sides whose swaps have brought so many home: "Klow and Szohod swapped 40 in the last of swaps that have"."""
    marked = told.marked
    both = joined_sides(marked, range(told.sentence.start, told.said.start))
    is_open = told.group.side is None and told.group.belongs is None
    return SideReading((BOTH,), both) if both is not None and is_open and by_swaps(told) else None


def _freed_in_swap_with(told: Told) -> SideReading | None:
    """Return the side that swapped with the only one named: "In an exchange with Borduria on Friday 70 people were freed"."""
    marked, end = told.marked, told.group.end
    named = sides_in(marked, told.sentence)
    if marked.language_code != "en" or told.group.side is not None or len(named) != 1:
        return None
    swaps = marked.marks("exchange", told.sentence.start, told.said.start)
    partner = next((side_at(marked, one.end + 1) for one in swaps if _is_with(told, one)), None)
    is_freed = marked.is_small("were", end) and marked.at("free", end + 1) is not None
    if partner is None or not is_freed or marked.words[end + 2 : end + 3] == ["by"]:
        return None
    other = other_side(marked.ledger, partner.value)
    return SideReading((other,), partner) if other is not None else None


def _is_with(told: Told, exchange: Mark) -> bool:
    return told.marked.words[exchange.end : exchange.end + 1] == ["with"]


def _came_as_well(told: Told) -> bool:
    """Return whether others besides those before are told to be freed too: "Two farmers were released as well"."""
    marked, end, stop = told.marked, told.group.end, told.sentence.stop
    is_freed = marked.is_small("were", end) and marked.at("free", end + 1) is not None
    is_too = any(marked.words[at : at + 2] == ["as", "well"] for at in range(end, stop))
    is_first = told.said.start == told.sentence.start
    return is_freed and is_too and is_first and not sides_in(marked, told.sentence)


def _are_freed_by_it(told: Told) -> bool:
    """Return whether an exchange that was told of is said to have brought so many: "This exchange freed 40 privates"."""
    marked, start = told.marked, told.said.start
    freed = next((one for one in marked.marks("free", start - 2, start) if one.end == start), None)
    if freed is None or marked.language_code != "en":
        return False
    exchange = marked.marks("exchange", max(told.clause.start, freed.start - 3), freed.start)
    return any(
        one.end == freed.start and marked.words[max(0, one.start - 1)] in ("this", "the")
        for one in exchange
    )


def _as_before(told: Told, before: str | None) -> SideReading:
    """Return the side of the figure before, and of both the one whose people are told of."""
    if before == BOTH and (people := _people_told_of(told)):
        return SideReading((people.value,), people)
    if before is not None:
        return SideReading((before,), None)
    marked, sentence = told.marked, told.sentence
    exchange = next(
        (
            one
            for kind in ("exchange", "swap")
            for one in marked.marks(kind, sentence.start, sentence.stop)
            if not _came_home_in(told, one)
        ),
        None,
    )
    exchange = exchange or _swap_summed_up(told)
    return SideReading((BOTH,) if exchange else (), exchange)


def _swap_summed_up(told: Told) -> Mark | None:
    """Return both sides who held an exchange just told of, where all of it is summed up: "In total, 90 were freed"."""
    marked, own = told.marked, told.marked.tokens[told.sentence.start]
    start, first = told.said.start, told.sentence.start
    is_summed = any(marked.words[at : at + 3] == ["a", "total", "of"] for at in (start, first))
    is_summed = is_summed or marked.words[first : first + 2] in (["in", "all"], ["in", "total"])
    # "After long talks 90 people were let go"
    is_summed = is_summed or (
        marked.at("free", told.group.end + 1) is not None
        and marked.is_small("were", told.group.end)
        and marked.tokens[marked.sentences[own.sentence - 1].start].paragraph == own.paragraph
    )
    if not is_summed or not own.sentence or told.group.end == told.group.start:
        return None
    before = marked.sentences[own.sentence - 1]
    is_of_exchange = marked.has("exchange", before.start, before.stop)
    return joined_sides(marked, before) if is_of_exchange else None


def _came_home_in(told: Told, exchange: Mark) -> bool:
    """Return whether people came home in an exchange told of apart: "A swap: 40 came home", "50 swaps, 900 returned"."""
    marked, own = told.marked, own_part(told)
    is_parted = exchange.end <= own.start and own.start > told.clause.start
    comes_home = any(marked.has(kind, own.start, own.stop) for kind in ("back", "get", "free"))
    is_counted = any(
        one.end == exchange.start and one.kind == "cardinal" and one.start >= told.sentence.start
        for one in marked.numbers
    )
    return is_parted or (is_counted and comes_home)


def _of_those_who(told: Told) -> SideReading | None:
    """Return whose people a sentence begins with of whom a number is of some: "The Ruritanians freed include 39 men"."""
    marked, start = told.marked, told.sentence.start
    first = start + (marked.words[start] in ("the", "those"))
    freed = marked.at("free", first)
    first = freed.end if freed is not None else first  # "The freed Ruritanians include"
    people = marked.at("side_people", first) or marked.at("side_owner", first)
    if people is None or marked.language_code != "en":
        return None
    end = people.end if people.kind == "side_people" else people.end + 1
    is_counted = people.kind == "side_people" or marked.at("people", people.end) is not None
    is_free = freed is not None or any(
        marked.at(kind, at) for kind in ("free", "back") for at in (end, end + 1)
    )
    is_part = marked.has("part", end, told.said.start)
    return SideReading((people.value,), people) if is_counted and is_free and is_part else None


def _people_told_of(told: Told) -> Mark | None:
    """Return whose people a paragraph tells of before a number that is of some of them."""
    marked = told.marked
    if not marked.has("part", told.sentence.start, told.said.start):
        return None
    paragraph = marked.tokens[told.said.start].paragraph
    named = [
        mark
        for kind in ("side_people", "side_owner")
        for mark in marked.marks(kind, 0, told.said.start)
        if marked.tokens[mark.start].paragraph == paragraph
    ]
    return max(named, key=lambda one: one.start, default=None)


def _named(told: Told) -> SideReading | None:
    if told.group.side is None:
        return None
    counted = range(told.said.number.end, told.group.end)
    joined = (
        joined_sides(told.marked, counted) or _joined_people(told) or of_one_and_the_other(told)
    )
    if joined is not None:
        return SideReading((BOTH,), joined)  # "200 Ruritanian and Bordurian soldiers"
    if (swap := _swapped_with_them(told)) is not None:
        return SideReading((BOTH,), swap)
    if (goal := _goal_of_hostages(told)) is not None:
        return SideReading((goal.value,), goal)
    return SideReading((told.group.side,), told.group.evidence)


def _swapped_with_them(told: Told) -> Mark | None:
    """Return the words for a swap with the side named behind a number: "exchanged 90 captives with the Ruritanians"."""
    marked, people = told.marked, told.group.evidence
    if people is None or people.kind != "side_people" or marked.language_code != "en":
        return None
    before = people.start - 1 - (marked.words[people.start - 1] == "the")
    is_with = marked.words[before] == "with" and before > told.said.start
    swaps = marked.marks("swap", told.clause.start, told.said.start)
    return swaps[-1] if is_with and swaps else None


def _owned(told: Told) -> SideReading | None:
    """Return whose people so many are by a name right before their number: "Ruritania's 40 freed soldiers"."""
    marked, start = told.marked, told.said.start
    owner = next(
        (one for one in marked.marks("side_owner", start - 2, start) if one.end == start), None
    )
    if owner is None or marked.language_code != "en" or told.group.category == "unspecified":
        return None
    is_whose = marked.words[start - 1].endswith("s")
    is_freed = marked.at("free", told.said.end) is not None
    return SideReading((owner.value,), owner) if is_whose and is_freed else None


def _goal_of_hostages(told: Told) -> Mark | None:
    """Return where hostages came to whom their captor's name stands before: "three rebel hostages returned to"."""
    marked, owner = told.marked, told.group.evidence
    is_captor = owner is not None and owner.kind == "side_name" and owner.end < told.group.end
    if not is_captor or marked.words[told.group.end - 1] not in _HOSTAGES:
        return None
    goal = goal_of(told, told.clause)
    return goal if goal is not None and goal.value != told.group.side else None


def _joined_people(told: Told) -> Mark | None:
    """Return the words for people of two sides that are counted together: "90 Bordurians and Ruritanians"."""
    marked, end = told.marked, told.said.number.end
    named = marked.marks("side_people", end, end + _NEAR_VERB)
    if len(named) < 2 or named[0].start != end or not marked.at("and", named[0].end):  # noqa: PLR2004
        return None
    first, second = named[0], named[1]
    is_both = first.value != second.value and second.start == first.end + 1
    return Mark("both_sides", BOTH, first.start, second.end) if is_both else None


def _of_the_others(told: Told, before: str | None) -> SideReading | None:
    if before is None or told.group.side is not None:
        return None
    other = other_side(told.marked.ledger, before)
    way = next(iter(told.marked.marks("other_way", told.group.end, told.clause.stop)), None)
    # "60 came home, and it is unclear how many were sent the other way"
    if way is not None and told.marked.has("how_many", told.group.end, way.start):
        way = None
    if way is None and not is_of_the_others(told):
        return None
    evidence = way or told.marked.at("others", told.said.number.end)
    return SideReading((other,), evidence) if other else None


def _from_or_to(told: Told) -> SideReading | None:
    """Return the side by whose captivity people came from, or where they came to."""
    marked, ledger = told.marked, told.marked.ledger
    for span in (told.clause, told.sentence):
        captors = [
            *marked.marks("captor", span.start, span.stop),
            *captors_by_place(told, span),
        ]
        near = sorted(captors, key=lambda one: abs(one.start - told.said.start))
        for captor in near:
            if is_of_another(told, captor):
                continue
            other = other_side(ledger, captor.value)
            if other is not None:
                return SideReading((other,), captor)
        if marked.language_code == "en" and (to := goal_of(told, span)):
            joined = joined_sides(marked, range(to.start, min(to.end + 3, told.sentence.stop)))
            to = joined or to  # "have returned to Ruritania and Borduria"
            return SideReading((to.value,), to)
        if len(sides_in(marked, told.sentence)) > 1:
            break
    return None


def _by_speaker(told: Told, before: str | None) -> SideReading | None:
    """Return the side of a speaker who says no other."""
    ledger = told.marked.ledger
    party = ledger.camp_of(told.speaker.party)
    if party in ledger.side_codes and (were_let_go_too(told, before) or _will_be_let_go(told)):
        other = other_side(ledger, party)
        return SideReading((other,), told.speaker.mark) if other else None
    if party in ledger.side_codes:
        return SideReading((party,), told.speaker.mark)
    return None


def _will_be_let_go(told: Told) -> bool:
    """Return whether people are to be let go, of which whoever holds them tells: "they said 40 would be freed"."""
    marked, start = told.marked, told.said.end
    if told.group.end == told.group.start and marked.has(
        "release", told.sentence.start, told.said.start
    ):
        acts = marked.marks("free", told.said.start - 2, told.said.start)
        if any(marked.words[one.start - 1] == "to" for one in acts):
            return True  # "releases will go on, to free 900"
    near = range(start, min(start + _NEAR_VERB + 2, told.clause.stop))
    return marked.language_code == "en" and any(
        marked.words[at] == "be"
        and marked.has("plan", at - 1, at + 1)
        and marked.has("free", at, at + 2)
        for at in near
    )


def _held_by_other(told: Told) -> SideReading | None:
    """Return whose people are held by the only captor of a sentence: "held by Ruritania, but the total is put at 90"."""
    captors = captors_by_place(told, told.sentence)
    is_alone = len({one.value for one in captors}) == 1 and told.group.start == told.group.end
    other = other_side(told.marked.ledger, captors[0].value) if is_alone else None
    return SideReading((other,), captors[0]) if other is not None else None


def held_side(told: Told) -> SideReading:
    """Return whose people are held."""
    marked, ledger = told.marked, told.marked.ledger
    if told.group.side is not None:
        return SideReading((told.group.side,), told.group.evidence)
    # "has taken 14 Ruritanian officials prisoner"
    owner = marked.at("side_owner", told.said.number.end)
    both = next(iter(marked.marks("both_sides", told.sentence.start, told.sentence.stop)), None)
    each = next(iter(marked.marks("each", told.clause.start, told.said.start)), None)
    if each is not None and marked.words[each.end - 1] == "side" and marked.language_code == "en":
        both = each  # "each side holds more than 900"
    if owner is not None or both is not None:
        sides = (owner.value,) if owner else ledger.side_codes if both == each else (BOTH,)
        return SideReading(sides, owner or both)
    first = next(iter(marked.marks("side_name", told.sentence.start, told.said.start)), None)
    if told.group.belongs == "its" and first is not None:
        return SideReading(
            (first.value,), first
        )  # "Ruritania accuses them of holding 40 of its men"
    reading = _from_or_to(told) or _held_by_other(told)
    if reading is not None:
        return reading
    named: Sequence[Mark] = marked.marks("side_name", told.clause.start, told.clause.stop)
    if named:
        other = other_side(ledger, named[0].value)
        return SideReading((other,) if other else (), named[0])
    return _by_speaker(told, None) or SideReading((BOTH,), None)
