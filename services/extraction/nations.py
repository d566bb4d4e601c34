"""Numbers that count people of a nation that no list names: "21 hostages: 12 Cedrians and one Dorlander"."""

from services.extraction.bounds import BoundedNumber
from services.extraction.marking import MarkedText
from services.extraction.numbers import Number


#: What people of a nation end in, one or several.
_ENDINGS = ("s", "ese", "an", "ino", "ish", "i", "er")
#: Those that end in none of these.
_IRREGULAR = frozenset(("croat", "swede", "dane", "pole", "finn", "turk", "greek", "czech", "serb"))
_BEFORE = frozenset((",", "(", ":", "—", "–", "-"))
_AFTER = frozenset((",", ")", ".", ";", "—", "–", "-"))
_GROUP = ["in", "the", "group"]
#: What a sentence begins with that counts who was there.
THERE_ARE = (["there", "are"], ["there", "were"])
_ARE = frozenset(("were", "are"))
_DID = frozenset(("were", "are", "had", "have"))
_LISTED_WITHIN_WORDS = 5
_PAIR_WORDS = 3
_PEOPLE = ("people", "side_people", "people_known")


def is_of_a_nation(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether a number counts those of a nation, in brackets behind people or in a list with others."""
    place = said.number.end
    is_told = marked.words[place] in _ARE  # "three were Cedrians"
    place += is_told
    if not _is_nation(marked, place, sentence):
        return False
    before = marked.words[sentence.start : said.start]
    is_enclosed = "(" in before and ")" not in before[before.index("(") :]
    if is_enclosed:
        return marked.has("people", sentence.start, sentence.start + before.index("("))
    if is_told:
        return any(marked.has(kind, sentence.start, said.start) for kind in _PEOPLE)
    is_joined = said.start > sentence.start and (
        marked.words[said.start - 1] in _BEFORE
        or any(one.end == said.start for one in marked.marks("and", said.start - 3, said.start))
        or _is_led_to_part(marked, said.start)
        or marked.words[said.start - 2 : said.start] in THERE_ARE
    )
    return is_joined and _is_listed(marked, said, sentence)


def _is_nation(marked: MarkedText, place: int, sentence: range) -> bool:
    """Return whether a word with a capital that no list has stands before a mark or "and"."""
    if place + 1 < sentence.stop and marked.is_name(place) and marked.is_name(place + 1):
        place += 1  # "six Sri Lankans"
    if place + 1 >= sentence.stop or not marked.is_name(place):
        return False
    word = marked.words[place]
    if not _names_people(word) or word in marked.language.months:
        return False
    is_in_group = marked.words[place + 1 : place + 4] == _GROUP
    is_end = marked.words[place + 1] in _AFTER or marked.words[place + 1] in _DID
    return is_in_group or is_end or marked.at("and", place + 1) is not None


def _names_people(word: str) -> bool:
    return word.endswith(_ENDINGS) or word in _IRREGULAR


def _is_led_to_part(marked: MarkedText, start: int) -> bool:
    """Return whether words for a part end before a number, or before the verb there: "among them are four"."""
    place = start - (marked.words[max(0, start - 1)] in _ARE)
    return any(one.end == place for one in marked.marks("part", max(0, place - 3), place))


def _is_led_to(marked: MarkedText, number: Number) -> bool:
    """Return whether a number of a nation stands behind "including" or a dash: the first of a list."""
    start = number.start
    is_nation = marked.is_name(number.end) and _names_people(marked.words[number.end])
    is_part = _is_led_to_part(marked, start)
    return is_nation and (is_part or marked.words[start - 1] in _BEFORE)


def _begins_with_nations(marked: MarkedText, sentence: range) -> bool:
    """Return whether those of two nations at least are counted: "there were four Cedrians and three Dorlanders"."""
    numbers = [one for one in marked.numbers if one.start in sentence]
    first = next(
        (one for one in numbers if marked.words[one.start - 2 : one.start] in THERE_ARE), None
    )
    named = [one for one in numbers if marked.is_name(one.end)]
    return first is not None and first in named and len(named) > 1


def _are_two_nations(marked: MarkedText, pair: tuple[Number, Number], sentence: range) -> bool:
    """Return whether "and" joins people of two nations, of others told of: "among the hostages, 4 Cedrians and 2 Dorns"."""
    first, last = sorted(pair, key=lambda one: one.start)
    is_joined = any(one.end == last.start for one in marked.marks("and", first.end, last.start))
    is_nations = all(
        marked.is_name(one.end) and _names_people(marked.words[one.end]) for one in pair
    )
    are_of_others = any(marked.has(kind, sentence.start, first.start) for kind in _PEOPLE)
    return is_joined and is_nations and are_of_others and last.start - first.end <= _PAIR_WORDS


def _is_listed(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether another number beside one counts people, or those of a nation that is told to be a part."""
    return _begins_with_nations(marked, sentence) or any(
        one.start in sentence
        and one != said.number
        and min(abs(one.start - said.number.end), abs(said.start - one.end)) <= _LISTED_WITHIN_WORDS
        and (
            any(marked.has(kind, one.end, one.end + 3) for kind in _PEOPLE)
            or _is_led_to(marked, one)
            or _are_two_nations(marked, (said.number, one), sentence)
        )
        for one in marked.numbers
    )
