"""What all pages share: the ledger, the time, and the addresses of links."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import Request

from services.api.http.standing import StateCited
from services.api.http.state import AppState, LedgerState
from services.api.pages.cited import Cited
from services.api.pages.names import DisplayNames
from services.api.pages.phrases import instant
from services.api.pages.query_parameters import PageParameters, TimeField, time_field
from services.queries.as_of import Cut
from services.release.citing import Citation
from services.runtime import clock


#: The files of every table.
FILES = (("CSV", "csv"), ("Excel", "xlsx"), ("JSON", "json"), ("Parquet", "parquet"))


class Frame(NamedTuple):
    """What every template is given.

    Attributes:
        ledger: The ledger's name.
        names: How its sides and camps are called.
        base: What its pages' addresses begin with, empty for the first ledger's.
        path: This page's path.
        query: The times asked for, as all links carry them.
        cut: The times asked for.
        asserted: The first as a form shows it.
        known: The second likewise.
        ledgers: All ledgers served, by name, with their titles.
        position: The log position that the page stands for.
        state: The state that the page stands for, as citations name it.
        today: The day that the page is seen from: the present one, or that of the time asked for.
    """

    ledger: str
    names: DisplayNames
    base: str
    path: str
    query: str
    cut: Cut
    asserted: TimeField
    known: TimeField
    ledgers: Mapping[str, str]
    position: int
    state: StateCited
    today: date

    @property
    def is_live(self) -> bool:
        """Whether the page follows changes."""
        return self.cut == Cut()

    @property
    def times(self) -> str:
        """The times asked for, in words."""
        parts = [
            f"{words} {instant(when)}"
            for words, when in (
                ("as said by", self.cut.asserted_by),
                ("as this ledger knew it at", self.cut.known_on),
            )
            if when
        ]
        return ", ".join(parts)

    def link(self, path: str) -> str:
        """Return the address of another page of the ledger, at the same times."""
        return f"{(self.base + path).rstrip('/') or '/'}{self.query}"

    def api(self, view: str, row: str = "", **more: str) -> str:
        """Return the address of the same data in the API: of a view, or of one row of it."""
        parameters: dict[str, str] = {"ledger": self.ledger, **more}
        for name, when in (
            ("as_asserted_by", self.cut.asserted_by),
            ("as_known_on", self.cut.known_on),
        ):
            if when:
                parameters[name] = when.isoformat()
        path = f"{view}/{quote(row, safe='')}" if row else view
        return f"/v1/{path}?{urlencode(parameters)}"

    def files(self, table: str, **more: str) -> tuple[tuple[str, str], ...]:
        """Return the files of a table of the API: how each is called, and its address."""
        return tuple((label, self.api(f"{table}.{ending}", **more)) for label, ending in FILES)

    def cite(self, cited: Cited) -> Citation:
        """Return how something is cited."""
        return self.state.citation(cited.title, self.state.page(cited.path, cited.anchor))


def frame_of(
    request: Request,
    state: AppState,
    served: LedgerState,
    parameters: PageParameters,
    standing: StateCited,
) -> Frame:
    """Make the frame of a request."""
    return Frame(
        ledger=served.name,
        names=DisplayNames(served.configuration),
        base=base_of(request, state),
        path=request.url.path,
        query=parameters.query,
        cut=parameters.cut,
        asserted=time_field(parameters.cut.asserted_by),
        known=time_field(parameters.cut.known_on),
        ledgers={name: ledger.configuration.title for name, ledger in state.ledgers.items()},
        position=standing.position,
        state=standing,
        today=(parameters.cut.asserted_by or parameters.cut.known_on or clock.now()).date(),
    )


def base_of(request: Request, state: AppState) -> str:
    """Return what the addresses of a request's ledger begin with."""
    first = request.url.path.split("/", 2)[1]
    return f"/{first}" if first in state.ledgers else ""


def context_of(frame: Frame, **more: Any) -> dict[str, Any]:
    """Return what a template is rendered with."""
    return {"frame": frame, "names": frame.names, **more}
