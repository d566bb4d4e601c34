"""To which side people came back, by who gave, got or freed them."""

from collections.abc import Sequence

from services.extraction.groups import group_after
from services.extraction.joined_sides import joined_sides, side_at
from services.extraction.marking import Mark, MarkedText
from services.extraction.told import SideReading, Told, other_side


#: "with" whom, and how such names end, in Ukrainian and Russian.
_WITH = frozenset(("з", "із", "зі", "с", "со"))
_WITH_ENDINGS = ("єю", "ею", "ою", "ей", "ой", "ом", "ям", "ами")
_SELF = frozenset(("it", "they", "we", "ми", "мы", "я"))
#: What names in the dative end in, but not in the nominative: "Росії", "Киеву".
_TO_MANY_ENDINGS = ("ам", "ям")
_TO_WHOM_ENDINGS = frozenset("іїеиую")
#: How far behind a number those whom it counts may be named.
_COUNTED_WORDS = 2
#: How far before a verb "it would" may stand, and what may stand before a side's name.
_SELF_WORDS = 3
_ORDER_WORDS = 9
_THESE = frozenset(("these", "those"))
_ORDERS = (["order", "to"], ["decree", "to"], ["decision", "to"])
#: How far behind people the captivity may stand that they were freed from.
_CAPTIVITY_WORDS = 4
_BEFORE_NAME = frozenset(("the", "pro", "-", "‑", "backed", "self", "declared", "proclaimed"))
#: Behind these a side is whom somebody does something with, or against, or where.
_NOT_DOERS = frozenset(("with", "against", "fighting", "in", "inside", "near"))
#: "in eastern Ruritania"
_PARTS_OF_COUNTRY = frozenset(
    (
        *("the", "eastern", "western", "northern", "southern", "central"),
        *("east", "west", "north", "south", "southeastern", "northeastern", "occupied"),
    )
)
_ACTS = ("give", "get", "free", "back")
_WHOM = (["whom"], ["that"])
_RETURNED = frozenset(("return", "returned", "returns"))
_HANDOVERS = (["handover"], ["release"], ["return"], ["transfer"], ["repatriation"])


def by_act(told: Told) -> SideReading | None:
    """Return the side by who gave, got or freed people."""
    marked, ledger, span = told.marked, told.marked.ledger, told.clause
    acts = [mark for kind in _ACTS for mark in marked.marks(kind, span.start, span.stop)]
    # "secured the release of" is no letting go
    acts = [
        one
        for one in acts
        if not any(other.start < one.start < other.end for other in acts if other is not one)
        # "bringing the total to"
        and marked.at("so_far", one.start) is None
    ]
    if not acts:
        return None
    act = min(acts, key=lambda one: (one.start > told.said.start, abs(one.start - told.said.start)))
    recipient = _recipient(told, act)
    if recipient is not None:
        return SideReading((recipient.value,), recipient)
    said = _saying_before(told)
    agents = _doer_behind(told, act) or agents_in(
        marked, range(max(span.start, said), min(act.start, told.said.start) + 1)
    )
    if not agents:
        # "while receiving 15": whoever did the first thing.
        agents = [
            one
            for one in agents_in(marked, range(max(told.sentence.start, said), act.start))
            # "the Guard freed 14 Ruritanian soldiers, and on 5 May it freed 25 farmers"
            if not _is_of_those_counted(marked, one)
        ]
    if not agents or _has_subject_of_its_own(told, act, agents):
        if agents:
            # "the rebels freed 15, and the government freed 40": of those 40 the rebels
            agent = max(agents, key=lambda one: one.start)
            return SideReading((agent.value,), agent)
        # "ми звільнили з полону 40": their own
        lets_go = act.kind == "give" or (act.kind == "free" and marked.language_code == "en")
        if lets_go and _is_speakers_own_act(told, act):
            camp = ledger.camp_of(told.speaker.party)
            is_rescue = act.kind == "free" and _is_from_captivity(told)
            side = camp if is_rescue else other_side(ledger, camp)
            return SideReading((side,), told.speaker.mark) if side else None
        return _home_of_source(told) if act.kind in ("get", "back") else None
    agent = max(agents, key=lambda one: one.start)
    is_from_captivity = any(
        marked.has("from_place", max(span.start, one.start - 3), one.start)
        and not marked.at("its", one.start - 1)
        for one in marked.marks("captivity", span.start, span.stop)
        if one.start
    )
    gives = (
        act.kind == "give"
        or (act.kind == "back" and _gives_back(marked, act))
        or (act.kind == "free" and not is_from_captivity and marked.language_code == "en")
    )
    side = other_side(ledger, agent.value) if gives else agent.value
    return SideReading((side,), agent) if side else None


def _gives_back(marked: MarkedText, act: Mark) -> bool:
    """Return whether a text says of one side that it returned the other's people, so that "returned" is gave."""
    if marked.words[act.start] not in _RETURNED or marked.language_code != "en":
        return False
    return any(
        group is not None and group.side is not None and group.side != agents[-1].value
        for one in marked.marks("back", 0, len(marked.words))
        if marked.words[one.start] in _RETURNED
        for number in marked.numbers
        if number.start == one.end
        if (agents := agents_in(marked, range(max(0, one.start - 2), one.start)))
        if agents[-1].end == one.start
        for group in [group_after(marked, number)]
    )


def _is_given_to(marked: MarkedText, side: Mark) -> bool:
    """Return whether a side is whom people were given to, words before its name left out: "to pro-Ruritanian rebels"."""
    place = side.start - 1
    while place > 0 and (
        marked.words[place] in _BEFORE_NAME or marked.at("side_owner", place) is not None
    ):
        place -= 1
    return place < side.start - 1 and marked.at("to_place", place) is not None


def by_own_release(told: Told) -> SideReading | None:
    """Return the side by whose release of so many it is: "Ruritania's release of 40 captives"."""
    marked, start = told.marked, told.said.start
    if marked.language_code != "en" or marked.words[start - 1] != "of" or told.group.side:
        return None
    release = next((one for one in marked.marks("release", start - 2, start)), None)
    owners = marked.marks("side_owner", max(0, start - 4), start - 2)
    owner = next((one for one in owners if release is not None and one.end == release.start), None)
    other = other_side(marked.ledger, owner.value) if owner is not None else None
    return SideReading((other,), owner) if other is not None else None


def by_handover(told: Told) -> SideReading | None:
    """Return the side that people came back to by who is said to have handed them over: "the handover of 40 by Klow"."""
    marked, start, end = told.marked, told.said.start, told.group.end
    if marked.language_code != "en" or told.group.side or marked.words[end : end + 1] != ["by"]:
        return None
    giver = side_at(marked, end + 1)
    is_let_go = marked.words[start - 1 : start] == ["of"] and (
        marked.words[start - 2 : start - 1] in _HANDOVERS
    )
    other = other_side(marked.ledger, giver.value) if giver is not None else None
    return SideReading((other,), giver) if is_let_go and other is not None else None


def by_which(told: Told) -> SideReading | None:
    """Return the side that a clause tells of as who did it: "from Borduria, which received 50"."""
    marked, start = told.marked, told.said.start
    for kind in ("get", "give", "free"):
        act = next((one for one in marked.marks(kind, start - 3, start) if one.end == start), None)
        if act is None or marked.words[act.start - 2 : act.start] != [",", "which"]:
            continue
        sides = marked.marks("side_name", max(told.sentence.start, act.start - 6), act.start - 2)
        if sides and sides[-1].end == act.start - 2 and told.group.side is None:
            own = sides[-1].value
            side = own if kind == "get" else other_side(marked.ledger, own)
            return SideReading((side,), sides[-1]) if side is not None else None
    return None


def by_same_act(told: Told) -> SideReading | None:
    """Return the side of so many where its verb is another side's: "Klow got 40 captives back, and Szohod 30 people"."""
    marked, start = told.marked, told.said.start
    side = next(
        (one for one in marked.marks("side_name", start - 4, start) if one.end == start), None
    )
    if side is None or marked.language_code != "en" or told.group.side is not None:
        return None
    joint = side.start - 1 - (marked.words[side.start - 1] == "the")
    is_joined = marked.words[joint] in (",", ";") or any(
        marked.at(kind, joint) for kind in ("and", "break")
    )
    first = told.sentence.start
    acts = [one for kind in ("get", "give", "free") for one in marked.marks(kind, first, joint)]
    if not is_joined or not acts:
        return None
    act = max(acts, key=lambda one: one.start)
    agents = agents_in(marked, range(first, act.start))
    is_counted = any(act.end <= one.start < joint for one in marked.numbers)
    if not agents or agents[-1].value == side.value or not is_counted:
        return None
    value = side.value if act.kind == "get" else other_side(marked.ledger, side.value)
    return SideReading((value,), side) if value is not None else None


def by_whom(told: Told) -> SideReading | None:
    """Return the side of those whom a side got, or let go: "the 62 soldiers whom Klow got back"."""
    marked, whom = told.marked, told.group.end
    if marked.language_code != "en" or told.group.side or told.group.end == told.group.start:
        return None
    # "the 62 soldiers Klow got back"
    side = side_at(marked, whom + (marked.words[whom : whom + 1] in _WHOM))
    if side is None:
        return None
    first = side.end + (marked.words[side.end : side.end + 1] in (["had"], ["has"]))
    for kind in ("get", "free", "give", "back"):
        act = marked.at(kind, first)
        if act is not None and (kind != "back" or marked.words[first] in _RETURNED):
            own = side.value
            value = own if kind == "get" else other_side(marked.ledger, own)
            return SideReading((value,), side) if value is not None else None
    return None


def by_own_act(told: Told) -> SideReading | None:
    """Return the side by who alone is said to free so many: "the rebels freed 40 captives in an exchange"."""
    marked, start, clause = told.marked, told.said.start, told.clause
    if marked.language_code != "en":
        return None
    kinds: tuple[str, ...] = ("free", "give")
    if told.group.start == told.group.end:
        kinds = (*kinds, "swap")  # "while the rebels were set to swap 46"
    acts = [one for kind in kinds for one in marked.marks(kind, start - 3, start)]
    first = start - (marked.words[start - 1] in _THESE)
    act = next((one for one in acts if one.end == first), None)
    # "they had been given 40" got them
    got = marked.marks("get", max(clause.start, start - 3), start)
    if act is None or any(one.end >= act.end for one in got):
        return None
    is_own_order = _is_own_order(told, act)
    near = set(marked.words[max(clause.start, act.start - _SELF_WORDS) : act.start])
    if is_own_order or _SELF & near:
        if not (is_own_order or _is_speakers_own_act(told, act)):
            return None
        camp = marked.ledger.camp_of(told.speaker.party)
        own = camp if _is_from_captivity(told) else other_side(marked.ledger, camp)
        return SideReading((own,), told.speaker.mark) if own is not None else None
    before = range(max(clause.start, _saying_before(told)), act.start)
    agents = agents_in(marked, before) or agents_in(marked, range(clause.start, act.start))
    is_joined = joined_sides(marked, range(clause.start, act.start)) is not None
    if not agents or is_joined or marked.has("both_sides", clause.start, act.start):
        return None
    agent = max(agents, key=lambda one: one.start)
    other = other_side(marked.ledger, agent.value)
    return SideReading((other,), agent) if other is not None else None


def _is_own_order(told: Told, act: Mark) -> bool:
    """Return whether a side's speaker orders people to be let go: "I will sign the order to free these 380"."""
    marked = told.marked
    is_speakers = told.speaker.party in marked.ledger.side_codes
    near = marked.words[max(told.clause.start, act.start - _ORDER_WORDS) : act.start]
    return is_speakers and near[-2:] in _ORDERS and bool({"i", "we"} & set(near))


def _is_of_those_counted(marked: MarkedText, side: Mark) -> bool:
    """Return whether a side is named as whose people were counted: "14 Ruritanian soldiers"."""
    return any(
        side.start - _COUNTED_WORDS <= one.end <= side.start
        and one.kind == "cardinal"
        # "in 2030, Ruritania freed"
        and "," not in marked.words[one.end : side.start]
        for one in marked.numbers
    )


def _has_subject_of_its_own(told: Told, act: Mark, agents: Sequence[Mark]) -> bool:
    """Return whether a clause names who acts, by words of no list, where the one before names a side."""
    marked, start = told.marked, act.start
    if (
        marked.language_code != "en"
        or act.kind not in ("free", "give")
        or act.end != told.said.start
    ):
        return False
    is_named = marked.words[start - 2 : start - 1] == ["the"] and marked.at("and", start - 3)
    is_of_another = all(one.end < start - 2 for one in agents)
    is_listed = any(
        marked.at(kind, start - 1) for kind in ("side_name", "side_owner", "side_people", "done")
    )
    return bool(is_named) and is_of_another and not is_listed


def _recipient(told: Told, act: Mark) -> Mark | None:
    """Return the side that people are given to by its ending, beside the verb: "Росії віддали"."""
    marked = told.marked
    if act.kind != "give" or marked.language_code == "en":
        return None
    beside = range(max(told.clause.start, act.start - 2), min(act.end + 2, told.clause.stop))
    for owner in marked.marks("side_owner", beside.start, beside.stop):
        if marked.is_small("to_side", owner.end):
            return owner  # "передал бордурской стороне"
    for people in marked.marks("side_people", beside.start, beside.stop):
        # "бордурцям віддали 90 полонених"
        if marked.words[people.end - 1].endswith(_TO_MANY_ENDINGS):
            return people
    # "бойовики передали Сілдавії": who stands behind the verb before who stands in front of it
    named = sorted(
        marked.marks("side_name", beside.start, beside.stop), key=lambda one: one.start < act.start
    )
    return next(
        (
            one
            for one in named
            if _is_dative(marked.words[one.end - 1])
            and not (one.start and marked.at("from_place", one.start - 1))
        ),
        _abbreviated_recipient(told, act),
    )


def _abbreviated_recipient(told: Told, act: Mark) -> Mark | None:
    """Return the side that is named by letters alone right behind what another one gave: "Сілдавія передала РБ 12"."""
    marked = told.marked
    side = marked.at("side_name", act.end)
    if side is None or not marked.quote(side.start, side.end).isupper():
        return None
    givers = marked.marks("side_name", max(told.clause.start, act.start - 3), act.start)
    return side if any(one.value != side.value for one in givers) else None


def _doer_behind(told: Told, act: Mark) -> list[Mark]:
    """Return the side between people and what it did with them, the word order of Ukrainian and Russian."""
    marked, end = told.marked, told.group.end
    side = marked.at("side_name", end) if told.group.start < end <= act.start else None
    if side is None or marked.language_code == "en" or side.end != act.start:
        return []
    return [] if _is_dative(marked.words[side.end - 1]) else [side]


def _is_dative(word: str) -> bool:
    """Return whether a name has an ending of whom something is given to."""
    return word[-1] in _TO_WHOM_ENDINGS or word.endswith(_TO_MANY_ENDINGS)


def is_in_dative(marked: MarkedText, side: Mark) -> bool:
    """Return whether a side stands right behind what was given to it: "передал Бордурии 27 человек"."""
    given = marked.marks("give", max(0, side.start - 2), side.start)
    is_beside = any(one.end == side.start for one in given)
    return is_beside and _is_dative(marked.words[side.end - 1])


def is_with_whom(marked: MarkedText, side: Mark) -> bool:
    """Return whether a side is with whom something is done: "обмін полоненими з Бордурією"."""
    is_with = side.start > 0 and marked.words[side.start - 1] in _WITH
    return is_with and marked.words[side.end - 1].endswith(_WITH_ENDINGS)


def got_from_swap(told: Told) -> SideReading | None:
    """Return the side that got so many in an exchange with the other: "Klow під час обміну з Szohod повернула 40"."""
    marked, start, clause = told.marked, told.said.start, told.clause
    act = next((one for one in marked.marks("get", start - 2, start) if one.end == start), None)
    if act is None or marked.language_code == "en" or told.group.side is not None:
        return None
    named = marked.marks("side_name", clause.start, act.start)
    others = [one for one in named if is_with_whom(marked, one)]
    own = [one for one in agents_in(marked, range(clause.start, act.start)) if one in named]
    is_alone = len({one.value for one in own}) == 1 and bool(others)
    swapped = is_alone and marked.has("exchange", own[0].end, others[0].start)
    return SideReading((own[0].value,), own[0]) if swapped else None


def _is_speakers_own_act(told: Told, act: Mark) -> bool:
    """Return whether a speaker's side says what it does itself: "said it would release 100"."""
    marked, party = told.marked, told.speaker.party
    if party not in marked.ledger.side_codes:
        return False
    words = marked.words[max(told.clause.start, act.start - 5) : act.start]
    return bool(_SELF & set(words))


def _is_from_captivity(told: Told) -> bool:
    """Return whether people are freed from the captivity of others: "we freed 40 women from captivity"."""
    marked, end = told.marked, told.group.end
    return any(
        marked.at("from_place", one.start - 1) is not None
        for one in marked.marks("captivity", end, min(end + _CAPTIVITY_WORDS, told.clause.stop))
    )


def _saying_before(told: Told) -> int:
    """Return where what is said begins: who says so does nothing in it, but for "said it had received"."""
    marked, speaker = told.marked, told.speaker
    sayings = marked.marks("say", told.clause.start, told.said.start)
    if not sayings or speaker.mark is None:
        return 0
    said = sayings[-1]
    if speaker.mark.start > said.start or marked.has("pronoun", said.end, told.said.start):
        return 0
    return said.end


def _home_of_source(told: Told) -> SideReading | None:
    """Return the side of the only source where it is not said who got people back, or where."""
    source = told.source
    if told.speaker.party != "media" or source is None:
        return None
    if source.party not in told.marked.ledger.side_codes:
        return None
    return SideReading((source.party,), source.mark)


def _is_of_a_time(marked: MarkedText, owner: Mark) -> bool:
    """Return whether a side's deed only tells when something was: "during the Ruritanian siege"."""
    before = owner.start - 1 - (marked.words[owner.start - 1] == "the")
    return (
        marked.words[before] in ("during", "through", "throughout")
        and marked.at("office", owner.end) is None
    )


def _before_name(marked: MarkedText, side: Mark) -> str:
    """Return the word that leads to a side's name: "in" of "in the eastern Ruritania"."""
    place = side.start - 1
    while place > 0 and marked.words[place] in _PARTS_OF_COUNTRY:
        place -= 1
    return marked.words[place]


def _is_of_captives(marked: MarkedText, side: Mark) -> bool:
    """Return whether a side is named as whose captives people are: "90 prisoners of the rebels"."""
    of = side.start - 1 - (marked.words[side.start - 1] == "the")
    return marked.words[of] == "of" and any(
        one.end == of and one.value == "unspecified"
        for one in marked.marks("people", max(0, of - 2), of)
    )


def agents_in(marked: MarkedText, span: range) -> list[Mark]:
    """Return the sides named in some words as those who do something, not as where or whence."""
    named = [
        one
        for kind in ("side_name", "side_owner", "side_people")
        for one in marked.marks(kind, span.start, span.stop)
        if not marked.at("captor", one.start)
    ]
    if marked.language_code != "en":
        return [
            one for one in named if not (is_in_dative(marked, one) or is_with_whom(marked, one))
        ]
    return [
        one
        for one in named
        if not _is_of_captives(marked, one)
        # "the rebel prisoners' release" is no doing of theirs
        and not (one.kind != "side_people" and marked.has("people", one.end, one.end + 1))
        # "during the Ruritanian siege of the town"
        and not (one.kind == "side_owner" and _is_of_a_time(marked, one))
        # "gave Ruritania 40 men"
        and not any(act.end == one.start for act in marked.marks("give", one.start - 2, one.start))
        # a title that only names the war: "Ruritania war: 60 soldiers freed"
        and marked.words[one.end : one.end + 2] != ["war", ":"]
        if one.start == 0
        or not (
            _before_name(marked, one) in _NOT_DOERS
            or any(marked.at(kind, one.start - 1) for kind in ("to_place", "from_place"))
            or _is_given_to(marked, one)
        )
    ]
