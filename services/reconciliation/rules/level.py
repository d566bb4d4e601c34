"""One figure: the claims at one level, inside what the other levels allow (reconciliation.md §5, 6 to 8)."""

from collections.abc import Sequence

from schemas.decisions import Explanation, FigureResult
from schemas.vocabulary import Cause, FigureStatus, Flag
from services.reconciliation.claims.interval import Interval, meet, spell
from services.reconciliation.claims.reading import Reading
from services.reconciliation.claims.voices import Voice, said_of
from services.reconciliation.policy import Policy
from services.reconciliation.rules.best import find_best
from services.reconciliation.rules.core import find_core
from services.reconciliation.rules.credibility import credibility_of
from services.reconciliation.rules.span import Span, find_span
from services.reconciliation.rules.status import judge


WITHHELD = Explanation(code="withheld", text="the number was withheld")


def core_of(voices: Sequence[Voice]) -> Interval | None:
    """Return what the best-placed voices allow together, null if there is none."""
    return find_core(voices).interval if voices else None


def figure_level(
    voices: Sequence[Voice],
    core: Interval | None,
    spoken: Sequence[Reading],
    limit: Interval,
    policy: Policy,
) -> FigureResult:
    """Reconcile one figure: the claims at one level, inside what the other levels allow.

    Args:
        voices: Its voices.
        core: What the best-placed of them allow together; null if there is no voice.
        spoken: The claims they were collapsed from, at least one.
        limit: What the other levels allow.
        policy: The constants.
    """
    revision, cause = _history(spoken)
    if core is None:
        return _withheld(limit, revision, cause)
    inside = meet(core, limit)
    interval = core if inside is None else inside
    best = find_best(voices, interval)
    span = find_span(voices, interval, limits=limit, policy=policy)
    verdict = judge(voices, best, policy)
    is_gap = inside is not None and interval.low > core.low
    flags: list[Flag] = ["category_gap"] if is_gap else []
    return FigureResult(
        low=span.low,
        best=best,
        high=span.high,
        claimed_low=span.claimed_low,
        claimed_high=span.claimed_high,
        status=verdict.status,
        credibility=credibility_of(verdict.status),
        flags=tuple(flags),
        obs_status=verdict.obs_status,
        reasons=_reasons(voices, best, span, policy, is_gap=is_gap),
        checks=(),
        basis=(),
        revision=revision,
        cause=cause,
    )


def _reasons(
    voices: Sequence[Voice], best: int | None, span: Span, policy: Policy, *, is_gap: bool
) -> tuple[Explanation, ...]:
    found: list[Explanation] = []
    if is_gap:
        sentence = f"a narrower count gives at least {span.low}"
        found.append(Explanation(code="category-gap", text=sentence))
    for voice in sorted(voices, key=lambda voice: (voice.tier, voice.name)):
        if voice in span.outside:
            sentence = f"{spell(voice.interval)} according to {voice.shown}"
            found.append(Explanation(code="disagrees", text=sentence))
        elif best is not None and voice.interval.high is None:
            sentence = f"{voice.shown}'s {spell(voice.interval)} holds for {best}"
            found.append(Explanation(code="floor-met", text=sentence))
        if voice.contradicts_itself:
            sentence = f"{voice.shown} is quoted with numbers that cannot all be true"
            found.append(Explanation(code="self-contradicted", text=sentence))
    return tuple(found[: policy.reasons_max])


def _history(spoken: Sequence[Reading]) -> tuple[int, Cause]:
    """Return how many different things were said about a figure, and why the last one was said.

    Both follow from the set of claims, not from the order in which they arrived.
    """
    in_order = sorted(spoken, key=said_of)
    statements = {(reading.voice, reading.tested) for reading in in_order}
    last = in_order[-1]
    cause: Cause = "further_report"
    if len(in_order) == 1:
        cause = "first_report"
    if last.revises is not None:
        cause = last.revision_reason or "correction"
    elif any(earlier.voice == last.voice and earlier.tested != last.tested for earlier in in_order):
        cause = "later_count"
    return len(statements), cause


def _withheld(limit: Interval, revision: int, cause: Cause) -> FigureResult:
    """Return the figure of a withheld number: what the other levels give all the same."""
    is_bounded = limit.low > 0
    status: FigureStatus = "floor_only" if is_bounded else "undisclosed"
    gap = Explanation(code="category-gap", text=f"narrower counts give at least {limit.low}")
    return FigureResult(
        low=limit.low,
        best=limit.low if is_bounded else None,
        status=status,
        credibility=credibility_of(status),
        flags=("category_gap",) if is_bounded else (),
        obs_status="E" if is_bounded else "L",
        reasons=(WITHHELD, gap) if is_bounded else (WITHHELD,),
        checks=(),
        basis=(),
        revision=revision,
        cause=cause,
    )
