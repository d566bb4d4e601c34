"""What projection reads of the log: decisions whole, and of what was recorded only who said it.

What a claim says is joined from the log when a row is read; here it would be checked a third time and
forgotten. So that is left unread, whatever it is: ingest checked it before it was recorded, and
`exchange-ledger log verify` reads every word.

Decisions are checked by the records of `schemas.decisions`, every name, every type and every word of a
fixed list.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from schemas.decisions import Decision
from schemas.events import Recorded
from schemas.record import Instant


class Identity(Struct, frozen=True, gc=False):
    """Who published a claim, and under which id; what it says is left unread."""

    id: str
    source: str


class _Event(Struct, frozen=True, gc=False, kw_only=True, tag_field="type"):
    position: Annotated[int, Meta(ge=1)]
    chain: str | None = None
    recorded_at: Instant


class ClaimIdentity(_Event, frozen=True, tag="claim.recorded"):
    """A claim was recorded."""

    data: Identity


class RetractionIdentity(_Event, frozen=True, tag="claim.retracted"):
    """Changes no row by itself: what it does to a claim is a decision, and comes as one."""


class JudgementIdentity(_Event, frozen=True, tag="judgement.made"):
    """Changes no row by itself either."""


class UndoingIdentity(_Event, frozen=True, tag="judgement.undone"):
    """Changes no row by itself either."""


class ErasureIdentity(_Event, frozen=True, tag="claim.erased"):
    """Changes no row: what is left of the events it names says what they said."""


IdentityEvent = (
    ClaimIdentity
    | RetractionIdentity
    | JudgementIdentity
    | UndoingIdentity
    | ErasureIdentity
    | Decision
)
_EVENTS: msgspec.json.Decoder[IdentityEvent] = msgspec.json.Decoder(IdentityEvent)
#: Read an event as projection needs it; raises `msgspec.ValidationError` if it is none.
decode_identity = _EVENTS.decode


def identity_of(event: Recorded | Decision) -> IdentityEvent:
    """Return an event that was read whole as projection needs it."""
    if isinstance(event, Decision):
        return event
    return decode_identity(event.model_dump_json(exclude_none=True).encode())
