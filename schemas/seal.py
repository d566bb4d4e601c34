"""A seal: proof of what stood in the log at some positions, kept outside of the server.

Each seal names the hash of the one before, so the hash of the last one stands for the whole log up to
there. Seals are JSON lines; a seal's hash is that of its line, without the line's end. A member without a
value is left out of the line, but for `previous`.
"""

from typing import Annotated

from pydantic import AwareDatetime, Field

from schemas.record import Record


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Seal(Record, use_attribute_docstrings=True):
    """Events `first` to `last` of a log, as they lie in one file."""

    ledger: str
    """The ledger's name."""
    first: Annotated[int, Field(ge=1)]
    """The position of the file's first event."""
    last: Annotated[int, Field(ge=1)]
    """The position of its last event."""
    file: Annotated[str, Field(pattern=r"^[0-9]+(-[0-9]+)?\.(jsonl|parquet)$")]
    """The file's name, beside the seals; its ending tells the form: lines, or Parquet."""
    sha256: Sha256
    """Hash of the file; of lines: each event's JSON as the log holds it, each with a line feed behind it."""
    previous: Sha256 | None
    """Hash of the seal before, null for the first."""
    lines: Sha256 | None = None
    """Of a Parquet file: the hash of the same events as lines. Left out where the file holds lines."""


class SealSignature(Record, use_attribute_docstrings=True):
    """Who vouches for a log up to a seal: an Ed25519 signature of all else that stands here."""

    ledger: str
    """The ledger's name."""
    last: Annotated[int, Field(ge=1)]
    """The last position that is sealed."""
    seal: Sha256
    """Hash of the seal."""
    at: AwareDatetime
    """When it was signed, as the signer says."""
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]
    """The public key, 32 bytes in base64."""
    signature: Annotated[str, Field(pattern=r"^([A-Za-z0-9+/]{86}==)?$")] = ""
    """The signature, 64 bytes in base64: over `exchange-ledger seal 1`, a line feed, and this JSON without it."""
