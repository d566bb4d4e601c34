"""What the log holds: one frozen class for each event type, a discriminated union of them all.

Every event is a CloudEvents 1.0 JSON document. `id` is a content hash (32 hexadecimal digits): for
what was published over the publisher's (source, id), for a judgement over all it says, for an undoing
over the judgement's id, for a decision over (its cause's id, its subject, the policy). `position` is
given by the log on append, and so is `chain`, the hash over this event and the chain before it; the first
event names the `history` besides (`services.eventlog.chain`). `causationid` names the event, or the inbox entry, that this one follows
from; `correlationid` is the inbox entry at the root of the chain, and `traceparent` the trace that its
publisher named, if any (CloudEvents' extension for distributed tracing).

Recorded events carry what publishers sent and what operators judged, whole; they are described here,
and decisions in `schemas.decisions`.
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import AwareDatetime, Discriminator, Field, TypeAdapter

from schemas.claim import Claim, Retraction
from schemas.decisions import Decision
from schemas.erasure import ErasedWords
from schemas.judgement import Judgement, UndoneJudgement
from schemas.record import Record, StructRecord, model_of
from schemas.seal import Sha256


#: Hexadecimal digits of SHA-1.
ChainValue = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
#: Hexadecimal digits of 16 random bytes.
Salt = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


#: A span of W3C Trace Context: version, trace, span, flags.
Traceparent = Annotated[str, Field(pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")]


class RecordedClaim(Record):
    """A claim as it was published: the publisher's identity, its time, and what it said."""

    id: str
    source: str
    time: AwareDatetime | None = None
    claim: Claim


class RecordedRetraction(Record):
    """A retraction as it was published."""

    id: str
    source: str
    time: AwareDatetime | None = None
    retraction: Retraction


class _LogEvent(Record):
    """The CloudEvents attributes that every event in the log carries."""

    position: Annotated[int, Field(ge=1)]
    chain: ChainValue | None = None
    history: ChainValue | None = None
    salt: Salt | None = None
    digest: Sha256 | None = None
    erased: Annotated[int, Field(ge=1)] | None = None
    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    subject: str
    recorded_at: AwareDatetime
    causationid: str
    correlationid: str
    traceparent: Traceparent | None = None


class ClaimRecorded(_LogEvent):
    """A claim was accepted into the log."""

    type: Literal["claim.recorded"]
    data: RecordedClaim


class ClaimRetracted(_LogEvent):
    """A publisher took a claim back."""

    type: Literal["claim.retracted"]
    data: RecordedRetraction


class JudgementMade(_LogEvent):
    """An operator judged."""

    type: Literal["judgement.made"]
    data: Judgement


class JudgementUndone(_LogEvent):
    """An operator took a judgement back."""

    type: Literal["judgement.undone"]
    data: UndoneJudgement


class WordsErased(_LogEvent):
    """Words of a claim were erased, wherever the log held them."""

    type: Literal["claim.erased"]
    data: ErasedWords


Recorded = ClaimRecorded | ClaimRetracted | JudgementMade | JudgementUndone | WordsErased
Event = Annotated[Recorded | Decision, Discriminator("type")]
EVENTS: TypeAdapter[Recorded | Decision] = TypeAdapter(Event)


def event_models() -> dict[str, type[Record]]:
    """Return the model of each event by its type, recorded events first."""
    kinds: tuple[Any, ...] = (*get_args(Recorded), *get_args(Decision))
    models = [model_of(kind) if issubclass(kind, StructRecord) else kind for kind in kinds]
    return {get_args(model.model_fields["type"].annotation)[0]: model for model in models}
