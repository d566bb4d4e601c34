"""People who are told of beside an exchange: onlookers, kin, those hurt elsewhere, those others swapped."""

from services.extraction.told import Told


#: What those do who look on, or care for those who came back.
_ONLOOKING = frozenset(
    (
        *("watched", "attended", "witnessed", "covered", "observed", "examined", "treated"),
        *("accompanied", "greeted", "welcomed", "guarded", "escorted", "met", "interviewed"),
    )
)
_HIT_BY = (["hit", "by"], ["struck", "by"], ["hurt", "by"])
_TALK = (["talk", "to"], ["speak", "to"], ["talk", "with"], ["speak", "with"])
#: How far behind people "between" may stand.
_BETWEEN_WORDS = 6
_DONE_TO = frozenset(("in", "at", "by"))
_HURT = frozenset(("wounded", "wounding", "injured", "injuring", "hurt", "hurting"))
#: Who is a side of no war that a ledger without them is of.
_OUTSIDERS = frozenset(
    (
        *("us", "usa", "america", "washington", "states", "west", "western", "europe"),
        *("israel", "hamas", "iran", "belarus", "minsk"),
    )
)
_ACTS = ("give", "get", "free", "back", "swap", "exchange")
_LOST = frozenset(("missing", "killed", "dead", "died"))
_WHO_ARE_MISSING = (
    ["who", "are", "missing"],
    ["who", "went", "missing"],
    ["who", "either", "went"],
)
_HAS_LOST = (["has", "lost"], ["have", "lost"], ["had", "lost"])
_MISSING = ("зникл", "пропавш", "безвісти")
_WORDS_BEFORE = 8


def is_of_bystanders(told: Told) -> bool:
    """Return whether a number counts people who are told of beside an exchange."""
    if told.marked.language_code != "en":
        return _are_missing(told)
    return (
        _look_on(told)
        or _are_kin(told)
        or _are_hurt(told)
        or _are_hit_or_talk(told)
        or _are_cellmates(told)
        or _are_swapped_by_others(told)
        or _are_swapped_between_others(told)
        or _are_on_trial(told)
        or _are_lost(told)
        or _are_missing_or_fallen(told)
        or _are_sent_elsewhere(told)
        or _are_not_let_go(told)
    )


def _are_missing(told: Told) -> bool:
    """Return whether so many are missing beside those who are held: "ще 9 тисяч людей вважалися зниклими безвісти"."""
    marked, end = told.marked, max(told.said.end, told.group.end)
    is_missing = any(word.startswith(_MISSING) for word in marked.words[end : end + 3])
    return is_missing and marked.has("held", told.sentence.start, told.said.start)


def _are_missing_or_fallen(told: Told) -> bool:
    """Return whether so many are told to be missing by now, or to have fallen: "50 recruits who are missing"."""
    marked, end = told.marked, max(told.said.end, told.group.end)
    is_missing = marked.words[end : end + 3] in _WHO_ARE_MISSING
    is_missing = is_missing or marked.words[end : end + 3] == ["of", "the", "missing"]
    return is_missing or marked.words[told.said.start - 2 : told.said.start] in _HAS_LOST


def _look_on(told: Told) -> bool:
    """Return whether people are told to have watched others, or looked after them: "20 reporters watched"."""
    words, start, end = told.marked.words, told.group.start, told.group.end
    # of "12 doctors examined the men" the men may be read as theirs
    return (
        end > start
        and any(
            words[at] in _ONLOOKING
            # "14 soldiers treated in hospitals"
            and not _DONE_TO & set(words[at + 1 : at + 2])
            for at in range(start + 1, min(end + 1, len(words)))
        )
    )


def _are_kin(told: Told) -> bool:
    """Return whether it is families that are counted: "12 families of prisoners", "dozens of family members"."""
    marked, end = told.marked, told.said.number.end
    after = end + (marked.words[end : end + 1] == ["of"])
    return marked.has("kin", end, told.group.start) or (
        marked.words[after : after + 2] == ["family", "members"]
    )


def _are_hurt(told: Told) -> bool:
    """Return whether something hurt so many: "the strike wounded 13 people"."""
    marked, start, clause = told.marked, told.said.start, told.clause
    if start - 1 > clause.start and marked.words[start - 1] in _HURT:
        return not marked.has("part", clause.start, start)
    # "the strike wounded 13 people, including two children"
    are_some = any(
        marked.words[one.start - 1] in _HURT
        for one in marked.numbers
        if clause.start < one.start < start
    )
    return are_some and not any(marked.has(kind, clause.start, clause.stop) for kind in _ACTS)


def _are_hit_or_talk(told: Told) -> bool:
    """Return whether those are counted whom an attack struck, or who are told to talk to somebody."""
    words, end = told.marked.words, told.group.end
    # "nine people were hit by splinters", and nobody's captives
    if words[end : end + 1] in (["were"], ["was"]) and words[end + 1 : end + 3] in _HIT_BY:
        return not any(told.marked.has(kind, told.clause.start, told.clause.stop) for kind in _ACTS)
    # in the words beneath a picture: "and nine more sailors talk to the king"
    return words[end : end + 2] in _TALK and end > told.group.start


def _are_cellmates(told: Told) -> bool:
    """Return whether somebody was in a cell with so many."""
    before = told.marked.words[max(told.clause.start, told.said.start - 4) : told.said.start]
    return "cell" in before and before[-1:] == ["with"]


def _are_swapped_by_others(told: Told) -> bool:
    """Return whether a side is said to have swapped so many with another state, or two others have: "A and the US"."""
    marked, clause, start = told.marked, told.clause, told.said.start
    acts = [one for kind in ("swap", "exchange") for one in marked.marks(kind, clause.start, start)]
    if not acts:
        return False
    first = max(clause.start, acts[0].start - _WORDS_BEFORE)
    return any(
        marked.words[at] in _OUTSIDERS
        and marked.is_name(at)
        and marked.at("side_name", at) is None
        and marked.at("side_owner", at) is None
        and (_is_joined(told, at - 1) or marked.at("and", at + 1) is not None)
        for at in range(first, acts[0].start)
    )


def _are_swapped_between_others(told: Told) -> bool:
    """Return whether so many were swapped between two states that are no sides: "a swap of two captives between"."""
    marked, start, end = told.marked, told.said.start, told.group.end
    is_of_swap = marked.words[start - 1] == "of" and any(
        one.end == start - 1 for one in marked.marks("exchange", start - 4, start)
    )
    near = range(end, min(end + _BETWEEN_WORDS, told.sentence.stop))
    between = next((at for at in near if marked.words[at] == "between"), None)
    if not is_of_swap or between is None:
        return False
    named = range(between + 1, min(between + _BETWEEN_WORDS + 2, told.sentence.stop))
    if any(marked.words[at] in _OUTSIDERS and marked.is_name(at) for at in named):
        return True  # "between the United States and Ruritania"
    return any(marked.is_name(at) for at in named) and not any(
        marked.has(kind, named.start, named.stop)
        for kind in ("side_name", "side_owner", "both_sides")
    )


def _are_on_trial(told: Told) -> bool:
    """Return whether it is only told of people that they are tried: "the trial of three others, two of whom"."""
    marked, sentence = told.marked, told.sentence
    is_tried = "trial" in marked.words[sentence.start : told.said.start]
    kinds = (*_ACTS, "captivity", "held")
    return is_tried and not any(marked.has(kind, sentence.start, sentence.stop) for kind in kinds)


def _are_lost(told: Told) -> bool:
    """Return whether a number in brackets counts those just told to be missing or dead: "went missing (84 people)"."""
    marked, start = told.marked, told.said.start
    before = marked.words[max(told.sentence.start, start - 2) : start]
    return before[-1:] == ["("] and before[0] in _LOST


def _is_joined(told: Told, place: int) -> bool:
    """Return whether "and" stands at a place, or before an article or "United" there."""
    words = told.marked.words
    while place > told.clause.start and words[place] in ("the", "united"):
        place -= 1
    return told.marked.at("and", place) is not None


def _are_sent_elsewhere(told: Told) -> bool:
    """Return whether a state sends soldiers of its own somewhere: "sent 4,000 soldiers to" a third one."""
    marked, start, end = told.marked, told.said.start, told.group.end
    if (
        marked.words[max(0, start - 1)] not in ("sent", "sends")
        or told.group.category != "military"
    ):
        return False
    goal = end + 1
    is_elsewhere = (
        marked.words[end : end + 1] == ["to"]
        and goal < len(marked.words)
        and marked.is_name(goal)
        and marked.at("side_name", goal) is None
    )
    kinds = ("exchange", "swap", "captivity", "captor", "freed")
    return is_elsewhere and not any(
        marked.has(kind, told.sentence.start, told.sentence.stop) for kind in kinds
    )


def _are_not_let_go(told: Told) -> bool:
    """Return whether it is told of people that they did not come free: "ten men on the list were not released"."""
    marked, end = told.marked, max(told.said.end, told.group.end)
    stop = next((one.start for one in marked.numbers if one.start >= end), told.clause.stop)
    return any(
        marked.words[at] in ("were", "was")
        and marked.words[at + 1] == "not"
        and any(marked.at(kind, at + 2) for kind in ("free", "give", "swap", "back"))
        for at in range(end, min(stop, told.clause.stop) - 2)
    )
