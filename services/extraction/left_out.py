"""Numbers whose people stand before them in the sentence and are left out: "of the 84 freed, 31 were women"."""

import re

from services.extraction.bounds import BoundedNumber
from services.extraction.groups import Group
from services.extraction.joined_sides import side_at
from services.extraction.marking import MarkedText
from services.extraction.numbers import Number


_THOSE_WHO = (
    ["тих", ",", "хто"],
    ["тих", ",", "які"],
    ["тех", ",", "кто"],
    ["тех", ",", "которые"],
)
_YEAR = re.compile(r"20\d\d")
#: Verbs of those who are left out: "31 were privates", "16 have gone home".
_VERBS = frozenset(("are", "were", "have", "had", "will", "is", "was"))
_DID = frozenset(("defended", "served", "fought", "serve", "belong", "belonged"))
#: Words by which a number is one of some: "the other 34 were".
_REST = frozenset(("other", "remaining", "rest"))
_OF_THOSE = (["of", "the"], ["of", "those"], ["of", "these"], ["of", "them"], ["of", "whom"])
#: How far "of the 84 people who" may stand before its first number, and one place or verb before the next number.
_OF_THOSE_WORDS = 12
_NEXT_WORDS = 14
_WHERE = frozenset(("to", "in", "from", "at", "on", "near"))
_PEOPLE = ("people", "side_people", "people_known")
_COUNTED_WITHIN_WORDS = 4
#: What befalls people who are alive.
HARMLESS = frozenset(("injured", "deported"))


def people_left_out(marked: MarkedText, said: BoundedNumber, sentence: range) -> Group | None:
    """Return the people of a number that names none, where they were named before it in its sentence."""
    after, before = said.number.end, said.start - 1
    if marked.language_code != "en" or after >= sentence.stop:
        return None
    unnamed = Group("unspecified", None, None, None, after, after)
    if before <= sentence.start or begins_after_people(marked, said, sentence):
        return unnamed if begins_after_people(marked, said, sentence) else None
    before -= marked.words[before] == "that"  # "said that 92 were and that 34 were"
    if marked.words[before] in _REST:
        before -= 1 + (marked.words[before - 1] == "the")
    is_joined = marked.words[before] in (",", "while", "but", ";") or bool(marked.at("and", before))
    if not is_joined or any(marked.at(kind, after) for kind in ("not_people", "exchange", "swap")):
        return None
    is_verb = marked.words[after] in _VERBS or any(
        marked.at(kind, after) for kind in ("befell", "back", "belong_to")
    )
    is_verb = is_verb or _is_of_their_past(marked, after)
    is_of_those = is_verb and _is_of_those(marked, range(sentence.start, before))
    is_next = _is_next(marked, said, range(sentence.start, before))
    is_told = is_of_those or (is_next and (is_verb or _is_place(marked, after)))
    # "3,350 are held and 14,500 are missing"
    return unnamed if is_told and not (is_verb and _is_lost(marked, after)) else None


def begins_after_people(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether a sentence says of so many what they are, behind one that counts them: "Eleven are officers"."""
    return _begins_after_people(marked, said.start, said.number, sentence)


def _begins_after_people(marked: MarkedText, start: int, number: Number, sentence: range) -> bool:
    words, after, own = marked.words, number.end, marked.tokens[sentence.start]
    if after >= len(words):
        return False
    first = next((at for at in sentence if words[at][0].isalnum()), sentence.stop)
    # "Nineteen, including three officers, were wounded"
    is_parted = words[after] == "," and marked.at("part", after + 1) is not None
    is_verb = is_parted or words[after] in _VERBS or _is_of_their_past(marked, after)
    is_begun = start == first and is_verb and own.sentence > 0
    if not is_begun or _is_lost(marked, after) or number.value < 2:  # noqa: PLR2004
        return False
    before = marked.sentences[own.sentence - 1]
    return any(
        one.start in before
        and one.value > number.value
        and (
            marked.words[one.end : one.end + 2] == ["of", "them"]  # "just 12 of them"
            or any(
                marked.has(kind, one.end, one.end + _COUNTED_WITHIN_WORDS)
                for kind in (*_PEOPLE, "freed", "free")
            )
        )
        for one in marked.numbers
    )


def _is_of_their_past(marked: MarkedText, place: int) -> bool:
    """Return whether a verb tells what people did, or where they serve: "40 defended the harbour"."""
    return marked.words[place] in _DID


def _is_lost(marked: MarkedText, place: int) -> bool:
    """Return whether a verb says of people that they are missing or dead, or counts no people."""
    lost = [
        one for kind in ("not_people", "deaths") for one in marked.marks(kind, place, place + 3)
    ]
    return any(marked.words[one.end - 1] not in HARMLESS for one in lost)


def goes_on_elsewhere(marked: MarkedText, said: BoundedNumber) -> bool:
    """Return whether a number is told by a place alone, as the one before it was: "and five in the harbour"."""
    sentence = marked.sentence_at(said.start)
    place = said.number.end
    # those "from the coast" are a part of some, and those "to Ruritania" are of another side
    is_goal = _is_place(marked, place) and not marked.is_small("from", place)
    is_of_a_side = is_goal and side_at(marked, place + 1) is not None
    return is_goal and not is_of_a_side and people_left_out(marked, said, sentence) is not None


def _is_of_those(marked: MarkedText, before: range) -> bool:
    """Return whether "of those", or "of the 84 freed", and nothing else that is counted, leads to a comma."""
    first = max(before.start, before.stop - _OF_THOSE_WORDS)
    starts = [at for at in range(first, before.stop) if marked.words[at : at + 2] in _OF_THOSE]
    # "of the 84 freed", but not "the release of the 84"
    return (
        any(
            at == before.start
            or marked.words[at - 1] in (",", "that", "out")
            or marked.words[at - 1] == "said"
            for at in starts
        )
        and marked.words[before.stop] == ","
    )


def _is_next(marked: MarkedText, said: BoundedNumber, before: range) -> bool:
    """Return whether a number goes on with one before it in the sentence that counts people, or some of those told of."""
    last = next(
        (
            one
            for one in reversed(marked.numbers)
            # "for more than three years" counts no people
            if one.end <= before.stop
            and marked.at("not_people", one.end) is None
            and not _is_in_year(marked, one.start)
        ),
        None,
    )
    if last is None or last.start not in before or last.kind == "ordinal":
        return False
    if before.stop - last.end > _NEXT_WORDS or last.end == before.stop:
        return False
    is_counted = any(
        marked.has(kind, last.end, min(last.end + _COUNTED_WITHIN_WORDS, said.start))
        for kind in _PEOPLE
    )
    is_counted = is_counted or marked.words[last.end : last.end + 2] in _OF_THOSE
    is_verb = marked.words[last.end] in _VERBS or _is_of_their_past(marked, last.end)
    if is_counted or is_verb:
        return (
            is_counted
            or _begins_after_people(marked, last.start, last, marked.sentence_at(last.start))
            or _is_of_those(marked, range(before.start, last.start - 1))
            or (_is_before_next(marked, said, range(before.start, last.start - 1)))
        )
    return _is_place(marked, last.end) and _is_before_next(
        marked, said, range(before.start, last.start - 1)
    )


def _is_before_next(marked: MarkedText, said: BoundedNumber, before: range) -> bool:
    return bool(before) and (_is_of_those(marked, before) or _is_next(marked, said, before))


def _is_in_year(marked: MarkedText, place: int) -> bool:
    """Return whether a year stands behind "in" or "since": "20 were captured in 2030, ten in 2031"."""
    is_year = marked.words[place : place + 1] != [] and _YEAR.fullmatch(marked.words[place])
    return bool(is_year) and marked.words[place - 1] in ("in", "since", "until")


def _is_place(marked: MarkedText, place: int) -> bool:
    """Return whether words for a place stand somewhere: "in East Klow", "to the harbour", "from the coast"."""
    if place >= len(marked.words) or marked.words[place] not in _WHERE:
        return False
    if _is_in_year(marked, place + 1):
        return True
    name = place + 1 + (marked.words[place + 1 : place + 2] == ["the"])
    return name < len(marked.words) and (marked.is_name(name) or marked.words[place + 1] == "the")


def are_thought_missing(marked: MarkedText, said: BoundedNumber) -> bool:
    """Return whether so many are told to have been thought missing: "48 — вважалися зниклими безвісти"."""
    verb = said.number.end + (marked.words[said.number.end : said.number.end + 1] in (["—"], ["–"]))
    words = marked.words[verb : verb + 2]
    return len(words) > 1 and words[0].startswith("вважал") and words[1].startswith("зникл")


def are_those_who(marked: MarkedText, said: BoundedNumber) -> bool:
    """Return whether so many are told of by what they did alone: "the 77 who came back"."""
    who = said.number.end
    if marked.language_code != "en":
        return is_of_those_who(marked, who)  # "28 із тих, хто повернувся"
    is_who = marked.words[who : who + 1] == ["who"] and marked.words[said.start - 1] == "the"
    return is_who and any(marked.has(kind, who + 1, who + 4) for kind in ("back", "free"))


def is_of_those_who(marked: MarkedText, place: int) -> bool:
    """Return whether those who did something are named at a place: "28 із тих, хто повернувся", "28 тих, хто"."""
    first = place + marked.is_small("of", place)
    return marked.words[first : first + 3] in _THOSE_WHO
