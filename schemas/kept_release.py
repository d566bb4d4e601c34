"""A release of a ledger's data that is kept at an address of its own."""

from datetime import date

from pydantic import AwareDatetime

from schemas.record import Record


class KeptFile(Record, use_attribute_docstrings=True):
    """One file of a release."""

    name: str
    """Its name, which its address ends with."""
    media_type: str
    """Of which kind it is."""
    bytes: int
    """Its size."""
    sha256: str
    """Its SHA-256, as hexadecimal digits."""


class Withdrawal(Record, use_attribute_docstrings=True):
    """That a release is no longer given away."""

    who: str
    """Who withdrew it."""
    why: str
    """Why."""
    at: AwareDatetime
    """When."""


class KeptRelease(Record, use_attribute_docstrings=True):
    """A release: which state of the ledger it holds, and its files."""

    ledger: str
    """The ledger."""
    day: date
    """The day it is of, by which it is addressed (UTC)."""
    version: str
    """The policy and the position."""
    position: int
    """The log position that it stands for."""
    policy: str
    """What its figures were decided by."""
    recorded_at: AwareDatetime | None
    """When the last event of its log was recorded, null for an empty one."""
    sha256: str
    """The SHA-256 of its list of sums, which stands for all its files."""
    files: tuple[KeptFile, ...]
    """Its files; none if it was withdrawn."""
    withdrawn: Withdrawal | None = None
    """Who withdrew it and why, null if it is given away."""
