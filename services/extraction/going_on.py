"""Numbers of a list that leave out their people: "freed 40 soldiers on Monday, 30 on Tuesday"."""

from services.extraction.bounds import BoundedNumber
from services.extraction.listed_days import is_day_at
from services.extraction.marking import MarkedText
from services.extraction.parts import AFTER


#: "handed over only 45"
_ONLY = frozenset(("only", "just"))
_THEN_MORE = (
    ["потім", "ще"],
    ["згодом", "ще"],
    ["потом", "еще"],
    ["затем", "еще"],
    ["потом", "ещё"],
    ["затем", "ещё"],
)
#: How far behind people the number may stand that was given for them.
_FOR_WORDS = 7


def goes_on_without_people(marked: MarkedText, said: BoundedNumber, sentence: range) -> bool:
    """Return whether a number counts the people of the one before: "got 130 back", "and 391 on Friday"."""
    others = [
        one for one in marked.numbers if sentence.start <= one.start < said.start and one.value > 1
    ]
    are_people = any(
        marked.has(kind, sentence.start, said.start) for kind in ("people", "side_people")
    )
    if not others or not are_people:
        return False
    after = said.number.end
    is_end = after >= sentence.stop or marked.words[after] in (",", ".", ";", "…", ")")
    is_end = is_end or marked.words[after : after + 2] == ["as", "well"]
    if is_end:
        start = said.start - (marked.words[said.start - 1] in _ONLY)
        # those of "handed over 241 prisoners in return for 71"
        is_for = marked.is_small("against", said.start - 1) and any(
            marked.has(kind, one.end, one.end + 3) and one.end + _FOR_WORDS >= said.start
            for one in others
            for kind in ("people", "side_people")
        )
        acts = any(
            marked.has(kind, sentence.start, said.start) for kind in ("give", "free", "swap")
        )
        if is_for and acts:
            return True
        if marked.words[said.number.start - 2 : said.number.start] in _THEN_MORE:
            return True
        if marked.language_code != "en":
            # "передала Росії 90"
            beside = marked.marks("side_name", start - 2, start)
            start = beside[-1].start if beside and beside[-1].end == start else start
        return any(
            one.end == start
            for kind in ("get", "give", "free", "swap")
            for one in marked.marks(kind, start - 3, start)
        )
    before = said.start - 1
    is_listed = marked.at("and", before) is not None or marked.words[before] in (",", *AFTER)
    more = after + (marked.words[after] == "more")  # "then 30 more on Friday"
    day = more + 1 if marked.is_small("on", more) else more
    if not is_listed or day >= sentence.stop:
        return False
    return is_day_at(marked, day) or (
        marked.is_small("were", after)
        and any(marked.is_small("of", at) for at in range(sentence.start, others[-1].start + 1))
        and marked.at("from_place", after + 1) is not None
    )
