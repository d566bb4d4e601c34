"""Which numbers of a text count people in an exchange: not years, ages, ordinals, or what is said again."""

from collections.abc import Iterator

from services.extraction.ages import is_age, is_and_a_half, is_of_age
from services.extraction.bounds import is_difference, said_number
from services.extraction.clauses import clause_at
from services.extraction.figure_days import is_in_a_day
from services.extraction.groups import Group, group_after, group_in_front, total_of
from services.extraction.homes import with_home
from services.extraction.marking import MarkedText
from services.extraction.numbers import Number
from services.extraction.others import is_of_others
from services.extraction.pairs import is_second_of_pair
from services.extraction.setting import Setting
from services.extraction.told import Told
from services.extraction.unnamed import people_before
from services.extraction.unnamed_acts import is_pledged
from services.extraction.years import is_year


_TOTAL_WORDS = 6
_ONE_FOR_ONE_WORDS = 3
_PAIRED = frozenset(("for", "to", ":"))
_PARTIES = (["forces"], ["armies"], ["militaries"])
_ASKING = frozenset(("will", "would", "could", "can", "may", "might", "should"))
_ONLOOKING = frozenset(("seen", "told", "said", "says", "recalled", "described", "recounted"))
#: Not people, but so many of them.
_SETS = tuple(
    [word]
    for word in (
        "group",
        "batch",
        "групу",
        "партію",
        "частину",
        "группу",
        "партию",
        "часть",
        "группа",
        "група",
    )
)
#: What people are sorted into.
_KINDS = tuple(
    [word]
    for word in ("groups", "categories", "batches", "групи", "категорії", "группы", "категории")
)
#: How far behind "the number of mediations" their number may stand.
_MEDIATIONS_WORDS = 8
_BULLETS = frozenset("-–—•*")
_THE_REST = frozenset(("remainder", "rest"))
_BODIES = (["bodies"], ["тіла"], ["тіл"], ["тел"], ["тела"])
_EVERY = frozenset(("every", "each", "any", "no"))
_SHARES = frozenset(("percent", "%", "cent", "half", "third", "thirds", "quarter", "quarters"))


def counted_in(setting: Setting) -> Iterator[Told]:
    """Return the numbers that count people in an exchange."""
    marked = setting.marked
    last_end = 0
    for number in marked.numbers:
        is_none = number.kind == "ordinal" or number.value == 0 or is_and_a_half(marked, number)
        if is_none or number.start < last_end or is_in_a_day(setting, number):
            continue
        if (
            _is_asked(marked, number)
            or _is_other_half(marked, number)
            or is_age(marked, number)
            or is_of_age(marked, number)
        ):
            continue
        if _counts_nobody(marked, number):
            continue
        is_whole = _is_total_of_another(marked, number) and not _are_told_of(marked, number)
        if is_whole or _is_shared(marked, number):
            continue  # "700 of 1,000"
        said = said_number(marked, number)
        group = (
            group_in_front(marked, said.start, said.end)
            or group_after(marked, said.number)
            or people_before(marked, said)
        )
        is_unnamed = group is not None and group.start == group.end
        if is_year(marked, number, is_unnamed=is_unnamed) or is_difference(marked, number):
            continue  # "in 2014, 2016 and 2017"
        if group is None or (number.value == 1 and not _is_one_of_several(marked, number, group)):
            continue
        last_end = said.end
        group = with_home(marked, said, group)
        clause = clause_at(marked, number.start)
        speaker = setting.attribution.speaker_at(number.start, clause)
        told = Told(marked, said, group, clause, speaker, setting.attribution.sources.only_source)
        if not is_of_others(told):
            yield told


def _is_asked(marked: MarkedText, number: Number) -> bool:
    """Return whether a number is of what an outlet asks: "Will Ruritania free 60 in return?"."""
    sentence = marked.sentence_at(number.start)
    return marked.words[sentence.stop - 1] == "?" and marked.words[sentence.start] in _ASKING


def _counts_nobody(marked: MarkedText, number: Number) -> bool:
    """Return whether a number counts none who are told of here: "all but two", "those 30", "one for one"."""
    return (
        marked.words[max(0, number.start - 2) : number.start] == ["all", "but"]
        or _is_meant_again(marked, number)
        or _is_one_for_one(marked, number)
        or _are_parties(marked, number)
        or _are_mediations(marked, number)
        # "nobody knows how many of the 90 men are alive"
        or marked.words[max(0, number.start - 4) : number.start] == ["how", "many", "of", "the"]
        or _are_bodies(marked, number)
        # "provides for three groups of prisoners"
        or marked.words[number.end : number.end + 1] in _KINDS
    )


def _are_mediations(marked: MarkedText, number: Number) -> bool:
    """Return whether a number is of exchanges: "2,410 captives, and the number of mediations to 11"."""
    first = max(marked.sentence_at(number.start).start, number.start - _MEDIATIONS_WORDS)
    asked = marked.marks("how_many", first, number.start)
    if not asked or marked.language_code != "en" or not marked.is_small("sum_to", number.start - 1):
        return False
    place = asked[-1].end + (marked.words[asked[-1].end] == "of")
    return any(
        marked.at(kind, place) is not None for kind in ("mediating", "exchange")
    ) and not any(marked.has(kind, place, number.end + 2) for kind in ("people", "side_people"))


def _are_bodies(marked: MarkedText, number: Number) -> bool:
    """Return whether bodies are meant that were counted before: "handed over 300 bodies and received 14 in return"."""
    before = next((one for one in reversed(marked.numbers) if one.end < number.start), None)
    if before is None or before.start not in marked.sentence_at(number.start):
        return False
    is_bare = not any(marked.at(kind, number.end) for kind in ("people", "side_people", "freed"))
    is_bare = is_bare and group_after(marked, number) is None
    end = before.end
    if marked.language_code == "en":
        end += marked.at("side_owner", end) is not None
        are_bodies = marked.words[end : end + 1] in _BODIES
    else:
        are_bodies = marked.words[end : end + 1] in _BODIES or (
            marked.words[before.start - 1 : before.start] in _BODIES
        )
    return is_bare and are_bodies


def _is_meant_again(marked: MarkedText, number: Number) -> bool:
    """Return whether those told of before are meant, of whom others are some: "rebels among those 30 people"."""
    before = marked.words[max(0, number.start - 2) : number.start]
    is_meant = before in (["among", "those"], ["among", "these"], ["of", "those"], ["of", "these"])
    # "the remainder of the 70 prisoners were farmers"
    first = max(0, number.start - 3)
    if before == ["of", "the"] and marked.words[first] in _THE_REST:
        return True
    return is_meant and _is_told_earlier(marked, number)


def _is_one_for_one(marked: MarkedText, number: Number) -> bool:
    """Return whether a one is of how people are exchanged, and counts nobody: "a one-for-one swap of 60"."""
    return number.value == 1 and any(
        one.value == 1
        and 0 < max(one.start - number.end, number.start - one.end) <= _ONE_FOR_ONE_WORDS
        and _PAIRED & set(marked.words[min(one.end, number.end) : max(one.start, number.start)])
        for one in marked.numbers
    )


def _are_parties(marked: MarkedText, number: Number) -> bool:
    """Return whether "the two forces" are the sides themselves."""
    start, end = number.start, number.end
    is_two = number.value == 2 and not number.is_in_digits  # noqa: PLR2004
    # "The two have since traded 700 captives"
    have_swapped = marked.words[end : end + 1] == ["have"] and marked.has("swap", end + 1, end + 3)
    return (
        is_two
        and marked.words[start - 1 : start] == ["the"]
        and (
            have_swapped
            or marked.words[end : end + 1] in _PARTIES
            or marked.words[end + 1 : end + 2] in _PARTIES
        )
    )


def _is_total_of_another(marked: MarkedText, number: Number) -> bool:
    return any(
        total_of(marked, one) == number
        for one in marked.numbers
        if number.start - _TOTAL_WORDS <= one.end < number.start
    )


def _is_shared(marked: MarkedText, number: Number) -> bool:
    """Return whether a share of a number is told, which it is repeated for: "90 percent of the 130 freed"."""
    after = marked.words[number.end : number.end + 3]
    if after in (
        ["out", "of", "10"],
        ["out", "of", "ten"],
        ["in", "10"],
        ["out", "of", "every"],
    ) or after[:2] in (
        ["of", "10"],
        ["of", "ten"],
    ):
        return True  # "nine out of ten of those freed"
    of = number.start - 1 - (marked.words[number.start - 1] == "the")
    return of > 0 and marked.words[of] == "of" and marked.words[of - 1] in _SHARES


def _are_told_of(marked: MarkedText, number: Number) -> bool:
    """Return whether it is told what all are whom a number counts: the 30 of "12 of 30 captives freed earlier"."""
    group = group_after(marked, number)
    kinds = ("free", "freed", "territory")
    if is_pledged(marked, number):
        return True
    # "Two of the 80 freed were women"
    is_whole = marked.words[max(0, number.start - 2) : number.start] == ["of", "the"]
    is_whole = is_whole and not _is_told_earlier(marked, number)
    if group is None:
        return is_whole and marked.at("free", number.end) is not None
    is_free = is_whole and marked.has("free", number.end, group.end + 1)
    who = group.end
    if marked.words[who : who + 1] == ["("] and marked.words[who + 2 : who + 3] == [")"]:
        who += 3  # "prisoners of war (POWs) who returned"
    has_returned = marked.words[who : who + 1] == ["who"] and marked.has("back", who + 1, who + 3)
    return is_free or has_returned or any(marked.at(kind, group.end) for kind in kinds)


def _is_told_earlier(marked: MarkedText, number: Number) -> bool:
    return any(one.value == number.value and one.start < number.start for one in marked.numbers)


def _is_other_half(marked: MarkedText, number: Number) -> bool:
    """Return whether a number says again what the one before it did: "100 prisoners for 100 prisoners"."""
    if is_second_of_pair(marked, number):
        return True
    near = (max(0, number.start - 2), number.start)
    set_against = (*marked.marks("versus", *near), *marked.marks("versus_equal", *near))
    versus = next(reversed(set_against), None)
    return versus is not None and any(
        one.value == number.value and versus.start - 4 <= one.start < versus.start
        for one in marked.numbers
    )


def _is_of_time(marked: MarkedText, number: Number) -> bool:
    """Return whether a number is a year, or of days: "перебував у неволі з 2029 року — 713 днів"."""
    is_year = number.is_in_digits and 1900 <= number.value < 2100  # noqa: PLR2004
    is_time = is_year or marked.at("not_people", number.end) is not None
    return is_time and marked.language_code != "en"


def _is_one_of_several(marked: MarkedText, number: Number, group: Group) -> bool:
    """Return whether a one counts a person of a list, and is no article."""
    sentence = marked.sentence_at(number.start)
    others = [
        one
        for one in marked.numbers
        if one.start in sentence and one.value > 1 and not _is_of_time(marked, one)
    ]
    if number.is_in_digits and number.start == sentence.start + 1:
        # a line of a list: "- 1 – of the National Police"
        others += [one for one in marked.numbers if one.end < number.start][
            : marked.words[sentence.start] in _BULLETS
        ]
    if marked.words[number.start - 1] in _EVERY:
        return False  # "every one of them"
    if marked.words[number.end : number.end + 1] in _SETS:
        return False  # "one group of soldiers"
    if _ONLOOKING & set(marked.words[group.end : group.end + 2]):
        return False  # "one soldier was seen kissing the flag"
    # as in: those freed include soldiers, along with one civilian
    is_joined = group.end > group.start and any(
        one.end == number.start and one.end - one.start > 1
        for one in marked.marks("and", max(sentence.start, number.start - 3), number.start)
    )
    is_joined = (
        is_joined
        and marked.language_code == "en"
        and marked.has("part", sentence.start, number.start)
        and marked.has("free", sentence.start, number.start)
    )
    # "45 soldiers, one of them a civilian"
    is_of_them = marked.words[number.end : number.end + 3] == ["of", "them", "a"]
    # "одна з них – жінка"
    of_them = marked.at("part", number.end) if marked.language_code != "en" else None
    nearest = of_them.end if of_them is not None else number.end + is_of_them
    is_near = group.start <= nearest + 2
    is_bare = is_of_them or marked.words[number.end : number.end + 1] != ["of"]
    # "серед них один офіцер"
    is_among = marked.language_code != "en" and any(
        one.end == number.start and one.end - one.start > 1
        for one in marked.marks("part", number.start - 3, number.start)
    )
    return (bool(others) or is_joined or is_among) and is_near and is_bare
