"""Numbers that name no people after them: "the first 390 freed", "150 for 150", "got 130 back"."""

from services.extraction.alone import people_told_before
from services.extraction.bounds import BoundedNumber
from services.extraction.from_places import are_from_a_place
from services.extraction.going_on import goes_on_without_people
from services.extraction.groups import Group, group_in_front, total_of
from services.extraction.joined_sides import side_at
from services.extraction.left_out import are_those_who, are_thought_missing, people_left_out
from services.extraction.listed_days import is_on_listed_day
from services.extraction.marking import Mark, MarkedText
from services.extraction.nations import is_of_a_nation
from services.extraction.numbers_stated import people_stated
from services.extraction.pairs import equal_pair
from services.extraction.part_words import of_all_those
from services.extraction.parts import is_of_those
from services.extraction.routes import is_on_a_route
from services.extraction.summed_people import people_summed
from services.extraction.uneven import uneven_pair
from services.extraction.unnamed_acts import (
    are_held_still,
    are_to_be_free,
    came_at_last,
    have_come,
    is_divided,
    is_given_back,
    is_given_to,
    is_going_home,
    is_let_go,
    is_pledged,
    is_released_on_a_day,
)


_OF_WHOM_WORDS_MAX = 5
#: How far behind "among those" a number may stand.
_AMONG_WORDS = 4
_WERE = frozenset(("were", "are", "have", "had", "went", "will"))
#: How far behind "among ours" the first of a list may stand.
_PART_WORDS = 2
_DASHES = frozenset("-–—")
_BE = frozenset(("are", "is", "were", "was"))
_OF_ITS = (["of", "its"], ["of", "their"])
_ITS_OWN = (["of", "its", "own"], ["of", "their", "own"])
_FURTHER = frozenset(("another", "further", "a", "ще", "еще", "ещё"))
#: How far behind "are from the" the name of a place may stand.
_PLACE_WORDS = 8
_COME = frozenset(("come", "came", "hail"))
#: How verbs for what several people do or did end, in Ukrainian and Russian.
_DO = ("ють", "ять", "ать", "уть", "ли", "ют", "ят", "ут", "ат")
_OPENING = frozenset("«“")
_INITIALS = range(2, 6)


def _is_of_those_freed(marked: MarkedText, said: BoundedNumber) -> bool:
    """Return whether so many are of those just counted: the latter of "Із 90 звільнених 70 забрали обміном"."""
    start = said.start
    freed = next((one for one in marked.marks("freed", start - 2, start) if one.end == start), None)
    return (
        freed is not None
        and marked.language_code != "en"
        and any(
            one.end == freed.start and marked.is_small("of", one.start - 1)
            for one in marked.numbers
        )
    )


def _do_something(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether it is told of some what they do: the latter of "Із 90 звільнених із полону, семеро служили в морі"."""
    after = said.number.end
    whole = next((one for one in marked.numbers if one.start == sentence.start + 1), None)
    if marked.language_code == "en" or whole is None or whole.value <= said.number.value:
        return False
    is_of = marked.is_small("of", sentence.start) and marked.words[said.start - 1] == ","
    is_of = is_of and any(marked.at(kind, whole.end) for kind in ("side_people", "people", "freed"))
    is_verb = marked.words[after : after + 1] != [] and marked.words[after].endswith(_DO)
    return is_of and is_verb and whole.end < said.start and not marked.at("not_people", after)


def people_before(marked: MarkedText, said: BoundedNumber) -> Group | None:
    """Return the people of a number that names none after it: "the first 390 freed", "150 for 150"."""
    number = said.number
    sentence = marked.sentence_at(number.start)
    after = number.end
    unnamed = Group("unspecified", None, None, None, after, after)
    of_a_side = _of_a_side(marked, said) if after < sentence.stop else None
    is_meant = is_on_listed_day(marked, number) or goes_on_without_people(marked, said, sentence)
    is_meant = is_meant or _is_of_those_freed(marked, said) or are_those_who(marked, said)
    is_meant = is_meant or are_thought_missing(marked, said)
    is_meant = is_meant or _do_something(marked, said, sentence)
    if of_a_side is not None or is_meant:
        return of_a_side or unnamed
    if (stated := people_stated(marked, said)) is not None:
        return stated
    if after >= sentence.stop:
        return people_told_before(marked, said, sentence) or people_summed(marked, said, sentence)
    if (named := _of_some(marked, said, sentence)) is not None:
        return named
    is_freed = marked.is_small("were", after) and any(
        marked.has(kind, after, min(after + 4, sentence.stop)) for kind in ("free", "back", "swap")
    )
    # "a total of 900 had been brought home"
    is_brought = marked.is_small("were", after) and "brought" in marked.words[after : after + 4]
    # "adding to the 40 already freed"
    already = marked.at("already", after)
    is_freed = is_freed or (already is not None and marked.at("free", already.end) is not None)
    is_freed = (
        is_freed
        or is_brought
        or any(marked.at(kind, after) for kind in ("free", "freed", "each", "in_turn"))
        # "with 150 going home"
        or is_going_home(marked, number)
    )
    against = after + 1 if marked.words[after] in "-–" else after
    versus = marked.at("versus", against) or marked.at("versus_equal", against)
    is_set_against = versus is not None and any(
        one.start in (versus.end, versus.end + 1) and one.value == number.value
        for one in marked.numbers
    )
    is_set_against = is_set_against or equal_pair(marked, number) is not None
    is_meant = (
        is_given_back(marked, said)
        or is_released_on_a_day(marked, said)
        or is_on_a_route(marked, said.start, said.end)
        or is_given_to(marked, said, sentence)
        or are_held_still(marked, said, sentence)
        or are_to_be_free(marked, said, sentence)
        or have_come(marked, said, sentence)
        or came_at_last(marked, said, sentence)
        or uneven_pair(marked, number) is not None
        or is_pledged(marked, number)
        or is_divided(marked, said, sentence)
        or is_let_go(marked, said, sentence)
    )
    if is_freed or is_set_against or is_meant:
        return unnamed
    return people_told_before(marked, said, sentence) or people_summed(marked, said, sentence)


def _of_some(marked: MarkedText, said: BoundedNumber, sentence: range) -> Group | None:
    """Return the people of a number that counts some of those told of, or others beside them."""
    after = said.number.end
    unnamed = Group("unspecified", None, None, None, after, after)
    if (owned := _of_ours_or_theirs(marked, said)) is not None:
        return owned
    if beginning := _of_whom(marked, said, sentence):
        return beginning
    is_part = is_of_those(marked, after) or _is_said_to_be_part(marked, said)
    # "90 із 95 звільнених"
    is_part = is_part or (
        marked.language_code != "en" and total_of(marked, said.number) is not None
    )
    is_part = is_part or _are_some_who(marked, said, sentence)
    is_part = is_part or _is_among_those_before(marked, said, sentence)
    is_part = is_part or _are_from(marked, said, sentence) or _is_further(marked, said, sentence)
    is_part = is_part or _is_of_a_body(marked, said) or _begins_a_list(marked, said, sentence)
    is_part = is_part or are_from_a_place(marked, said.start, after)
    if is_part or is_of_a_nation(marked, said, sentence):
        return unnamed._replace(category="all")
    if (left_out := people_left_out(marked, said, sentence)) is not None:
        return left_out
    # "за три роки – 40 звільнених і ще 9 поза обмінами": not the years
    is_besides = not marked.at("not_people", after) and marked.has(
        "besides_exchange", after, sentence.stop
    )
    is_besides = is_besides or _are_beside_exchanges(marked, said, sentence)
    return unnamed if is_besides or _are_others(marked, said, sentence) else None


def _are_beside_exchanges(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether so many came outside of exchanges, as is told right before them: "поза обмінами – ще 53"."""
    besides = marked.marks("besides_exchange", sentence.start, said.start)
    return bool(besides) and all(
        word in _DASHES or word in _FURTHER for word in marked.words[besides[-1].end : said.start]
    )


def _is_of_a_body(marked: MarkedText, said: BoundedNumber) -> bool:
    """Return whether a list goes on with those of a body by its initials: "40 men of the Guard, 12 – RBG, 9 – KMF"."""
    place = said.number.end + 1
    if place >= len(marked.words) or marked.words[place - 1] not in _DASHES:
        return False
    initials = marked.quote(place, place + 1)
    is_quoted = initials in _OPENING and marked.is_name(place + 1)  # "17 – «Сокіл»"
    is_end = place + 1 >= len(marked.words) or not marked.words[place + 1][0].isalnum()
    before = marked.words[max(0, said.start - 1) : said.start]
    is_next = not before or not before[0][0].isalnum()
    counted = [one for one in marked.numbers if one.end < said.start]
    is_named = initials.isupper() and len(initials) in _INITIALS and is_end
    return (
        (is_named or is_quoted)
        and is_next
        and bool(counted)
        and said.start - counted[-1].end <= _PLACE_WORDS
    )


def _begins_a_list(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether a list begins with some who are told by a word of no list: "«31 – поранені, офіцерів – 9"."""
    place = said.number.end
    first = next((at for at in sentence if marked.words[at][0].isalnum()), sentence.stop)
    is_first = first == said.start and marked.words[place] in _DASHES
    if marked.language_code == "en" or not is_first or not marked.tokens[first].sentence:
        return False
    after = next((one for one in marked.numbers if one.start > place), None)
    if after is None or after.start not in sentence or "," not in marked.words[place : after.start]:
        return False
    return group_in_front(marked, after.start, after.end) is not None


def _are_some_who(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether so many of those told of did something: "among those returned were seven who had escaped"."""
    if marked.words[said.number.end] != "who" or marked.language_code != "en":
        return False
    before = marked.words[max(sentence.start, said.start - 1) : said.start]
    is_led_to = before in (
        ["were"],
        ["are"],
        ["and"],
        [","],
        ["including"],
        ["included"],
        ["include"],
    )
    joined = [
        one for one in marked.marks("and", said.start - 3, said.start) if one.end == said.start
    ]
    # "50 soldiers, as well as 12 who had been captured"
    is_beside = bool(joined) and any(
        sentence.start <= one.start < said.start and marked.has("people", one.end, one.end + 2)
        for one in marked.numbers
    )
    return is_beside or (is_led_to and marked.has("part", sentence.start, said.start))


def _of_a_side(marked: MarkedText, said: BoundedNumber) -> Group | None:
    """Return the people of a side alone, beside others: "100 Bordurian servicemen and 100 Syldavian"."""
    after = said.number.end
    owner = marked.at("side_owner", after)
    if owner is None or not said.start:
        return None
    goal = marked.at("to_place", owner.end)
    if goal is not None and marked.words[said.start - 1] == "," and side_at(marked, goal.end):
        # of "five Syldavians returned to Klow, one Bordurian to Szohod" the latter
        return Group("unspecified", owner.value, owner, None, after, owner.end)
    # "62 Bordurian and 67 Syldavian women"
    if marked.at("and", owner.end) and any(one.start == owner.end + 1 for one in marked.numbers):
        return Group("unspecified", owner.value, owner, None, after, owner.end)
    if marked.at("and", said.start - 1) is None:
        return None
    is_last = owner.end >= len(marked.words) or not marked.words[owner.end][0].isalnum()
    return Group("unspecified", owner.value, owner, None, after, owner.end) if is_last else None


def _is_said_to_be_part(marked: MarkedText, said: BoundedNumber) -> bool:
    """Return whether "including" stands before a number, or another one that it goes on with: "14 from"."""
    after = said.number.end
    if marked.has("not_people", after, after + 2):
        return False  # "of which the last seven years"
    sentence = marked.sentence_at(said.start)
    start = said.start - (marked.words[said.start - 1] in _BE)  # "among them are six"
    leading = [one for one in marked.marks("part", sentence.start, start) if one.end == start]
    if leading:
        # those "are among more than 19,000" who are not told of
        is_among = marked.words[leading[0].start : leading[0].end] == ["among"]
        return not is_among or leading[0].start == sentence.start
    is_from = marked.is_small("from", after) or (
        marked.words[after] in _DASHES and marked.is_small("from", after + 1)
    )
    if is_from and _is_listed_part(marked, said, sentence):
        return True
    before = [one for one in marked.numbers if sentence.start <= one.start < said.start]
    # the first of "76 came home: 51 from the coast and 25 from the hills"
    is_joined = marked.at("and", said.start - 1) is not None or marked.words[said.start - 1] == ":"
    return is_from and bool(before) and is_joined


def _of_ours_or_theirs(marked: MarkedText, said: BoundedNumber) -> Group | None:
    """Return the people of a number that is of ours, of theirs, of somebody's own, or of a group alone."""
    after = said.number.end
    unnamed = Group("unspecified", None, None, None, after, after)
    if marked.words[after : after + 3] in _ITS_OWN:
        return Group("all", None, None, "its", after, after + 3)
    if marked.words[after : after + 2] in _OF_ITS and any(
        one.end == said.start
        for kind in ("get", "give", "free", "held")
        for one in marked.marks(kind, said.start - 3, said.start)
    ):
        # "got 61 of its supporters back"
        return Group("all", None, None, "its", after, min(after + 3, len(marked.words)))
    if marked.words[after : after + 1] == ["of"] and (ours := marked.at("our", after + 1)):
        return Group("all", None, None, "our", after, ours.end)  # "66 of ours are safe"
    owned = marked.at("its", after) or marked.at("our", after)
    is_alone = owned is not None and (
        owned.end >= len(marked.words)
        or not marked.words[owned.end][0].isalnum()
        # "75 наших вдома"
        or (owned.kind == "our" and marked.at("back", owned.end) is not None)
        # "отримала 57 своїх і трьох цивільних"
        or (owned.kind == "its" and marked.at("and", owned.end) is not None)
    )
    if owned is not None and is_alone and marked.language_code != "en":
        return Group(
            "all", None, None, owned.kind, after, owned.end
        )  # "натомість отримали 63 своїх"
    if (side := _other_side_named(marked, said)) is not None:
        return Group("unspecified", side.value, side, None, after, after)
    # "40 of ours in exchange for 30 of theirs", "the group of 75 includes"
    is_theirs = marked.words[after : after + 2] == ["of", "theirs"]
    return unnamed if is_theirs or _is_of_a_group(marked, said) else None


def _other_side_named(marked: MarkedText, said: BoundedNumber) -> Mark | None:
    """Return the side that got so many, its verb left out: "A got 140 back, and B – 149"."""
    sentence, start = marked.sentence_at(said.start), said.start
    if start - 2 <= sentence.start:
        return None
    is_dashed = marked.words[start - 1] in _DASHES
    sides = [
        one
        for one in marked.marks("side_name", max(sentence.start, start - 4), start)
        # "A got 142 soldiers back, and B 151"
        if is_dashed
        or (marked.language_code == "en" and marked.at("and", one.start - 1) is not None)
    ]
    after = said.number.end
    is_end = after >= sentence.stop or marked.words[after] in (".", ",", ";")
    is_got = marked.has("get", sentence.start, start) and not marked.has(
        "give", sentence.start, start
    )
    is_told = is_end and is_got and marked.has("people", sentence.start, start)
    return next((one for one in sides if one.end == start - is_dashed), None) if is_told else None


def _is_of_a_group(marked: MarkedText, said: BoundedNumber) -> bool:
    """Return whether so many are a group that is told of: "the group of 75 includes", "a batch of 40 was"."""
    before = marked.words[max(0, said.start - 2) : said.start]
    after = said.number.end
    is_group = before in (["group", "of"], ["batch", "of"], ["party", "of"])
    return is_group and (marked.at("part", after) is not None or marked.words[after] in _BE)


def _are_from(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether some are told by where they are from: "four are from the coast and one is from the hills"."""
    after = said.number.end
    if marked.language_code != "en" or marked.words[after] not in _BE:
        return False
    is_named = after + 2 < sentence.stop and any(
        marked.is_name(at) for at in range(after + 2, min(after + _PLACE_WORDS, sentence.stop))
    )
    return is_named and marked.is_small("from", after + 1)


def _is_further(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether a number goes on with those of a whole: "21 of the 95 had life terms, and another 47 long ones"."""
    cue = said.cue
    if cue is None or marked.words[cue.start] not in _FURTHER or marked.language_code != "en":
        return False
    before = [one for one in marked.numbers if sentence.start <= one.start < cue.start]
    is_of_whole = any(marked.words[one.end : one.end + 2] == ["of", "the"] for one in before)
    is_counted = any(marked.at(kind, said.number.end) for kind in ("not_people", "exchange"))
    return is_of_whole and not is_counted


def _is_listed_part(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether a number goes on with parts told by where they are from: "among them, two from the fleet"."""
    parts = marked.marks("part", sentence.start, said.start)
    if not parts or not said.start:
        return False
    listed = [one for one in marked.numbers if parts[-1].end <= one.start < said.start]
    is_first = said.start - parts[-1].end <= _PART_WORDS
    is_next = marked.words[said.start - 1] == "," or marked.at("and", said.start - 1) is not None
    return is_first or (bool(listed) and is_next)


def _is_among_those_before(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether a sentence begins with those of whom a number counts some: "Among those freed, 17 headed"."""
    part = marked.at("part", sentence.start) or of_all_those(marked, said.start)
    if part is None or not part.end <= said.start <= part.end + _AMONG_WORDS:
        return False
    is_after_comma = marked.words[said.start - 1] == ","
    after = marked.words[said.number.end]
    is_verb = after.endswith("ed") or after in _WERE or after in _COME
    return is_after_comma and is_verb and marked.language_code == "en"


def _are_others(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether others are counted beside those before: "120 lifers and 80 others", "20 others remain"."""
    after = said.number.end
    others = marked.at("others", after) or _more_of_them(marked, after)
    if others is None or marked.words[after] == "other" or said.number.value < 2:  # noqa: PLR2004
        return False
    counted = [
        one
        for one in marked.numbers
        if sentence.start <= one.start < said.start
        and any(marked.has(kind, one.end, one.end + 3) for kind in ("people", "side_people"))
    ]
    is_beside = said.start > sentence.start and (
        marked.at("and", said.start - 1) is not None
        or marked.at("break", said.start - 1) is not None
        or marked.is_small("against", said.start - 1)  # "712 will be released for 186 others"
        or marked.at("say", said.start - 1) is not None
    )
    return (bool(counted) and is_beside) or marked.has(
        "held", others.end, min(others.end + _AMONG_WORDS + 2, sentence.stop)
    )


def _more_of_them(marked: MarkedText, place: int) -> Mark | None:
    """Return the word by which others are added that something is told of: "and 80 more would follow"."""
    follows = marked.words[place + 1 : place + 2]
    is_verb = bool(follows) and follows[0] in (*_WERE, "would", "remain", "are")
    is_more = marked.words[place : place + 1] == ["more"]
    return Mark("others", "others", place, place + 1) if is_more and is_verb else None


def _of_whom(marked: MarkedText, said: BoundedNumber, sentence: range) -> Group | None:
    """Return the people a sentence begins with where its number names none: "of the women, 37 were"."""
    inner = [
        place
        for place in range(max(sentence.start, said.start - _OF_WHOM_WORDS_MAX - 1), said.start)
        if marked.is_small("of", place)
        and (place == sentence.start or not marked.words[place - 1][0].isdecimal())
        and any(one.start in range(place, said.start) for one in marked.numbers)
    ]
    before = marked.words[inner[0] if inner else sentence.start : said.start]
    if (
        not before
        or before[0] not in marked.language.small["of"]
        or before[-1] not in (",", "–", "—")
    ):
        return None
    people = marked.marks("people", sentence.start, said.start)
    is_near = len(before) <= _OF_WHOM_WORDS_MAX
    if not is_near or not people or marked.at("not_people", said.number.end):
        return None
    return Group(people[-1].value, None, None, None, said.end, said.end)
