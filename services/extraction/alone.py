"""Numbers that stand alone, whose people the words before them name: "In return, it handed over 35", "most of them, 40"."""

from services.extraction.beside_another import of_side_beside
from services.extraction.bounds import BoundedNumber
from services.extraction.groups import Group, group_after
from services.extraction.marking import Mark, MarkedText
from services.extraction.numbers import Number
from services.extraction.told import other_side


_HOLD = frozenset(("hold", "holds", "holding", "held"))
_ACTS = ("get", "give", "free", "back", "swap")
_PEOPLE = ("people", "side_people", "people_known")
_COUNTED_WITHIN_WORDS = 4
_OPENING, _CLOSING = frozenset(",–—-("), frozenset(",–—-)")
#: "most of them, 40, are"
_SHARES = frozenset(("most", "majority", "half", "all", "bulk", "third", "part"))
_SHARE_WORDS = 7
_NEXT = frozenset(("next", "remaining", "final", "another", "further", "last", "other"))
_FOLLOWS = frozenset(
    ("to", "were", "are", "have", "being", "on", "would", "could", "should", "will")
)
_FOLLOWING = frozenset(("follow", "later", "soon", "come", "leave", "join"))
_IN_ALL = (["in", "all"], ["in", "total"], ["in", "number"], ["of", "them"])
_COMPARING = (["compared", "with"], ["compared", "to"], ["down", "from"], ["up", "from"])
_THEN_WORDS = 6
_TOOK = frozenset(("took", "accepted", "takes", "reported"))
_DOING = ("get", "give", "free", "back")
_IT = frozenset(("it", "they"))


def people_told_before(marked: MarkedText, said: BoundedNumber, sentence: range) -> Group | None:
    """Return the people of a number whom the words before it name, null where they do not."""
    if marked.language_code != "en" or said.number.value < 2:  # noqa: PLR2004
        return of_side_beside(marked, said, sentence)
    after = said.number.end
    if (in_all := _in_all(marked, said, sentence)) is not None:
        return in_all
    if _is_share(marked, said, sentence):
        return Group("all", None, None, None, after, after)
    unnamed = Group("unspecified", None, None, None, after, after)
    if _is_done_next(marked, said, sentence):
        return _of_it(marked, said, sentence) or unnamed
    last = counted_before(marked, said, sentence)
    if last is not None and (
        _is_more(marked, said, sentence) or _is_on_next_day(marked, said, sentence)
    ):
        side = _side_of_people(marked, last)
        return unnamed._replace(side=side.value if side else None, evidence=side)
    is_told = (
        _is_compared(marked, said, sentence)
        or _are_held_too(marked, said, sentence)
        or _is_another_today(marked, said, sentence)
        or _are_some_of_those(marked, said, sentence)
    )
    return unnamed if is_told else _of_side_next(marked, said, sentence)


def _are_held_too(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether a side is said to hold so many, where others who are held were counted: "while A holds over 60"."""
    before = [one for one in marked.numbers if sentence.start <= one.start < said.start]
    is_held = marked.words[max(0, said.start - 1)] in _HOLD
    are_held = marked.has("held", sentence.start, said.start - 1)
    is_after = bool(before) and any(
        marked.has(kind, before[-1].end, before[-1].end + 2) for kind in _PEOPLE
    )
    return is_held and are_held and is_after and _is_end(marked, said.number.end, sentence)


def _is_end(marked: MarkedText, place: int, sentence: range) -> bool:
    is_too = marked.words[place : place + 2] == ["as", "well"]
    return place >= sentence.stop or is_too or marked.words[place] in (".", ",", ";", "!", "”", '"')


def _is_share(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether a share of those told of is counted beside it: "most of them, 40, are", "more than half – 40 –"."""
    after, before = said.number.end, said.start - 1
    if before <= sentence.start or after >= sentence.stop:
        return False
    is_enclosed = marked.words[before] in _OPENING and marked.words[after] in _CLOSING
    words = marked.words[max(sentence.start, before - _SHARE_WORDS) : before]
    places = [at for at, word in enumerate(words) if word in _SHARES]
    is_share = bool(places) and "," not in words[places[-1] :]
    # "the number of those freed, 40, was"
    first, last = max(sentence.start, before - _SHARE_WORDS), min(after + 4, sentence.stop)
    is_number = any(marked.has(kind, first, before) for kind in ("how_many", "same_number"))
    acts = any(
        marked.has(kind, at, stop)
        for kind in _ACTS
        for at, stop in ((max(sentence.start, before - 3), before), (after, last))
    )
    return is_enclosed and (is_share or (is_number and acts))


def _in_all(marked: MarkedText, said: BoundedNumber, sentence: range) -> Group | None:
    """Return the people behind whom it is said how many they are: "The soldiers, 40 in all, were freed"."""
    after, before = said.number.end, said.start - 1
    is_all = marked.words[after : after + 2] in _IN_ALL
    if not is_all or before <= sentence.start or marked.words[before] not in _OPENING:
        return None
    people = [
        one
        for kind in _PEOPLE
        for one in marked.marks(kind, max(sentence.start, before - 3), before)
        if one.end == before
    ]
    if not people:
        return None
    first = people[0]
    owners = marked.marks("side_owner", max(sentence.start, first.start - 2), first.start)
    side = first if first.kind == "side_people" else next(iter(owners), None)
    return Group("all", side.value if side else None, side, None, after, after)


def _is_compared(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether those of an exchange before are set beside people counted: "40 soldiers, down from 60 in May"."""
    last = counted_before(marked, said, sentence)
    is_compared = marked.words[max(0, said.start - 2) : said.start] in _COMPARING
    after = range(said.number.end, min(said.number.end + _THEN_WORDS, sentence.stop))
    is_then = any(
        marked.has(kind, after.start, after.stop) for kind in ("background", "exchange", "ago")
    ) or any(marked.words[at] in marked.language.months for at in after)
    acts = any(marked.has(kind, sentence.start, said.start) for kind in _ACTS)
    return is_compared and is_then and acts and last is not None and last.start in sentence


def _is_done_next(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether so many are let go, or got, next to people just counted: "It got 58 people, and handed over 35"."""
    after = said.number.end
    is_end = _is_end(marked, after, sentence) or (
        after + 1 < sentence.stop
        and marked.words[after] in ("from", "to")
        and (
            marked.at("side_name", after + 1) is not None
            or marked.words[after + 1 : after + 4] == ["the", "other", "side"]
        )
    )
    joint = marked.at("and", after)
    is_end = is_end or (joint is not None and marked.at("side_name", joint.end) is not None)
    start = said.start
    if (goal := _side_before(marked, said, sentence)) is not None and _act_before(
        marked, goal.start, sentence, ("give",)
    ):
        start = goal.start  # "and gave Borduria 35"
    is_done = _is_put(marked, start, sentence) or _act_before(marked, start, sentence, _DOING)
    return is_end and is_done and counted_before(marked, said, sentence) is not None


def _is_put(marked: MarkedText, place: int, sentence: range) -> bool:
    """Return whether a side says that it is so many: "Szohod says 85", "gave the number as 85"."""
    saying = next((one for one in marked.marks("say", place - 3, place) if one.end == place), None)
    is_said = saying is not None and any(
        one.end == saying.start
        for one in marked.marks("side_name", max(sentence.start, saying.start - 3), saying.start)
    )
    return (
        is_said
        or marked.words[place - 1] in _TOOK
        or (marked.words[place - 1] == "as" and marked.words[place - 2] in ("number", "figure"))
    )


def _act_before(marked: MarkedText, place: int, sentence: range, kinds: tuple[str, ...]) -> bool:
    """Return whether words for what is done with people end at a place."""
    first = max(sentence.start, place - 3)
    return any(one.end == place for kind in kinds for one in marked.marks(kind, first, place))


def _is_on_next_day(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether so many are of another day, or stage, than those before: "on Monday 12", "in the third, 12"."""
    after, place = said.number.end, said.start - 1
    last = counted_before(marked, said, sentence)
    if last is None or last.start not in sentence or place - 1 <= last.end:
        return False
    place -= marked.words[place] in _OPENING
    is_end = _is_end(marked, after, sentence) or marked.at("and", after) is not None
    if marked.words[place - 1 : place + 1] == ["followed", "by"]:
        day = after + marked.is_small("on", after)
        day += marked.words[day : day + 1] == ["the"]
        if any(one.kind == "ordinal" and one.start == day for one in marked.numbers):
            return True  # "followed by 12 on the second day"
        return day < sentence.stop and marked.words[day] in marked.language.weekdays
    is_ordinal = any(one.kind == "ordinal" and one.end == place + 1 for one in marked.numbers)
    is_stage = is_ordinal and marked.words[place - 1] == "the"
    is_day = marked.words[place] in marked.language.weekdays or (
        marked.words[place].isdecimal() and marked.words[place - 1] in marked.language.months
    )
    return is_end and (is_day or is_stage)


def _is_another_today(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether a sentence adds so many of today to what the one before it tells: "Another 80 today"."""
    own = marked.tokens[sentence.start].sentence
    is_new = said.cue is not None and marked.words[said.cue.start] in _NEXT
    first = next((at for at in sentence if marked.words[at][0].isalnum()), sentence.stop)
    if not own or not is_new or first != said.start or not marked.at("today", said.number.end):
        return False
    before = marked.sentences[own - 1]
    comes = marked.has("our", *_span(before)) and "home" in marked.words[before.start : before.stop]
    return comes or any(marked.has(kind, *_span(before)) for kind in _ACTS)


def _span(places: range) -> tuple[int, int]:
    return places.start, places.stop


def _are_some_of_those(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether it is told of some what befell them: "Some of those freed are from the coast; 13 were captured"."""
    after, joint = said.number.end, said.start - 1
    if after + 1 >= sentence.stop or marked.words[joint] not in (";", ":", "–", "—"):
        return False
    is_told = marked.at("befell", after) or (
        marked.is_small("were", after) and marked.has("befell", after, after + 3)
    )
    parts = marked.marks("part", sentence.start, joint)
    are_free = bool(parts) and any(
        marked.has(kind, parts[0].start, joint) for kind in ("free", "back")
    )
    # as in: 86 people - 40 served in the navy
    last = counted_before(marked, said, sentence)
    is_listed = last is not None and last.start in sentence and last.value > said.number.value
    return bool(is_told) and (are_free or is_listed)


def _of_it(marked: MarkedText, said: BoundedNumber, sentence: range) -> Group | None:
    """Return the people of what "it" got or let go, the side that begins the sentence before."""
    own = marked.tokens[sentence.start].sentence
    pronouns = [at for at in range(sentence.start, said.start) if marked.words[at] in _IT]
    if not pronouns or not own or marked.marks("side_name", sentence.start, said.start):
        return None
    before = marked.sentences[own - 1]
    side = next(iter(marked.marks("side_name", before.start, before.start + 2)), None)
    if side is None:
        return None
    is_got = any(one.end == said.start for one in marked.marks("get", said.start - 3, said.start))
    value = side.value if is_got else other_side(marked.ledger, side.value)
    return Group("unspecified", value, side, None, said.end, said.end) if value else None


def counted_before(marked: MarkedText, said: BoundedNumber, sentence: range) -> Number | None:
    """Return the last number of people who came back before another, in its sentence or the one before."""
    own = marked.tokens[sentence.start].sentence
    before = marked.sentences[max(0, own - 1)]
    kinds = (*_ACTS, "exchange", "involve")
    if not any(marked.has(kind, before.start, said.start) for kind in kinds):
        return None
    counted = [
        one
        for one in marked.numbers
        if before.start <= one.start < said.start
        and one.kind == "cardinal"
        and any(
            marked.has(kind, one.end, one.end + _COUNTED_WITHIN_WORDS)
            for kind in (*_PEOPLE, "free")
        )
    ]
    last = counted[-1] if counted else None
    # "the remains of 600 people"
    are_dead = last is not None and marked.has(
        "deaths", max(before.start, last.start - _COUNTED_WITHIN_WORDS), last.end
    )
    return None if are_dead else last


def _side_of_people(marked: MarkedText, number: Number) -> Mark | None:
    """Return whose people a number counts, null where that is not said beside it."""
    group = group_after(marked, number)
    return group.evidence if group is not None else None


def _is_more(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether so many are to follow those told of: "with 40 more to follow", "The remaining four will be"."""
    after = said.number.end
    is_more = marked.words[after : after + 1] in (["more"], ["others"])
    place = after + is_more
    first = max(sentence.start, said.start - 2)
    is_next = bool(_NEXT & set(marked.words[first : said.start]))
    is_next = is_next or (said.cue is not None and marked.words[said.cue.start] in _NEXT)
    if not (is_more or is_next) or place >= sentence.stop:
        return False
    first = marked.sentences[max(0, marked.tokens[sentence.start].sentence - 1)].start
    if marked.has("deaths", first, sentence.stop):
        return False  # the bodies of others
    word = marked.words[place]
    kinds = ("plan", "done", "today", "tomorrow", "to_be", "free", "get")
    is_verb = word in _FOLLOWS or any(marked.at(kind, place) for kind in kinds)
    is_day = word.removesuffix("s") in marked.language.weekdays
    comes = any(
        marked.has(kind, place, sentence.stop)
        for kind in ("plan", "free", "back", "get", "give", "swap", "to_be", "tomorrow")
    )
    comes = comes or bool(_FOLLOWING & set(marked.words[place : sentence.stop]))
    # "will receive four more on Saturday"
    is_done = any(
        one.end == said.start
        for kind in ("get", "give", "free")
        for one in marked.marks(kind, max(sentence.start, said.start - 3), said.start)
    )
    return (is_verb and comes) or (is_more and (is_day or is_done))


def _side_before(marked: MarkedText, said: BoundedNumber, sentence: range) -> Mark | None:
    """Return the side that stands right before a number: "B 35", "B, 35", "the Bordurian side 35"."""
    end = said.start - (marked.words[said.start - 1] == ",")
    first = max(sentence.start, end - 4)
    named = [one for one in marked.marks("side_name", first, end) if one.end == end]
    if marked.words[end - 1] == "side":
        named += [one for one in marked.marks("side_owner", first, end) if one.end == end - 1]
    return named[-1] if named else None


def _of_side_next(marked: MarkedText, said: BoundedNumber, sentence: range) -> Group | None:
    """Return the people of a side that did with so many what another did with those before: "A freed 58 men, B 35"."""
    side = _side_before(marked, said, sentence)
    after = said.number.end
    is_end = _is_end(marked, after, sentence) or marked.words[after] in ("in", "on")
    if side is None or side.start <= sentence.start or not is_end:
        return None
    joint = side.start - 1 - (marked.words[side.start - 1] == "the")
    is_joined = marked.words[joint] in (",", ";") or any(
        marked.at(kind, joint) for kind in ("and", "break")
    )
    acts = [
        one for kind in _ACTS for one in marked.marks(kind, sentence.start, joint) if kind != "swap"
    ]
    counted = [
        one
        for one in marked.numbers
        if sentence.start <= one.start < joint
        and (
            any(marked.has(kind, one.end, one.end + _COUNTED_WITHIN_WORDS) for kind in _PEOPLE)
            # "A frees 33, B 29 in a swap"
            or any(act.end == one.start for act in acts)
        )
    ]
    others = [
        one
        for kind in ("side_name", "side_owner")
        for one in marked.marks(kind, sentence.start, joint)
        if one.value != side.value
    ]
    if not (is_joined and acts and len(counted) == 1 and others):
        return None
    # who frees or hands over people frees those of the other side
    lets_go = acts[0].kind in ("give", "free")
    value = other_side(marked.ledger, side.value) if lets_go else side.value
    if value is None:
        return None
    return Group("unspecified", value, side, None, said.number.end, said.number.end)
