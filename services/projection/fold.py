"""Log events in, rows of the read models out.

The rules:

* A row is a function of the events folded, whatever the batches were: folding in one go, in pieces,
  or twice gives the same rows, byte for byte.
* A row is rebuilt once for all events that touched it since rows were last taken, so a batch costs
  what it changed.
* `position` and `as_known_on` of a row are those of the last event that changed what the row is
  made of. An event that says again what is known changes nothing. (A figure worked out from others
  counts as changed when what supports the best number of one of those changes, even in the rare case
  that the same claims are found behind it by another way.)
* A claim is named by its publisher's id, or by `id@source` from the moment a second publisher uses
  that id.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from sys import intern
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import force_setattr

from schemas.decisions import (
    Assignment,
    CheckEvaluated,
    ClaimsAssigned,
    Decision,
    Decisions,
    DecisionsMade,
    ExchangeForgotten,
    ExchangeIdentified,
    FigureReconciled,
    TotalReconciled,
)
from schemas.events import Recorded
from schemas.ledger import LedgerConfiguration
from schemas.views import ReadModels
from services.log_events.identities import (
    ClaimIdentity,
    ErasureIdentity,
    IdentityEvent,
    JudgementIdentity,
    RetractionIdentity,
    UndoingIdentity,
    identity_of,
)
from services.projection.cumulative import cumulative
from services.projection.dimensions import dimensions_of, told_dimensions
from services.projection.headline import headline
from services.projection.operations import operations
from services.projection.rows import ClaimInLog, Rows, Table, claim_view
from services.projection.support_index import DecidedFigure, Moment
from services.projection.tables.checks import CheckFold
from services.projection.tables.claims import ClaimFold
from services.projection.tables.exchanges import ExchangeFold
from services.projection.tables.figures import ChangedFigure, FigureFold
from services.projection.tables.totals import TotalFold


class Changes(NamedTuple):
    """What changed since changes were last taken.

    Attributes:
        rows: For each table, key to new row, as it is stored; null for a row that is gone.
        figures: The changed figures in order of position and id: the change feed.
        position: The last position folded.
        policy: The policy of the latest figure, empty before the first.
        chain: The log's chain value at `position`, empty where it has none.
    """

    rows: Mapping[Table, Mapping[str, bytes | None]]
    figures: tuple[ChangedFigure, ...]
    position: int
    policy: str
    chain: str = ""


class ReadModel:
    """All read models of one ledger, in memory.

    Attributes:
        position: The last position folded, 0 before the first.
        policy: The policy of the latest figure, empty before the first.
        chain: The log's chain value at `position`, empty where it has none.
    """

    def __init__(self, ledger: str) -> None:
        self.position = 0
        self.chain = ""
        self.policy = ""
        self._ledger = ledger
        self._claims = ClaimFold()
        self._exchanges = ExchangeFold(ledger)
        self._figures = FigureFold(ledger, self._claims)
        self._checks = CheckFold(ledger, self._claims)
        self._totals = TotalFold(ledger, self._claims)

    def fold(self, event: IdentityEvent | Recorded | Decision) -> None:
        """Take in one event; one at or below `position` changes nothing."""
        if event.position <= self.position:
            return
        self.position, self.chain = event.position, event.chain or ""
        # Asking pydantic whether it is one of its records takes longer than most events.
        self._take_in(event if isinstance(event, Struct) else identity_of(event))

    def _take_in(self, event: IdentityEvent) -> None:
        # Most events are claims, and most claims change no row by themselves.
        if isinstance(event, ClaimIdentity):
            self._record(event)
            return
        at = Moment(event.position, event.recorded_at)
        match event:
            case DecisionsMade():
                self._decide(event.data, at)
            case FigureReconciled(data=data):
                self.policy = data.policy
                dimensions = told_dimensions(data)
                decided = DecidedFigure(data.new, data.policy, dimensions) if data.new else None
                self._decide_figure(data.figure, decided, at)
            case ClaimsAssigned():
                self._assign(event.data.assignments, at)
            case CheckEvaluated():
                self._checks.evaluate(event.data.id, event.data.check, at)
            case ExchangeIdentified():
                self._exchanges.identify(event.data.exchange, event.data, at)
            case ExchangeForgotten():
                self._exchanges.identify(event.data.exchange, None, at)
            case TotalReconciled():
                self._totals.reconcile(event.data, at)
            case RetractionIdentity() | JudgementIdentity() | UndoingIdentity() | ErasureIdentity():
                pass  # What it does to a claim is a decision, and comes as one; words are joined later.

    def take_changes(self) -> Changes:
        """Return what changed since the last call."""
        figures, feed = self._figures.take()
        rows: dict[Table, dict[str, bytes | None]] = {
            "exchanges": self._exchanges.take(),
            "figures": figures,
            "totals": self._totals.take(),
            "checks": self._checks.take(),
            "claims": self._claims.take(),
        }
        return Changes(rows, tuple(feed), self.position, self.policy, self.chain)

    def discard_changes(self) -> None:
        """Take what changed for written."""
        for table in (self._exchanges, self._figures, self._totals, self._checks, self._claims):
            table.discard()

    def rows(self) -> Rows:
        """Return all rows, in order of id, key or ref: the same whatever order claims came in."""
        return Rows(
            exchanges=tuple(self._exchanges.all()),
            figures=tuple(self._figures.all()),
            totals=tuple(self._totals.all()),
            checks=tuple(self._checks.all()),
            claims=self._claims.all(),
        )

    def read_models(
        self, ledger: LedgerConfiguration, claim_at: Callable[[int], ClaimInLog]
    ) -> ReadModels:
        """Return all read models; `claim_at` finds a claim in the log by its position."""
        return assemble(ledger, self.rows(), claim_at)

    def _record(self, event: ClaimIdentity) -> None:
        renamed = self._claims.record(event.position, event.data)
        if renamed is not None:
            at = Moment(event.position, event.recorded_at)
            for table in (self._figures, self._checks, self._totals):
                table.rename(renamed, at)

    def _decide(self, data: Decisions, at: Moment) -> None:
        if data.identified is not None:
            self._exchanges.identify(data.identified.exchange, data.identified, at)
        if data.assignments:
            self._assign(_assignments_of(data), at)
        if data.figures:
            self.policy = policy = intern(data.policy or "")
            for change in data.figures:
                decided = None
                if change.new is not None:
                    decided = DecidedFigure(change.new, policy, dimensions_of(change.figure))
                self._decide_figure(change.figure, decided, at)
        for check in data.checks:
            self._checks.evaluate(check.id, check, at)
        for withdrawn in data.withdrawn:
            self._checks.evaluate(withdrawn, None, at)
        for total in data.totals:
            self._totals.reconcile(total, at)
        if data.forgotten is not None:
            self._exchanges.identify(data.forgotten, None, at)

    def _assign(self, assignments: Iterable[Assignment], at: Moment) -> None:
        claims, figures = self._claims, self._figures
        gained: defaultdict[str, int] = defaultdict(int)
        for new in assignments:
            claim = new.claim
            assert claims.has(claim), f"no claim was recorded at position {claim}"
            old = claims.assignments.get(claim)
            if old == new:
                continue
            claims.assign(new)
            if old and old.exchange:
                gained[old.exchange] -= 1
            if new.exchange:
                gained[new.exchange] += 1
            figures.assign(old, new, at)
        self._exchanges.count_claims(gained, at)

    def _decide_figure(self, figure: str, decided: DecidedFigure | None, at: Moment) -> None:
        old = self._figures.decide(figure, decided, at)
        self._exchanges.move_figure(
            figure,
            old.dimensions.exchange if old else None,
            decided.dimensions.exchange if decided else None,
            at,
        )


def assemble(
    ledger: LedgerConfiguration, rows: Rows, claim_at: Callable[[int], ClaimInLog]
) -> ReadModels:
    """Make the read models out of stored rows; `claim_at` finds a claim in the log by its position."""
    listed = headline(ledger.name, ledger.side_codes, rows.exchanges, rows.figures)
    return ReadModels(
        exchanges=rows.exchanges,
        figures=rows.figures,
        cumulative=cumulative(ledger.name, rows.figures, rows.exchanges, rows.totals, listed),
        checks=rows.checks,
        claims=tuple(claim_view(row, claim_at(row.position)) for row in rows.claims),
        headline=listed,
        operations=operations(ledger.name, rows.exchanges, rows.figures, listed),
    )


def _assignments_of(decisions: Decisions) -> tuple[Assignment, ...]:
    """Return the assignments with the exchange that they leave out."""
    if decisions.exchange is not None:
        for assignment in decisions.assignments:
            # Put right where it is: a copy of every one costs more than reading them.
            force_setattr(assignment, "exchange", decisions.exchange)
    return decisions.assignments
