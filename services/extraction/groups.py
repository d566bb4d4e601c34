"""Who is counted: the people named after a number, and whose they are."""

from typing import NamedTuple

from services.extraction.distributed import next_in_row
from services.extraction.marking import Mark, MarkedText
from services.extraction.numbers import Number
from services.extraction.people_by_form import people_by_form


#: How many words may stand between a number and its people, and between people and whose they are.
_YEARS = range(1900, 2100)
_WORDS_BETWEEN_MAX = 7
_WORDS_AFTER_MAX = 4
_TAKEN_WITHIN_WORDS = 3
_IN_FRONT = 5
#: How many words brackets behind a body may have.
_IN_BRACKETS = 8
_LIST_ENDS = frozenset((",", ".", ";", ")", "(", "та", "і", "и", "and", "”", "»", '"'))
_STOPS = frozenset(".;:!?()…•|/")
#: What turns from people to somebody else: "journalists whom the other side had sentenced".
_NOT_THEIRS = frozenset(
    (
        *(",", "to", "that", "who", "whom", "which", "whose"),
        *("що", "які", "яких", "котрі", "котрих", "которые", "которых"),
    )
)
_WHO = frozenset(("who", "that"))
_HAS = (["had"], ["has"], ["have"])
_OF_SOME = (["of", "them"], ["of", "whom"], ["of", "those"], ["of", "the"])
_WERE = frozenset(("were", "was", "been", "are"))
_WHICH = (["які"], ["що"], ["котрі"], ["которые"])
_FOUGHT = ("воюва", "воева", "билися", "сражал", "боролися", "служил")
_REGIONS = frozenset(("region", "regions", "oblast", "province", "area"))
_UNITS = frozenset(("brigade", "regiment", "battalion", "division", "company", "squadron", "corps"))
_BEFORE_TOTAL = frozenset(("the", "a", "an", "final", "planned", "agreed", "initial"))
_GENERIC = ("all", "military", "unspecified")
#: Kinds of marks after which the people of a number are no longer meant.
_VERBS = ("give", "get", "back", "say", "swap", "exchange", "held", "not_people")
_COUNTED_AS_ALL = frozenset({frozenset({"military", "civilian"}), frozenset({"all", "civilian"})})


class Group(NamedTuple):
    """The people that a number counts.

    Attributes:
        category: Who they are.
        side: Whose they are said to be, null if that is not said beside them.
        evidence: The mark that says whose.
        belongs: `our` or `its`, where they are said to be somebody's; null otherwise.
        start: The place of the first word that names them.
        end: The place after the last word.
    """

    category: str
    side: str | None
    evidence: Mark | None
    belongs: str | None
    start: int
    end: int


def group_after(marked: MarkedText, number: Number) -> Group | None:
    """Return the people named after a number, null if none are."""
    following = next((one for one in marked.numbers if one.start == number.end + 1), None)
    following = following if marked.at("and", number.end) else total_of(marked, number)
    following = following or _listed_number(marked, number) or _joined_number(marked, number)
    following = following or next_in_row(marked, number)
    if following is not None:
        return group_after(marked, following)  # "390 and 307 prisoners"
    stop = _stop_of(marked, number)
    people = next(
        (mark for place in range(number.end, stop) if (mark := _people_at(marked, place))), None
    )
    if people is None:
        people = people_by_form(marked, number)
    if people is None:
        return None
    people = _last_of_row(marked, people)
    between = (number.end, people.start)
    side = next(iter(marked.marks("side_owner", *between)), None)
    side = side or next(iter(marked.marks("side_people", *between)), None)
    if side is None and marked.language_code == "en":
        # "Houthi militia prisoners"
        names = marked.marks("side_name", *between)
        side = next((one for one in names if one.end >= people.start), None)
        # "11 rebels", where that is a name of the side
        side = side or marked.at("side_name", people.start)
    # "20 rebels held by" others are rebels
    is_people = side is not None and side.start == people.start
    if side is not None and _is_captor(marked, side) and not is_people:
        side = None
    belongs = _belongs(marked, number, people)
    if people.kind != "side_people":
        # "peaceful residents of the coastal region": those people are somebody's
        side = side or next(iter(marked.marks("side_people", people.start, people.end)), None)
    category, end, joined = _joined_category(marked, people)
    side = side or next(iter(marked.marks("side_force", number.end, end)), None)
    if side is None and end > people.end:
        # "15 wounded Ruritanian servicemen"
        owners = [
            *marked.marks("side_owner", people.end, end),
            # "five members of the Guard's forces"
            *(
                one
                for one in marked.marks("side_name", people.end, end)
                if marked.words[one.start - 1] in ("of", "the")
            ),
        ]
        side = next((one for one in owners if not _is_captor(marked, one)), None)
    side = side or (people if people.kind == "side_people" else None) or joined
    if side is None:
        side = _side_after(marked, end) or _side_fought_for(marked, end)
    return Group(category, side.value if side else None, side, belongs, people.start, end)


def _belongs(marked: MarkedText, number: Number, people: Mark) -> str | None:
    """Return whose people are said to be, by "our" or "its" before them, or behind them."""
    before = max(0, number.start - 1)
    belongs = next(
        (kind for kind in ("our", "its") if marked.has(kind, before, people.start)), None
    )
    if belongs is None and people.end < len(marked.words) and marked.at("our", people.end):
        belongs = "our"  # the word order of Ukrainian and Russian
    return "our" if marked.words[before] == "нам" else belongs  # "повернули нам 40 жінок"


def _listed_number(marked: MarkedText, number: Number) -> Number | None:
    """Return the number behind one of a list whose people are named at its end: "30, 40 and 50 prisoners"."""
    if marked.language_code != "en" or not number.is_in_digits or number.value in _YEARS:
        return None
    second = next((one for one in marked.numbers if one.start == number.end + 1), None)
    if second is None or marked.words[number.end] != "," or not second.is_in_digits:
        return None
    is_joined = marked.at("and", second.end) is not None or (
        _listed_number(marked, second) is not None
    )
    third = any(one.start == second.end + 1 and one.is_in_digits for one in marked.numbers)
    return second if is_joined and third and second.kind == "cardinal" else None


def _joined_number(marked: MarkedText, number: Number) -> Number | None:
    """Return the number whose people another one's are, told by whose they are alone: "17 Cedrian and 6 other captives"."""
    after = number.end
    if (
        marked.language_code != "en"
        or marked.at("and", after + 1) is None
        or not marked.is_name(after)
    ):
        return None
    is_known = _people_at(marked, after) is not None or marked.at("side_owner", after) is not None
    return (
        None if is_known else next((one for one in marked.numbers if one.start == after + 2), None)
    )


def total_of(marked: MarkedText, part: Number) -> Number | None:
    """Return the number that another one is said to be of: 240 in "24 of the about 240 captives"."""
    place = part.end + (marked.words[part.end : part.end + 1] == ["out"])
    if not marked.is_small("of", place):
        return None
    if marked.language_code != "en":
        total = next((one for one in marked.numbers if one.start == place + 1), None)
        is_above = total is not None and total.value > part.value
        return total if is_above and total and _are_people_at(marked, total.end) else None
    place += 1
    # "the first 30 of a final 90"
    while marked.words[place : place + 1] and marked.words[place] in _BEFORE_TOTAL:
        place += 1
    if bound := marked.at("bound", place):
        place = bound.end
    return next((one for one in marked.numbers if one.start == place), None)


def _are_people_at(marked: MarkedText, place: int) -> bool:
    """Return whether those who are counted stand at a place, or behind a word for whose they are."""
    return any(marked.has(kind, place, place + 2) for kind in ("people", "side_people", "freed"))


def group_in_front(marked: MarkedText, start: int, end: int) -> Group | None:
    """Return the people in front of a number in a list: "navy – 7, air force – 2"."""
    before = start - 1
    if before < 1 or marked.words[before] not in "-–—:(":
        return None
    is_enclosed = marked.words[before] == "("
    if is_enclosed and marked.words[end : end + 1] != [")"] and not _goes_on_within(marked, end):
        return None
    # "prisoners - 75 - were handed over"
    is_parted = not is_enclosed and marked.words[end : end + 1] == [marked.words[before]]
    if end < len(marked.words) and marked.words[end] not in _LIST_ENDS and not is_parted:
        return None
    sentence = marked.sentence_at(start)
    for kind in ("people", "people_known", "side_force"):
        for mark in marked.marks(kind, max(sentence.start, before - _IN_FRONT), before):
            # Of a single soldier the number in brackets is the age.
            is_age = is_enclosed and mark.value in (*_GENERIC, "civilian")
            if mark.end == before and not is_age:
                return Group(mark.value, None, None, None, end, end)
    is_listed = not is_enclosed and is_in_list_of_places(marked, before, sentence)
    return Group("all", None, None, None, end, end) if is_listed else None


def _goes_on_within(marked: MarkedText, end: int) -> bool:
    """Return whether brackets go on with more of a body, or some of those: "гвардія (8 і ще 2 з училища)", "(8, із них 3)"."""
    if marked.language_code == "en":
        return False
    joined = marked.at("and", end)
    stop = next(
        (
            at
            for at in range(end, min(end + _IN_BRACKETS, len(marked.words)))
            if marked.words[at] == ")"
        ),
        None,
    )
    if stop is None:
        return False
    is_part = marked.words[end] == "," and marked.at("part", end + 1) is not None
    return is_part or (
        joined is not None and any(joined.end <= one.start < stop for one in marked.numbers)
    )


def is_in_list_of_places(marked: MarkedText, dash: int, sentence: range) -> bool:
    """Return whether a number is of those who defended a place in a list: "they fought at East Klow – 27, the coast – 8"."""
    items = [one for one in marked.numbers if _is_behind_place(marked, one.start - 1, sentence)]
    is_counted = any(one.start - 1 == dash for one in items)
    return is_counted and len(items) > 1 and marked.has("befell", sentence.start, items[0].start)


def _is_behind_place(marked: MarkedText, dash: int, sentence: range) -> bool:
    if dash - 1 not in sentence or marked.words[dash] not in "-–—:":
        return False
    place = dash - 1
    if marked.words[place] in _REGIONS and place - 1 in sentence:
        place -= 1
    return marked.is_name(place)


def _stop_of(marked: MarkedText, number: Number) -> int:
    """Return the first place that cannot belong to the people of a number."""
    stop = min(marked.sentence_at(number.start).stop, number.end + _WORDS_BETWEEN_MAX)
    others = [one.start for one in marked.numbers if number.end <= one.start < stop]
    stop = min([stop, *others])
    # "nearly 40 of them were taken prisoner"
    is_some = marked.words[number.end : number.end + 2] in _OF_SOME
    for place in range(number.end, stop):
        word = marked.words[place]
        is_comma = word == "," and place > number.end
        is_turn = place > number.end and marked.is_small("not_before_people", place)
        # "684 U.N. troops"
        is_stop = word in _STOPS and not (word == "." and len(marked.words[place - 1]) == 1)
        is_stop = is_stop or (is_some and _are_taken(marked, place))
        if is_stop or is_comma or is_turn or _is_verb(marked, place):
            return place
    return stop


def _are_taken(marked: MarkedText, place: int) -> bool:
    """Return whether it is told at a place that people were taken prisoner, and nobody is named by "prisoner"."""
    is_taken = marked.words[place] == "taken" and marked.words[place - 1] in _WERE
    return is_taken and marked.at("people", place + 1) is not None


def _is_verb(marked: MarkedText, place: int) -> bool:
    # A participle beside its noun is no verb: "230 returned soldiers".
    return not is_unit_of_people(marked, place) and any(
        marked.at(kind, place) and not (kind == "back" and _people_at(marked, place + 1))
        for kind in _VERBS
    )


def is_unit_of_people(marked: MarkedText, place: int) -> bool:
    """Return whether a unit is named as whose people are counted: "40 Harbour Regiment servicemen"."""
    return marked.words[place] in _UNITS and _people_at(marked, place + 1) is not None


def _people_at(marked: MarkedText, place: int) -> Mark | None:
    """Return the words for people that begin at a place; the longest, the language's own first."""
    found = [
        mark
        for kind in ("side_people", "people", "people_known")
        if (mark := marked.at(kind, place))
    ]
    return max(found, key=lambda mark: mark.end, default=None)


def _last_of_row(marked: MarkedText, people: Mark) -> Mark:
    """Return the last of people named in a row: of "rebel prisoners" the prisoners."""
    following = _people_at(marked, people.end) if marked.language_code == "en" else None
    if following is None or people.value not in _GENERIC:
        return people
    return _last_of_row(marked, following)


def _category_of(mark: Mark) -> str:
    return "all" if mark.kind == "side_people" else mark.value


def _joined_category(marked: MarkedText, people: Mark) -> tuple[str, int, Mark | None]:
    """Return who people are with those named beside them, where that ends, and whose the latter are."""
    category, end, side = _category_of(people), people.end, None
    limit = min(marked.sentence_at(people.start).stop, people.end + _WORDS_AFTER_MAX)
    for place in range(people.end, limit):
        word = marked.words[place]
        if word in _STOPS or word in _NOT_THEIRS or _is_verb(marked, place):
            break
        if any(one.start == place for one in marked.numbers):
            break
        # "nine of the women were taken captive by Ruritanian forces"
        if marked.at("territory", place) or _are_taken(marked, place):
            break  # "three pilots captured by Ruritania's forces"
        if marked.language_code != "en" and marked.at("captivity", place):
            break  # "31 людину з полону" of others
        if marked.is_small("against", place):
            break  # "40 prisoners for a captured soldier"
        other = _people_at(marked, place)
        if other is None:
            continue
        beside = _category_of(other)
        is_joined = any(marked.at("and", at) for at in range(people.end, place))
        if is_joined:
            category = "all" if frozenset({category, beside}) in _COUNTED_AS_ALL else category
        elif (
            category in _GENERIC and beside not in (*_GENERIC, "armed forces")
        ) or category == "unspecified":
            category = beside
        end = other.end
        side = other if other.kind == "side_people" else side
        break
    return category, end, side


def _side_after(marked: MarkedText, end: int) -> Mark | None:
    """Return whose people are said to be after them: "soldiers of the Ruritanian army"."""
    limit = min(marked.sentence_at(end - 1).stop, end + _WORDS_AFTER_MAX)
    for place in range(end, limit):
        word = marked.words[place]
        if word == "from":
            return _home_after(marked, place)
        if marked.at("belonging", place):
            return _side_named(marked, place + 1, place + _WORDS_AFTER_MAX + 1)
        # "16 fighters for 19 Ruritanian policemen"
        is_counted = any(one.start == place and one.kind == "cardinal" for one in marked.numbers)
        is_counted = is_counted or marked.at("since", place) is not None
        if is_counted or word in _STOPS or word in _NOT_THEIRS or _is_verb(marked, place):
            return None
        # "37 soldiers taken prisoner by the Ruritanian army"
        is_taken = marked.words[place - 1 : place + 1] == ["prisoner", "by"]
        is_taken = is_taken or (
            marked.language_code != "en" and marked.at("captivity", place) is not None
        )
        if is_taken or marked.at("captor", place) or marked.at("territory", place):
            return None
        if mark := marked.at("side_force", place) or _owner_after(marked, place, end):
            return mark
    return None


def _side_fought_for(marked: MarkedText, end: int) -> Mark | None:
    """Return the side that people are said to have fought for: "ten foreigners who had fought for Ruritania"."""
    stop = marked.sentence_at(end - 1).stop
    if marked.language_code != "en":
        verb = end + (marked.words[end : end + 1] == [","])
        verb += marked.words[verb : verb + 1] in _WHICH
        for_ = verb + 1
        is_for = marked.words[for_ : for_ + 1] == ["за"] or (
            marked.words[for_ : for_ + 2] in (["на", "боці"], ["на", "стороне"])
        )
        is_fought = verb < stop and marked.words[verb].startswith(_FOUGHT)
        place = for_ + (1 if marked.words[for_ : for_ + 1] == ["за"] else 2)
        return _side_named(marked, place, min(place + 1, stop)) if is_for and is_fought else None
    who = next((at for at in range(end, stop) if marked.words[at] in _WHO), stop)
    verb = who + (2 if marked.words[who + 1 : who + 2] in (["had"], ["have"], ["were"]) else 1)
    if marked.words[verb : verb + 1] not in (["fought"], ["served"], ["fighting"]):
        return None
    if marked.words[verb + 1 : verb + 2] not in (["for"], ["with"], ["alongside"]):
        return None
    place = verb + 2 + (marked.words[verb + 2 : verb + 3] == ["the"])
    return _side_named(marked, place, min(place + 1, stop))


def _side_named(marked: MarkedText, start: int, end: int) -> Mark | None:
    kinds = ("side_force", "side_owner", "side_name")
    return next((one for kind in kinds for one in marked.marks(kind, start, end)), None)


def _owner_after(marked: MarkedText, place: int, end: int) -> Mark | None:
    """Return a side that people are of: "soldiers of Ruritania", "citizens of the Ruritanian state"."""
    if name := marked.at("side_name", place):
        is_beside = place <= end or marked.words[place - 1] in ("of", "the")
        return name if is_beside and not _is_doer(marked, name) else None
    owner = marked.at("side_owner", place)
    return owner if owner is not None and not _is_captor(marked, owner) else None


def _is_doer(marked: MarkedText, name: Mark) -> bool:
    """Return whether a side behind people gave or got them, "whom" left out, or in the order of Ukrainian and Russian.

    "The 40 sailors Ruritania returned".
    """
    if marked.language_code == "en":
        act = name.end + (marked.words[name.end : name.end + 1] in _HAS)
        return marked.words[act : act + 1] == ["returned"] or any(
            marked.at(kind, act) for kind in ("give", "get", "free")
        )
    is_nominative = marked.words[name.end - 1].endswith(("а", "я"))
    return is_nominative and any(marked.at(kind, name.end) for kind in ("give", "get", "free"))


def _home_after(marked: MarkedText, place: int) -> Mark | None:
    """Return the side whose region people are from: "from Ruritania's coastal region"."""
    if home := _home_beside_captor(marked, place):
        return home
    owner = marked.at("side_owner", place + 1) or marked.at("side_owner", place + 2)
    if owner is None:
        return None
    return owner if _REGIONS & set(marked.words[owner.end : owner.end + 3]) else None


def _home_beside_captor(marked: MarkedText, place: int) -> Mark | None:
    """Return the side that people are from where another one's captivity is told of: "16 from A, held in B's jails"."""
    home = marked.at("side_name", place + 1)
    if home is None:
        return None
    stop = marked.sentence_at(place).stop
    held = (
        one
        for kind in ("side_name", "side_owner", "captor")
        for one in marked.marks(kind, home.end, stop)
        if one.value != home.value
    )
    return home if any(one.kind == "captor" or _is_captor(marked, one) for one in held) else None


def _is_captor(marked: MarkedText, side: Mark) -> bool:
    """Return whether words for a side speak of its captivity or of what it holds."""
    if has_taken(marked, side):
        return True
    for place in range(side.end, min(side.end + 2, len(marked.words))):
        if any(marked.at(kind, place) for kind in ("captivity", "territory")):
            return True
        if _people_at(marked, place):
            return False  # "Ruritanian captives held by" others
    return False


def has_taken(marked: MarkedText, side: Mark) -> bool:
    """Return whether a side is said to have taken people: "13 people the Ruritanian police had detained"."""
    return any(
        marked.words[at] in ("had", "has", "have")
        and any(marked.at(kind, at + 1) for kind in ("seize", "befell"))
        for at in range(side.end, min(side.end + _TAKEN_WITHIN_WORDS, len(marked.words) - 1))
    )
