"""What projection reads of the log: decisions whole, and of what was recorded only who said it.

What a claim says is joined from the log when a row is read; here it would be checked a third time and
forgotten. So that is left unread, whatever it is: ingest checked it before it was recorded, and
`exchange-ledger log verify` reads every word.

Decisions are checked by the records of `schemas.decisions`, every name, every type and every word of a
fixed list.
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from schemas.decisions import Decision
from schemas.events import Recorded


class Identity(Struct, frozen=True, gc=False):
    """Who published a claim, and under which id; what it says is left unread."""

    id: str
    source: str


class _Event(Struct, frozen=True, gc=False, tag_field="type"):
    position: Annotated[int, Meta(ge=1)]
    recorded_at: Annotated[datetime, Meta(tz=True)]


class ClaimHeard(_Event, frozen=True, tag="claim.recorded"):
    """A claim was recorded."""

    data: Identity


class ClaimRetracted(_Event, frozen=True, tag="claim.retracted"):
    """Changes no row by itself: what it does to a claim is a decision, and comes as one."""


class JudgementMade(_Event, frozen=True, tag="judgement.made"):
    """Changes no row by itself either."""


class JudgementUndone(_Event, frozen=True, tag="judgement.undone"):
    """Changes no row by itself either."""


Heard = ClaimHeard | ClaimRetracted | JudgementMade | JudgementUndone | Decision
_HEARD: msgspec.json.Decoder[Heard] = msgspec.json.Decoder(Heard)
#: Read an event as projection needs it; raises `msgspec.ValidationError` if it is none.
read_heard = _HEARD.decode


def heard(event: Recorded | Decision) -> Heard:
    """Return an event that was read whole as projection needs it."""
    if isinstance(event, Decision):
        return event
    return read_heard(event.model_dump_json(exclude_none=True).encode())
