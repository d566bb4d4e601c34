"""Step 10 and 11 of reconciliation.md §5 for a total of all sides: a sum is tested, not believed.

A total for all sides together is nobody's count: it is what its speaker made of the sides' numbers.
Where the sides' figures are known it is set aside and tested against their sum; a failure is explained by the first of a fixed list of slips that fits, all that fit being listed, and by the
contradiction radius.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from schemas.decisions import Explanation
from schemas.vocabulary import CheckResult
from services.reconciliation.claims.interval import Interval, meet, plus
from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.explanations import SUM_SLIPS
from services.reconciliation.rules.transposed import are_transposed


class Count(msgspec.Struct, frozen=True, gc=False):
    """A figure as sums need it: its range and its best number."""

    interval: Interval
    best: int


class Tested(msgspec.Struct, frozen=True, gc=False):
    """The outcome of one test; `diff` is got − expected."""

    expected: int | None
    interval: Interval | None
    got: int | None
    diff: int | None
    tolerance: int
    result: CheckResult
    explanations: tuple[Explanation, ...] = ()
    radius: tuple[str, ...] = ()


def compare(reading: Reading, expected: Count | None) -> Tested:
    """Hold a claim's number against what is expected, before any explanation."""
    got = reading.value if reading.value is not None else None
    tolerance = half_width(reading)
    if expected is None or reading.tested is None:
        return Tested(None, None, got, None, tolerance, "untestable")
    diff = None if got is None else got - expected.best
    return Tested(
        expected.best, expected.interval, got, diff, tolerance, _result(reading, expected)
    )


def half_width(reading: Reading) -> int:
    """Return a claim's own tolerance: half its width, 0 for an exact or an open one."""
    if reading.interval is None or reading.interval.high is None:
        return 0
    return (reading.interval.high - reading.interval.low) // 2


def _result(reading: Reading, expected: Count) -> CheckResult:
    assert reading.tested is not None, "a claim without a number is untestable"
    if meet(reading.tested, expected.interval) is None:
        return "fail"
    is_open = reading.tested.high is None
    says_so = reading.value is not None and expected.interval.holds(reading.value)
    return "pass" if is_open or says_so else "within"


def check_sum(
    reading: Reading, sides: Mapping[str, Count], said: Mapping[str, Sequence[Reading]]
) -> Tested:
    """Test a claimed total of all sides.

    Args:
        reading: The claim.
        sides: The figure for everybody who came back to each side; a side without one is missing.
        said: The claims on each side's return, for finding the number the speaker started from.
    """
    if len(sides) < 2:  # noqa: PLR2004  an exchange is between two at least
        return compare(reading, None)
    tested = compare(reading, together(sides.values()))
    if tested.result != "fail" or tested.got is None:
        return tested
    return replace(
        tested,
        explanations=tuple(explain_sum(tested.got, sides, said)),
        radius=tuple(
            f"{side} = {tested.got - other.best}"
            for side, other in _crossed(sides)
            if tested.got >= other.best
        ),
    )


def explain_sum(
    got: int, sides: Mapping[str, Count], said: Mapping[str, Sequence[Reading]]
) -> list[Explanation]:
    """List the slips that would turn the sides' numbers into this total, likeliest first."""
    found: list[Explanation] = []
    for side, other in _crossed(sides):
        start = got - other.best
        for reading in said.get(side, ()):
            if reading.value != start or reading.tested is None:
                continue
            if reading.bound == "exact":
                code, what = (
                    "other-number-used",
                    f"{reading.speaker}'s {start} ({reading.category})",
                )
            else:
                code, what = "floor-taken-as-exact", f"{reading.speaker}'s “{reading.wording}”"
            sentence = f"{got} = {other.best} + {start}, {what} taken for {side}"
            found.append(Explanation(code=code, text=sentence))
            break
    for side, count in sides.items():
        if got == len(sides) * count.best:
            of = "both sides" if len(sides) == 2 else "every side"  # noqa: PLR2004
            sentence = f"{got} = {len(sides)} × {count.best}, {side}'s number taken for {of}"
            found.append(Explanation(code="equal-numbers-assumed", text=sentence))
        if got == count.best:
            sentence = f"{got} is {side}'s number alone"
            found.append(Explanation(code="one-side-taken-for-both", text=sentence))
    total = sum(count.best for count in sides.values())
    if are_transposed(got, total):
        sentence = f"{got} is {total} with two digits in each other's place"
        found.append(Explanation(code="digits-transposed", text=sentence))
    return sorted(found, key=lambda explanation: SUM_SLIPS.index(explanation.code))


def together(counts: Iterable[Count]) -> Count:
    """Return the sum of the sides' figures."""
    whole, best = Interval(0, 0), 0
    for count in counts:
        whole, best = plus(whole, count.interval), best + count.best
    return Count(whole, best)


def _crossed(sides: Mapping[str, Count]) -> list[tuple[str, Count]]:
    """Pair each side with the sum of the other sides' figures."""
    return [
        (side, together(count for other, count in sides.items() if other != side))
        for side in sorted(sides, reverse=True)
    ]
