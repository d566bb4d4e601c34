"""`explain`: from a figure down to its claims, reports, rules and arithmetic."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby

from schemas.record import Record
from schemas.views import Check, ClaimView, Figure, ReadModels, Revision
from services.cli.columns import shown_expected, shown_range
from services.cli.history import load_history, shown_facts, shown_numbers, unknown_figure
from services.cli.load import load
from services.cli.options import AsAssertedBy, AsKnownOn, FigureName, LedgerName, OutputFormat
from services.cli.output import Format, choose_format, interval, write_csv
from services.queries.as_of import Cut


class Explained(Record):
    """A figure with everything behind it.

    `neighbours` are the figures of the same exchange, measure and side at other categories, from which
    bounds come; `claims` are those of the figure and of its neighbours. `history` is every change of it.
    """

    figure: Figure
    neighbours: tuple[Figure, ...]
    claims: tuple[ClaimView, ...]
    checks: tuple[Check, ...]
    history: tuple[Revision, ...] = ()


def explain(
    figure: FigureName,
    *,
    ledger: LedgerName = None,
    form: OutputFormat = None,
    as_asserted_by: AsAssertedBy = None,
    as_known_on: AsKnownOn = None,
) -> None:
    """Explain a figure: its status and reasons, who said what, what was set aside, the arithmetic."""
    cut = Cut(as_asserted_by, as_known_on)
    _, models = asyncio.run(load(ledger, cut, with_claims=True))
    explained = explained_figure(figure, models)
    revisions = asyncio.run(load_history(figure, ledger, cut))
    explained = explained.model_copy(update={"history": revisions})
    match choose_format(form):
        case Format.TABLE:
            sys.stdout.writelines(f"{line}\n" for line in text_of(explained))
        case Format.JSON | Format.JSONL:
            print(explained.model_dump_json())
        case Format.CSV:
            write_csv(list(Explained.model_fields), [explained.model_dump(mode="json")])


def explained_figure(figure_id: str, models: ReadModels) -> Explained:
    """Gather what stands behind a figure.

    Raises:
        CommandError: There is no such figure; the message names those with a similar id.
    """
    figures = {figure.id: figure for figure in models.figures}
    figure = figures.get(figure_id)
    if figure is None:
        raise unknown_figure(figure_id, list(figures))
    neighbours = [
        row for row in models.figures if row.id != figure_id and _level(row) == _level(figure)
    ]
    refs = _refs(figure).union(*map(_refs, neighbours))
    return Explained(
        figure=figure,
        neighbours=tuple(neighbours),
        claims=tuple(row for row in models.claims if row.ref in refs),
        checks=tuple(row for row in models.checks if row.id in figure.checks),
    )


def _level(figure: Figure) -> tuple[object, ...]:
    return figure.exchange, figure.date, figure.measure, figure.side


def _refs(figure: Figure) -> set[str]:
    behind = figure.claims
    refs = {*behind.best, *behind.agreeing, *behind.disagreeing, *behind.explained}
    return refs | {item.claim for item in behind.excluded}


def text_of(explained: Explained) -> Iterator[str]:
    """Write the explanation from top to bottom, a line at a time."""
    figure = explained.figure
    yield f"{figure.id}   {interval(figure.low, figure.best, figure.high)}   (low / best / high)"
    flags = f", {', '.join(figure.flags)}" if figure.flags else ""
    yield f"status {figure.status}{flags}; credibility {figure.credibility} of 6"
    if (figure.claimed_low, figure.claimed_high) != (figure.low, figure.high):
        claimed_high = "open" if figure.claimed_high is None else figure.claimed_high
        claimed_low = "–" if figure.claimed_low is None else figure.claimed_low
        yield f"claimed from {claimed_low} to {claimed_high}"
    yield f"revision {figure.revision} at position {figure.position} ({figure.cause}), policy {figure.policy}"
    yield ""
    yield "Why"
    yield from (f"  {reason.text} ({reason.code})" for reason in figure.reasons)
    yield from _voices(figure, explained.claims)
    yield from _set_aside(explained)
    yield from _arithmetic(explained.checks)
    yield from _history(explained.history)
    for neighbour in explained.neighbours:
        yield ""
        shown = interval(neighbour.low, neighbour.best, neighbour.high)
        yield f"Beside it: {neighbour.id}   {shown}   {neighbour.status}"
        yield from _voices(neighbour, explained.claims)


def _voices(figure: Figure, claims: Sequence[ClaimView]) -> Iterator[str]:
    excluded = {item.claim for item in figure.claims.excluded}
    counted = [claim for claim in claims if claim.ref in _refs(figure) - excluded]
    counted.sort(
        key=lambda claim: (claim.tier or 0, claim.camp or "", claim.voice or "", claim.ref)
    )
    for (tier, camp), of_camp in groupby(counted, lambda claim: (claim.tier, claim.camp)):
        yield ""
        yield f"Tier {tier}, camp {camp}"
        for claim in of_camp:
            yield from _claim_lines(claim, _part_played(claim.ref, figure))


def _part_played(ref: str, figure: Figure) -> str:
    parts = {
        "gives the best number": figure.claims.best,
        "agrees": figure.claims.agreeing,
        "disagrees": figure.claims.disagreeing,
        "explained": figure.claims.explained,
    }
    return next((part for part, refs in parts.items() if ref in refs), "heard")


def _claim_lines(claim: ClaimView, part: str) -> Iterator[str]:
    wording = f" “{claim.wording}”" if claim.wording else ""
    reading = f"; {claim.reason}" if claim.reason else ""
    yield f"  {claim.claimant.name}:{wording} → {shown_range(claim)}, {part}{reading}"
    published = f", {claim.published_at}" if claim.published_at else ""
    yield f"    {claim.reported_by or 'no outlet named'}{published}: {claim.url or 'no address'}"
    yield f"    claim {claim.ref}, position {claim.position}"


def _set_aside(explained: Explained) -> Iterator[str]:
    if not explained.figure.claims.excluded:
        return
    claims = {claim.ref: claim for claim in explained.claims}
    yield ""
    yield "Set aside"
    for item in explained.figure.claims.excluded:
        claim = claims.get(item.claim)
        if claim is None:
            yield f"  {item.claim}: {item.reason}"
        else:
            yield from _claim_lines(claim, f"does not count ({item.reason})")


def _history(revisions: Sequence[Revision]) -> Iterator[str]:
    if revisions:
        yield ""
        yield "History"
    for row in revisions:
        change = f"{shown_numbers(row.old)} → {shown_numbers(row.new)}"
        yield f"  position {row.position}, {row.recorded_at.isoformat(timespec='seconds')}: {change}"
        yield from (f"    {row.cause or 'withdrawn'}: {fact}" for fact in shown_facts(row))


def _arithmetic(checks: Sequence[Check]) -> Iterator[str]:
    if checks:
        yield ""
        yield "Checks"
    for check in checks:
        got = "–" if check.got is None else check.got
        diff = "" if check.diff is None else f", difference {check.diff:+d}"
        yield (
            f"  {check.result}: {check.kind} by {check.claim}: expected {shown_expected(check)}, "
            f"got {got}{diff}, tolerance {check.tolerance}"
        )
        yield from (f"    {why.text} ({why.code})" for why in check.explanations)
        if check.radius:
            yield f"    would hold with {' or '.join(check.radius)}"
