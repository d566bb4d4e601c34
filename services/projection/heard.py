"""What projection reads of the log: decisions whole, and of what was recorded only who said it.

What a claim says is joined from the log when a row is read; here it would be checked a third time and
forgotten. So that is left unread, whatever it is: ingest checked it before it was recorded, and
`exchange-ledger log verify` reads every word.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Discriminator, Field, TypeAdapter

from schemas.events import Decision


class _Part(BaseModel):
    """A part of an event; the rest is left unread."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Identity(_Part):
    """Who published a claim, and under which id."""

    id: str
    source: str


class _HeardEvent(_Part):
    position: Annotated[int, Field(ge=1)]
    recorded_at: AwareDatetime


class ClaimHeard(_HeardEvent):
    """A `claim.recorded`, without what it says."""

    type: Literal["claim.recorded"]
    data: Identity


class PassedOver(_HeardEvent):
    """What changes no row by itself: what it does to a claim is a decision, and comes as one."""

    type: Literal["claim.retracted", "judgement.made", "judgement.undone"]


HEARD: TypeAdapter[ClaimHeard | PassedOver | Decision] = TypeAdapter(
    Annotated[ClaimHeard | PassedOver | Decision, Discriminator("type")]
)


def read_heard(body: bytes) -> ClaimHeard | PassedOver | Decision:
    """Read an event as projection needs it.

    Raises:
        pydantic.ValidationError: It is none.
    """
    event: ClaimHeard | PassedOver | Decision = HEARD.validator.validate_json(body)
    return event
