"""Whether a number counts people who came back at all: not the dead, those captured, demanded or pictured."""

from services.extraction.bystanders import is_of_bystanders
from services.extraction.called_for import is_called_for
from services.extraction.groups import is_unit_of_people
from services.extraction.left_out import HARMLESS
from services.extraction.marking import Mark
from services.extraction.only_taken import (
    is_captured,
    is_of_what_befell,
    is_seized_with,
    next_number,
    were_only_taken,
)
from services.extraction.parts import is_of_those
from services.extraction.taken import has_taken
from services.extraction.told import Told


#: Words between a number and those who carry its people, before it and after them.
_CARRIED_BEFORE, _CARRIED_AFTER = 5, 4
_RATIO_WORDS = 3
_BETWEEN = frozenset(("between", "між", "между"))
_NEAR = 8
#: So many were only hoped for.
_HOPED = (
    *([word, "на"] for word in ("сподівалися", "сподівались", "надеялись", "рассчитывали")),
    *([word, "for"] for word in ("hoped", "hoping")),
)
#: What may stand between a verb and its number, and what turns from the people of one.
_BEFORE_NUMBER = frozenset(("the", "its", "their", "all", "these", "those", "only", "just"))
_TURNS = frozenset((",", "who", "whom", "which", "that"))
_VERB_LETTERS = 4
_TRIED = frozenset(("sentenced", "convicted", "tried", "indicted", "jailed"))
_MEETING = frozenset(("discussed", "spoke", "talked", "met", "agreed", "discuss"))
#: "followed by 40" is no doing of theirs.
_GOES_ON = frozenset(("followed", "replaced", "joined", "increased", "rose", "reduced"))
#: Greater numbers before a word for time are years.
_YEARS_FROM = 1900
#: Who goes with those who are exchanged.
_STAFF = frozenset(
    (
        *("delegates", "staff", "teams", "missing", "refugees", "refugee"),
        *("dead", "bodies", "body", "remains", "corpses"),
    )
)
_HELP = frozenset(("help", "fight", "support", "assist", "train", "reinforce", "bolster", "aid"))
_ESCORTING = frozenset(("escorting", "accompanying"))
_CREW = frozenset(("crew", "crewmen"))
_TAKEN_WORDS, _VERB_WORDS, _ARRESTED_WORDS = 5, 7, 10
_TELLING = (
    *("give", "get", "free", "back", "swap", "exchange", "held", "say", "plan", "part", "involve"),
    *("so_far", "combined", "agreement", "release", "largest", "undisclosed", "deny", "carry"),
    *("people", "people_known", "side_people", "side_owner", "freed", "mediating"),
)
#: How far the number may be that another one is joined to.
_JOINED, _JOINED_AHEAD = 4, 7
#: What is called by a number, with a capital or without.
_NUMBERED_NAMES = frozenset(("unit", "brigade", "battalion", "camp", "flight", "route", "article"))
_NUMBERED = frozenset(("day", "phase", "stage"))
_NUMBER_ENDS = (["of"], [","], ["."], [":"])
_DASHES = frozenset("-–—:")
_LISTS = (["list", "of"], ["lists", "of"])


def is_of_others(told: Told) -> bool:
    """Return whether a number is of the dead, of a demand, of what is pictured, or of no people."""
    marked, clause, said = told.marked, told.clause, told.said
    if has_taken(told):
        return False
    first = max(told.sentence.start, said.start - 3)
    parted = [at + 1 for at in range(first, said.start) if marked.words[at] == ";"]
    before = _without_another(told, range(max([first, *parted]), said.start))
    near = range(said.start, min(told.group.end + _NEAR, clause.stop, next_number(told)))
    acts = any(
        marked.has(kind, clause.start, clause.stop)
        for kind in ("give", "get", "free", "back", "swap")
    )
    is_sent_abroad = _are_sent_abroad(told, near) or _are_some_of_the_free(told, near)
    return (
        is_called_for(told)
        or marked.words[max(0, said.start - 2) : said.start] in _HOPED
        or (marked.has("pictured", before.start, before.stop) and not _are_on_the_list(told))
        or marked.has("deaths", before.start, before.stop)
        or (marked.has("deaths", near.start, near.stop) and not is_sent_abroad)
        or any(
            not is_unit_of_people(marked, one.start)
            for one in marked.marks("not_people", said.number.end, told.group.start)
        )
        or marked.has("stay", said.number.end, _others_begin(told))
        or _is_a_name(told)
        or _is_between_others(told)
        or _is_of_kin(told)
        or _is_one_of_many(told)
        or _is_of_a_crowd(told)
        or _is_of_ratio(told)
        or any(
            one.end >= said.start - 1 for one in marked.marks("seize", before.start, before.stop)
        )
        or (
            marked.has("deaths", clause.start, clause.stop)
            and not (acts or is_sent_abroad)
            # "76 hostages remain there, 34 of whom are dead"
            and not marked.at("held", told.group.end)
        )
        or (is_seized_with(told) and not acts)
        or _is_among_the_dead(told)
        or _is_of_a_crash(told)
        or _is_of_things(told)
        or _are_escorts(told)
        or is_of_bystanders(told)
        or _are_sent_to_fight(told)
        or _are_with_whom_one_was(told)
        or is_of_what_befell(told)
        or _is_of_staff(told)
        or _is_of_another_verb(told)
        or _are_doers(told)
        or were_only_taken(told)
        or (marked.has("befell", told.group.end, told.group.end + 2) and is_captured(told))
    )


def _is_a_name(told: Told) -> bool:
    """Return whether a number is what something is called: "Unit 404", "day nine of the truce"."""
    marked, start = told.marked, told.said.number.start
    before = start - 1
    if before < told.sentence.start or marked.language_code != "en":
        return False
    if marked.words[before] in _NUMBERED_NAMES and marked.is_name(before):
        return True
    is_last = marked.words[told.said.number.end : told.said.number.end + 1] in _NUMBER_ENDS
    return is_last and marked.words[before] in _NUMBERED


def _are_on_the_list(told: Told) -> bool:
    """Return whether those who came back, or are to, are told of as on a list: "On the list were also 12 sailors"."""
    start = told.sentence.start
    if _are_to_be_free(told):
        return True
    return "list" in told.marked.words[start + 2 : start + 4] and (
        told.marked.has("part", start, told.said.start)
    )


def _are_to_be_free(told: Told) -> bool:
    """Return whether a list is said to be of people who are to come free: "a list of 90 captives to be exchanged"."""
    marked, end, start = told.marked, told.group.end, told.said.start
    near = range(end, min(end + _VERB_WORDS, told.clause.stop))
    is_list = marked.words[max(0, start - 2) : start] in _LISTS
    return is_list and any(
        marked.words[at] == "be" and any(marked.at(kind, at + 1) for kind in ("free", "swap"))
        for at in near
    )


def _are_sent_abroad(told: Told, near: range) -> bool:
    """Return whether captives are told to be deported, which is no more than where they go: "45 will be deported"."""
    marked = told.marked
    is_captive = told.group.category == "unspecified" and told.group.end > told.group.start
    dead = marked.marks("deaths", near.start, near.stop)
    return is_captive and bool(dead) and all(marked.words[one.start] == "deported" for one in dead)


def _are_some_of_the_free(told: Told, near: range) -> bool:
    """Return whether it is told in what state or where some of those are who came free: "21 of them were injured"."""
    marked, end = told.marked, told.said.number.end
    is_some = is_of_those(marked, end) or (
        told.group.start == told.group.end and marked.at("part", told.sentence.start) is not None
    )
    span = range(told.sentence.start, max(near.stop, told.clause.stop))
    harm = marked.marks("deaths", span.start, span.stop)
    return is_some and all(marked.words[one.end - 1] in HARMLESS for one in harm)


def _others_begin(told: Told) -> int:
    """Return where others are told of: of "handed over 210 – the others chose to stay" the dash, or who is counted next."""
    marked, stop = told.marked, min(told.clause.stop, _next_counted(told))
    dashes = [at for at in range(told.group.end, stop) if marked.words[at] in "–—-;"]
    is_turn = (at for at in dashes if marked.has("others", at + 1, at + 3))
    return next(is_turn, stop)


def _next_counted(told: Told) -> int:
    """Return where the next people begin who are counted: of "sent 98 home as two women refused" the two."""
    marked, end = told.marked, told.group.end
    return next(
        (
            one.start
            for one in marked.numbers
            if one.start >= end and marked.has("people", one.end, one.end + 2)
        ),
        len(marked.words),
    )


def _without_another(told: Told, before: range) -> range:
    """Return the words before a number without those of another one joined to it: "70 bodies and 12 prisoners"."""
    marked = told.marked
    joint = next((at for at in reversed(before) if marked.at("and", at)), None)
    is_counted = joint is not None and any(
        joint - _JOINED <= one.start < joint and marked.at("not_people", one.end)
        for one in marked.numbers
    )
    return range(joint, before.stop) if joint is not None and is_counted else before


def _is_of_things(told: Told) -> bool:
    """Return whether the words for people stand before those for things, which are counted: "two army trucks"."""
    marked, group = told.marked, told.group
    is_named = group.end > group.start >= told.said.number.end
    is_beside = is_named and marked.language_code == "en"
    return is_beside and marked.at("not_people", group.end) is not None


def _are_sent_to_fight(told: Told) -> bool:
    """Return whether people are sent to a war, or into it: "sent 4,000 troops to help"."""
    marked, end = told.marked, told.group.end
    is_to = marked.words[end : end + 1] == ["to"] and marked.words[end + 1 : end + 2] != []
    return marked.language_code == "en" and is_to and marked.words[end + 1] in _HELP


def _are_with_whom_one_was(told: Told) -> bool:
    """Return whether somebody was together with so many, and nothing is done: "in a cell with 12 other prisoners"."""
    marked, start, clause = told.marked, told.said.start, told.clause
    is_with = marked.words[max(0, start - 1)] == "with"
    is_of_others = marked.at("others", told.said.number.end) is not None
    acts = ("give", "get", "free", "back", "swap", "exchange", "freed")
    return (
        is_with
        and is_of_others
        and not any(marked.has(kind, clause.start, clause.stop) for kind in acts)
    )


def _are_escorts(told: Told) -> bool:
    """Return whether people are counted who fly a plane, or go with those who are exchanged: "six crew members"."""
    marked, end = told.marked, max(told.said.end, told.group.end)
    named = set(marked.words[told.said.number.end : end + 1])
    is_flown = any(marked.has(kind, 0, len(marked.words)) for kind in ("carrier", "crash"))
    return bool(_ESCORTING & named) or (is_flown and bool(_CREW & named))


def _is_of_another_verb(told: Told) -> bool:
    """Return whether something else is done with people than an exchange: "it interviewed over 3,500 captives"."""
    marked, clause = told.marked, told.clause
    if marked.language_code != "en":
        return False
    after = next(iter(marked.words[told.said.number.end : told.said.number.end + 1]), "")
    if marked.words[max(0, told.said.start - 1)] == "the" and after in _MEETING:
        return True  # "the two discussed the release of the prisoners"
    if told.said.start <= clause.start:
        return False
    place = told.said.start - 1
    while place > clause.start and marked.words[place] in _BEFORE_NUMBER:
        place -= 1
    word = marked.words[place]
    is_verb = word.endswith("ed") and len(word) > _VERB_LETTERS
    if word in _TRIED:
        return True  # "a court sentenced 12 prisoners to 20 years in prison"
    if not is_verb or marked.is_small("counting_verbs", place) or _is_marked(told, place):
        return False
    stop = next(
        (at for at in range(told.group.end, clause.stop) if marked.words[at] in _TURNS),
        clause.stop,
    )
    kinds = ("give", "get", "free", "freed", "back", "swap", "captivity", "held")
    return not any(marked.has(kind, told.group.end, stop) for kind in kinds)


def _are_doers(told: Told) -> bool:
    """Return whether something was done by those who are counted: "guarded by dozens of police"."""
    marked, start = told.marked, told.said.start
    is_by = start > 1 and marked.at("by", start - 1) is not None
    before = marked.words[max(told.sentence.start, start - _VERB_WORDS) : start]
    if before[-2:] == ["accompanied", "by"] and (told.group.side or _is_of_civilians(told)):
        return False  # "60 soldiers came home, accompanied by three civilians"
    return is_by and not _GOES_ON & set(before)


def _is_of_civilians(told: Told) -> bool:
    return told.group.category == "civilian"


def _is_marked(told: Told, place: int) -> bool:
    """Return whether a word is one of those that tell of exchanges, or of who says so."""
    return any(
        one.end > place
        for kind in _TELLING
        for one in told.marked.marks(kind, max(0, place - 3), place + 1)
    )


def _is_of_staff(told: Told) -> bool:
    """Return whether a number is of some of the staff: "delegates, including two doctors, spoke with them"."""
    marked, start = told.marked, told.said.start
    part = next((one for one in marked.marks("part", start - 2, start) if one.end == start), None)
    if part is None or part.start < 2:  # noqa: PLR2004
        return False
    before = part.start - (2 if marked.words[part.start - 1] == "," else 1)
    is_english = marked.language_code == "en"
    # "were held since 2030, among them 40 sailors"
    is_of_year = any(one.end == before and one.value >= _YEARS_FROM for one in marked.numbers)
    is_thing = marked.at("not_people", before) is not None and not is_of_year
    return marked.words[before] in _STAFF if is_english else is_thing


def _is_among_the_dead(told: Told) -> bool:
    """Return whether a number goes on with a list of the dead: "all were killed, with six of the crew"."""
    marked = told.marked
    dead = next(
        (
            one
            for one in reversed(marked.marks("deaths", told.sentence.start, told.said.start))
            # "executed a prisoner exchange"
            if not marked.has("exchange", one.end, one.end + _JOINED)
        ),
        None,
    )
    if dead is not None and _is_beside_bodies(told, dead):
        return False
    return dead is not None and not any(
        marked.has(kind, dead.end, told.clause.stop)
        for kind in ("give", "get", "free", "freed", "back", "swap", "exchange")
        # "three bodies were repatriated – two foreigners"
        if marked.words[told.said.start - 1] not in _DASHES
    )


def _is_beside_bodies(told: Told, dead: Mark) -> bool:
    """Return whether people are given with bodies, which are counted: "handed over 600 bodies and 60 prisoners"."""
    marked, start = told.marked, told.said.start
    is_next = start - dead.end <= 1 and marked.at("and", start - 1) is not None
    is_counted = any(one.end == dead.start for one in marked.numbers)
    return (
        is_next
        and is_counted
        and any(
            marked.has(kind, told.sentence.start, dead.start) for kind in ("give", "get", "back")
        )
    )


def _is_one_of_many(told: Told) -> bool:
    """Return whether a vague number is of those among whom others were: "among the scores of women"."""
    marked, start = told.marked, told.said.start
    is_vague = told.said.number.kind == "vague"
    return is_vague and marked.words[max(0, start - 2) : start] == ["among", "the"]


def _is_of_a_crowd(told: Told) -> bool:
    """Return whether an unknown number came together to see others come home: "hundreds of people had gathered"."""
    marked, end = told.marked, told.group.end
    end_of_number = told.said.number.end
    is_vague = told.said.number.kind == "vague"
    # "more than 80 of us gathered there"
    is_of_us = marked.words[end_of_number : end_of_number + 2] == ["of", "us"]
    kinds = ("give", "get", "free", "back", "swap", "exchange")
    is_no_act = not any(marked.has(kind, end, told.sentence.stop) for kind in kinds)
    stop = told.sentence.stop if is_no_act else min(end + _CARRIED_AFTER, told.sentence.stop)
    return (is_vague or is_of_us) and marked.has("gather", end, stop)


def _is_of_ratio(told: Told) -> bool:
    """Return whether it is told how many are freed for each one: "one for every three prisoners"."""
    marked, sentence = told.marked, told.sentence
    return any(
        abs(one.start - told.said.end) <= _RATIO_WORDS
        or abs(told.said.start - one.end) <= _RATIO_WORDS
        or _is_for_each_of(told, one)
        for one in marked.marks("ratio", sentence.start, sentence.stop)
        if marked.at("each", one.start) is None  # "for each side"
    )


def _is_for_each_of(told: Told, ratio: Mark) -> bool:
    """Return whether so many are to be freed for each one: "four captives in their jails are to be freed for each man"."""
    marked, end = told.marked, told.group.end
    return (
        ratio.start > end
        and marked.has("people", ratio.end, ratio.end + 1)
        and any(marked.has(kind, ratio.start - 2, ratio.start) for kind in ("free", "swap"))
        and not any(end <= one.start < ratio.start for one in marked.numbers)
    )


def _is_of_kin(told: Told) -> bool:
    """Return whether the families of so many are told of: "the relatives of 40 prisoners"."""
    marked, start = told.marked, told.said.start
    return any(start - one.end <= 1 for one in marked.marks("kin", max(0, start - 3), start))


def _is_of_a_crash(told: Told) -> bool:
    """Return whether people are on a plane that crashed: "a plane carrying 40 prisoners was shot down"."""
    marked, said, sentence = told.marked, told.said, told.sentence
    before = (max(sentence.start, said.start - _CARRIED_BEFORE), said.start)
    after = min(told.group.end + _CARRIED_AFTER + 2, sentence.stop)
    is_aboard = marked.has("on_board", *before) or marked.has("on_board", told.group.end, after)
    # "40 captives on board, together with four soldiers"
    is_aboard = is_aboard or any(
        marked.has("on_board", sentence.start, one.start)
        for one in marked.marks("and", sentence.start, said.start)
        if one.end - one.start > 1
    )
    if not is_aboard and not marked.has("carrier", *before):
        return False
    number = marked.tokens[said.start].sentence
    # "with 40 of them" on a plane crashed in the same sentence only, "it was carrying 40" in the next, too
    near = marked.sentences[max(0, number - 2 * is_aboard) : number + 1 + is_aboard]
    span = (near[0].start, near[-1].stop)
    # what it was that crashed "with 40 prisoners aboard" may have another name
    is_carried = marked.has("carrier", *span) or is_aboard
    return marked.has("crash", *span) and is_carried


def _is_between_others(told: Told) -> bool:
    """Return whether people are exchanged between others: "two prisoners between Cedria and Dorland"."""
    marked, after = told.marked, told.group.end
    if after + 1 >= told.clause.stop or marked.words[after] not in _BETWEEN:
        return False
    place = after + 2 if marked.words[after + 1] == "the" else after + 1
    return marked.is_name(place) and marked.at("side_name", place) is None
