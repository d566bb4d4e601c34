"""Whether the sentence of a number speaks of an exchange at all."""

from services.extraction.alone import people_told_before
from services.extraction.from_places import are_from_a_place
from services.extraction.groups import total_of
from services.extraction.left_out import begins_after_people
from services.extraction.nations import THERE_ARE
from services.extraction.told import Told


_ACTS = ("give", "get", "free", "back", "swap", "exchange")
#: What a count may begin with, in Ukrainian and Russian, and what says something else of people.
_THERE_ARE = frozenset(("є", "це", "ще", "есть", "это", "еще", "ещё"))
_OTHERWISE = ("say", "befell", "deaths", "seize", "call", "not_people")
_BE = frozenset(("are", "is", "were", "was"))
#: Words for each number in a sentence that only counts.
_WORDS_LISTED = 5


def is_of_an_exchange(told: Told) -> bool:
    """Return whether the sentence of a number speaks of an exchange at all."""
    marked, sentence, number = told.marked, told.sentence, told.said.number
    if marked.words[number.end : number.end + 2] in (["of", "the"], ["of", "them"]):
        return True
    if told.group.category == "unspecified" and told.group.end > told.group.start:
        return True  # captives are spoken of
    if told.said.start > sentence.start and marked.words[told.said.start - 1] == "the":
        return True  # those just told of
    # "four are from the coast", "of the freed, 30 had fought", "30 of 40 were women", "Nine are under 25"
    after = next(iter(marked.words[number.end : number.end + 1]), "")
    is_from = after in _BE and marked.is_small("from", number.end + 1)
    is_of_those = marked.is_small("of", sentence.start) and told.group.start == told.group.end
    is_of_whole = total_of(marked, number) is not None
    is_alone = told.group.start == told.group.end
    is_alone = is_alone and (
        people_told_before(marked, told.said, sentence) is not None
        # "That brings the total to 4,000"
        or marked.has("so_far", sentence.start, told.said.start)
    )
    # "Of the Ruritanians, 12 were civilians"
    of_whom = (
        sentence.start + 1 + (marked.words[sentence.start + 1 : sentence.start + 2] == ["the"])
    )
    is_of_those = is_of_those or (
        marked.is_small("of", sentence.start) and marked.at("side_people", of_whom) is not None
    )
    if (
        is_alone
        or is_from
        or is_of_those
        or is_of_whole
        or begins_after_people(marked, told.said, sentence)
    ):
        return True
    if (
        _is_sum_alone(told)
        or _is_list_alone(told)
        or exchange_of_pair(told) is not None
        or _did_before(told)
        or are_from_a_place(marked, told.said.start, max(told.said.end, told.group.end))
        or (told.group.belongs == "our" and marked.tokens[number.start].is_quoted)
    ):
        return True
    return any(
        marked.has(kind, sentence.start, sentence.stop)
        for kind in (*_ACTS, "freed", "captor", "captivity", "held", "part", "each")
    )


def _did_before(told: Told) -> bool:
    """Return whether it is told what those counted did before, in Ukrainian and Russian: "порт захищали 40 бійців"."""
    marked, start = told.marked, told.said.start
    befell = marked.marks("befell", max(told.sentence.start, start - 2), start)
    return marked.language_code != "en" and any(one.end == start for one in befell)


def _is_sum_alone(told: Told) -> bool:
    """Return whether a sentence without a verb sums up: "Since the invasion began – 6,000 Ruritanians"."""
    marked, before = told.marked, (told.sentence.start, told.said.start)
    if before[0] == before[1] or marked.words[told.said.start - 1] not in "–—-:":
        return False
    is_since = marked.has("since", *before) and any(
        marked.has(kind, *before) for kind in ("war", "start")
    )
    return is_since or marked.has("today", *before)


def exchange_of_pair(told: Told) -> range | None:
    """Return the sentence before that tells of an exchange of so many: "They will hold an exchange. 40 for 40"."""
    marked, own, number = told.marked, told.marked.tokens[told.sentence.start], told.said.number
    versus = marked.at("versus", number.end)
    is_pair = versus is not None and any(
        one.start == versus.end and one.value == number.value for one in marked.numbers
    )
    acts = any(marked.has(kind, told.sentence.start, told.sentence.stop) for kind in _ACTS)
    if not own.sentence or not is_pair or acts:
        return None
    before = marked.sentences[own.sentence - 1]
    is_beside = marked.tokens[before.start].paragraph == own.paragraph
    return before if is_beside and marked.has("exchange", before.start, before.stop) else None


def _is_list_alone(told: Told) -> bool:
    """Return whether a sentence is nothing but people counted, behind one that tells of an act: "They are home. 45 men"."""
    marked, sentence = told.marked, told.sentence
    own = marked.tokens[sentence.start]
    if marked.language_code != "en":
        return _is_count_alone(told)
    if not own.sentence:
        return False
    first = next((at for at in sentence if marked.words[at][0].isalnum()), sentence.stop)
    # "There are six Dorlanders, two Cedrians"
    first += 2 if marked.words[first : first + 2] in THERE_ARE else 0
    numbers = [one for one in marked.numbers if one.start in sentence]
    is_begun = bool(numbers) and numbers[0].start == first
    # "36 soldiers, 24 civilians", she said
    closed = next(
        (at for at in sentence if at > first and marked.words[at] in ('"', "”")), sentence.stop
    )
    if told.group.end == told.group.start:
        closed = sentence.stop
    before = marked.sentences[own.sentence - 1]
    # a line of a list is longer: "including" and a colon, "92 soldiers of the Border Guard Service"
    is_led_to = marked.words[before.stop - 1] in (":", ";")
    most = _WORDS_LISTED * len(numbers) * (2 if is_led_to else 1)
    is_bare = closed - sentence.start <= most and not any(
        marked.is_small("were", at) or marked.words[at].endswith("ed")
        for at in range(first, closed)
        if not is_led_to or marked.words[at] != "armed"
    )
    acts = any(marked.has(kind, before.start, before.stop) for kind in (*_ACTS, "part"))
    return is_begun and is_bare and acts


def _is_count_alone(told: Told) -> bool:
    """Return whether a short sentence only counts, in Ukrainian and Russian: "Наші вдома. 93 сілдавці."."""
    marked, sentence = told.marked, told.sentence
    own = marked.tokens[sentence.start].sentence
    words = [at for at in sentence if marked.words[at][0].isalnum()]
    numbers = [one for one in marked.numbers if one.start in sentence]
    first = words[1:] if words and marked.words[words[0]] in _THERE_ARE else words
    is_begun = bool(numbers and first) and numbers[0].start == first[0]
    if not own or not is_begun or len(words) > _WORDS_LISTED * len(numbers):
        return False
    before = marked.sentences[own - 1]
    is_other = any(marked.has(kind, sentence.start, sentence.stop) for kind in _OTHERWISE)
    return not is_other and any(marked.has(kind, before.start, before.stop) for kind in _ACTS)
