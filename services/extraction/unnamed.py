"""Numbers that name no people after them: "the first 390 freed", "150 for 150", "got 130 back"."""

from services.extraction.alone import people_told_before
from services.extraction.bounds import BoundedNumber
from services.extraction.going_on import goes_on_without_people
from services.extraction.groups import Group, total_of
from services.extraction.joined_sides import side_at
from services.extraction.left_out import are_those_who, are_thought_missing, people_left_out
from services.extraction.listed_days import is_on_listed_day
from services.extraction.marking import Mark, MarkedText
from services.extraction.nations import is_of_a_nation
from services.extraction.numbers import Number
from services.extraction.pairs import equal_pair
from services.extraction.parts import is_of_those
from services.extraction.routes import is_on_a_route
from services.extraction.summed_people import people_summed
from services.extraction.uneven import uneven_pair


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
_FURTHER = frozenset(("another", "further"))
_FIRST = frozenset(("перші", "перших", "лише", "тільки", "первые", "первых", "лишь", "только"))
_PLEDGED = (["pledged"], ["promised"], ["agreed"], ["stipulated"])
#: How far behind "are from the" the name of a place may stand.
_PLACE_WORDS = 8
_INITIALS = range(2, 6)
_CAME = frozenset(("returned", "return", "came", "come", "went", "brought", "sent"))


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
    if of_a_side is not None or is_meant:
        return of_a_side or unnamed
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
        or _is_going_home(marked, number)
    )
    against = after + 1 if marked.words[after] in "-–" else after
    versus = marked.at("versus", against) or marked.at("versus_equal", against)
    is_set_against = versus is not None and any(
        one.start in (versus.end, versus.end + 1) and one.value == number.value
        for one in marked.numbers
    )
    is_set_against = is_set_against or equal_pair(marked, number) is not None
    is_meant = (
        _is_given_back(marked, said)
        or is_on_a_route(marked, said.start, said.end)
        or _is_given_to(marked, said, sentence)
        or _are_held_still(marked, said, sentence)
        or _are_to_be_free(marked, said, sentence)
        or _have_come(marked, said, sentence)
        or _came_at_last(marked, said, sentence)
        or uneven_pair(marked, number) is not None
        or is_pledged(marked, number)
        or _is_divided(marked, said, sentence)
        or _is_let_go(marked, said, sentence)
    )
    if is_freed or is_set_against or is_meant:
        return unnamed
    return people_told_before(marked, said, sentence) or people_summed(marked, said, sentence)


def _is_going_home(marked: MarkedText, number: Number) -> bool:
    after = number.end
    is_going = marked.words[after].endswith("ing") and marked.at("back", after) is not None
    return is_going and number.value > 1 and "home" in marked.words[after : after + 2]


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
    is_part = is_part or _is_of_a_body(marked, said)
    if is_part or is_of_a_nation(marked, said, sentence):
        return unnamed._replace(category="all")
    if (left_out := people_left_out(marked, said, sentence)) is not None:
        return left_out
    is_besides = marked.has("besides_exchange", after, sentence.stop)
    return unnamed if is_besides or _are_others(marked, said, sentence) else None


def _is_of_a_body(marked: MarkedText, said: BoundedNumber) -> bool:
    """Return whether a list goes on with those of a body by its initials: "40 men of the Guard, 12 – RBG, 9 – KMF"."""
    place = said.number.end + 1
    if place >= len(marked.words) or marked.words[place - 1] not in _DASHES:
        return False
    initials = marked.quote(place, place + 1)
    is_end = place + 1 >= len(marked.words) or not marked.words[place + 1][0].isalnum()
    before = marked.words[max(0, said.start - 1) : said.start]
    is_next = not before or not before[0][0].isalnum()
    counted = [one for one in marked.numbers if one.end < said.start]
    return (
        initials.isupper()
        and len(initials) in _INITIALS
        and is_end
        and is_next
        and bool(counted)
        and said.start - counted[-1].end <= _PLACE_WORDS
    )


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


def _is_given_back(marked: MarkedText, said: BoundedNumber) -> bool:
    """Return whether so many are got back, whoever they are: "it had been given 52 back"."""
    acts = ("get", "give")
    return marked.at("backwards", said.end) is not None and any(
        one.end == said.start
        for kind in acts
        for one in marked.marks(kind, said.start - 2, said.start)
    )


def _is_given_to(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether so many more went to a side: "12 captives were handed over to the one and 44 to the other"."""
    goal = marked.at("to_place", said.end)
    if goal is None or not said.start or side_at(marked, goal.end) is None:
        return False
    is_joined = marked.at("and", said.start - 1) or marked.words[said.start - 1] == ","
    acts = any(
        marked.has(kind, sentence.start, said.start) for kind in ("give", "get", "free", "back")
    )
    return bool(is_joined) and acts and marked.has("people", sentence.start, said.start)


def _are_held_still(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether so many of the people told of are said to be held: "40 were freed, but 60 remain in jail"."""
    after = said.number.end
    # "some of them" are people, too
    kinds = ("people", "side_people", "part")
    is_told = any(marked.has(kind, sentence.start, said.start) for kind in kinds)
    # and who else remains in captivity?
    is_told = is_told or marked.has("captivity", after + 1, min(after + 6, sentence.stop))
    return marked.at("held", after) is not None and is_told


def _have_come(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether it is told of so many that they came home, in a sentence of an exchange: "swap: 115 returned to"."""
    after = said.number.end
    is_told = marked.words[after] in _CAME and any(
        marked.at(kind, after) is not None for kind in ("back", "get", "give")
    )
    kinds = ("exchange", "swap", "captivity", "people")
    is_of_exchange = any(marked.has(kind, sentence.start, sentence.stop) for kind in kinds)
    return is_told and is_of_exchange and said.number.value > 1


def _came_at_last(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether a clause ends with how many came home, in Ukrainian and Russian: "додому повернулися перші 200"."""
    after, before = said.number.end, said.start
    if marked.language_code == "en" or marked.words[after][0].isalnum() or said.number.value < 2:  # noqa: PLR2004
        return False
    before -= marked.words[before - 1] in _FIRST
    goal = next(
        (one for one in marked.marks("side_name", before - 2, before) if one.end == before), None
    )
    if goal is not None and marked.at("to_place", goal.start - 1) is not None:
        before = goal.start - 1  # "відпустити в Бордурію 119"
    is_done = any(
        one.end == before
        for kind in ("back", "get", "free", "give")
        for one in marked.marks(kind, max(sentence.start, before - 3), before)
    )
    first = marked.sentences[max(0, marked.tokens[sentence.start].sentence - 1)].start
    kinds = ("exchange", "swap", "captivity", "people", "side_people")
    return is_done and any(marked.has(kind, first, before) for kind in kinds)


def _are_to_be_free(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether so many of the people told of are to be free: "a swap of captives, with about 70 expected to be"."""
    after = said.number.end
    plan = marked.at("plan", after)
    stop = min(after + 3, sentence.stop)
    # "some 90 would be let go first"
    is_to_be = marked.words[after + 1 : stop - 1] == ["be"] and marked.has("free", after + 2, stop)
    is_to_be = plan is not None and (is_to_be or marked.has("to_be", after, stop))
    # "of the 620 to be released, 50 were"
    is_whole = marked.words[max(0, said.start - 2) : said.start] == ["of", "the"]
    return is_to_be and (is_whole or marked.has("people", sentence.start, said.start))


def is_pledged(marked: MarkedText, number: Number) -> bool:
    """Return whether a number is what was agreed on, of which another one is free: "40 out of the 50 pledged"."""
    before = marked.words[max(0, number.start - 2) : number.start]
    is_of = before[-1:] == ["of"] or before == ["of", "the"]
    return is_of and marked.words[number.end : number.end + 1] in _PLEDGED


def _is_divided(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether so many are given or got, who are told of behind a dash: "handed over 364 — 252 men and"."""
    place = said.number.end
    is_parted = marked.words[place] in _DASHES and place + 1 < sentence.stop
    following = next((one for one in marked.numbers if one.start == place + 1), None)
    is_counted = following is not None and marked.has("people", following.end, following.end + 3)
    return (
        is_parted
        and is_counted
        and any(
            one.end == said.start
            for kind in ("give", "get", "free")
            for one in marked.marks(kind, said.start - 3, said.start)
        )
    )


def _is_let_go(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether so many are let go where releases are told of: "releases will go on, to free a total of 900"."""
    after = said.number.end
    is_freed = any(
        one.end == said.start for one in marked.marks("free", said.start - 3, said.start)
    )
    is_end = not marked.words[after][0].isalnum() or marked.is_small("not_before_people", after)
    is_of_people = marked.has("release", sentence.start, said.start)
    return is_freed and is_end and is_of_people and said.number.value > 1


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
    part = marked.at("part", sentence.start)
    if part is None or not part.end <= said.start <= part.end + _AMONG_WORDS:
        return False
    is_after_comma = marked.words[said.start - 1] == ","
    after = marked.words[said.number.end]
    is_verb = after.endswith("ed") or after in _WERE
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
