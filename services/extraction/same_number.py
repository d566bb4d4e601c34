"""As many others as were just counted: "for an equal number", "The same number was handed over"."""

from collections.abc import Sequence

from services.extraction.clauses import clause_at
from services.extraction.marking import Mark
from services.extraction.proposals import Proposal, place_of, place_of_mark, wording_of
from services.extraction.setting import Setting
from services.extraction.told import Told, other_side


#: How far behind a number "the same number" of others may stand.
_SAME_WITHIN_WORDS = 16
#: How far before "and" the first of two numbers may stand.
_SHARE_WORDS = 5
_WENT = frozenset(("went", "sent", "exchanged", "swapped", "moved"))


def same_number(setting: Setting, told: Told, claims: Sequence[Proposal]) -> list[Proposal]:
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
    if mark is None or len(claims) != 1 or not _are_returned(told, mark, claims[0]):
        return []
    other = other_side(marked.ledger, claims[0].side or "")
    if other is None or _are_shares(told, mark):
        return []
    if any(
        one.start in range(told.said.end, mark.start)
        and (
            # "60 soldiers, including 12 officers and as many sergeants"
            _goes_on_a_part(told, mark)
            # not "40 soldiers, including six officers. The same number"
            or not any(part.end <= one.start for part in _parts_after(told))
        )
        for one in marked.numbers
    ):
        return []
    quote = place_of(marked, "quote", told.said.start, mark.end)
    kept = (one for one in claims[0].places if one.field in ("value", "bound", "claimant"))
    side = place_of_mark(marked, "side", mark)
    return [
        _by_own_speaker(
            setting,
            claims[0].but(
                side=other,
                category="unspecified",
                wording=wording_of(marked, mark.start, mark.end),
                at=mark.start,
                places=(quote, *kept, *side),
            ),
        )
    ]


def _are_shares(told: Told, same: Mark) -> bool:
    """Return whether as many as two numbers together are meant: "44 men and 17 women came, and Klow got as many"."""
    marked, start = told.marked, told.said.start
    joined = marked.language_code == "en" and marked.words[start - 1] == "and"
    is_first = any(start - _SHARE_WORDS <= one.end < start for one in marked.numbers)
    return joined and is_first and marked.words[same.start : same.end] == ["as", "many"]


def _goes_on_a_part(told: Told, same: Mark) -> bool:
    """Return whether as many as a part just counted are told of: "including 12 officers and as many sergeants"."""
    is_near = same.start < told.sentence.stop
    return is_near and told.marked.at("and", same.start - 1) is not None


def _are_returned(told: Told, same: Mark, claim: Proposal) -> bool:
    """Return whether those counted came back, or an exchange included them and as many people of the other side."""
    marked = told.marked
    if claim.measure == "returned":
        return True
    place = same.end + (marked.words[same.end : same.end + 1] == ["of"])
    named = marked.at("side_people", place) or marked.at("side_owner", place)
    if named is None or claim.side not in marked.ledger.side_codes:
        return False
    return claim.measure == "breakdown" and named.value != claim.side


def _by_own_speaker(setting: Setting, proposal: Proposal) -> Proposal:
    """Return the claim of as many others with who says so, where the next sentence names somebody."""
    marked = setting.marked
    said = setting.attribution.statements[marked.tokens[proposal.at].sentence]
    if not said or said[0].speaker.identity == proposal.speaker.identity:
        return proposal
    speaker = setting.attribution.speaker_at(proposal.at, clause_at(marked, proposal.at))
    kept = tuple(one for one in proposal.places if one.field != "claimant")
    named = place_of_mark(marked, "claimant", speaker.mark)
    return proposal.but(speaker=speaker, places=(*kept, *named))


def _parts_after(told: Told) -> list[Mark]:
    """Return the words for parts behind a number, in its own sentence."""
    return list(told.marked.marks("part", told.said.end, told.sentence.stop))


def _same_number_next(told: Told) -> Mark | None:
    """Return the words for as many others in the next sentence: "The same number was handed over to"."""
    marked, next_start = told.marked, told.sentence.stop
    if next_start >= len(marked.words):
        return None
    sentence = marked.sentence_at(next_start)
    mark = marked.at("same_number", next_start)
    if mark is None:
        mark = _within(told, sentence)
    own, following = marked.tokens[told.said.start], marked.tokens[next_start]
    is_told = any(
        marked.has(kind, sentence.start, sentence.stop)
        for kind in ("give", "get", "back", "free", "freed")
    ) or bool(_WENT & set(marked.words[sentence.start : sentence.stop]))
    if marked.language_code != "en" and mark is not None and mark.start > sentence.start:
        # "До Бордурії відправили стільки ж"
        is_told = is_told and marked.has("side_name", sentence.start, mark.start)
    is_beside = own.paragraph == following.paragraph or marked.language_code == "en"
    return mark if mark is not None and is_told and is_beside else None


def _within(told: Told, sentence: range) -> Mark | None:
    """Return the words for as many others within a sentence that counts nobody else: "It released as many captives"."""
    marked = told.marked
    found = next(iter(marked.marks("same_number", sentence.start, sentence.stop)), None)
    if found is None:
        # "The number of Ruritanians freed was the same"
        ends = [at for at in sentence if marked.words[at : at + 3] == ["was", "the", "same"]]
        is_number = marked.has("how_many", sentence.start, min(sentence.start + 4, sentence.stop))
        found = Mark("same_number", "same_number", ends[0], ends[0] + 3) if ends else None
        return found if is_number else None
    # "as many as 40", "as many women"
    is_as_many = marked.words[found.end - 2 : found.end] == ["as", "many"]
    counts = any(
        one.start in sentence and one.start < found.start and one.kind != "ordinal"
        for one in marked.numbers
    ) or (
        # "sent as many home and, as a gift, 9 wounded"
        marked.at("and", found.end) is None
        and any(one.start in range(found.end, found.end + 3) for one in marked.numbers)
    )
    if counts or (is_as_many and not marked.has("people", found.end, found.end + 2)):
        return None
    return found
