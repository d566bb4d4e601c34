"""The views that pages are made of, for the ledger that a page's address names."""

from fastapi import Request

from services.api.http.state import LedgerState, state_of
from services.api.pages.frame import base_of
from services.api.pages.overview import Tables
from services.api.views.live import Shown
from services.api.views.tables import View


VIEWS: tuple[View, ...] = (
    *("exchanges", "figures", "cumulative", "checks", "claims"),
    *("headline", "operations"),
)


def ledger_of(request: Request) -> LedgerState:
    """Return the ledger that a page's address names, the first without one."""
    state = state_of(request)
    return state.ledger(base_of(request, state).removeprefix("/") or None)


def tables_of(shown: Shown) -> Tables:
    """Return all views as pages read them."""
    rows = {view: [row.record for row in table.rows] for view, table in shown.tables.items()}
    return Tables(
        exchanges=rows["exchanges"],
        figures={figure.id: figure for figure in rows["figures"]},
        cumulative=rows["cumulative"],
        checks=rows["checks"],
        claims={claim.ref: claim for claim in rows["claims"]},
        headline=rows["headline"],
        operations=rows["operations"],
    )
