"""An operator in the simulation: judges, takes judgements back, and takes note of losses."""

import json
from random import Random
from typing import Any

from schemas.judgement import Exclude, JudgedClaim, Judgement, Merge, Pin, Reassign, UndoneJudgement
from services.eventlog.losses import Acknowledgement
from services.eventlog.port import NewEvent
from services.log_events.envelope import Origin, identified, seal, undone_id
from services.runtime import clock
from tests.failure.simulated_clients import LEDGER
from tests.failure.simulated_server import SimulatedServer


#: Of the judgements, how many of those that stand are taken back.
UNDO = 0.3


class SimulatedOperator:
    """Commands of an operator, each one step: they read what the views show, and append.

    Attributes:
        noted: Ids of the losses that were acknowledged and are in the store.
    """

    def __init__(self, server: SimulatedServer, chance: Random) -> None:
        self._server, self._chance = server, chance
        self._made: list[Judgement] = []
        self.noted: set[str] = set()

    def judge(self, claims: list[tuple[str, bytes]]) -> None:
        """Make a judgement, or take one back."""
        log = self._server.state.log
        standing = [one for one in self._made if log.knows(one.id)]
        if standing and self._chance.random() < UNDO:
            self._undo(self._chance.choice(standing))
        elif (judgement := self._judgement(claims)) is not None:
            origin = Origin("operator", judgement.at, judgement.id, judgement.id)
            self._append(seal(judgement, event_id=judgement.id, ledger=LEDGER.name, origin=origin))
            self._made.append(judgement)

    def take_note(self) -> None:
        """Acknowledge a loss, if one is open."""
        losses = self._server.state.losses
        if opened := [loss for loss in losses.values() if loss.acknowledged is None]:
            loss = self._chance.choice(opened)
            noted = Acknowledgement(who="an operator", why="publishers repeat", at=clock.now())
            losses[loss.id] = loss.model_copy(update={"acknowledged": noted})
            self._server.keep_moment()
            self.noted.add(loss.id)

    def look_again(self) -> None:
        """See what of the losses is acknowledged in the store that came back."""
        losses = self._server.state.losses.values()
        self.noted = {loss.id for loss in losses if loss.acknowledged}

    def _undo(self, judgement: Judgement) -> None:
        at = clock.now()
        undone = UndoneJudgement(judgement=judgement.id, who="an operator", why="an error", at=at)
        event_id = undone_id(judgement.id)
        origin = Origin("operator", at, judgement.id, judgement.id)
        self._append(seal(undone, event_id=event_id, ledger=LEDGER.name, origin=origin))

    def _append(self, event: NewEvent) -> None:
        self._server.append([event], None, ())

    def _judgement(self, claims: list[tuple[str, bytes]]) -> Judgement | None:
        state, chance = self._server.state, self._chance
        views = state.views.get(state.current or "")
        rows = views.rows if views else {}
        exchanges, figures = sorted(rows.get("exchanges", ())), sorted(rows.get("figures", ()))
        if not exchanges or not figures:
            return None
        event = json.loads(chance.choice(claims)[1])
        judged = JudgedClaim(source=event["source"], id=event["id"])
        fields: dict[str, Any] = {
            "id": "",
            "who": "an operator",
            "why": "seen by hand",
            "at": clock.now(),
        }
        drawn = chance.randrange(4)
        if drawn == 0:
            return identified(Exclude(claim=judged, **fields))
        if drawn == 1:
            exchange = chance.choice([None, *exchanges])
            return identified(Reassign(claim=judged, exchange=exchange, **fields))
        if drawn == 2 and len(exchanges) > 1:
            one, into = chance.sample(exchanges, 2)
            return identified(Merge(exchange=one, into=into, **fields))
        best = chance.randrange(300)
        return identified(
            Pin(figure=chance.choice(figures), low=best, best=best, high=best, **fields)
        )
