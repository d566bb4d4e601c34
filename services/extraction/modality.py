"""Whether something is told as done, as planned or as denied."""

from collections.abc import Sequence

from schemas.claim import Modality
from services.extraction.marking import Mark, MarkedText


_NEAR = 8
_EARLIER_WORDS = 5
_PROVIDED_WORDS = 12
_WHICH = frozenset(("which", "as"))
_PROVIDES = frozenset(
    ("includes", "included", "provides", "provided", "stipulates", "stipulating", "called")
)
_BATCHES = (["group", "of"], ["batch", "of"], ["groups", "of"])
_FREED = frozenset(("freed", "released", "set", "returned", "repatriated"))
_OF_WHOM = frozenset(("whom",))
_IT = frozenset(("it", "this", "they"))
_HAD = frozenset(("has", "have", "had"))


def modality_of(marked: MarkedText, clause: range, place: int, end: int | None = None) -> Modality:
    """Return whether something is asserted, planned or denied where it stands, up to the end of who is counted."""
    if marked.has("deny", clause.start, place):
        return "denied"
    if _is_until(marked, clause, place):
        return "planned"
    if is_of_the_first(marked, place):
        return "asserted"
    plans = [
        one
        for one in marked.marks(
            "plan", clause.start, min(max(place + _NEAR, (end or 0) + 2), clause.stop)
        )
        # "it will be the largest since the sides freed 100" is no plan to free them
        if not (one.end <= place and marked.has("since", one.end, place))
        # "the swap, which the sides have agreed upon, began"
        if not (
            marked.at("agreement", one.start)
            and _is_which(marked.words[max(clause.start, one.start - 5) : one.start])
        )
        # "попередній, на якому обміняли 60"
        and not (
            one.end <= place
            and marked.has("background", one.end, place)
            and marked.language_code != "en"
        )
        # "managed to free 90"
        and not _is_within_a_deed(marked, one)
        # "released 90 and said they would free more"
        and not _is_said_besides(marked, place, one)
        # "they were exchanged for 40 soldiers, details will be given later"
        and not (one.start > place and marked.has("details", one.start - 2, one.start))
        # "freed 40 captives out of the 50 pledged"
        and not (one.start > place and _is_of_a_total(marked, range(place, one.start)))
        # "45 prisoners will be deported" when they are free
        and not marked.has("deport", one.end, one.end + 2)
        # "handed 40 over to the Red Cross, which expects more"
        and not (one.start > place and marked.words[one.start - 1] in _WHICH)
        # "freed 60 soldiers, and 40 more will follow"
        and not (one.start > place and _is_of_more(marked, range(place + 1, one.start)))
        # "swap 60 prisoners as another exchange is planned"
        and not (one.start > place and _is_of_another(marked, range(place, one.start)))
        # "turned six over, the first group of 14 due to be freed"
        and not (one.start > place and is_of_a_batch(marked, range(place + 1, one.start)))
        and not _is_told_apart(marked, clause, one, place)
        # "for 90 prisoners in an agreement aimed at peace"
        and not (one.start and marked.at("agreement", one.start - 1) and one.start > place)
    ]
    to_be = [
        *(
            one
            for one in marked.marks("to_be", clause.start, clause.stop)
            if not is_of_a_batch(marked, range(place + 1, one.start))
        ),
        *_agreed(marked, clause, place),
    ]
    if plans or to_be:
        # What was to be is no plan any more where it is told as done: "had been returned".
        told_last = max(one.end for one in (*plans, *to_be))
        after = range(told_last, _up_to_some_of_them(marked, told_last, clause.stop))
        return "asserted" if _is_done_after(marked, after) else "planned"
    for act in marked.marks("will_act", clause.start, place):
        sides = ("side_name", "side_people", "side_owner", "each")
        if any(
            one.end == act.start
            for kind in sides
            for one in marked.marks(kind, act.start - 3, act.start)
        ):
            return "planned"  # a headline: "Ruritania to free 40"
    return "asserted"


def is_of_the_first(marked: MarkedText, place: int) -> bool:
    """Return whether those who came free before others are counted: "with the first 270 freed on Friday"."""
    is_first = marked.words[max(0, place - 3) : place] == ["with", "the", "first"]
    # "with the first 270 to be freed on Friday"
    act = marked.at("free", place + 1) or marked.at("back", place + 1)
    return is_first and act is not None and marked.words[act.start] in _FREED


def _is_until(marked: MarkedText, clause: range, place: int) -> bool:
    """Return whether it is told up to when something goes on: "until each side has got back 900 captives"."""
    return any(
        marked.words[at] == "until"
        and any(marked.has(kind, at, at + 3) for kind in ("each", "both_sides"))
        for at in range(max(0, clause.start - 1), place)
    )


def _is_of_a_total(marked: MarkedText, before: range) -> bool:
    """Return whether a plan is what a total was to be: that "out of" which so many are free."""
    return any(marked.words[at : at + 2] == ["out", "of"] for at in before)


def _is_of_another(marked: MarkedText, before: range) -> bool:
    """Return whether a plan is told of another exchange besides: "as another exchange is planned"."""
    return any(marked.words[at] == "as" and marked.at("new", at + 1) is not None for at in before)


def _is_of_more(marked: MarkedText, before: range) -> bool:
    """Return whether a plan is told of so many more: "and 40 more will follow"."""
    return any(
        one.start in before
        and marked.words[one.end : one.end + 1] == ["more"]
        and marked.at("and", one.start - 1) is not None
        for one in marked.numbers
    )


def is_of_a_batch(marked: MarkedText, span: range) -> bool:
    """Return whether all are counted of whom others are the first to come: "the first group of 14"."""
    return any(
        one.start in span and marked.words[one.start - 2 : one.start] in _BATCHES
        for one in marked.numbers
    )


def _is_told_apart(marked: MarkedText, clause: range, plan: Mark, place: int) -> bool:
    """Return whether a plan is told apart: "and it is to go on", or in an aside, "which had hoped for 100, got 77"."""
    if marked.words[plan.start - 1 : plan.end] == ["good", "will"]:
        return True  # "to show its good will, Klow freed 9 wounded"
    if plan.start > place:
        return _is_of_another_subject(marked, plan.start)
    return plan.end < place and _is_in_an_aside(marked, clause, plan, place)


def _is_of_another_subject(marked: MarkedText, place: int) -> bool:
    """Return whether a verb has its own subject behind "and": "and it is to go on"."""
    return marked.words[place - 1] in _IT and marked.at("and", place - 2) is not None


def _is_in_an_aside(marked: MarkedText, clause: range, plan: Mark, place: int) -> bool:
    """Return whether a plan stands between commas, of whom it is then told what was done: "Klow, which had hoped for"."""
    comma = next(
        (at for at in range(plan.start - 1, clause.start, -1) if marked.words[at] == ","), None
    )
    is_which = comma is not None and marked.words[comma + 1] in ("which", "who")
    return is_which and "," in marked.words[plan.end : place]


def _is_which(words: Sequence[str]) -> bool:
    """Return whether words lead to what is said besides: "the swap, as agreed", but not "as a result, they agreed"."""
    result = ["as", "a", "result"]
    said = [word for at, word in enumerate(words) if list(words[at : at + len(result)]) != result]
    return bool(_WHICH & set(said))


def _up_to_some_of_them(marked: MarkedText, start: int, stop: int) -> int:
    """Return where words begin that tell of some of the people: "will free 40, some of whom have been"."""
    return next((at for at in range(start, stop) if marked.words[at] in _OF_WHOM), stop)


def _agreed(marked: MarkedText, clause: range, place: int) -> list[Mark]:
    """Return the words for an exchange of so many that is agreed on: "led to an agreement for exchange of 120"."""
    agreed = marked.marks("agreement", clause.start, place)
    if not agreed:
        return []
    found = [
        one
        for one in marked.marks("exchange", agreed[-1].end, place)
        if place - one.end <= _EARLIER_WORDS and marked.words[one.start - 1] == "for"
    ]
    # "a deal that includes the release of 80"
    return found or [
        one
        for kind in ("exchange", "release")
        for one in marked.marks(kind, agreed[0].end, place)
        if place - one.end <= _PROVIDED_WORDS and _is_provided_for(marked, agreed, one)
    ]


def _is_provided_for(marked: MarkedText, agreed: Sequence[Mark], exchange: Mark) -> bool:
    """Return whether an agreement is said to provide for an exchange: "the deal provides for the exchange of"."""
    return any(
        _PROVIDES & set(marked.words[max(one.end, exchange.start - _NEAR) : exchange.start])
        for one in agreed
    )


def _is_within_a_deed(marked: MarkedText, plan: Mark) -> bool:
    """Return whether words for a plan are some of those for a deed: "managed to free"."""
    near = marked.marks("get", max(0, plan.start - 2), plan.start)
    has_helped = marked.words[plan.start - 1] == "helped"  # "has helped to free 90"
    return has_helped or any(one.end >= plan.end for one in near)


def _is_said_besides(marked: MarkedText, place: int, plan: Mark) -> bool:
    """Return whether a plan is said besides what is told of a number before it: "and said they would"."""
    return any(
        marked.at("and", one.start - 1) is not None
        for one in marked.marks("say", place, plan.start)
        if one.start > place
    )


def _is_done_after(marked: MarkedText, after: range) -> bool:
    """Return whether some words tell in the past that people came back: "had been returned"."""
    return any(
        marked.has(kind, done.end, done.end + 2)
        for done in marked.marks("done", after.start, after.stop)
        # "are expected to have been freed"
        if marked.words[done.start - 1] != "to"
        for kind in ("back", "free", "get", "give", "done")
        if marked.words[done.start] in _HAD
    )
