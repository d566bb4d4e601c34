"""Superlatives, reconciliation.md §5 "Special claims": the largest so far.

"The largest" must be more than the greatest earlier low. "One of the largest" constrains nothing. A
claim that does not say by which measure is tested under every one; it fails only if all fail.
"""

from collections.abc import Sequence
from typing import NamedTuple

from schemas.decisions import Explanation
from services.reconciliation.claims.interval import Interval
from services.reconciliation.claims.reading import Reading
from services.reconciliation.rules.sum_check import Count, Tested


class Measured(NamedTuple):
    """One way to measure size: this exchange's figure, and the greatest low of an earlier one."""

    name: str
    here: Count | None
    greatest_before: int | None


def check_superlative(reading: Reading, measures: Sequence[Measured]) -> Tested:
    """Test "the largest" against what the ledger holds from before."""
    if reading.says_hedge:
        hedge = Explanation(code="hedged", text=f"“{reading.wording}” constrains nothing")
        return Tested(None, None, None, None, 0, "untestable", (hedge,))
    testable = [
        (measure.name, measure.here, measure.greatest_before)
        for measure in measures
        if measure.here is not None and measure.greatest_before is not None
    ]
    if not testable:
        nothing = Explanation(
            code="nothing-to-compare", text="no earlier exchange with such a figure is listed"
        )
        return Tested(None, None, None, None, 0, "untestable", (nothing,))
    passed = [row for row in testable if row[1].best > row[2]]
    if not passed and reading.says_window and reading.since is None:
        window = Explanation(
            code="window-not-stated", text=f"“{reading.wording}” names a time that is not stated"
        )
        return Tested(None, None, None, None, 0, "untestable", (window,))
    _, here, before = (passed or testable)[0]
    compared = tuple(
        Explanation(code="compared", text=f"{named}: {found.best} against {greatest} before")
        for named, found, greatest in testable
    )
    return Tested(
        expected=before + 1,
        interval=Interval(before + 1, None),
        got=here.best,
        diff=here.best - before - 1,
        tolerance=0,
        result="pass" if passed else "fail",
        explanations=compared,
    )
