"""Whether a number counts people who are held still, and by whom."""

from services.extraction.groups import total_of
from services.extraction.marking import Mark
from services.extraction.meant_again import are_the_freed
from services.extraction.numbers import Number
from services.extraction.taken import has_taken
from services.extraction.told import Told


#: How far behind people it may stand where they are held.
_CUSTODY_WITHIN_WORDS = 5
_ACTS = ("give", "get", "free", "back", "swap", "exchange")
_MOVES = ("give", "get", "back", "swap")
_WHO = frozenset(("who", "whom", "that", "which"))
_THOSE_WHO = frozenset(("які", "яких", "хто", "що", "котрі", "которые", "которых", "кто"))
#: Ends of past tenses in Ukrainian and Russian.
_PAST = ("ли", "лися", "лись", "в", "вся", "ла", "лся", "лась")
_CAPTIVES = ("unspecified", "military")
_BELIEVED = frozenset(("estimated", "believed", "thought", "said", "reported", "known"))
_HAS = frozenset(("has", "have", "had", "held", "hold", "holds", "holding"))
#: What may stand between people and that they were captured, and how far behind them that is.
_WERE = frozenset(("were", "was", "had", "been", "who", "are", "is", "have", "has"))
_TAKEN_WORDS = 4
_INTO = "into"
_IN_CUSTODY = frozenset(("held", "detained", "kept", "imprisoned", "jailed"))
_HOLD = frozenset(("hold", "holds", "holding"))
_HOLDING = frozenset(("held", "hold", "holds", "holding"))
_CAPTIVE = frozenset(("prisoners", "captives", "hostages", "pows"))
_HELD_AT = (["held", "at"], ["held", "is"], ["held", "was"], ["held", "to"])
_BE = frozenset(("be", "is", "was", "at"))
_PUT_AT = (["number", "at"], ["figure", "at"], ["total", "at"])
_GROUND = ("територі", "территори")
_IN = (["в"], ["у"], ["на"])
_WHERE_WORDS = 4
_MEETINGS = frozenset(("talks", "negotiations", "meetings", "elections"))
#: Words that put an exchange before, and how far in front of it they may stand.
_AFTER = frozenset(("after", "following", "despite"))
_AFTER_WORDS = 4
_IT = frozenset(("it", "they"))
_TALKS = frozenset(
    ("talks", "negotiations", "negotiate", "efforts", "secure", "seek", "hope", "for")
)
_WHOM_WORDS = 5
_LET_WORDS = 3
_ONLY = frozenset(("only", "just"))
_SOME = frozenset(("some", "most", "many", "several", "all", "majority"))


def is_held(told: Told) -> bool:
    """Return whether a number counts people who are held still."""
    marked, clause = told.marked, told.clause
    if _are_of_whom_some_are_free(told) or _are_those_held_at(told) or has_taken(told):
        return True
    if (
        _are_captive_in(told)
        or _are_captives(told)
        or _are_held_as_well(told)
        or _are_believed_held(told)
    ):
        return True
    if _came_free(told) or _are_of_some(told):
        return False
    held = [
        one
        for one in marked.marks("held", clause.start, clause.stop)
        # "once talks are held"
        if _MEETINGS.isdisjoint(marked.words[max(clause.start, one.start - 3) : one.start])
        # "as the truce holds"
        and not marked.has("truce", max(clause.start, one.start - 3), one.start)
        # "talks remain ongoing for the release of 37"
        and not (one.end <= told.said.start and marked.has("release", one.end, told.said.start))
        and not _were_held(told, one)
        and not _are_others_held(told, one)
        and not _were_in_captivity(told, one)
        and not _are_elsewhere(told, one)
        and not _are_let_go_whom(told, one)
        and not _are_let_go_from(told, one)
        # "they had still not freed 90"
        and marked.words[one.end : one.end + 1] != ["not"]
        # "76 people who are back and six who chose to remain there"
        and not _is_of_those_behind(told, one)
        # "freed 40 who were held captive"
        and not (marked.words[one.end - 1] == "captive" and marked.words[one.start - 1] in _WHO)
        # "many of whom hold radical views"
        and not (marked.words[one.start] in _HOLD and marked.words[one.start - 1] == "whom")
        # "the numbers are still being verified"
        and not (
            marked.words[one.start : one.end + 1] == ["still", "being"]
            and _IN_CUSTODY.isdisjoint(marked.words[one.end + 1 : one.end + 2])
        )
    ]
    if any(_are_those_held(told, one) for one in held):
        # up to others: "20 remained there after 15 were returned"
        stop = _next_people(told, held[-1].end)
        return not _are_moved(told, range(held[-1].end, stop))
    if held:
        return not any(marked.has(kind, clause.start, clause.stop) for kind in _MOVES)
    return (
        _are_in_custody(told) or _is_had(told) or (_were_taken(told) and not _are_told_again(told))
    )


def _are_moved(told: Told, span: range) -> bool:
    """Return whether people come or go by some words: not where those name the exchange after which they are held."""
    marked = told.marked
    return any(
        # "are still held there after the latest swap"
        not _AFTER & set(marked.words[max(span.start - 1, one.start - _AFTER_WORDS) : one.start])
        for kind in _MOVES
        for one in marked.marks(kind, span.start, span.stop)
    )


def _are_captives(told: Told) -> bool:
    """Return whether it is only told of people that they are captives: "about 90 Ruritanians were prisoners of war"."""
    marked, end = told.marked, told.group.end
    if marked.language_code != "en" or end == told.group.start or not _tells_of_no_act(told):
        return False
    named = range(told.group.start, end)
    return any(
        one.end == end
        and marked.words[one.start] in _CAPTIVE
        and marked.words[one.start - 1] in ("are", "were")
        for one in marked.marks("people", named.start + 1, named.stop)
    )


def _are_captive_in(told: Told) -> bool:
    """Return whether people are said to be captive in a place, or held back: "are at this moment captive in"."""
    marked, start, end, stop = told.marked, told.said.start, told.group.end, told.sentence.stop
    if marked.language_code != "en" or end == told.group.start:
        return False
    if marked.words[max(0, start - 2) : start] == ["held", "back"]:
        return True
    place = next((at for at in range(end, stop - 1) if marked.words[at] == "captive"), None)
    if place is None or marked.words[place + 1] != "in":
        return False
    are = "are" in marked.words[max(end, place - _CUSTODY_WITHIN_WORDS) : place]
    return are and not any(marked.has(kind, told.sentence.start, place) for kind in _ACTS)


def _are_believed_held(told: Told) -> bool:
    """Return whether people are believed to be in captivity, whatever else is told of: "90 believed to be in jail"."""
    marked, end = told.marked, told.group.end
    is_believed = marked.words[end + 1 : end + 4] == ["to", "be", "in"]
    return (
        is_believed
        and marked.language_code == "en"
        and marked.words[end] in _BELIEVED
        and marked.has("captivity", end + 4, end + _CUSTODY_WITHIN_WORDS + 2)
    )


def _are_held_as_well(told: Told) -> bool:
    """Return whether the other side holds so many, with no verb of its own: "A held 90 Bs and B 40 As"."""
    marked, start = told.marked, told.said.start
    side = next(
        (one for one in marked.marks("side_name", start - 3, start) if one.end == start), None
    )
    if side is None or marked.words[side.start - 1] != "and" or marked.language_code != "en":
        return False
    before = next((one for one in reversed(marked.numbers) if one.end < side.start), None)
    is_beside = before is not None and before.start in told.sentence
    if before is None or not is_beside or told.group.end == told.group.start:
        return False
    acts = any(marked.has(kind, before.start, start) for kind in _ACTS)
    return not acts and marked.words[before.start - 1] in _HOLDING


def _are_elsewhere(told: Told, held: Mark) -> bool:
    """Return whether people are said to be on the ground of neither side: "находятся на территории" a neighbour."""
    marked, clause = told.marked, told.clause
    after = range(held.end, min(held.end + _WHERE_WORDS, clause.stop))
    is_ground = any(marked.words[at].startswith(_GROUND) for at in after)
    # "находятся в Сан-Теодоросе"
    is_ground = is_ground or (
        marked.language_code != "en"
        and marked.words[held.end : held.end + 1] in _IN
        and marked.is_name(held.end + 1)
    )
    kinds = ("captivity", "captor", "territory")
    is_captive = any(marked.has(kind, clause.start, clause.stop) for kind in kinds)
    return is_ground and not is_captive and not marked.has("side_name", after.start, after.stop)


def _are_told_again(told: Told) -> bool:
    """Return whether all of those just told of are meant: "All 119 Bordurians were captured at the river"."""
    marked, start = told.marked, told.said.start
    # "the 90 soldiers had been captured at the river": those who were exchanged
    is_known = marked.words[max(0, start - 1)] == "the" and any(
        one.value == told.said.number.value and one.start < start for one in marked.numbers
    )
    before = marked.words[max(0, start - 1) : start]
    return is_known or before in (["all"], ["усі"], ["всі"], ["все"])


def _next_people(told: Told, place: int) -> int:
    """Return where other people behind a place begin to be counted, or where the clause ends."""
    found = (one.start for one in told.marked.numbers if place <= one.start < told.clause.stop)
    return next(found, told.clause.stop)


def _are_of_whom_some_are_free(told: Told) -> bool:
    """Return whether all are counted whom somebody holds, and of whom some are free: "12 of the 40 held by" a side."""
    marked, number = told.marked, told.said.number
    held = marked.at("territory", told.group.end)
    return held is not None and any(
        total_of(marked, one) == number for one in marked.numbers if one.end < number.start
    )


def _are_those_held_at(told: Told) -> bool:
    """Return whether the number of those held is told: "of people held at 5,150", "holds 20, but others put it at 80"."""
    marked, start, sentence = told.marked, told.said.start, told.sentence
    if told.group.end > told.group.start or not marked.has("how_many", sentence.start, start):
        return False
    if marked.words[max(0, start - 2) : start] in _HELD_AT:
        return True
    if marked.words[start - 1] in _BE and _is_number_of_those_held(told):
        return True
    before = marked.sentences[max(0, marked.tokens[sentence.start].sentence - 1)]
    return is_put_at(told) and marked.has("held", before.start, start)


def _is_number_of_those_held(told: Told) -> bool:
    """Return whether a sentence began with those held: "the number of soldiers held by Ruritania is said to be 5,150"."""
    marked, start = told.marked, told.said.start
    asked = marked.marks("how_many", told.sentence.start, start)[0]
    is_held = any(
        _HAS & set(marked.words[one.start : one.end]) or one.kind == "captivity"
        for kind in ("held", "territory", "captivity")
        for one in marked.marks(kind, asked.end, start)
    )
    return is_held and not any(
        marked.has(kind, asked.end, start) for kind in (*_ACTS, "freed") if kind != "back"
    )


def is_put_at(told: Told) -> bool:
    """Return whether a number is said again as another one: "others put the number at 80"."""
    start = told.said.start
    return told.marked.words[max(0, start - 2) : start] in _PUT_AT


def _are_of_some(told: Told) -> bool:
    """Return whether something is told of some of those told of before: "some of the 90 had been in captivity"."""
    marked, start = told.marked, told.said.start
    before = marked.words[max(0, start - 3) : start]
    return before[1:] == ["of", "the"] and before[0] in _SOME


def _came_free(told: Told) -> bool:
    """Return whether those counted are told to be free by words beside them, wherever they were held."""
    marked, end = told.marked, told.said.end
    if marked.at("versus", told.said.number.end):
        return True  # "84 for 84, and those who returned are held in a hospital"
    if marked.has("freed", told.said.start, max(end, told.group.end) + 2):
        return True  # "139 of those freed had been held since 2030"
    for_others = marked.marks("in_turn", told.clause.start, told.said.start)
    start = told.said.start - (marked.words[max(0, told.said.start - 1)] == "the")
    if for_others and for_others[-1].end == start - 1:
        return True  # "in exchange for the 45 prisoners held by the other side"
    if _are_among_the_free(told) or _had_been_held(told):
        return True
    if are_the_freed(told):
        return True
    return _are_let_go(told)  # "the 15 women and 12 boys released were being held in"


def _had_been_held(told: Told) -> bool:
    """Return whether a sentence tells of some of those just told to be free where they were: "74 перебували в неволі"."""
    marked, start, number = told.marked, told.sentence.start, told.said.number
    held = marked.at("held", number.end)
    own = marked.tokens[start].sentence
    if marked.language_code == "en" or held is None or not own or told.said.start != start:
        return False
    before = marked.sentences[own - 1]
    is_past = marked.words[held.start].endswith(_PAST)
    acts = any(marked.has(kind, before.start, before.stop) for kind in ("back", "get", "free"))
    return is_past and acts


def _are_among_the_free(told: Told) -> bool:
    """Return whether a sentence begins with those of whom some are counted: "Among the freed are two who remain in"."""
    marked, start = told.marked, told.sentence.start
    part = marked.at("part", start)
    if marked.language_code != "en" and marked.is_small("of", start):
        # "Зі 90 звільнених 74 перебували в неволі"
        return any(
            one.start == start + 1 and marked.at("freed", one.end) is not None
            for one in marked.numbers
            if one.end < told.said.start
        )
    if part is None or part.end >= told.said.start or marked.language_code != "en":
        return False
    first = part.end + (marked.words[part.end] in ("the", "those"))
    return marked.at("free", first) is not None


def _is_of_those_behind(told: Told, held: Mark) -> bool:
    """Return whether those who are held are counted behind a number, with a clause of their own."""
    marked, end = told.marked, max(told.said.end, told.group.end)
    return marked.language_code == "en" and any(
        "who" in marked.words[one.end : min(one.end + 3, held.start)]
        for one in marked.numbers
        if end <= one.start < held.start
    )


def _were_held(told: Told, held: Mark) -> bool:
    """Return whether it is only told which people are free: "82 who were being held in jails were released"."""
    marked, end = told.marked, max(told.said.end, told.group.end)
    is_which = any(marked.words[at] in _WHO for at in range(end, held.start))
    is_which = is_which or marked.words[held.start] == "being"
    return is_which and any(
        marked.is_small("were", at)
        and any(marked.has(kind, at + 1, at + 3) for kind in ("free", "get", "give"))
        for at in range(held.end, told.clause.stop)
    )


def _are_let_go_whom(told: Told, held: Mark) -> bool:
    """Return whether those are held who are let go: "the release of 90 whom they were holding", "will free 90 it holds"."""
    marked, start, end = told.marked, told.said.start, told.group.end
    if marked.language_code != "en" or end == told.group.start or held.start < end:
        return False
    act = start - (marked.words[start - 1] == "of")
    is_let_go = any(one.end == act for one in marked.marks("free", start - 3, start))
    is_which = bool((_WHO | _IT) & set(marked.words[end : held.start]))
    # "released 40 captives, a few of them long behind bars"
    is_next = held.start - end <= _WHOM_WORDS or marked.has("part", end, held.start)
    is_next = is_next and "still" not in marked.words[end : held.end]
    return is_let_go and is_which and is_next and not _is_talked_of(told)


def _are_let_go_from(told: Told, held: Mark) -> bool:
    """Return whether those held are let go by words around them: "let 40 captives in its custody go"."""
    marked, start = told.marked, told.said.start
    lets = marked.words[max(told.clause.start, start - _LET_WORDS) : start]
    return "let" in lets and marked.words[held.end : held.end + 1] == ["go"]


def _is_talked_of(told: Told) -> bool:
    """Return whether a release is wished for or talked about: "talks on the release of 90 who are held"."""
    marked, first, start = told.marked, told.clause.start, told.said.start
    before = set(marked.words[first:start])
    return bool(_TALKS & before) or marked.has("agreement", first, start)


def _were_in_captivity(told: Told, held: Mark) -> bool:
    """Return whether it is told of those who came back that they had been held: "freed 15 who were in jail for years"."""
    marked, end = told.marked, max(told.said.end, told.group.end)
    is_past = marked.words[held.start].endswith(_PAST) and marked.language_code != "en"
    is_past = is_past or marked.words[max(end, held.start - 2) : held.start] == ["had", "been"]
    which = _WHO if marked.language_code == "en" else _THOSE_WHO
    is_which = any(marked.words[at] in which for at in range(end, held.start))
    return is_past and is_which and any(marked.has(kind, told.clause.start, end) for kind in _ACTS)


def _are_others_held(told: Told, held: Mark) -> bool:
    """Return whether others behind a number are held than those it tells to be free: "14 were freed, with 9 still in"."""
    marked, end = told.marked, told.said.end
    return marked.language_code == "en" and any(
        end <= one.start < held.start <= one.end + _CUSTODY_WITHIN_WORDS
        and marked.words[one.start - 1] == "with"
        and marked.has("free", end, one.start)
        for one in marked.numbers
    )


def _are_those_held(told: Told, held: Mark) -> bool:
    """Return whether words behind a number say that those it counts are held, and nothing else of them."""
    marked, clause, end = told.marked, told.clause, told.said.end
    if held.start < end or any(marked.has(kind, end, held.start) for kind in _MOVES):
        return False
    # "2,000 came home, and some thousands are held": those
    has_come = any(marked.has(kind, clause.start, told.said.start) for kind in ("get", "back"))
    return not (has_come and any(end <= one.start < held.start for one in marked.numbers))


def _tells_of_no_act(told: Told) -> bool:
    marked, clause = told.marked, told.clause
    acts = (*_ACTS, "freed", "plan", "in_turn", "each")
    is_part = marked.has("part", clause.start, told.said.start)
    # of "90 are in captivity, and only 12 of them were freed" the 90
    stop = min((one.start for one in marked.numbers if _are_some(told, one)), default=clause.stop)
    return not is_part and not any(marked.has(kind, clause.start, stop) for kind in acts)


def _are_some(told: Told, number: Number) -> bool:
    """Return whether some are counted behind a comma or "and" of those whom a number counts before: "12 of them"."""
    is_behind = told.group.end < number.start < told.clause.stop
    if not is_behind or told.marked.words[number.end : number.end + 2] != ["of", "them"]:
        return False
    before = number.start - 1 - (told.marked.words[number.start - 1] in _ONLY)
    return told.marked.words[before] in (",", ";") or told.marked.at("and", before) is not None


def _are_in_custody(told: Told) -> bool:
    """Return whether it is only told of people where they are held: "12 others in custody", "30 are in jails"."""
    marked, end = told.marked, max(told.said.end, told.group.end)
    if marked.words[told.said.number.end : told.said.number.end + 2] == ["of", "the"]:
        return False  # some of those told of: "nine of the 50 were in danger in captivity"
    # "have been detained in Ruritanian jails"
    stop = min(end + _CUSTODY_WITHIN_WORDS + 2, told.clause.stop)
    if _tells_of_no_act(told) and _are_in_hands(told, range(end, stop)):
        return True
    return _tells_of_no_act(told) and any(
        "in" in marked.words[max(end, one.start - _CUSTODY_WITHIN_WORDS) : one.start]
        # "back in Klow from captivity"
        and marked.words[one.start - 1] != "from"
        for one in marked.marks("captivity", end, stop)
    )


def _are_in_hands(told: Told, near: range) -> bool:
    """Return whether people are said to be in the hands of a side: "some 90 are in Ruritanian hands"."""
    marked = told.marked
    return any(
        marked.words[owner.end : owner.end + 1] == ["hands"]
        and marked.words[owner.start - 1] == "in"
        for owner in marked.marks("side_owner", near.start, near.stop)
    )


def _are_free_behind(told: Told) -> bool:
    """Return whether those taken are told to be free: "Eight sailors captured as they fished were exchanged too"."""
    marked, end = told.marked, told.group.end
    following = next((one.start for one in marked.numbers if one.start >= end), told.sentence.stop)
    return marked.at("seize", end) is not None and any(
        marked.is_small("were", at)
        and any(marked.at(kind, at + 1) for kind in ("swap", "free", "give", "back"))
        for at in range(end, min(following, told.sentence.stop) - 1)
    )


def _are_lost(told: Told) -> bool:
    """Return whether it is open whether people are held: "thousands have been captured or gone missing"."""
    marked, clause = told.marked, told.clause
    return any(
        marked.words[at] == "missing" and "or" in marked.words[at - 2 : at]
        for at in range(told.said.end + 2, clause.stop)
    )


def _were_taken(told: Told) -> bool:
    """Return whether it is only told of people that they were taken: "37 soldiers were taken prisoner in May"."""
    marked, clause, end = told.marked, told.clause, max(told.said.end, told.group.end)
    if marked.language_code != "en" or not _tells_of_no_act(told) or _are_lost(told):
        return False
    if ["of", "the"] in (
        marked.words[max(0, told.said.start - 2) : told.said.start],
        marked.words[told.said.number.end : told.said.number.end + 2],
    ):
        return False  # "some of the 44 were captured before the war", "41 of the women were"
    if told.group.end == told.group.start or _are_free_behind(told):
        return False  # some of those told of: "70 defended the harbour, and 12 were captured"
    is_into = any(
        _INTO in marked.words[max(end, one.start - _CUSTODY_WITHIN_WORDS) : one.start]
        for one in marked.marks("captivity", end, clause.stop)
    )
    # of "37 soldiers were taken prisoner" the soldiers
    first = told.group.start + 1 if told.group.end > told.group.start else end
    return is_into or any(
        any(
            all(marked.words[at] in _WERE for at in range(start, one.start))
            for start in (first, end)
        )
        for kind in ("seize", "befell")
        for one in marked.marks(kind, first, min(end + _TAKEN_WORDS, clause.stop))
        if marked.words[one.start] in ("captured", "taken")
    )


def _is_had(told: Told) -> bool:
    """Return whether somebody is said to have so many captives: "the rebels have 300 prisoners"."""
    marked, start = told.marked, told.said.start
    is_had = start > told.clause.start and marked.words[start - 1] in _HAS
    are_captives = any(
        one.value in _CAPTIVES for one in marked.marks("people", told.said.end, told.group.end + 1)
    )
    are_captives = are_captives and "troops" not in marked.words[told.said.end : told.group.end]
    is_holding = is_had and marked.words[start - 1] in _HOLD
    return ((is_had and are_captives) or is_holding) and _tells_of_no_act(told)


def _are_let_go(told: Told) -> bool:
    """Return whether "released" stands right behind those counted, or behind others joined to them."""
    marked, end = told.marked, told.group.end
    for _ in range(2):
        if marked.at("free", end) is not None:
            return told.group.end > told.group.start
        joined = marked.at("and", end)
        number = next((one for one in marked.numbers if joined and one.start == joined.end), None)
        people = marked.at("people", number.end) if number is not None else None
        if people is None:
            return False
        end = people.end
    return False
