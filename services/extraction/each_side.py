"""Numbers that are told of each side: "100 each", "100 for 100", "both sides received 100"."""

from services.extraction.both_together import halved
from services.extraction.destinations import goal_of
from services.extraction.distributed import each_of_row
from services.extraction.joined_sides import joined_sides
from services.extraction.marking import Mark, MarkedText
from services.extraction.modality import is_of_the_first
from services.extraction.pairs import equal_pair
from services.extraction.told import SideReading, Told
from services.extraction.unnamed_acts import is_released_on_a_day


_DASHES = frozenset("-–")
_ACTS = ("give", "get", "free", "back")
_NEAR_VERB = 5
#: How many words people may be told in, between a number and "and".
_PEOPLE_WORDS = 3
_AUXILIARY = frozenset(("have", "had", "will", "would", "also", "were"))


def of_each(told: Told) -> SideReading | None:
    """Return all sides where each got so many: "100 each", "100 for 100"."""
    marked, number = told.marked, told.said.number
    if halved(told) is not None:
        return None  # "188 captives, with each side returning 94"
    # "20 civilians who were given back by each side"
    is_who = marked.words[told.group.end : told.group.end + 1] == ["who"]
    end = min(told.group.end + (6 if is_who else 4), told.sentence.stop)
    # "178 captives and 20 civilians each"
    is_joined = any(marked.at("and", at) for at in (number.end, told.group.end))
    if not is_joined:
        # "84 captives, 42 from each side": the latter
        others = (one.start for one in marked.numbers if number.end <= one.start < end)
        end = min(others, default=end)
    after = range(number.end, end)
    # "40 captives from both sides are each to go"
    both = marked.at("both_sides", told.group.end + 1)
    if both is not None and marked.words[told.group.end] == "from":
        after = range(number.end, min(both.end + 2, told.sentence.stop))
    # "по 100", "each side 100"
    first = max(told.sentence.start, told.said.start - 4)
    # of "40 each; 15 civilians were freed" the 40
    # and of "40 were freed by each side and that three farmers came home too" the 40
    parted = [at for at in range(first, told.said.start) if marked.words[at] in (";", "that")]
    before = range(parted[-1] if parted else first, told.said.start)
    if marked.language_code != "en":
        before = range(max(told.sentence.start, told.said.start - 1), number.start)
    # of "238 from each side and 31 wounded" the 238
    found = [
        one
        for one in marked.marks("each", before.start, before.stop)
        if not marked.is_small("from", one.start)
    ]
    found += _each_to(told)
    found += [
        one
        for one in marked.marks("each", after.start, after.stop)
        if (marked.language_code == "en" or one.end - one.start > 1)
        # "three each from the two towns"
        and marked.at("from_place", one.end) is None
        # "two from each of the villages"
        and not _is_of_places(marked, one)
        # "14 are released each day"
        and not marked.has("days_span", one.end, one.end + 1)
        # "exchanged 90 captives, each side announcing it on its own"
        and not marked.has("say", one.end, one.end + 1)
    ]
    if (
        found
        and marked.has("carrier", told.clause.start, number.start)
        and goal_of(told, told.clause)
    ):
        return None  # "two planes carrying 48 each flew to" one side
    if not found and (versus := _versus(told)):
        found = [versus]
    if not found and (each := each_of_row(marked, number)):
        found = [each]
    if not found:
        found = _involving(told) or _both_receiving(told) or _first_of_each(told)
    return SideReading(marked.ledger.side_codes, found[0]) if found else None


def _first_of_each(told: Told) -> list[Mark]:
    """Return the words for each side of whose people so many are the first: "800 each, with the first 270 freed"."""
    marked, start = told.marked, told.said.start
    each = marked.marks("each", told.sentence.start, start)
    # "exchanged 40 each, following the release of 60 on Saturday"
    is_of_them = is_of_the_first(marked, start) or is_released_on_a_day(marked, told.said)
    return [each[-1]] if each and is_of_them else []


def _is_of_places(marked: MarkedText, each: Mark) -> bool:
    """Return whether "each" is said of places that are named: "two from each of Klow and Zlip"."""
    of = each.end
    is_of = marked.words[of : of + 1] == ["of"] and marked.words[of + 1 : of + 2] != ["the"]
    return is_of and marked.words[each.start - 1] == "from"


def _each_to(told: Told) -> list[Mark]:
    """Return the words for each side where it is to do something with so many: "each side is to release 210"."""
    marked, start = told.marked, told.said.start
    near = range(max(told.sentence.start, start - _NEAR_VERB - 2), start)
    return [
        one
        for one in marked.marks("each", near.start, near.stop)
        if one.end - one.start > 1
        and "that" not in marked.words[one.end : start]
        # of "70 soldiers from each side and 31 wounded" the 70, but not of "on 2 May each side freed 31" the 2
        and not any(
            number.start in near
            and number.end >= one.start - 2
            # "each of the two countries"
            and number.start not in range(one.start, one.end)
            for number in marked.numbers
        )
    ]


def _involving(told: Told) -> list[Mark]:
    """Return the words for both sides where a swap was of so many from them: "the swap involving 40 from both sides"."""
    marked, start, end = told.marked, told.said.start, told.group.end
    involve = next(
        (one for one in marked.marks("involve", start - 2, start) if one.end == start), None
    )
    both = marked.at("both_sides", end + 1)
    is_of_swap = involve is not None and marked.has("exchange", max(0, involve.start - 3), start)
    is_from = (
        both is not None and marked.words[end] == "from" and marked.words[both.start] == "both"
    )
    return [both] if both is not None and is_from and is_of_swap else []


def _both_receiving(told: Told) -> list[Mark]:
    """Return the words for both sides where they are said to have received, or let go, so many: each did."""
    marked, start = told.marked, told.clause.start
    if told.said.number.kind == "vague":
        return []
    # "both Ruritania and Borduria released 40"
    joined = joined_sides(marked, range(start, told.said.start))
    is_both = joined is not None and marked.words[max(start, joined.start - 1)] == "both"
    named = [joined._replace(start=joined.start - 1)] if joined is not None and is_both else []
    # "both sides exchanged 40 soldiers" is of each, "the two sides exchanged 40 soldiers" may be of both together
    kinds = (*_ACTS, "swap")
    return [
        both
        for kind in kinds
        for act in marked.marks(kind, start, told.said.start)
        for both in (*named, *marked.marks("both_sides", start, act.start))
        if _first_behind(told, act) == told.said.start
        and all(word in _AUXILIARY for word in marked.words[both.end : act.start])
        and (
            kind == "get"
            or marked.words[both.start] == "both"
            # "the two countries released 90 prisoners separately"
            or marked.words[told.group.end : told.group.end + 1] == ["separately"]
        )
        and not (kind == "swap" and _is_of_all(told))
    ]


def _is_of_all(told: Told) -> bool:
    """Return whether those exchanged are summed up: "both sides have exchanged 900 since", "204 in total", "204, 102 each"."""
    marked, sentence = told.marked, told.sentence
    clause = range(told.clause.start, told.clause.stop)
    before = marked.words[max(clause.start, told.said.start - _PEOPLE_WORDS) : told.said.start]
    is_long = bool({"have", "had"} & set(before)) and any(
        marked.has(kind, sentence.start, sentence.stop) for kind in ("since", "so_far")
    )
    is_summed = bool({"total", "all", "altogether"} & {marked.words[at] for at in clause})
    is_summed = is_summed or marked.has("combined", clause.start, clause.stop)
    return is_long or is_summed or halved(told) is not None


def _first_behind(told: Told, act: Mark) -> int:
    """Return where the number of an act begins, of "received 40 soldiers and 20 civilians" the second of two."""
    marked, start = told.marked, told.said.start
    first = next((one for one in marked.numbers if one.start == act.end), None)
    if first is None or marked.words[start - 1] != "and":
        return act.end
    return start if start - 1 - first.end <= _PEOPLE_WORDS else act.end


def _versus(told: Told) -> Mark | None:
    """Return the words that set two equal numbers against each other: "100 for 100"."""
    marked, number = told.marked, told.said.number
    if (pair := equal_pair(marked, number)) is not None:
        return pair
    for place in range(number.end, min(number.end + 6, told.sentence.stop)):
        mark = marked.at("versus", place) or marked.at("versus_equal", place)
        if place == number.end and marked.words[place] in _DASHES:
            mark = Mark("versus", "versus", place, place + 1)  # "the 50-50 formula"
        if mark and any(
            one.start in range(mark.end, mark.end + 2) and one.value == number.value
            for one in marked.numbers
        ):
            return mark
    return None
