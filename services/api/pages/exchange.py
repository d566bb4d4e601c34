"""One exchange, or one operation: its figures and why, every claim by camp and voice, the checks with their arithmetic."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.operation import Operation
from schemas.views import Check, ClaimView, Exchange, Figure
from schemas.vocabulary import CAME_BACK
from services.api.pages.bar_geometry import Scale, scale_of
from services.api.pages.counts import Counts, Row
from services.api.pages.language import gettext
from services.api.pages.names import DisplayNames, Saying, claims_of, voice_of
from services.api.pages.operations import OperationDisplay, OperationShown
from services.api.pages.overview import Tables
from services.api.pages.phrases import count, span
from services.api.pages.stated import stated_of
from services.api.pages.words import PARTS, STATES, STATUSES, Verdict, Word, verdict_of
from services.queries.as_of import current_id
from services.reconciliation.policy import LATEST_POLICY


#: Claims of one voice that are shown; the rest is read over the API.
CLAIM_COUNT_MAX = 50
#: Voices of one camp that are shown.
VOICE_COUNT_MAX = 200


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

    @property
    def scale(self) -> Scale | None:
        """What the bars of its numbers are drawn on, null if all say the same."""
        return scale_of((*self.standing, *self.agreeing, *self.against))


class ClaimShown(NamedTuple):
    """One claim, and the part it plays, null if none.

    Attributes:
        claim: The claim.
        about: What it is about.
        part: What it does for its figure, or its state.
        part_name: The same as a word of the vocabulary.
        is_tested: Whether a check tests it.
        stated: What it states of its exchange beside a number.
    """

    claim: ClaimView
    about: str
    part: Word | None
    part_name: str
    is_tested: bool
    stated: tuple[str, ...]


class VoiceShown(NamedTuple):
    """All one voice says about the exchange."""

    voice: str
    claims: tuple[ClaimShown, ...]
    left_out: int


class CampShown(NamedTuple):
    """The voices of one camp."""

    name: str
    voices: tuple[VoiceShown, ...]
    left_out: int


class CheckShown(NamedTuple):
    """One identity tested, and whose claim it tests."""

    check: Check
    claim: ClaimView | None
    expected: str


class Afterwards(NamedTuple):
    """What took place in the time in which plans are carried out, after one of which nobody speaks any more.

    Attributes:
        exchanges: The exchanges.
        added: The sides' names, with how many came back to each in all.
    """

    exchanges: tuple[Exchange, ...]
    added: tuple[tuple[str, str], ...]


class ExchangeShown(NamedTuple):
    """What the page of an exchange shows."""

    row: Row
    ordinals: str
    main: tuple[FigureShown, ...]
    others: tuple[FigureShown, ...]
    camps: tuple[CampShown, ...]
    checks: tuple[CheckShown, ...]
    operations: tuple[OperationShown, ...]
    afterwards: Afterwards | None
    before: Exchange | None
    after: Exchange | None


class OperationPage(NamedTuple):
    """What the page of an operation shows.

    Attributes:
        operation: The operation.
        added: How many of them it adds to the sides' totals, in words; empty for nobody.
        figures: What is said of its days together.
        camps: Who says so.
        checks: How the counts of its days add up to that.
    """

    operation: Operation
    added: str
    figures: tuple[FigureShown, ...]
    camps: tuple[CampShown, ...]
    checks: tuple[CheckShown, ...]


def operation_page(
    operation: str, tables: Tables, ledger: LedgerConfiguration
) -> OperationPage | None:
    """Put the page of an operation together, null if there is none of that id."""
    found = next((one for one in tables.operations if one.id == operation), None)
    if found is None:
        return None
    names = DisplayNames(ledger)
    [shown] = OperationDisplay(ledger, tables.figures, tables.claims).shown([found])
    figures = [tables.figures[figure] for figure in found.figures if figure in tables.figures]
    of_operation = set(found.figures)
    claims = [claim for claim in tables.claims.values() if claim.figure in of_operation]
    checks = [check for check in tables.checks if check.exchange == operation]
    return OperationPage(
        operation=found,
        added=shown.added,
        figures=tuple(_figure(figure, tables, names) for figure in figures),
        camps=_camps(claims, _Parts(figures, tables.checks), names, ledger),
        checks=_in_order(checks, tables),
    )


def exchange_shown(
    exchange: str, tables: Tables, ledger: LedgerConfiguration
) -> ExchangeShown | None:
    """Put the page of an exchange together, null if there is none of that id, now or before."""
    ordered = sorted(tables.exchanges, key=lambda row: (row.date, row.id))
    current = current_id(exchange, ordered)
    index = next((number for number, row in enumerate(ordered) if row.id == current), None)
    if index is None:
        return None
    found = ordered[index]
    names = DisplayNames(ledger)
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
        camps=_camps(claims, _Parts(figures, tables.checks), names, ledger),
        checks=_checks(found, claims, tables),
        operations=OperationDisplay(ledger, tables.figures, tables.claims).shown(
            one for one in tables.operations if found.id in one.phases
        ),
        afterwards=_afterwards(found, tables, names),
        before=ordered[index - 1] if index else None,
        after=ordered[index + 1] if index + 1 < len(ordered) else None,
    )


def _afterwards(plan: Exchange, tables: Tables, names: DisplayNames) -> Afterwards | None:
    """Return what took place after a plan that lapsed, null for any other exchange, and where nothing did."""
    if plan.lapsed_on is None:
        return None
    last = plan.date + timedelta(days=LATEST_POLICY.planned_days_max)
    found = [
        one
        for one in tables.exchanges
        if plan.date <= one.date <= last and one.id != plan.id and one.status in CAME_BACK
    ]
    ids, added = {one.id for one in found}, Counter[str]()
    for row in tables.headline:
        if row.exchange in ids and row.best:
            added[row.side] += row.best
    if not added:
        return None
    told = tuple((names.side(side), count(number)) for side, number in sorted(added.items()))
    return Afterwards(tuple(sorted(found, key=lambda one: (one.date, one.id))), told)


def _figure(figure: Figure, tables: Tables, names: DisplayNames) -> FigureShown:
    def sayings(refs: Sequence[str]) -> tuple[Saying, ...]:
        return names.sayings(claims_of(refs, tables.claims))

    return FigureShown(
        figure=figure,
        about=names.about(figure),
        text=span(figure.low, figure.best, figure.high),
        verdict=verdict_of(figure),
        status=STATUSES[figure.status],
        standing=sayings(figure.claims.best),
        agreeing=sayings(figure.claims.agreeing),
        against=sayings((*figure.claims.disagreeing, *figure.claims.explained)),
    )


class _Parts:
    """What each claim does for its figure, by its ref."""

    def __init__(self, figures: Iterable[Figure], checks: Iterable[Check]) -> None:
        self.tested = {check.claim for check in checks}
        self._played: dict[tuple[str, str], str] = {}
        for figure in figures:
            behind = figure.claims
            lists = {
                "explained": behind.explained,
                "disagreeing": behind.disagreeing,
                "agreeing": behind.agreeing,
                "best": behind.best,
            }
            for part, refs in lists.items():
                self._played |= dict.fromkeys(((figure.id, ref) for ref in refs), part)

    def of(self, claim: ClaimView) -> str:
        """Return the part a claim plays; its state if it does not count, empty if it plays none."""
        if claim.state != "active":
            return claim.state
        return self._played.get((claim.figure or "", claim.ref), "")


def _camps(
    claims: Sequence[ClaimView], parts: _Parts, names: DisplayNames, ledger: LedgerConfiguration
) -> tuple[CampShown, ...]:
    sides = list(ledger.side_codes)

    def order(claim: ClaimView) -> tuple[int, str, str, datetime, str]:
        camp = claim.camp or ""
        first = sides.index(camp) if camp in sides else len(sides)
        said = claim.asserted_at or claim.recorded_at
        return first, names.camp(claim.camp), voice_of(claim), said, claim.ref

    camps = []
    for (_, camp), told in groupby(sorted(claims, key=order), lambda claim: order(claim)[:2]):
        voices = []
        for voice, own in groupby(told, voice_of):
            of_voice = list(own)
            shown = tuple(_claim(claim, parts, names) for claim in of_voice[:CLAIM_COUNT_MAX])
            voices.append(VoiceShown(voice, shown, max(0, len(of_voice) - CLAIM_COUNT_MAX)))
        left_out = max(0, len(voices) - VOICE_COUNT_MAX)
        camps.append(CampShown(camp, tuple(voices[:VOICE_COUNT_MAX]), left_out))
    return tuple(camps)


def _claim(claim: ClaimView, parts: _Parts, names: DisplayNames) -> ClaimShown:
    part = parts.of(claim)
    word = PARTS.get(part) or next((word for state, word in STATES.items() if state == part), None)
    return ClaimShown(
        claim, names.about(claim), word, part, claim.ref in parts.tested, stated_of(claim)
    )


def _checks(
    exchange: Exchange, claims: Sequence[ClaimView], tables: Tables
) -> tuple[CheckShown, ...]:
    """Return the checks of the exchange, and those of totals that stand for its day."""
    refs = {claim.ref for claim in claims}
    found = [
        check
        for check in tables.checks
        if check.exchange == exchange.id
        or check.claim in refs
        or (check.kind == "running_total" and check.as_of == exchange.date)
    ]
    return _in_order(found, tables)


def _in_order(checks: list[Check], tables: Tables) -> tuple[CheckShown, ...]:
    """Return checks as they are shown, those that fail first."""
    order = ("fail", "within", "pass", "untestable")
    checks.sort(key=lambda check: (order.index(check.result), check.kind, check.id))
    return tuple(
        CheckShown(check, tables.claims.get(check.claim), expected_text(check)) for check in checks
    )


def expected_text(check: Check) -> str:
    """Return what a check expects: a number, or the bounds it must lie in."""
    low, high = check.expected_low, check.expected_high
    if low == high == check.expected:
        return count(low)
    if high is None:
        return "–" if low is None else gettext("%(low)s or more", low=count(low))
    return f"{count(low or 0)}–{count(high)}"
