"""A claim that somebody drafted, before it is checked."""

from typing import NamedTuple

from schemas.claim import Claim
from schemas.draft import DraftNotes


class Drafted(NamedTuple):
    """A claim that somebody drafted, with what it rests on."""

    claim: Claim
    notes: DraftNotes
