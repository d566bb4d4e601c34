"""Whether a draft's words say in their place what the draft says of them.

A quote may leave out the "more than" before its number, and words may be called a speaker's or a side's that
name neither. So each is read once more where it stands in the report.
"""

from collections.abc import Iterator, Sequence

from schemas.claim import Claim
from schemas.draft import DraftFault, EvidenceText
from schemas.ledger import LedgerConfiguration
from services.extraction.bounds import said_number
from services.extraction.drafted import Drafted
from services.extraction.introduced import introduced_in, speakers_named
from services.extraction.joined_sides import joined_sides
from services.extraction.marking import Mark, MarkedText
from services.extraction.named_speakers import NamedSpeaker, officials
from services.extraction.offices_of_names import offices_held, with_office
from services.extraction.report import Report
from services.extraction.superlatives import called_by
from services.extraction.tokens import folded


class ReportContext:
    """A report's text with all that is marked in it, read once for all drafts."""

    def __init__(self, report: Report, ledger: LedgerConfiguration) -> None:
        self.ledger = ledger
        self._text = report.text
        self._marked = MarkedText(report.text, ledger=ledger, language=report.language)
        self._introduced = introduced_in(self._marked)
        self._held = offices_held(self._marked)

    def stands(self, words: EvidenceText) -> bool:
        """Return whether words stand where they are said to."""
        return bool(words.quote) and self._text[words.start : words.end] == words.quote

    def bounds_of(self, words: EvidenceText, value: int) -> set[str]:
        """Return how exactly a number within some words is said, read with what stands around it."""
        tokens = self._marked.tokens
        return {
            said_number(self._marked, number).bound
            for number in self._marked.numbers
            if number.value == value
            and words.start <= tokens[number.start].start
            and tokens[number.end - 1].end <= words.end
        }

    def speakers_in(self, words: EvidenceText) -> list[NamedSpeaker]:
        """Return who is named in the sentences that some words stand in."""
        marked = self._marked
        return (
            [
                speaker
                for sentence in marked.sentences
                if sentence
                and marked.tokens[sentence.start].start < words.end
                and words.start < marked.tokens[sentence.stop - 1].end
                for named in [speakers_named(marked, sentence, self._introduced)]
                for speaker in (*named, *with_office(marked, named, self._held))
                if speaker.mark is not None and self._is_beside(speaker.mark, words)
            ]
            + [
                officials(self.ledger, mark._replace(value=code))
                for mark in marked.marks("both_sides", 0, len(marked.words))
                if self._is_beside(mark, words)
                for code in self.ledger.side_codes
            ]
            + [
                officials(self.ledger, joined._replace(value=code))
                for sentence in marked.sentences
                for kind in ("side_name", "side_owner")
                for first in marked.marks(kind, sentence.start, sentence.stop)
                if (joined := joined_sides(marked, range(first.start, sentence.stop)))
                and self._is_beside(joined, words)
                for code in self.ledger.side_codes
            ]
            + [
                called
                for mark in marked.marks("largest", 0, len(marked.words))
                if (called := called_by(marked, mark)) is not None
                if called.mark is not None and self._is_beside(called.mark, words)
            ]
        )

    def says_something(self, words: EvidenceText) -> bool:
        """Return whether some words are any that the language's or the ledger's lists have.

        What tells a side are its names, but also "each", "in return" or "for".
        """
        return any(self._is_beside(mark, words) for mark in self._marked.all_marks())

    def _is_beside(self, mark: Mark, words: EvidenceText) -> bool:
        tokens = self._marked.tokens
        return tokens[mark.start].start < words.end and words.start < tokens[mark.end - 1].end


def faults_in_context(drafted: Drafted, context: ReportContext) -> Iterator[DraftFault]:
    """Return what is wrong with a draft's words where they stand."""
    claim = drafted.claim
    standing = [one for one in drafted.notes.evidence if context.stands(one)]
    evidence = {one.field: one for one in standing}
    if "quote" in evidence:
        yield from _bound_faults(claim, evidence["quote"], context)
    if "side" in evidence and not context.says_something(evidence["side"]):
        said = evidence["side"].quote
        yield DraftFault(field="side", expected="words that say whose people came back", found=said)
    who = [one for one in standing if one.field == "claimant"]
    # An outlet needs no words: it speaks where nobody is quoted.
    if who and claim.claimant.party != "media":
        yield from _speaker_faults(claim, who, context)


def _bound_faults(
    claim: Claim, quote: EvidenceText, context: ReportContext
) -> Iterator[DraftFault]:
    """Return a fault if words that the quote leaves out bound its number otherwise."""
    quantity = claim.quantity
    if quantity is None or quantity.value is None or quantity.bound in ("range", "undisclosed"):
        return
    said = context.bounds_of(quote, quantity.value)
    if said and quantity.bound not in said:
        expected = f"{', '.join(sorted(said))}, as the text says"
        yield DraftFault(field="quantity.bound", expected=expected, found=quantity.bound)


def _speaker_faults(
    claim: Claim, words: Sequence[EvidenceText], context: ReportContext
) -> Iterator[DraftFault]:
    """Return a fault if no words for who says so name the speaker, or if they speak for another party."""
    claimant = claim.claimant
    named = [speaker for some in words for speaker in context.speakers_in(some)]
    if named and claimant.party not in [one.party for one in named]:
        expected = ", ".join(dict.fromkeys(f"{one.party} ({one.name})" for one in named))
        yield DraftFault(field="claimant.party", expected=expected, found=claimant.party)
    is_known = any(one.name == claimant.name for one in named)
    if not is_known and not any(folded(claimant.name) in folded(some.quote) for some in words):
        expected, found = f"words that name {claimant.name}", "; ".join(one.quote for one in words)
        yield DraftFault(field="claimant", expected=expected, found=found)
