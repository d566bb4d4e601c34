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
    by_which,
)
from services.extraction.belonging import belonging
from services.extraction.both_together import (
    both_together,
    came_home,
    carried_between,
    exchange_of_so_many,
    exchangers,
    halved,
    involved,
    own_part,
    sides_in,
    summed_exchanged,
    swapped,
    were_involved,
    will_be_exchanged,
)
from services.extraction.captors import captors_by_place, is_of_another
from services.extraction.given_for import given_for, got_for, set_against
from services.extraction.goals import by_goal
from services.extraction.joined_sides import BOTH, joined_sides, side_at
from services.extraction.marking import Mark, MarkedText
from services.extraction.routes import by_route
from services.extraction.told import SideReading, Told, is_of_the_others, other_side
from services.extraction.trades import handed_to, traded_to


_DASHES = frozenset("-–")
_ACTS = ("give", "get", "free", "back")
_NEAR_VERB = 5
_AUXILIARY = frozenset(("have", "had", "will", "would", "also", "were"))
_HOSTAGES = frozenset(("hostage", "hostages"))
_WHERE = frozenset(("in", "into", "to"))
_CONTROLLED = frozenset(("controlled", "held", "run"))


def side_of(told: Told, before: str | None) -> SideReading:
    """Return to which side people came back; `before` is the side of the figure before."""
    ledger = told.marked.ledger
    for reading in (
        _each(told),
        _of_the_others(told, before),
        halved(told) or summed_exchanged(told),
        handed_to(told),
        _named(told),
        by_route(told),
        given_for(told),
        got_for(told) or set_against(told, before) or traded_to(told),
        were_involved(told) or will_be_exchanged(told),
        by_own_release(told)
        or by_handover(told)
        or by_which(told)
        or came_home(told)
        or exchangers(told),
        exchange_of_so_many(told),
        swapped(told),
        carried_between(told),
        by_goal(told),
        _from_or_to(told),
        belonging(told),
        _of_those_who(told),
    ):
        if reading is not None:
            return reading
    turn = told.marked.marks("in_turn", told.clause.start, told.said.start)
    does_itself = turn and any(
        one.start > side.start
        for side in told.marked.marks("side_name", turn[-1].end, told.said.start)
        for kind in ("give", "get", "free")
        for one in told.marked.marks(kind, turn[-1].end, told.said.start)
    )
    # "Ruritania, in turn, got 100 back" is no return for what was told before
    if (
        turn
        and not does_itself
        and before in ledger.side_codes
        and (other := other_side(ledger, before))
    ):
        return SideReading((other,), turn[0])
    if before is not None and _are_more(told):
        return SideReading((before,), None)
    both = by_own_act(told) or involved(told) or both_together(told)
    if both is not None:
        return both
    return by_act(told) or _by_speaker(told) or _as_before(told, before)


def _are_more(told: Told) -> bool:
    """Return whether more of those just counted are told of: "146 were freed on Friday, and four more would be"."""
    marked, after = told.marked, told.said.number.end
    is_counted = any(
        one.start in told.sentence and one.end < told.said.start for one in marked.numbers
    )
    is_bare = told.group.start == told.group.end
    return is_bare and is_counted and marked.words[after : after + 1] == ["more"]


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
    return SideReading((BOTH,) if exchange else (), exchange)


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
    people = marked.at("side_people", first) or marked.at("side_owner", first)
    if people is None or marked.language_code != "en":
        return None
    end = people.end if people.kind == "side_people" else people.end + 1
    is_counted = people.kind == "side_people" or marked.at("people", people.end) is not None
    is_free = any(marked.at(kind, at) for kind in ("free", "back") for at in (end, end + 1))
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


def _each(told: Told) -> SideReading | None:
    """Return all sides where each got so many: "100 each", "100 for 100"."""
    marked, number = told.marked, told.said.number
    end = min(told.group.end + 4, told.sentence.stop)
    # "178 captives and 20 civilians each"
    is_joined = any(marked.at("and", at) for at in (number.end, told.group.end))
    if not is_joined:
        # "84 captives, 42 from each side": the latter
        others = (one.start for one in marked.numbers if number.end <= one.start < end)
        end = min(others, default=end)
    after = range(number.end, end)
    # "по 100", "each side 100"
    first = max(told.sentence.start, told.said.start - 4)
    # of "40 each; 15 civilians were freed" the 40
    parted = [at for at in range(first, told.said.start) if marked.words[at] == ";"]
    before = range(parted[-1] if parted else first, told.said.start)
    if marked.language_code != "en":
        before = range(max(told.sentence.start, told.said.start - 1), number.start)
    # of "238 from each side and 31 wounded" the 238
    found = [
        one
        for one in marked.marks("each", before.start, before.stop)
        if not marked.is_small("from", one.start)
    ]
    found += _each_to(told)
    found += [
        one
        for one in marked.marks("each", after.start, after.stop)
        if (marked.language_code == "en" or one.end - one.start > 1)
        # "three each from the two towns"
        and marked.at("from_place", one.end) is None
        # "two from each of the villages"
        and not _is_of_places(marked, one)
        # "14 are released each day"
        and not marked.has("days_span", one.end, one.end + 1)
    ]
    if (
        found
        and marked.has("carrier", told.clause.start, number.start)
        and _goal(told, told.clause)
    ):
        return None  # "two planes carrying 48 each flew to" one side
    if not found and (versus := _versus(told)):
        found = [versus]
    if not found:
        found = _both_receiving(told)
    return SideReading(marked.ledger.side_codes, found[0]) if found else None


def _is_of_places(marked: MarkedText, each: Mark) -> bool:
    """Return whether "each" is said of places that are named: "two from each of Klow and Zlip"."""
    of = each.end
    is_of = marked.words[of : of + 1] == ["of"] and marked.words[of + 1 : of + 2] != ["the"]
    return is_of and marked.words[each.start - 1] == "from"


def _each_to(told: Told) -> list[Mark]:
    """Return the words for each side where it is to do something with so many: "each side is to release 210"."""
    marked, start = told.marked, told.said.start
    near = range(max(told.sentence.start, start - _NEAR_VERB - 2), start)
    return [
        one
        for one in marked.marks("each", near.start, near.stop)
        if one.end - one.start > 1
        # of "70 soldiers from each side and 31 wounded" the 70, but not of "on 2 May each side freed 31" the 2
        and not any(
            number.start in near and number.end >= one.start - 2 for number in marked.numbers
        )
    ]


def _both_receiving(told: Told) -> list[Mark]:
    """Return the words for both sides where they are said to have received, or let go, so many: each did."""
    marked, start = told.marked, told.clause.start
    if told.said.number.kind == "vague":
        return []
    # "both Ruritania and Borduria released 40"
    joined = joined_sides(marked, range(start, told.said.start))
    is_both = joined is not None and marked.words[max(start, joined.start - 1)] == "both"
    named = [joined._replace(start=joined.start - 1)] if joined is not None and is_both else []
    return [
        both
        for kind in _ACTS
        for act in marked.marks(kind, start, told.said.start)
        for both in (*named, *marked.marks("both_sides", start, act.start))
        if act.end == told.said.start
        and all(word in _AUXILIARY for word in marked.words[both.end : act.start])
        and (kind == "get" or marked.words[both.start] == "both")
    ]


def _versus(told: Told) -> Mark | None:
    """Return the words that set two equal numbers against each other: "100 for 100"."""
    marked, number = told.marked, told.said.number
    for place in range(number.end, min(number.end + 6, told.sentence.stop)):
        mark = marked.at("versus", place) or marked.at("versus_equal", place)
        if place == number.end and marked.words[place] in _DASHES:
            mark = Mark("versus", "versus", place, place + 1)  # "the 50-50 formula"
        if mark and any(
            one.start in range(mark.end, mark.end + 2) and one.value == number.value
            for one in marked.numbers
        ):
            return mark
    return None


def _named(told: Told) -> SideReading | None:
    if told.group.side is None:
        return None
    counted = range(told.said.number.end, told.group.end)
    joined = joined_sides(told.marked, counted) or _joined_people(told)
    if joined is not None:
        return SideReading((BOTH,), joined)  # "200 Ruritanian and Bordurian soldiers"
    if (goal := _goal_of_hostages(told)) is not None:
        return SideReading((goal.value,), goal)
    return SideReading((told.group.side,), told.group.evidence)


def _goal_of_hostages(told: Told) -> Mark | None:
    """Return where hostages came to whom their captor's name stands before: "three rebel hostages returned to"."""
    marked, owner = told.marked, told.group.evidence
    is_captor = owner is not None and owner.kind == "side_name" and owner.end < told.group.end
    if not is_captor or marked.words[told.group.end - 1] not in _HOSTAGES:
        return None
    goal = _goal(told, told.clause)
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
    if before is None or told.group.side is not None or not is_of_the_others(told):
        return None
    other = other_side(told.marked.ledger, before)
    return SideReading((other,), told.marked.at("others", told.said.number.end)) if other else None


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
        if marked.language_code == "en" and (to := _goal(told, span)):
            joined = joined_sides(marked, range(to.start, min(to.end + 3, told.sentence.stop)))
            to = joined or to  # "have returned to Ruritania and Borduria"
            return SideReading((to.value,), to)
        if len(sides_in(marked, told.sentence)) > 1:
            break
    return None


def _goal(told: Told, span: range) -> Mark | None:
    """Return the side that people are said to come to: "returned to Ruritania"."""
    marked = told.marked
    after = marked.at("to_place", told.said.end)
    if after is not None and (given := side_at(marked, after.end)):
        return given  # "and 44 to Ruritania"
    for mark in marked.marks("side_name", span.start, told.said.start):
        # a verb with its goal before the number: "returned to Ruritania all six of them"
        acts = (one for kind in _ACTS for one in marked.marks(kind, span.start, mark.start))
        if marked.at("to_place", mark.start - 1) and any(one.end == mark.start - 1 for one in acts):
            return mark
    if (given := _given_to(told)) is not None:
        return given
    for mark in marked.marks("side_name", max(span.start, told.said.number.end), span.stop):
        if mark.start > span.start and _follows(marked, "to_place", mark):
            between = range(told.said.number.end, mark.start)
            if marked.has("carrier", span.start, told.said.start):
                between = range(span.start, mark.start)  # "a plane has transported 120 to" a side
            is_of_others = any(
                one.kind == "cardinal" and marked.has("people", one.end, one.end + 2)
                for one in marked.numbers
                if told.group.end <= one.start < mark.start
            )
            # 45 of "it got 45 back, and three pilots returned to Ruritania" did not
            is_told = any(marked.has(kind, span.start, told.said.start) for kind in _ACTS)
            comes = any(marked.has(kind, between.start, between.stop) for kind in _ACTS)
            comes = comes or _is_moved(told, mark)
            if comes and not (is_told and is_of_others):
                return mark
    return None


def _given_to(told: Told) -> Mark | None:
    """Return the side that people are returned to by whoever had them: "Borduria returned 60 soldiers to Klow"."""
    marked, start, end = told.marked, told.said.start, told.group.end
    goal = marked.at("to_place", end) if end > start else None
    if goal is None or marked.words[goal.start] != "to":
        return None
    acts = (one for kind in _ACTS for one in marked.marks(kind, start - 3, start))
    return side_at(marked, goal.end) if any(one.end == start for one in acts) else None


def _is_moved(told: Told, goal: Mark) -> bool:
    """Return whether it is told right before a number that people were moved: "the transfer of ten captives to"."""
    marked, start = told.marked, told.said.start
    moved = marked.marks("back", max(told.sentence.start, start - 3), start)
    is_of = any(one.end == start and marked.words[start - 1] == "of" for one in moved)
    return is_of and goal.start - told.group.end <= _NEAR_VERB


def _follows(marked: MarkedText, kind: str, mark: Mark) -> bool:
    """Return whether words of a kind end where a mark begins: "bound for" Ruritania, "to the" rebels."""
    start = mark.start - (marked.words[max(0, mark.start - 1)] == "the")
    return any(one.end == start for one in marked.marks(kind, max(0, start - 2), start))


def _by_speaker(told: Told) -> SideReading | None:
    """Return the side of a speaker who says no other."""
    ledger = told.marked.ledger
    party = ledger.camp_of(told.speaker.party)
    if party in ledger.side_codes and _will_be_let_go(told):
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


def held_side(told: Told) -> SideReading:
    """Return whose people are held."""
    marked, ledger = told.marked, told.marked.ledger
    if told.group.side is not None:
        return SideReading((told.group.side,), told.group.evidence)
    both = next(iter(marked.marks("both_sides", told.sentence.start, told.sentence.stop)), None)
    if both is not None:
        return SideReading((BOTH,), both)
    first = next(iter(marked.marks("side_name", told.sentence.start, told.said.start)), None)
    if told.group.belongs == "its" and first is not None:
        return SideReading(
            (first.value,), first
        )  # "Ruritania accuses them of holding 40 of its men"
    reading = _from_or_to(told)
    if reading is not None:
        return reading
    named: Sequence[Mark] = marked.marks("side_name", told.clause.start, told.clause.stop)
    if named:
        other = other_side(ledger, named[0].value)
        return SideReading((other,) if other else (), named[0])
    return _by_speaker(told) or SideReading((BOTH,), None)
