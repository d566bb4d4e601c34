"""A speaker's own complete list is a sum constraint: reconciliation.md §3.

    213 privates and sergeants + 11 officers + 6 civilians = 230
    225 men + 5 women = 230

Parts of one kind that one speaker counts are added and held against that speaker's whole. Fewer than
the whole is a list that leaves somebody out; more is a slip in the parts or in the whole.

Whoever gives it, a part is no more than its whole: one that is fails.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from schemas.decisions import Explanation
from schemas.vocabulary import CheckResult
from services.reconciliation.claims.interval import Interval
from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.sum_check import Tested


class ListKind(NamedTuple):
    """A way to take people apart: the words of its parts, any of which a category may carry."""

    name: str
    parts: tuple[tuple[str, ...], ...]


#: No person is in two parts of one kind. Civilians complete ranks and services.
KINDS = (
    ListKind("sex", (("men",), ("women",))),
    ListKind("kind", (("military",), ("civilian", "civilians"))),
    ListKind(
        "rank",
        (
            ("officers",),
            ("privates and sergeants", "privates, sergeants", "soldiers and sergeants"),
            ("civilian", "civilians"),
        ),
    ),
    ListKind(
        "service",
        (
            ("armed forces",),
            ("national guard",),
            ("border guards", "border guard"),
            ("navy",),
            ("marines",),
            ("territorial defence", "territorial defense"),
            ("police", "national police"),
            ("state special transport service",),
            ("civilian", "civilians"),
        ),
    ),
)


#: The whole and two parts make the shortest list.
LIST_COUNT_MIN = 3


class Listed(NamedTuple):
    """A speaker's list: the claim it is filed under, its kind, and the test's outcome."""

    reading: Reading
    kind: str
    tested: Tested


def check_breakdowns(readings: Sequence[Reading]) -> Iterator[Listed]:
    """Add up every list that one speaker gives for one side of one exchange.

    Args:
        readings: That speaker's counting claims on that side, in order of speech.
    """
    if len(readings) < LIST_COUNT_MIN:
        return
    exact = {
        reading.category.casefold(): reading
        for reading in readings
        if reading.interval is not None and reading.interval.is_exact
    }
    whole = exact.get("all")
    if len(exact) < LIST_COUNT_MIN or whole is None:
        return
    for kind in KINDS:
        found = [exact[word] for words in kind.parts for word in words if word in exact]
        if len(found) < 2 or not _is_led_by_its_own(found, kind):  # noqa: PLR2004
            continue
        yield Listed(whole, kind.name, _add_up(whole, found))


def _is_led_by_its_own(found: Sequence[Reading], kind: ListKind) -> bool:
    """Return whether the list has a part that no other kind shares."""
    shared = {"civilian", "civilians"} if kind.name != "kind" else set()
    return any(reading.category.casefold() not in shared for reading in found)


def _add_up(whole: Reading, parts: Sequence[Reading]) -> Tested:
    assert whole.interval is not None, "only exact wholes are tested"
    numbers = [part.interval.low for part in parts if part.interval is not None]
    total, said = sum(numbers), whole.interval.low
    written = " + ".join(str(number) for number in numbers)
    listing = ", ".join(part.category for part in parts)
    sentence = f"{written} = {total} ({listing})"
    found = [Explanation(code="arithmetic", text=sentence)]
    result: CheckResult = "pass"
    if total < said:
        rest = f"the list leaves {said - total} of {said} out"
        found.insert(0, Explanation(code="list-incomplete", text=rest))
        result = "within"
    if total > said:
        slip = f"the parts make {total}, {said} was given for the whole"
        found.insert(0, Explanation(code="arithmetic-slip", text=slip))
        result = "fail"
    return Tested(
        expected=total,
        interval=Interval(total, None if total < said else total),
        got=said,
        diff=said - total,
        tolerance=0,
        result=result,
        explanations=tuple(found),
    )


def check_part(reading: Reading, whole: Interval) -> Listed | None:
    """Hold a part against the whole it is one of; null where it may be one.

    Args:
        reading: The claim on the part.
        whole: What the figure of the whole allows.
    """
    if reading.tested is None or whole.high is None or reading.tested.low <= whole.high:
        return None
    said = reading.tested.low
    sentence = f"{said} ({reading.category}) are more than the {whole.high} that came back in all"
    tested = Tested(
        expected=whole.high,
        interval=Interval(0, whole.high),
        got=said,
        diff=said - whole.high,
        tolerance=0,
        result="fail",
        explanations=(Explanation(code="part-above-whole", text=sentence),),
    )
    return Listed(reading, reading.category, tested)
