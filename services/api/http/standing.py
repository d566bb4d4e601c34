"""The state that an answer stands for, as permalinks and citations name it."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.metadata import metadata
from typing import NamedTuple
from urllib.parse import quote, urlencode

from fastapi import Request

from services.api.http.state import AppState, LedgerState, state_of
from services.queries.as_of import Cut
from services.release.citing import Citation, instant_text, licence_of


_PROJECT = "exchange-ledger"


class StateCited(NamedTuple):
    """The state of a ledger that an answer stands for.

    Attributes:
        ledger: The ledger.
        position: Its log position.
        recorded_at: When the event there was recorded, null for an empty log.
        cut: The times asked for.
        origin: What the addresses of this server begin with.
    """

    ledger: LedgerState
    position: int
    recorded_at: datetime | None
    cut: Cut
    origin: str

    @property
    def known(self) -> datetime | None:
        """The time at which the ledger holds just this."""
        return self.cut.known_on or self.recorded_at

    def permalink(self, path: str, parameters: Mapping[str, str]) -> str:
        """Return the address at which something stays as it is now."""
        given = dict(parameters)
        for name, when in (
            ("as_asserted_by", self.cut.asserted_by),
            ("as_known_on", self.known),
        ):
            if when:
                given[name] = instant_text(when)
        return f"{self.origin}{path}" + (f"?{urlencode(given)}" if given else "")

    def page(self, path: str, anchor: str) -> str:
        """Return the address at which a place on a page of the ledger stays as it is now."""
        link = self.permalink(f"/{self.ledger.name}{path}".rstrip("/"), {})
        return f"{link}#{quote(anchor)}" if anchor else link

    def citation(self, title: str, url: str) -> Citation:
        """Return how something of this state is cited."""
        configuration = self.ledger.configuration
        return Citation(
            title=title,
            container=configuration.title,
            author=author(),
            ledger=self.ledger.name,
            position=self.position,
            known=self.known,
            asserted=self.cut.asserted_by,
            url=url,
            licence=licence_of(configuration.data_licence),
        )


async def standing_of(request: Request, ledger: LedgerState, position: int, cut: Cut) -> StateCited:
    """Return the state that an answer at a log position stands for."""
    recorded = None if cut.known_on else await ledger.recorded_at(position)
    return StateCited(ledger, position, recorded, cut, origin_of(request, state_of(request)))


def origin_of(request: Request, state: AppState) -> str:
    """Return what the addresses of this server begin with, as its readers write it."""
    return state.settings.public_url or str(request.base_url).rstrip("/")


@cache
def author() -> str:
    """Return who releases the data, as releases name them."""
    return str(metadata(_PROJECT)["Author"])
