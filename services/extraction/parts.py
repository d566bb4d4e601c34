"""Whether a number stands for itself, beside another, or for a part of a whole that was told before."""

from collections.abc import Sequence

from schemas.claim import Modality
from services.extraction.from_places import are_from_a_place
from services.extraction.joined_sides import BOTH, side_at
from services.extraction.left_out import goes_on_elsewhere, is_of_those_who
from services.extraction.list_parts import goes_on_a_list, has_dash_after, is_apposed
from services.extraction.marking import Mark, MarkedText
from services.extraction.measures import GENERIC_CATEGORIES
from services.extraction.no_parts import (
    are_all_of_them,
    are_freed_for,
    are_let_go_besides,
    is_beyond_all,
    is_whole_first,
    was_before,
)
from services.extraction.part_words import (
    is_named_part,
    is_of_release_included,
    part_behind_aside,
    part_marks,
)
from services.extraction.proposals import Proposal
from services.extraction.sides import side_of
from services.extraction.told import Told


#: How many sentences after a whole its parts may be told, and where words say that they are parts.
_PARTS_WITHIN_SENTENCES = 8
_NAMED_PARTS_WITHIN_SENTENCES = 16
_LIST_WITHIN_SENTENCES = 8
#: How many words a figure and the one that is added to it may be apart.
_WORDS_BESIDE_MAX = 7
_WORDS_JOINED_MAX = 14
_OF_WHOM_WORDS_MAX = 5
_OF_WHOM_WORDS_MIN = 3
#: What stands in front of "of the 84, 31 were".
_BEFORE_WHOLE = frozenset((",", "that", "out", "“", '"', "«"))
_BE = frozenset(("is", "are", "was", "were"))
_GROUP = ["in", "the", "group"]
_AMONG = ("among", "including", "included", "include", "серед", "включаючи", "среди", "включая")
_AMONG_THEM = frozenset(("among", "серед", "среди"))
_OF_THE = (["of", "the"], ["of", "those"], ["of", "them"], ["of", "these"])
_COUNTRYS = frozenset(("countrys", "nations", "kingdoms", "republics"))
#: Words between a number and the one of a day before.
AFTER = frozenset(("after", "following", "після", "после"))
_ACTS = ("give", "get", "back", "swap", "exchange", "free")
_ADDED = frozenset(("additional", "plus", "extra", "додатково", "дополнительно", "плюс"))
_FIRST = frozenset(("first", "перші", "перших", "первые", "первых"))
_WHO = frozenset(("who", "whom", "які", "яких", "котрі", "которые", "которых"))
_QUOTES = frozenset('"“„«')


def figure_beside(marked: MarkedText, told: Told, found: Sequence[Proposal]) -> Proposal | None:
    """Return the figure that a number is added to: "185 soldiers and 20 civilians"."""
    last = found[-1] if found else None
    if last is None or last.measure == "breakdown" or last.at >= told.said.start:
        return None
    between = marked.words[last.at : told.said.start]
    # "175 soldiers and “22 wounded”"
    before = told.said.start - 1 - (marked.words[told.said.start - 1] in _QUOTES)
    is_joined = bool(between) and (
        marked.at("and", before) is not None
        or (between[-1] in AFTER and told.group.start == told.group.end)
    )
    # "31 men captured in the autumn and one captured in May": a one is counted beside others only.
    most = _WORDS_JOINED_MAX if told.said.number.value == 1 else _WORDS_BESIDE_MAX
    is_near = len(between) <= most and not {",", ".", ";", ":"} & set(between)
    if between and between[-1] in AFTER:
        return last if is_joined else None  # "303 each, after 307 on Saturday"
    is_next = goes_on_elsewhere(marked, told.said) or (is_joined and _is_on_a_day(told))
    if last.at in told.sentence and is_next:
        return last  # "42 were released in the capital, and five at the coast"
    if _acts_between(told, last.at, told.said.start):
        return None  # "handed over 185 and got 20 back"
    return last if is_joined and is_near else None


def _is_on_a_day(told: Told) -> bool:
    """Return whether a number names no people and stands before a day: "291 on Saturday, and 364 on Friday"."""
    marked, after = told.marked, told.said.number.end
    day = after + marked.is_small("on", after)
    is_unnamed = told.group.start == told.group.end and marked.language_code == "en"
    return is_unnamed and day < len(marked.words) and marked.words[day] in marked.language.weekdays


def is_of_those_held(told: Told, last: Proposal) -> bool:
    """Return whether a number counts some of those held of whom the text has just told."""
    if last.measure != "held" or last.value is None or last.value <= told.said.number.value:
        return False
    if told.group.side is not None and last.side is not None and told.group.side != last.side:
        return False
    is_listed = last.at in told.sentence and not _acts_between(told, last.at, told.said.start)
    is_part = is_listed or (_distance(told, last) == 1 and is_marked_as_part(told))
    if told.marked.language_code == "en" and _came_back(told):
        return False  # "17,500 are held; only 160 of them have been brought back"
    return is_part and not told.marked.has("say", last.at, told.said.start)


def _came_back(told: Told) -> bool:
    """Return whether it is said behind a number that its people are back: "have been brought back"."""
    marked, stop = told.marked, told.clause.stop
    return any(
        marked.has(kind, done.end, min(done.end + 3, stop))
        for done in marked.marks("done", told.said.end, stop)
        for kind in ("get", "back", "free")
    )


def whole_of(told: Told, found: Sequence[Proposal], modality: Modality) -> Proposal | None:
    """Return the whole that a number is a part of, null if it stands for itself."""
    wholes = [
        one
        for one in reversed(found)
        if one.measure in ("returned", "exchanged_total")
        # as many others may be told of behind the number
        and one.at < told.said.start
        and _distance(told, one) <= _NAMED_PARTS_WITHIN_SENTENCES
        and not (was_before(told.marked, one) or is_beyond_all(told, one, found))
        # "104 men - 83 privates and 21 officers - will be taken to hospital"
        and (
            one.modality == modality
            or (one.at in told.sentence and goes_on_a_list(told, found[-1]))
        )
        and _is_part_of(told, one, found[-1])
    ]
    named = next((one for one in wholes if _is_named_whole(told, one)), None)
    if named is not None:
        return named
    category, side = _category_of_whole(told), _side_of_whole(told)
    alike = [one for one in wholes if one.category == category]
    alike = alike or [one for one in wholes if side is not None and one.side == side]
    found = alike or wholes
    # of "213 came home. In exchange, 55 were freed. Among those freed are ten foreigners" the 213
    first_told = [one for one in found if not _is_in_return(told.marked, one)]
    is_named = is_named_part(told) and told.group.side is None
    if is_named and first_told and found[0].at not in told.sentence:
        return first_told[0]
    return next(iter(found), None)


def _is_in_return(marked: MarkedText, one: Proposal) -> bool:
    """Return whether a claim is of those who were let go for others."""
    return marked.has("in_turn", marked.sentence_at(one.at).start, one.at)


def _is_named_whole(told: Told, whole: Proposal) -> bool:
    """Return whether a clause begins with the whole that its numbers are of: "Of the 62 women, 11 are officers"."""
    marked = told.marked
    return any(
        start < one.start <= start + 2 and one.value == whole.value
        for start in _of_wholes(told)
        for one in marked.numbers
        if one.end < told.said.start
    )


def _of_wholes(told: Told) -> list[int]:
    """Return where a sentence, or what follows a comma in it, begins with "of", well before a number."""
    marked, first = told.marked, told.sentence.start
    return [
        at
        for at in range(first, told.said.start - _OF_WHOM_WORDS_MIN)
        if (marked.is_small("of", at) and (at == first or marked.words[at - 1] in _BEFORE_WHOLE))
        # "Among the 62 are 11 officers"
        or (at == first and marked.words[at : at + 2] == ["among", "the"])
    ]


def _category_of_whole(told: Told) -> str | None:
    """Return of whom a number is said to be a part: "of the women, 37"."""
    marked, start, after = told.marked, told.sentence.start, told.said.number.end
    if marked.words[after : after + 2] in _OF_THE and marked.language_code == "en":
        beside = marked.at("people", after + 2)
        return beside.value if beside and beside.value not in GENERIC_CATEGORIES else None
    if not marked.is_small("of", start):
        return None
    people = marked.marks("people", start, min(start + _OF_WHOM_WORDS_MAX, told.said.start))
    return people[0].value if people else None


def _side_of_whole(told: Told) -> str | None:
    """Return of whose people a number is said to be a part: "Of the Ruritanians, 37", or those of who says so."""
    marked, start = told.marked, told.sentence.start
    if marked.is_small("of", start) or marked.words[start] == "among":
        named = marked.marks("side_people", start, min(start + _OF_WHOM_WORDS_MAX, told.said.start))
        if named:
            return named[0].value
    party = told.speaker.party
    is_open = told.group.side is None and told.group.belongs is None
    return party if is_open and party in marked.ledger.side_codes else None


def _is_set_against(told: Told) -> bool:
    """Return whether so many were got for others counted just before: "exchanged 45 servicemen for five officers"."""
    marked, start, sentence = told.marked, told.said.start, told.sentence
    if not marked.is_small("against", start - 1) or not marked.has("swap", sentence.start, start):
        return False
    return any(
        sentence.start <= one.start < start <= one.end + _WORDS_BESIDE_MAX
        and any(
            marked.has(kind, one.end, start) for kind in ("people", "side_owner", "side_people")
        )
        for one in marked.numbers
    )


def _is_traded(told: Told) -> bool:
    """Return whether so many were let go for others who are counted behind them: "31 were exchanged for 15"."""
    marked, end = told.marked, told.group.end
    if part_marks(told):
        return False
    acts = marked.marks("swap", end, min(end + 3, told.sentence.stop))
    return any(
        marked.is_small("against", one.end)
        and any(number.start == one.end + 1 for number in marked.numbers)
        for one in acts
    )


def _is_added(told: Told) -> bool:
    """Return whether so many are told of as others, or as the first to come: "an additional 23", "перші 391"."""
    before = told.marked.words[max(0, told.said.start - 6) : told.said.start]
    if _ADDED & set(before[-2:]) or "on top of" in " ".join(before):
        return True
    return bool(_FIRST & set(told.marked.words[told.said.start - 1 : told.said.start]))


def _is_part_of(told: Told, whole: Proposal, last: Proposal) -> bool:
    marked = told.marked
    receiver = _receiver_of_those(told)
    is_apart = marked.at("versus", told.said.number.end) or _is_set_against(told)
    is_apart = is_apart or are_all_of_them(told) or are_freed_for(told)
    is_apart = is_apart or _is_added(told) or _is_traded(told)
    is_apart = is_apart or are_let_go_besides(told, whole) or is_of_release_included(told)
    if is_apart or receiver not in (None, whole.side):
        return False
    distance = _distance(told, whole)
    mark = next(reversed(part_marks(told)), None)
    is_named = mark is not None and mark.end - mark.start > 1
    limit = _NAMED_PARTS_WITHIN_SENTENCES if is_named else _PARTS_WITHIN_SENTENCES
    is_other = told.group.side is not None and whole.side not in (told.group.side, BOTH, None)
    if is_other or distance > limit or not _is_above(told, whole) or _went_elsewhere(told, whole):
        return False
    if goes_on_a_list(told, last):
        # halves of both: "364 captives: 182 Ruritanians and 182 Bordurians"
        is_of_both = whole.side == BOTH and (
            marked.has("part", *_span(told.sentence)) or told.group.side is not None
        )
        return whole.side in (last.side, None) or is_of_both or _is_named_whole(told, whole)
    is_marked = mark is not None and (
        mark.start > whole.at or distance > 0 or mark.start == told.sentence.start
    )
    is_those = is_of_those(marked, told.said.number.end) or _is_of_a_kind(told)
    is_listed = _is_listed(told, whole, distance) or _is_named_whole(told, whole)
    if is_marked or is_those or is_listed or _are_among_behind(told) or _are_from_a_place(told):
        return True
    start = whole.at if distance == 0 else told.clause.start
    is_special = told.group.category not in GENERIC_CATEGORIES
    if _acts_between(told, start, told.clause.stop):
        return (is_special or _are_described(told)) and _is_of_the_same(told, whole)
    is_besides = marked.has("also", told.clause.start, told.said.start)
    return is_special or (distance > 0 and not is_besides and _goes_on(told, whole))


def _are_described(told: Told) -> bool:
    """Return whether it is told what has befallen people: "68 soldiers who were thought missing", "84 defended"."""
    marked, end = told.marked, told.group.end
    if marked.has("also", told.sentence.start, told.said.start):
        return False
    who = end + (marked.words[end : end + 1] == [","])
    is_who = marked.words[who : who + 1] and marked.words[who] in _WHO
    is_home = any(marked.has(kind, who + 1, who + 4) for kind in ("back", "free", "get"))
    return bool(is_who and not is_home) or marked.at("befell", end) is not None


def _receiver_of_those(told: Told) -> str | None:
    """Return the side among whose returned a number is, where that is said: "among those Ruritania received, 12"."""
    marked = told.marked
    for part in part_marks(told):
        side = marked.at("side_name", part.end)
        if side is not None and marked.has("get", side.end, side.end + 2):
            return side.value
        # those of "among those returned to Ruritania"
        for goal in marked.marks("to_place", part.end, min(part.end + 3, told.said.start)):
            side = side_at(marked, goal.end)
            if side is not None and marked.has("back", part.start, goal.start):
                return side.value
    return None


def _went_elsewhere(told: Told, whole: Proposal) -> bool:
    """Return whether people are said to have come to the other side: "215 soldiers, and 55 came to Ruritania"."""
    marked, clause = told.marked, told.clause
    start = max(clause.start, whole.at)
    for back in marked.marks("back", start, told.said.start):
        for side in marked.marks("side_name", max(start, back.start - 2), back.start):
            is_goal = side.start > 0 and marked.at("to_place", side.start - 1) is not None
            if is_goal and side.end == back.start and side.value != whole.side != BOTH:
                return True
    return False


def _is_above(told: Told, whole: Proposal) -> bool:
    if whole.value is None:
        return False
    value, is_least = told.said.number.value, whole.bound in ("more_than", "at_least")
    # 213 privates of "more than 200"
    is_rank = told.group.category not in GENERIC_CATEGORIES
    # "more than 100 women", and 108 women, are the same
    is_rank = is_rank and not _is_told_as_new(told) and told.group.category != whole.category
    return whole.value > value or (is_least and is_rank and value * 2 < whole.value * 3)


def _is_told_as_new(told: Told) -> bool:
    """Return whether so many are told of as others: "ще 40"."""
    return told.marked.has("new", told.said.start - 1, told.said.number.start)


def _distance(told: Told, whole: Proposal) -> int:
    """Return how many sentences a number stands after a whole."""
    tokens = told.marked.tokens
    return tokens[told.said.number.start].sentence - tokens[whole.at].sentence


def _is_of_the_same(told: Told, whole: Proposal) -> bool:
    """Return whether a number that has a verb of its own is of the same side: "16 officers also came home"."""
    marked, clause = told.marked, _span(told.clause)
    if _distance(told, whole) == 0 or marked.has("background", *_span(told.sentence)):
        return False
    if marked.has("give", *clause) or marked.has("in_turn", *clause):
        return False  # what is handed over besides
    sides = side_of(told, None).sides
    return not sides or sides == (whole.side,)


def _span(places: range) -> tuple[int, int]:
    return places.start, places.stop


def is_marked_as_part(told: Told) -> bool:
    """Return whether words say that a number is of some of those told of before: "among them"."""
    is_told = bool(part_marks(told)) or _is_of_a_kind(told) or _are_among_behind(told)
    return is_told or _are_from_a_place(told)


def _are_from_a_place(told: Told) -> bool:
    return are_from_a_place(told.marked, told.said.start, max(told.said.end, told.group.end))


def _are_among_behind(told: Told) -> bool:
    """Return whether it is told behind a number that it is of others: "23 women among them", "nine were in the group"."""
    marked, end = told.marked, told.group.end
    after = marked.at("part", end) or part_behind_aside(told)
    if after is not None and _AMONG_THEM & set(marked.words[after.start : after.end]):
        return True
    return (
        bool(_BE & set(marked.words[end : end + 1])) and marked.words[end + 1 : end + 4] == _GROUP
    )


def side_of_uncounted(told: Told, whole: Proposal) -> Mark | None:
    """Return whose people those are, counted nowhere, of whom a number is: "Ruritanian soldiers, including 20"."""
    marked = told.marked
    part = next(reversed(part_marks(told)), None)
    # "the Ruritanian captives, four women among them, came back"
    is_behind = part is None and _are_among_behind(told)
    if marked.language_code != "en" or not (part or is_behind):
        return None
    start = part.start if part else told.said.start
    end = start - (1 if marked.words[start - 1] == "," else 0)
    named = [
        side
        for people in marked.marks("people", max(told.sentence.start, end - 3), end)
        if people.end == end
        for side in marked.marks("side_owner", people.start - 2, people.start)
    ]
    named += [one for one in marked.marks("side_people", max(0, end - 3), end) if one.end == end]
    is_counted = any(
        end - _WORDS_BESIDE_MAX <= one.start < end and one.start in told.sentence
        for one in marked.numbers
    )
    return named[-1] if named and not is_counted and whole.at < end else None


def _is_of_a_kind(told: Told) -> bool:
    """Return whether it is said of a number to what it belongs: "ten of the defenders belong to the privates"."""
    end = told.group.end
    return end < len(told.marked.words) and told.marked.at("belong_to", end) is not None


def is_among_others(told: Told) -> bool:
    """Return whether words before a number say that it is of more: "among those freed", but not "these are".

    Those among whom others are counted are the whole: "among 215 people who came home".
    """
    marks = [
        one
        for one in part_marks(told)
        if not (one.end - one.start == 1 and _is_whole_behind(told, one))
    ]
    return any(
        mark.end - mark.start > 1 or told.marked.words[mark.start] in _AMONG for mark in marks
    )


def _is_whole_behind(told: Told, mark: Mark) -> bool:
    """Return whether "among" stands before the whole itself: "among 213 people", "among the 25 prisoners"."""
    marked, start = told.marked, told.said.start
    # "they are among the 25 prisoners", but not those of "Among the 25, nine are women"
    is_the = marked.words[start - 1] == "the" and marked.words[mark.start - 1] in _BE
    before = start - (is_the or is_whole_first(told, mark))
    return mark.end == before and marked.words[mark.start] in _AMONG_THEM


def is_listed_after(told: Told, whole: Proposal, last: Proposal) -> bool:
    """Return whether services or ranks are counted soon after a whole, without a verb: "82 sailors, 15 pilots"."""
    is_near = _distance(told, whole) <= _LIST_WITHIN_SENTENCES
    if goes_on_a_list(told, last) or _is_named_whole(told, whole):
        return True
    return is_near and (
        told.group.category not in GENERIC_CATEGORIES
        or is_marked_as_part(told)
        or has_dash_after(told)
    )


def is_of_those(marked: MarkedText, place: int) -> bool:
    """Return whether some of those told of before are counted: "28 of those freed", "68 of them"."""
    if marked.words[place : place + 2] in _OF_THE:
        # "84 of the country's citizens" are as many as came
        return not _COUNTRYS & set(marked.words[place + 2 : place + 3])
    if is_of_those_who(marked, place):
        return True
    mark = marked.at("part", place)
    return mark is not None and marked.words[place] in ("of", "з", "із", "зі", "из")


def _goes_on(told: Told, whole: Proposal) -> bool:
    """Return whether a number goes on with what was told of a whole: "87 of the soldiers fought there"."""
    number = told.said.number
    if is_of_those(told.marked, number.end):
        return True
    speaks, spoke = told.speaker.party, whole.speaker.party
    is_of_other = speaks in told.marked.ledger.side_codes and whole.side != speaks
    if whole.side == BOTH or is_of_other:
        return False
    return speaks == spoke or "media" in (speaks, spoke)


def _is_listed(told: Told, whole: Proposal, distance: int) -> bool:
    """Return whether a number stands in a list after its whole: "32 defenders: 3 officers, 28 soldiers"."""
    words = told.marked.words
    has_dash = has_dash_after(told)
    between = words[whole.at : told.said.start] if distance == 0 else ()
    is_enclosed = "(" in between and ")" not in between
    # "230 people – 224 soldiers and six civilians"
    is_after_dash = 0 < len(between) <= _WORDS_BESIDE_MAX and between[-1] in "-–—"
    is_beside = distance == 0 and is_apposed(told, whole)
    return has_dash or is_enclosed or is_after_dash or is_beside or ":" in between


def _acts_between(told: Told, start: int, stop: int) -> bool:
    """Return whether it is told of a number itself that people came back."""
    first = max(start, told.clause.start)
    return any(told.marked.has(kind, first, stop) for kind in _ACTS)
