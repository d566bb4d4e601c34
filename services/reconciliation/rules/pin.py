"""Tier 0 of reconciliation.md §5 step 3: what an operator pinned.

A pinned figure shows the pin's numbers whatever the claims give, and other figures, sums and running
totals are worked out with them. What the claims give stays visible in the figure's reasons; how sure
the claims make one, and what is flagged of them, stays as it is.
"""

from typing import NamedTuple

from schemas.decisions import Explanation, FigureResult
from schemas.judgement import Pin
from services.reconciliation.claims.interval import Interval
from services.reconciliation.rules.credibility import CANNOT_BE_JUDGED
from services.reconciliation.rules.propagate import Level


class Pinned(NamedTuple):
    """A pinned figure: the pin, the figure's level, and what the claims give, null for nothing."""

    pin: Pin
    level: Level
    evidence: FigureResult | None

    @property
    def interval(self) -> Interval:
        """What the other figures may take it to be."""
        return Interval(self.pin.low, self.pin.high)

    def result(self) -> FigureResult:
        """Return the figure as pinned."""
        evidence = self.evidence
        reason = Explanation(code="adjudicated", text=_sentence(self.pin, evidence))
        return FigureResult(
            low=self.pin.low,
            best=self.pin.best,
            high=self.pin.high,
            claimed_low=evidence.claimed_low if evidence else None,
            claimed_high=evidence.claimed_high if evidence else None,
            status="adjudicated",
            credibility=evidence.credibility if evidence else CANNOT_BE_JUDGED,
            flags=evidence.flags if evidence else (),
            obs_status="A",
            reasons=(reason, *(evidence.reasons if evidence else ())),
            checks=(),
            basis=(),
            revision=evidence.revision + 1 if evidence else 1,
            cause="adjudicated",
            adjudication=self.pin.id,
        )


def _sentence(pin: Pin, evidence: FigureResult | None) -> str:
    judged = f"{pin.who}: {pin.why}"
    if evidence is None:
        return f"{judged}; the claims give nothing"
    best = "–" if evidence.best is None else evidence.best
    high = "open" if evidence.high is None else evidence.high
    return f"{judged}; the claims give {evidence.low} / {best} / {high} ({evidence.status})"
