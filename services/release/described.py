"""What a release stands for, and what is said of it in every description (pure)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from services.queries.as_of import Cut


DESCRIPTION = (
    "Conflicting claims about exchanges of prisoners, and what follows from them: figures with a lowest, a best "
    "and a highest number, running totals, and the checks of claims against one another."
)


class ReleaseMetadata(NamedTuple):
    """The ledger, time, policy and position of a release, and who releases it.

    Attributes:
        configuration: The ledger.
        cut: The times it was cut off at.
        policy: What its figures were decided by.
        position: The log position that it stands for.
        created: When the last fact of its log was recorded, null for an empty log.
        authors: Who releases it.
        row_counts: Rows of each table, by its name.
        address: Where it is kept for good, null if it is written for somebody to keep.
    """

    configuration: LedgerConfiguration
    cut: Cut
    policy: str
    position: int
    created: datetime | None
    authors: Sequence[str]
    row_counts: Mapping[str, int]
    address: str | None = None

    @property
    def version(self) -> str:
        """The policy and the position, and whether something was cut off, e.g. `2026.17.812`."""
        cuts = [
            f"{name}-{instant:%Y%m%dT%H%M%S}"
            for name, instant in zip(Cut._fields, self.cut, strict=True)
            if instant is not None
        ]
        said = ".".join(cuts).replace("_", "-")
        return f"{self.policy}.{self.position}" + (f"+{said}" if said else "")

    @property
    def cut_words(self) -> str:
        """What was cut off, in words; empty if nothing was."""
        words = []
        if self.cut.asserted_by:
            words.append(f"what had been said by {self.cut.asserted_by.isoformat()}")
        if self.cut.known_on:
            words.append(f"what the ledger held at {self.cut.known_on.isoformat()}")
        return f"only {' and '.join(words)}" if words else ""

    @property
    def description(self) -> str:
        """What the data set is, and what was cut off."""
        return (
            f"{DESCRIPTION} This release holds {self.cut_words}." if self.cut_words else DESCRIPTION
        )

    @property
    def cited(self) -> str:
        """How it is cited, in a sentence."""
        year = f" ({self.created.year})" if self.created else ""
        where = f" {self.address}" if self.address else ""
        return (
            f"{', '.join(self.authors)}{year}. {self.configuration.title} [data set], version "
            f"{self.version}.{where}"
        )
