"""An erasure: words that could identify somebody were taken out of the log, by whom, and why.

It never says what the words were. What is left of each event that held them is proven by its digest here,
and the chain by the digest of what the event was before, which stays with it (docs/decisions/0072).
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from schemas.judgement import JudgedClaim, Words
from schemas.record import Record
from schemas.seal import Sha256


#: What of a claim can be erased. `other` is whoever reviewed the claim's extraction, and all that the
#: publisher sent besides the fields of a claim.
ErasableField = Literal["wording", "name", "url", "reported_by", "quoted_from", "other"]


class ErasedEvent(Record, use_attribute_docstrings=True):
    """An event that held erased words."""

    position: Annotated[int, Field(ge=1)]
    """Where it stands."""
    sha256: Sha256
    """Hash of what is left of its content."""


class ErasedWords(Record, use_attribute_docstrings=True):
    """Words of a claim were erased, wherever the log held them."""

    claim: JudgedClaim
    """The claim, by its publisher's identity, which stays."""
    fields: Annotated[tuple[ErasableField, ...], Field(min_length=1)]
    """Which of its fields went."""
    events: Annotated[tuple[ErasedEvent, ...], Field(min_length=1)]
    """The events that held them, in order of position."""
    who: Words
    """Who erased them."""
    why: Words
    """Why, in words."""
    at: AwareDatetime
    """When."""
