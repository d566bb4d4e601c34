"""What an assistant is answered from: the read models of a ledger, now or at another time."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from schemas.views import ClaimView, ReadModels
from services.asking.cited import StateAsked
from services.eventlog.port import EventLog
from services.projection.store import ViewStore
from services.queries.as_of import Cut, as_of_models, live_models
from services.release.content import recorded_at


class ModelsAsked(NamedTuple):
    """Read models, and the state that they are."""

    models: ReadModels
    state: StateAsked

    @property
    def claims(self) -> Mapping[str, ClaimView]:
        """The claims, by their refs."""
        return {claim.ref: claim for claim in self.models.claims}


class LedgerAsked:
    """One ledger; what it holds now is read again only when its views have moved."""

    def __init__(
        self,
        ledger: LedgerConfiguration,
        log: EventLog,
        store: ViewStore,
        links: tuple[str, str],
    ) -> None:
        """Prepare to read.

        Args:
            ledger: The ledger.
            log: Its event log.
            store: Its views.
            links: What the addresses of its pages begin with, and who releases the data.
        """
        self.ledger = ledger
        self._log = log
        self._store = store
        self._links = links
        self._held: ModelsAsked | None = None

    async def read(self, cut: Cut) -> ModelsAsked:
        """Return the read models, now or at a cut."""
        if cut != Cut():
            position = await self._log.last_position()
            models = await as_of_models(self._log, ledger=self.ledger, cut=cut)
            return ModelsAsked(models, await self._state(position, cut))
        position = await self._store.position() or 0
        if self._held is None or self._held.state.position != position:
            models = await live_models(self._store, self._log, ledger=self.ledger, with_claims=True)
            self._held = ModelsAsked(models, await self._state(position, cut))
        return self._held

    async def _state(self, position: int, cut: Cut) -> StateAsked:
        known = cut.known_on or await self._recorded(position)
        return StateAsked(self.ledger, position, known, cut, *self._links)

    async def _recorded(self, position: int) -> datetime | None:
        entries = await self._log.read(after=position - 1, limit=1) if position else ()
        return recorded_at(entries[0].body) if entries else None
