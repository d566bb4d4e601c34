"""`explain`: from a figure down to its claims, reports, rules and arithmetic."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import groupby

from schemas.decisions import Explanation
from schemas.record import Record
from schemas.views import Check, ClaimView, Figure, ReadModels, Revision
from services.cli.columns import shown_expected, shown_range
from services.cli.history import load_history, shown_facts, shown_numbers, unknown_figure
from services.cli.load import load
from services.cli.options import AsAssertedBy, AsKnownOn, FigureName, LedgerName, OutputFormat
from services.cli.output import Format, choose_format, interval, print_json, print_line, write_csv
from services.cli.rules import RuleBehind, behind, behind_rule
from services.queries.as_of import Cut
from services.reconciliation.catalogue import rules_giving
from services.reconciliation.rule import Rule, WordKind
from services.reconciliation.rules.explanations import canonical_code


class Explained(Record):
    """A figure with everything behind it.

    `neighbours` are the figures of the same exchange, measure and side at other categories, from which
    bounds come; `claims` are those of the figure and of its neighbours. `history` is every change of it.
    `rules` are the rules behind the figure's reasons, its checks' explanations, and the claims.
    """

    figure: Figure
    neighbours: tuple[Figure, ...]
    claims: tuple[ClaimView, ...]
    checks: tuple[Check, ...]
    history: tuple[Revision, ...] = ()
    rules: tuple[RuleBehind, ...] = ()


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
            for line in text_of(explained):
                print_line(line)
        case Format.JSON | Format.JSONL:
            print_json(explained.model_dump_json())
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
    claims = tuple(row for row in models.claims if row.ref in refs)
    checks = tuple(row for row in models.checks if row.id in figure.checks)
    return Explained(
        figure=figure,
        neighbours=tuple(neighbours),
        claims=claims,
        checks=checks,
        rules=tuple(_rules_behind(figure, claims, checks)),
    )


def _rules_behind(
    figure: Figure, claims: Sequence[ClaimView], checks: Sequence[Check]
) -> Iterator[RuleBehind]:
    for kind, word in _words_of(figure):
        yield from (
            behind_rule(rule, word, about=figure.id) for rule in _rules_of(kind, word, figure)
        )
    for why in figure.reasons:
        yield from behind(
            "explanation", why.code, about=figure.id, claims=_told_of(why, figure, claims)
        )
    for check in checks:
        for why in check.explanations:
            yield from behind(
                "explanation", why.code, about=check.id, check=check.kind, claims=[check.claim]
            )
    for claim in claims:
        if claim.reason:
            yield from behind("reason", claim.reason, about=claim.ref, claims=[claim.ref])
        for part in claim.evidence.split("; ") if claim.evidence else ():
            yield from behind("evidence", part, about=claim.ref, claims=[claim.ref])


def _told_of(why: Explanation, figure: Figure, claims: Sequence[ClaimView]) -> list[str]:
    """Name the claims a reason tells of: those of the voice that its sentence begins with."""
    return [
        claim.ref
        for claim in claims
        if claim.figure == figure.id and claim.voice and _begins_with(why.text, claim.voice)
    ]


def _begins_with(text: str, voice: str) -> bool:
    return any(text.startswith(f"{voice}{after}") for after in ("'s ", " "))


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
    for kind, word in _words_of(figure):
        yield f"  {word}{_named(_rules_of(kind, word, figure))}"
    for reason in figure.reasons:
        yield f"  {reason.text}"
        told_of = _told_of(reason, figure, explained.claims)
        yield f"    {_by_rule('explanation', reason.code)}{_claims_named(told_of)}"
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
    reading = f"; {_by_rule('reason', claim.reason)}" if claim.reason else ""
    yield f"  {claim.claimant.name}:{wording} → {shown_range(claim)}, {part}{reading}"
    published = f", {claim.published_at}" if claim.published_at else ""
    yield f"    {claim.reported_by or 'no outlet named'}{published}: {claim.url or 'no address'}"
    meant = f"; {_by_rule('evidence', claim.evidence)}" if claim.evidence else ""
    yield f"    claim {claim.ref}, position {claim.position}{meant}"


def _set_aside(explained: Explained) -> Iterator[str]:
    if not explained.figure.claims.excluded:
        return
    claims = {claim.ref: claim for claim in explained.claims}
    yield ""
    yield "Set aside"
    for item in explained.figure.claims.excluded:
        claim = claims.get(item.claim)
        if claim is None:
            yield f"  {item.claim}: {_by_rule('reason', item.reason)}"
        else:
            yield from _claim_lines(claim, "does not count")


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
        for why in check.explanations:
            yield f"    {why.text}"
            yield f"      {_by_rule('explanation', why.code, check.kind)}"
        if check.radius:
            yield f"    would hold with {' or '.join(check.radius)}"


#: Most claims named behind one sentence; all stand below it.
NAMED_COUNT_MAX = 3


def _claims_named(refs: Sequence[str]) -> str:
    if not refs:
        return ""
    more = f" and {len(refs) - NAMED_COUNT_MAX} more" if len(refs) > NAMED_COUNT_MAX else ""
    return f"; claim {', '.join(refs[:NAMED_COUNT_MAX])}{more}"


def _by_rule(kind: WordKind, text: str, check: str | None = None) -> str:
    """Return a code, or several of one claim, with the rule that gave each."""
    codes = text.split("; ")
    return "; ".join(code + _named(rules_giving(kind, code, check=check)) for code in codes)


def _named(rules: Sequence[Rule]) -> str:
    named = " or ".join(f"{rule.name}, {rule.step}" for rule in rules)
    return f" (rule {named})" if rules else ""


def _words_of(figure: Figure) -> list[tuple[WordKind, str]]:
    flags: list[tuple[WordKind, str]] = [("flag", flag) for flag in figure.flags]
    return [("status", figure.status), *flags]


def _rules_of(kind: WordKind, word: str, figure: Figure) -> Sequence[Rule]:
    """Return the rules behind a status or flag: of several, those that give one of the reasons too."""
    found = rules_giving(kind, word)
    codes = {canonical_code(why.code) for why in figure.reasons}
    return [rule for rule in found if codes.intersection(rule.explanations)] or found
