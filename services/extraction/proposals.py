"""What the rules propose: a claim's fields, each with the words it rests on."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from schemas.claim import Bound, Measure, Modality
from services.extraction.marking import Mark, MarkedText
from services.extraction.named_speakers import NamedSpeaker


#: Most words of a wording, as contract.md §1 has it.
WORDING_WORDS_MAX = 6


class EvidencePlace(NamedTuple):
    """Where the words for one field of a claim stand.

    Attributes:
        field: The field.
        start: Where they begin in the text.
        end: Where they end.
        quote: What they are.
    """

    field: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One claim that a text makes.

    Attributes:
        measure: What is counted.
        side: To which side people came back, null if nobody says.
        category: Who is counted.
        bound: How exactly, null for a claim without a number.
        value: How many, null for none.
        low: The least of a range.
        high: The most of a range.
        speaker: Who says it.
        modality: Whether it is asserted, planned or denied.
        exchange_date: The day or month of the exchange, null if it is none's or not known.
        ordinal: The number that the speaker gives the exchange.
        since: The first day of a running total.
        as_of: The last day of a running total.
        mediators: Who brought the exchange about.
        wording: The words that carry the figure.
        at: The place of its number, or of its first word.
        rule: The rule that found it.
        places: Where the words for its fields stand.
    """

    measure: Measure
    side: str | None
    category: str
    bound: Bound | None
    value: int | None
    speaker: NamedSpeaker
    modality: Modality
    wording: str
    at: int
    rule: str
    low: int | None = None
    high: int | None = None
    exchange_date: str | None = None
    ordinal: int | None = None
    since: date | None = None
    as_of: date | None = None
    mediators: tuple[str, ...] = ()
    places: tuple[EvidencePlace, ...] = field(default_factory=tuple)

    def but(self, **changes: object) -> "Proposal":
        """Return it with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]  # by name, as replace takes them


def place_of(marked: MarkedText, name: str, start: int, end: int) -> EvidencePlace:
    """Return where the words from one place up to another stand, as evidence for a field."""
    first, last = marked.tokens[start].start, marked.tokens[end - 1].end
    return EvidencePlace(name, first, last, marked.text[first:last])


def place_of_mark(marked: MarkedText, name: str, mark: Mark | None) -> tuple[EvidencePlace, ...]:
    """Return where a mark stands as evidence for a field, nothing for none."""
    return (place_of(marked, name, mark.start, mark.end),) if mark is not None else ()


def wording_of(marked: MarkedText, start: int, end: int) -> str:
    """Return some words as a wording, at most six of them."""
    words = marked.quote(start, end).split()
    return " ".join(words[:WORDING_WORDS_MAX])
