"""Whose people were let go for others: "229 in exchange for 71 Ruritanians", "the five were swapped for 40"."""

from services.extraction.acts import agents_in
from services.extraction.groups import group_after
from services.extraction.joined_sides import side_at
from services.extraction.marking import Mark
from services.extraction.numbers import Number
from services.extraction.told import SideReading, Told, other_side
from services.extraction.trades import goal_of_trade


_NEAR_VERB = 5
#: How many words may name who was let go for others.
_SOMEBODY_WORDS = 7
#: What may stand between "for" and those who were let go for others.
_OF_RELEASE = frozenset(("the", "release", "return", "freedom", "freeing", "handover", "of"))


def given_for(told: Told) -> SideReading | None:
    """Return whose people are let go for others whose side is said: "229 in exchange for 71 Ruritanians"."""
    marked = told.marked
    for number in marked.numbers:
        if number.start <= told.said.number.start or number.start not in told.sentence:
            continue
        between = range(told.said.number.end, number.start)
        # "40 fighters, including 12 women, were exchanged for 30 captives"
        is_swapped = any(
            marked.is_small("against", one.end) and marked.words[one.start].endswith("ed")
            for one in marked.marks("swap", between.start, between.stop)
        )
        if not is_swapped and marked.has("part", between.start, between.stop):
            if marked.has("in_turn", between.start, between.stop):
                return None
            continue
        is_for = marked.has("in_turn", between.start, between.stop) or _is_swap_of(told)
        is_for = is_for or _is_rate(told, number)
        if not is_for and not is_swapped:
            return None
        if not marked.is_small("against", number.start - 1):
            return None
        group = group_after(marked, number)
        if group is not None and group.side is None:
            return _given_for_its_own(told, number)
        other = other_side(marked.ledger, group.side) if group and group.side else None
        return SideReading((other,), group.evidence) if group and other else None
    return None


def _given_for_its_own(told: Told, number: Number) -> SideReading | None:
    """Return the side that people are let go to for others of whose they are: "Klow swapped 30 fighters for 25 of its"."""
    marked, after = told.marked, number.end
    if (
        marked.words[after : after + 2] not in (["of", "its"], ["of", "their"])
        or told.group.belongs
    ):
        return None
    acts = marked.marks("swap", told.sentence.start, told.said.start)
    owners = agents_in(marked, range(told.sentence.start, acts[-1].start)) if acts else []
    other = other_side(marked.ledger, owners[-1].value) if owners else None
    is_open = told.group.side is None and len({one.value for one in owners}) == 1
    return SideReading((other,), owners[-1]) if other and is_open else None


def _is_rate(told: Told, number: Number) -> bool:
    """Return whether so many are set against others by "for" alone: "a swap at the rate of 12 fighters for 14 men"."""
    marked, end = told.marked, told.group.end
    is_bare = end > told.said.number.end and marked.words[end : number.start] == ["for"]
    span = (told.sentence.start, told.said.start)
    return is_bare and any(marked.has(kind, *span) for kind in ("exchange", "swap"))


def _is_swap_of(told: Told) -> bool:
    """Return whether so many are what an exchange is of: "the exchange of 40" for others."""
    marked, start = told.marked, told.said.start
    if start < 2 or marked.words[start - 1] != "of":  # noqa: PLR2004
        return False
    return any(one.end == start - 1 for one in marked.marks("exchange", start - 4, start))


def got_for(told: Told) -> SideReading | None:
    """Return whose people were got for others whose side is said: "exchanged 18 Ruritanians for 70 fighters"."""
    marked, ledger, start = told.marked, told.marked.ledger, told.said.start
    if start < 2 or not marked.is_small("against", start - 1):  # noqa: PLR2004
        return None
    before = next((one for one in reversed(marked.numbers) if one.end < start), None)
    if before is None or before.start not in told.clause:
        alone = _for_somebody(told)
        if alone is not None or before is None:
            return alone
    if before.start not in told.sentence:
        return None
    goal = goal_of_trade(marked, before)
    if goal is not None and start - before.end <= _NEAR_VERB * 2:
        other = other_side(ledger, goal.value)  # "trades 90 captives to Ruritania for 40 men"
        return SideReading((other,), goal) if other else None
    if before.start not in told.clause or start - before.end > _NEAR_VERB:
        return None
    # "37 Ruritanians were exchanged for five officers", too, where a preposition says no more than "for"
    stop = before.start if marked.language_code == "en" else start
    swaps = any(
        marked.has(kind, told.clause.start, stop) for kind in ("swap", "exchange", "in_turn")
    )
    group = group_after(marked, before)
    other = other_side(ledger, group.side) if group and group.side and swaps else None
    return SideReading((other,), group.evidence) if group and other else None


def got_by_who_gave(told: Told) -> SideReading | None:
    """Return the side that gave others for so many: "in exchange for five officers, Klow handed over 40"."""
    marked, start, end = told.marked, told.said.start, told.group.end
    turns = marked.marks("in_turn", max(told.sentence.start, start - 4), start)
    is_for = bool(turns) and (
        marked.is_small("against", start - 1)
        or (turns[-1].end == start and turns[-1].end - turns[-1].start > 2)  # noqa: PLR2004
    )
    if not is_for or told.group.side is not None or start - turns[-1].end > 1:
        return None
    if any(marked.words[at][0].isalnum() for at in range(told.sentence.start, turns[-1].start)):
        return None
    acts = [one for kind in ("give", "get") for one in marked.marks(kind, end, told.sentence.stop)]
    act = min(acts, key=lambda one: one.start, default=None)
    agents = agents_in(marked, range(end, act.start)) if act is not None else []
    if act is None or not agents or agents[-1].end != act.start:
        return None
    own = agents[-1].value
    value = own if act.kind == "give" else other_side(marked.ledger, own)
    return SideReading((value,), agents[-1]) if value is not None else None


def _for_somebody(told: Told) -> SideReading | None:
    """Return the side that so many came to for somebody named: "Klow handed over Ottokar in exchange for 40"."""
    marked, start, sentence = told.marked, told.said.start, told.sentence
    turn = next(
        (one for one in marked.marks("in_turn", start - 4, start) if start - one.end <= 1), None
    )
    if turn is None or told.group.side is not None:
        return None
    acts = [
        one
        for kind in ("give", "free", "get")
        for one in marked.marks(kind, sentence.start, turn.start)
    ]
    act = max(acts, key=lambda one: one.start, default=None)
    if act is None or turn.start - act.end > _SOMEBODY_WORDS:
        return None
    if not any(marked.is_name(at) for at in range(act.end, turn.start)):
        return None
    agents = agents_in(marked, range(sentence.start, act.start))
    if not agents or len({one.value for one in agents}) > 1:
        return None
    own = agents[-1].value
    value = own if act.kind != "get" else other_side(marked.ledger, own)
    return SideReading((value,), agents[-1]) if value is not None else None


def set_against(told: Told, before: str | None) -> SideReading | None:
    """Return whose people were let go for those just told of: "freed two hostages for the release of six"."""
    marked, start = told.marked, told.said.start
    ledger = marked.ledger
    place = start - 1
    while place > told.sentence.start and marked.words[place] in _OF_RELEASE:
        place -= 1
    if not marked.is_small("against", place) or before not in ledger.side_codes:
        return None
    last = next((one for one in reversed(marked.numbers) if one.end <= place), None)
    is_told = last is not None and last.start in told.clause and place - last.end <= _NEAR_VERB
    if not is_told or (marked.at("versus", start - 1) and not _are_swapped(told, place)):
        return None
    other = other_side(ledger, before)
    turn = Mark("against", "against", place, place + 1)
    return SideReading((other,), turn) if other else None


def _are_swapped(told: Told, place: int) -> bool:
    """Return whether people are told to be swapped right before "for": "the five were exchanged for 40 prisoners"."""
    acts = told.marked.marks("swap", max(told.clause.start, place - 1), place)
    return any(one.end == place and told.marked.words[one.start].endswith("ed") for one in acts)


def given_along(told: Told) -> SideReading | None:
    """Return the side that others came to beside so many: "Along with the four pilots Klow handed over 90 soldiers"."""
    marked, end = told.marked, told.group.end
    first = marked.at("and", told.sentence.start)
    is_along = first is not None and first.end - first.start > 1
    giver = side_at(marked, end + (marked.words[end : end + 1] == [","]))
    if first is None or not is_along or told.said.start - first.end > 1 or giver is None:
        return None
    gives = any(marked.at(kind, giver.end) for kind in ("give", "free"))
    is_open = told.group.side is None or told.group.evidence == giver
    other = other_side(marked.ledger, giver.value) if gives and is_open else None
    return SideReading((other,), giver) if other is not None else None
