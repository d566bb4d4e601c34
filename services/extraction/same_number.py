"""As many others as were just counted: "for an equal number", "The same number was handed over"."""

from collections.abc import Sequence

from services.extraction.marking import Mark
from services.extraction.proposals import Proposal, place_of, place_of_mark, wording_of
from services.extraction.told import Told, other_side


#: How far behind a number "the same number" of others may stand.
_SAME_WITHIN_WORDS = 16


def same_number(told: Told, claims: Sequence[Proposal]) -> list[Proposal]:
    """Return the other side's claim where as many are said to be given for some: "for an equal number"."""
    marked = told.marked
    stop = min(told.sentence.stop, told.said.end + _SAME_WITHIN_WORDS)
    mark = next(
        (
            one
            for one in marked.marks("same_number", told.said.end, stop)
            # "as many as 40" is a number of its own
            if marked.words[one.end : one.end + 1] != ["as"]
        ),
        None,
    )
    mark = mark or _same_number_next(told)
    if mark is None or len(claims) != 1 or claims[0].measure != "returned":
        return []
    other = other_side(marked.ledger, claims[0].side or "")
    if other is None or any(
        one.start in range(told.said.end, mark.start) for one in marked.numbers
    ):
        return []
    quote = place_of(marked, "quote", told.said.start, mark.end)
    kept = (one for one in claims[0].places if one.field in ("value", "bound", "claimant"))
    side = place_of_mark(marked, "side", mark)
    return [
        claims[0].but(
            side=other,
            category="unspecified",
            wording=wording_of(marked, mark.start, mark.end),
            at=mark.start,
            places=(quote, *kept, *side),
        )
    ]


def _same_number_next(told: Told) -> Mark | None:
    """Return the words for as many others that the next sentence begins with: "The same number was handed over to"."""
    marked, next_start = told.marked, told.sentence.stop
    if next_start >= len(marked.words):
        return None
    mark = marked.at("same_number", next_start)
    sentence = marked.sentence_at(next_start)
    own, following = marked.tokens[told.said.start], marked.tokens[next_start]
    is_told = any(
        marked.has(kind, sentence.start, sentence.stop) for kind in ("give", "get", "back", "free")
    )
    return mark if mark is not None and is_told and own.paragraph == following.paragraph else None
