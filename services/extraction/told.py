"""A number with what stands around it, and to which sides people came back: what the rules hand to each other."""

from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from services.extraction.bounds import BoundedNumber
from services.extraction.groups import Group
from services.extraction.marking import Mark, MarkedText
from services.extraction.named_speakers import NamedSpeaker


class SideReading(NamedTuple):
    """To which sides people came back.

    Attributes:
        sides: Codes: several where each side got so many; `both` for all together; none if nobody says.
        evidence: The words that say so, null where it follows from who speaks or from what was said before.
    """

    sides: tuple[str, ...]
    evidence: Mark | None


class Told(NamedTuple):
    """A number with what stands around it.

    Attributes:
        marked: The text.
        said: The number.
        group: Whom it counts.
        clause: Its clause.
        speaker: Who says it.
        source: Who is quoted in a report that quotes nobody else, null otherwise.
    """

    marked: MarkedText
    said: BoundedNumber
    group: Group
    clause: range
    speaker: NamedSpeaker
    source: NamedSpeaker | None = None

    @property
    def sentence(self) -> range:
        """The sentence it stands in."""
        return self.marked.sentence_at(self.said.number.start)


def other_side(ledger: LedgerConfiguration, side: str) -> str | None:
    """Return the other of two sides, null where there are more."""
    others = [code for code in ledger.side_codes if code != side]
    return others[0] if len(others) == 1 else None


def is_of_the_others(told: Told) -> bool:
    """Return whether others are counted than those before: "700 Ruritanians and 180 other prisoners"."""
    marked, said, after = told.marked, told.said, told.said.number.end
    if marked.has("besides_exchange", after, told.sentence.stop):
        return False  # "5,800 came home through exchanges, and 530 others by other means"
    if marked.words[told.group.end : told.group.end + 4] == ["of", "the", "other", "side"]:
        return True
    is_joined = any(
        one.end == said.start for one in marked.marks("and", said.start - 3, said.start)
    )
    # "a plane with the sailors and 11 other captives": no others are counted
    is_second = any(
        told.sentence.start <= one.start < said.start and one.kind != "ordinal"
        for one in marked.numbers
    )
    is_others = after < len(marked.words) and marked.at("others", after) is not None
    return is_joined and is_second and is_others
