"""The overview: what is agreed, what is not, who says so; the totals day by day; all exchanges."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from schemas.headline import HeadlineRow
from schemas.ledger import LedgerConfiguration
from schemas.operation import Operation
from schemas.views import Check, ClaimView, CumulativePoint, Exchange, Figure
from schemas.vocabulary import CheckResult
from services.api.pages.counts import Clash, Counts, Row
from services.api.pages.names import DisplayNames, voice_of
from services.api.pages.operations import OperationDisplay, OperationShown, by_first_phase
from services.api.pages.phrases import allowed, span
from services.api.pages.remains import RemainsShown, remains_shown
from services.api.pages.words import VERDICTS, Verdict


#: Voices that are named for a verdict.
NAMED_COUNT = 3
#: Exchanges shown; older ones of a longer ledger are read over the API.
EXCHANGE_COUNT_MAX = 500


class Share(NamedTuple):
    """How many counts have one verdict, of which sides, and whose word they are.

    Attributes:
        verdict: The verdict.
        counts: How many counts have it.
        voices: Who gives most of their numbers, with how many.
    """

    verdict: Verdict
    counts: int
    voices: tuple[tuple[str, int], ...]


class TotalSaid(NamedTuple):
    """One total that an official published.

    Attributes:
        side: Whose people.
        as_of: The day it stands for.
        text: The number as it was said.
        low: The least it allows.
        high: The most it allows, null if it is open.
        who: Who said it.
        category: Who is counted.
        result: Whether it fits the exchanges and the total before it.
        claim: The claim.
    """

    side: str
    as_of: date
    text: str
    low: int
    high: int | None
    who: str
    category: str
    result: CheckResult
    claim: ClaimView

    @property
    def fits(self) -> bool:
        """Whether nothing speaks against it."""
        return self.result != "fail"


class Curve(NamedTuple):
    """How many came back to one side up to each day, and what officials published about it."""

    side: str
    name: str
    points: tuple[CumulativePoint, ...]
    published: tuple[TotalSaid, ...]

    @property
    def last(self) -> CumulativePoint:
        """Where it ends."""
        return self.points[-1]

    @property
    def last_text(self) -> str:
        """The number it ends with."""
        return span(self.last.low, self.last.best, self.last.high)

    @property
    def base(self) -> TotalSaid | None:
        """The exact official total that its end rests on, null where exchanges alone make it."""
        for point in reversed(self.points):
            total = point.published
            if total is not None and total.low == total.high == point.best:
                return next((one for one in self.published if one.claim.ref in total.claims), None)
        return None

    @property
    def last_total(self) -> TotalSaid | None:
        """The latest official total that fits, or that the end rests on."""
        base = self.base
        return next((one for one in reversed(self.published) if one.fits or one == base), None)


class Overview(NamedTuple):
    """What the overview shows."""

    rows: tuple[Row, ...]
    operations: Mapping[str, Sequence[OperationShown]]
    left_out: int
    counts: int
    missing: int
    shares: tuple[Share, ...]
    disputed: tuple[tuple[Row, Clash], ...]
    curves: tuple[Curve, ...]
    remains: tuple[RemainsShown, ...]
    claim_count: int

    @property
    def found(self) -> Mapping[Verdict, int]:
        """How many counts have each verdict."""
        return {share.verdict: share.counts for share in self.shares}


class Tables(NamedTuple):
    """All views of a ledger, as they stood together."""

    exchanges: Sequence[Exchange]
    figures: Mapping[str, Figure]
    cumulative: Sequence[CumulativePoint]
    checks: Sequence[Check]
    claims: Mapping[str, ClaimView]
    headline: Sequence[HeadlineRow]
    operations: Sequence[Operation]


def overview(tables: Tables, ledger: LedgerConfiguration) -> Overview:
    """Put the overview together."""
    counting = Counts(ledger, tables.figures, tables.claims)
    newest = sorted(tables.exchanges, key=lambda row: (row.date, row.id), reverse=True)
    rows = [counting.row(exchange) for exchange in newest]
    known = [side for row in rows if row.came_back for side in row.sides]
    shares = _shares(rows)
    shown = tuple(rows[:EXCHANGE_COUNT_MAX])
    whole = OperationDisplay(ledger, tables.figures, tables.claims).shown(tables.operations)
    return Overview(
        rows=shown,
        operations=by_first_phase(whole, (row.exchange.id for row in shown)),
        left_out=max(0, len(rows) - EXCHANGE_COUNT_MAX),
        counts=sum(share.counts for share in shares),
        missing=sum(side.verdict is None for side in known),
        shares=shares,
        disputed=tuple(
            (row, clash) for row in rows for side in row.sides for clash in side.clashes
        ),
        curves=_curves(tables, ledger),
        remains=remains_shown(tables.figures, tables.claims, ledger),
        claim_count=len(tables.claims),
    )


def _shares(rows: Sequence[Row]) -> tuple[Share, ...]:
    counts: Counter[Verdict] = Counter()
    voices: dict[Verdict, Counter[str]] = {verdict: Counter() for verdict in VERDICTS}
    for side in (side for row in rows if row.came_back for side in row.sides):
        if side.verdict is not None:
            counts[side.verdict] += 1
            sayings = [*side.sayings, *(one for clash in side.clashes for one in clash.against)]
            speakers = {one.voice for saying in sayings for one in saying.speakers}
            voices[side.verdict].update(speakers)
    return tuple(
        Share(verdict, counts[verdict], tuple(_most(voices[verdict]))) for verdict in VERDICTS
    )


def _most(voices: Counter[str]) -> list[tuple[str, int]]:
    return sorted(voices.items(), key=lambda voice: (-voice[1], voice[0]))[:NAMED_COUNT]


def _curves(tables: Tables, ledger: LedgerConfiguration) -> tuple[Curve, ...]:
    names = DisplayNames(ledger)
    curves = []
    for side in ledger.side_codes:
        points = tuple(
            point for point in tables.cumulative if (point.side, point.category) == (side, "all")
        )
        if points:
            said = _published(side, points, tables, ledger)
            curves.append(Curve(side, names.side(side), points, said))
    return tuple(curves)


def _published(
    side: str, points: Sequence[CumulativePoint], tables: Tables, ledger: LedgerConfiguration
) -> tuple[TotalSaid, ...]:
    """Return what officials of either side published, of everybody or of the soldiers.

    Left out are totals of a window of time: those that begin after the first day and are on no curve.
    """
    on_curve = {
        ref for point in tables.cumulative for ref in getattr(point.published, "claims", ())
    }
    names = DisplayNames(ledger)
    found = []
    for check in tables.checks:
        claim = tables.claims.get(check.claim)
        if check.kind != "running_total" or check.side != side or claim is None:
            continue
        if check.as_of is None or claim.low is None or claim.camp not in ledger.side_codes:
            continue
        since = claim.period.since
        if claim.ref not in on_curve and since is not None and since > points[0].as_of:
            continue
        if claim.category not in ("all", "military", "unspecified"):
            continue
        found.append(
            TotalSaid(
                side=side,
                as_of=check.as_of,
                text=allowed(claim.low, claim.high),
                low=claim.low,
                high=claim.high,
                who=names.called(voice_of(claim)),
                category=claim.category,
                result=check.result,
                claim=claim,
            )
        )
    return tuple(sorted(found, key=lambda said: (said.as_of, said.low, said.claim.position)))
