"""A draft: a claim read out of a report's text, with the words it rests on and what is wrong with it.

An event like any claim's, so that it can be published as it stands once a person has read it; what is beside
the claim is in `draft`, which intake keeps and nobody reads.
"""

from schemas.claim import ClaimReported
from schemas.record import Record


class EvidenceText(Record, use_attribute_docstrings=True):
    """The words of a report that a field of a claim rests on, and where they stand in its text."""

    field: str
    """The field; `quote` is the whole of the words that carry the figure."""
    quote: str
    """The words."""
    start: int
    """Where they begin, in characters from the beginning of the text."""
    end: int
    """Where they end."""


class DraftFault(Record, use_attribute_docstrings=True):
    """What is wrong with a draft."""

    field: str
    """The field."""
    expected: str
    """What was expected of it."""
    found: str
    """What was found."""


class DraftNotes(Record, use_attribute_docstrings=True):
    """What is known of a draft beside its claim."""

    rule: str | None = None
    """The rule that found it, null for one that no rule found."""
    evidence: tuple[EvidenceText, ...] = ()
    """The words its fields rest on."""
    faults: tuple[DraftFault, ...] = ()
    """What is wrong with it; nothing is mended."""


class DraftEvent(ClaimReported, use_attribute_docstrings=True):
    """A claim read out of a report's text, not published."""

    draft: DraftNotes
    """What it rests on, and what is wrong with it."""
