"""The people whom a sum counts: "the number of those returned to 1,371", "the total number of prisoners was 148"."""

from services.extraction.alone import counted_before
from services.extraction.bounds import BoundedNumber
from services.extraction.groups import Group
from services.extraction.joined_sides import BOTH
from services.extraction.marking import MarkedText
from services.extraction.totals_told import REACHED


#: Behind a sum: "bringing to 83 the total number freed".
_TOTALS = (["the", "total", "number"], ["the", "number", "of"])
#: "the number of prisoners returned was 148", "put their number at 150".
_COUNTS = ("was", "is", "at")
_SUMS = ("to", "at", "is", "reached", "reaches", "до", "–", "—", ":")
_THOSE = ("free", "freed", "back", "held", "get", "give", "swap")
#: Verbs that are bounds: "the total number of soldiers returned nearing 1,300".
_NEARING = frozenset(("nearing", "coming", "approaching", "exceeding", "surpassing"))
#: How far before people whose they are may be said, of both sides.
_JOINED_WORDS = 5
#: "the number of those held is thought to be 148"
_BELIEVED = frozenset(("believed", "thought", "estimated", "reported", "understood", "said"))
_BY_NOW = frozenset(("now", "already", "currently"))
_RISEN = frozenset(("climbed", "risen", "rose", "grown", "increased"))


def _of_those_free(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether it is the number of "those returned" that is told: "the total number of those freed was 3,650"."""
    number = marked.tokens[sentence.start].sentence
    before = marked.sentences[max(0, number - 1)]
    is_at = marked.words[said.start - 1] == "at"
    is_put = is_at and marked.has("held", before.start, before.stop)
    # "A said 40 were freed; B put the number at 44"
    is_put = is_put or (
        is_at
        and any(
            any(marked.at(kind, one.end + 1) for kind in _THOSE)
            for one in marked.numbers
            if before.start <= one.start < said.start
        )
    )
    return is_put or any(
        marked.words[at] == "those" and any(marked.at(kind, at + 1) for kind in _THOSE)
        for at in range(sentence.start, said.start)
    )


def _is_total_of_those_before(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    last = counted_before(marked, said, sentence)
    is_english = marked.language_code == "en"
    return is_english and last is not None and last.value < said.number.value


def people_summed(marked: MarkedText, said: BoundedNumber, sentence: range) -> Group | None:
    """Return the people before a number that a sum ends in: "the number of those returned to 1,371"."""
    if said.start == sentence.start:
        return None
    place = said.start - 1
    while place > sentence.start and marked.words[place] in _BY_NOW:
        place -= 1
    before = marked.words[place]
    if marked.words[said.end : said.end + 3] in _TOTALS and any(
        one.end == said.start for one in marked.marks("so_far", sentence.start, said.start)
    ):
        return Group("unspecified", None, None, None, said.end, said.end)
    is_sum = before in _SUMS or marked.words[said.start] in _NEARING
    is_summed = is_sum and marked.has("so_far", sentence.start, said.start)
    is_believed = before == "be" and bool(
        _BELIEVED & set(marked.words[said.start - 3 : said.start])
    )
    is_summed = is_summed or (is_believed and marked.has("so_far", sentence.start, said.start))
    # of verbs that are bounds themselves: "the number of those freed exceeded 900"
    is_reached = bool({before, marked.words[said.start]} & (REACHED | _NEARING | {"passed"}))
    # as in: the number of Ruritanian prisoners returned was 148
    has_risen = before == "to" and marked.words[said.start - 2] in _RISEN
    is_number = (before in _COUNTS or has_risen or is_believed or is_reached) and (
        marked.has("how_many", sentence.start, said.start)
    )
    if not is_summed and not is_number:
        return None
    people = [
        one
        for kind in ("people", "side_people")
        for one in marked.marks(kind, sentence.start, said.start)
        if marked.at("exchange", one.start) is None  # "the number of prisoner exchanges"
    ]
    is_end = said.end >= sentence.stop or marked.words[said.end] in (",", ".", ";")
    is_end = is_end or marked.is_small("not_before_people", said.end)
    is_end = is_end or any(marked.at(kind, said.end) for kind in ("so_far", "since"))
    if not people or not is_end:
        is_of_those = is_end and is_number and _of_those_free(marked, said, sentence)
        # "загальна кількість звільнених досягла 4000"
        is_freed = marked.language_code != "en" and is_reached
        is_of_those = is_of_those or (
            is_end
            and is_number
            and is_freed
            and any(marked.has(kind, sentence.start, said.start) for kind in ("freed", "swap"))
        )
        # "40 soldiers came home. That brings the total to 4,000"
        is_of_those = is_of_those or (
            is_end
            and is_summed
            and not people
            and _is_total_of_those_before(marked, said, sentence)
        )
        return Group("unspecified", None, None, None, said.end, said.end) if is_of_those else None
    owners = [
        one
        for one in marked.marks("side_owner", sentence.start, people[-1].start)
        if not marked.at("captor", one.start)
    ]
    owner = next(iter(owners), None)
    if people[-1].kind == "side_people":
        return Group("all", people[-1].value, people[-1], None, said.end, said.end)
    side = owner.value if owner else None
    if {one.value for one in owners if one.end > people[-1].start - _JOINED_WORDS} >= set(
        marked.ledger.side_codes
    ):
        side = BOTH  # "the total number of Ruritanian and Sylvanian soldiers returned"
    return Group(people[-1].value, side, owner, None, said.end, said.end)
