"""One exchange: its figures and why, every claim by camp and voice, the checks with their arithmetic."""

from collections.abc import Collection, Sequence
from itertools import groupby
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.views import Check, ClaimView, Exchange, Figure
from services.api.pages.counts import Counts, Row
from services.api.pages.names import Names, Saying, chosen, voice_of
from services.api.pages.overview import Tables
from services.api.pages.phrases import count, span
from services.api.pages.words import PARTS, STATES, STATUSES, VERDICT_OF, Verdict, Word
from services.reading import current_id


#: Claims of one voice that are shown; the rest is read over the API.
CLAIM_COUNT_MAX = 50


class FigureShown(NamedTuple):
    """One figure: what it says, how sure it is, who gives it, who speaks against it."""

    figure: Figure
    about: str
    text: str
    verdict: Verdict
    status: Word
    standing: tuple[Saying, ...]
    agreeing: tuple[Saying, ...]
    against: tuple[Saying, ...]


class ClaimShown(NamedTuple):
    """One claim, and the part it plays, null if none.

    Attributes:
        claim: The claim.
        about: What it is about.
        part: What it does for its figure, or its state.
        part_name: The same as a word of the vocabulary.
        is_tested: Whether a check tests it.
    """

    claim: ClaimView
    about: str
    part: Word | None
    part_name: str
    is_tested: bool


class VoiceShown(NamedTuple):
    """All one voice says about the exchange."""

    voice: str
    claims: tuple[ClaimShown, ...]
    left_out: int


class CampShown(NamedTuple):
    """The voices of one camp."""

    camp: str
    name: str
    voices: tuple[VoiceShown, ...]


class CheckShown(NamedTuple):
    """One identity tested, and whose claim it tests."""

    check: Check
    claim: ClaimView | None
    expected: str


class ExchangeShown(NamedTuple):
    """What the page of an exchange shows."""

    row: Row
    ordinals: str
    main: tuple[FigureShown, ...]
    others: tuple[FigureShown, ...]
    camps: tuple[CampShown, ...]
    checks: tuple[CheckShown, ...]
    before: Exchange | None
    after: Exchange | None


def exchange_shown(
    exchange: str, tables: Tables, ledger: LedgerConfiguration
) -> ExchangeShown | None:
    """Put the page of an exchange together, null if there is none of that id, now or before."""
    ordered = sorted(tables.exchanges, key=lambda row: (row.date, row.id))
    current = current_id(exchange, ordered)
    place = next((number for number, row in enumerate(ordered) if row.id == current), None)
    if place is None:
        return None
    found = ordered[place]
    names = Names(ledger)
    row = Counts(ledger, tables.figures, tables.claims).row(found)
    figures = [tables.figures[figure] for figure in found.figures if figure in tables.figures]
    # What is disputed comes right after what the page is asked for most.
    leading = [side.figure for side in row.sides if side.figure]
    leading += [clash.figure for side in row.sides for clash in side.clashes]
    main = list(dict.fromkeys(figure.id for figure in leading))
    shown = {figure.id: _figure(figure, tables, names) for figure in figures}
    claims = [claim for claim in tables.claims.values() if claim.exchange == found.id]
    return ExchangeShown(
        row=row,
        ordinals=names.ordinals(found),
        main=tuple(shown[figure] for figure in main),
        others=tuple(shown[figure.id] for figure in figures if figure.id not in main),
        camps=_camps(claims, tables, names, ledger),
        checks=_checks(found, claims, tables),
        before=ordered[place - 1] if place else None,
        after=ordered[place + 1] if place + 1 < len(ordered) else None,
    )


def _figure(figure: Figure, tables: Tables, names: Names) -> FigureShown:
    def sayings(refs: Sequence[str]) -> tuple[Saying, ...]:
        return names.sayings(chosen(refs, tables.claims))

    return FigureShown(
        figure=figure,
        about=names.about(figure),
        text=span(figure.low, figure.best, figure.high),
        verdict=VERDICT_OF[figure.status],
        status=STATUSES[figure.status],
        standing=sayings(figure.claims.best),
        agreeing=sayings(figure.claims.agreeing),
        against=sayings((*figure.claims.disagreeing, *figure.claims.explained)),
    )


def _camps(
    claims: Sequence[ClaimView], tables: Tables, names: Names, ledger: LedgerConfiguration
) -> tuple[CampShown, ...]:
    def order(claim: ClaimView) -> tuple[object, ...]:
        sides = list(ledger.side_codes)
        camp = claim.camp or ""
        first = sides.index(camp) if camp in sides else len(sides)
        said = claim.asserted_at or claim.recorded_at
        return first, names.camp(claim.camp), voice_of(claim), said, claim.ref

    tested = {check.claim for check in tables.checks}
    camps = []
    for (_, camp), told in groupby(sorted(claims, key=order), lambda claim: order(claim)[:2]):
        of_camp = list(told)
        voices = []
        for voice, own in groupby(of_camp, voice_of):
            shown = [_claim(claim, tables, names, tested) for claim in own]
            left_out = max(0, len(shown) - CLAIM_COUNT_MAX)
            voices.append(VoiceShown(voice, tuple(shown[:CLAIM_COUNT_MAX]), left_out))
        camps.append(CampShown(of_camp[0].camp or "", str(camp), tuple(voices)))
    return tuple(camps)


def _claim(claim: ClaimView, tables: Tables, names: Names, tested: Collection[str]) -> ClaimShown:
    part = _part(claim, tables.figures.get(claim.figure or ""))
    word = PARTS.get(part)
    if word is None and claim.state != "active":
        part, word = claim.state, STATES[claim.state]
    return ClaimShown(claim, names.about(claim), word, part, claim.ref in tested)


def _part(claim: ClaimView, figure: Figure | None) -> str:
    if claim.state == "excluded":
        return "excluded"
    if claim.state != "active" or figure is None:
        return ""
    behind = figure.claims
    lists = {
        "best": behind.best,
        "agreeing": behind.agreeing,
        "disagreeing": behind.disagreeing,
        "explained": behind.explained,
    }
    return next((name for name, refs in lists.items() if claim.ref in refs), "")


def _checks(
    exchange: Exchange, claims: Sequence[ClaimView], tables: Tables
) -> tuple[CheckShown, ...]:
    """Give the checks of the exchange, and those of totals that stand for its day."""
    refs = {claim.ref for claim in claims}
    found = [
        check
        for check in tables.checks
        if check.exchange == exchange.id
        or check.claim in refs
        or (check.kind == "running_total" and check.as_of == exchange.date)
    ]
    order = ("fail", "within", "pass", "untestable")
    found.sort(key=lambda check: (order.index(check.result), check.kind, check.id))
    return tuple(
        CheckShown(check, tables.claims.get(check.claim), expected_text(check)) for check in found
    )


def expected_text(check: Check) -> str:
    """Say what a check expects: a number, or the bounds it must lie in."""
    low, high = check.expected_low, check.expected_high
    if low == high == check.expected:
        return count(low)
    if high is None:
        return "–" if low is None else f"{count(low)} or more"
    return f"{count(low or 0)}–{count(high)}"
