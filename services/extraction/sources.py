"""Whose word a figure is that nobody is quoted with: of both sides' officials, of the only source, the outlet's."""

from collections.abc import Sequence
from datetime import date

from services.extraction.joined_sides import BOTH
from services.extraction.marking import Mark, MarkedText
from services.extraction.named_speakers import NamedSpeaker, officials
from services.extraction.proposals import Proposal, place_of_mark
from services.extraction.setting import Setting


_WITHIN_DAYS = 3
#: Words between two who say the same, and between them and what says that they do.
_BREATH_WORDS = 4
_ROW_MIN = 3
_JOINTS = frozenset((",", "the"))


def with_source(setting: Setting, proposal: Proposal) -> Proposal:
    """Return a claim with who is responsible for it where its own sentence quotes nobody.

    What both sides are said to say is each side's word of its own people. What a report says of its own
    exchange, and quotes one source only, is that source's word.
    """
    if proposal.side == BOTH and _speaking_with(setting, proposal.speaker):
        # What officials of both sides say of all together is nobody's own count.
        places = tuple(one for one in proposal.places if one.field != "claimant")
        return proposal.but(speaker=setting.attribution.outlet, places=places)
    if proposal.side not in setting.marked.ledger.side_codes:
        return proposal
    marked = setting.marked
    number = marked.tokens[proposal.at].sentence
    both = setting.attribution.both_sides_say(number)
    if both is not None:
        return _said_by(
            setting, proposal, officials(marked.ledger, both._replace(value=proposal.side))
        )
    if proposal.speaker.party != "media" or proposal.speaker.mark:
        return proposal
    is_apart = setting.attribution.is_own_word(number) or setting.attribution.looks_back(number)
    if is_apart or not _is_of_the_exchange(setting, proposal):
        return proposal
    source = _source_for(setting, proposal)
    return _said_by(setting, proposal, source) if source is not None else proposal


def with_other_speakers(setting: Setting, proposal: Proposal) -> list[Proposal]:
    """Return a claim once more for each who says the same in one breath, for another side."""
    return [
        proposal.but(
            speaker=other,
            side=other.party if _is_of_the_own(setting, proposal) else proposal.side,
            places=(
                *(one for one in proposal.places if one.field != "claimant"),
                *place_of_mark(setting.marked, "claimant", other.mark),
            ),
        )
        for other in _speaking_with(setting, proposal.speaker)
        # Who confirms an exchange in a sentence without a number counts the own side's people.
        if other.party == proposal.speaker.party or _is_said_there(setting, proposal)
    ]


def _is_of_the_own(setting: Setting, proposal: Proposal) -> bool:
    """Return whether each speaker counts the own people: "Ottokar and the ministry said 95 of their soldiers"."""
    marked = setting.marked
    number = next((one for one in marked.numbers if one.start == proposal.at), None)
    is_theirs = number is not None and marked.words[number.end : number.end + 2] == ["of", "their"]
    return is_theirs and proposal.side == proposal.speaker.party


def with_all_speakers(setting: Setting, claims: Sequence[Proposal]) -> list[Proposal]:
    """Return claims of one number, once for each who says so, but of each side's people by whom its own are counted."""
    said = [one for claim in claims for one in (claim, *with_other_speakers(setting, claim))]
    return _of_own_sides(said)


def _of_own_sides(claims: Sequence[Proposal]) -> list[Proposal]:
    """Return of what officials of both sides say in one breath of the people of each what each says of its own."""
    sides, parties = {one.side for one in claims}, {one.speaker.party for one in claims}
    is_of_each = len(claims) > len(sides) > 1 and sides == parties
    return [one for one in claims if not is_of_each or one.side == one.speaker.party]


def _is_said_there(setting: Setting, proposal: Proposal) -> bool:
    """Return whether a number stands in the sentence that names its speaker."""
    tokens, mark = setting.marked.tokens, proposal.speaker.mark
    return mark is not None and tokens[mark.start].sentence == tokens[proposal.at].sentence


def _speaking_with(setting: Setting, speaker: NamedSpeaker) -> list[NamedSpeaker]:
    """Return who else says the same in one breath: "Ottokar and Borduria's ministry said"."""
    marked, codes = setting.marked, setting.marked.ledger.side_codes
    if speaker.mark is None or speaker.party not in codes:
        return []
    named = setting.attribution.named_in(marked.tokens[speaker.mark.start].sentence)
    row = _row_of(marked, speaker.mark, named)
    return [
        one
        for one in named
        if one.mark is not None
        and one.party in codes
        and one.identity != speaker.identity
        # an office beside its holder's name is the same person
        and (
            one.party != speaker.party
            or (one.role != speaker.role and "other" not in (one.role, speaker.role))
        )
        and (one in row or _is_in_one_breath(marked, speaker.mark, one.mark))
    ]


def _row_of(
    marked: MarkedText, mark: Mark, named: Sequence[NamedSpeaker]
) -> Sequence[NamedSpeaker]:
    """Return three or more who say the same, of whom one has a mark: "the president, A and B announced"."""
    row: list[NamedSpeaker] = []
    for one in named:
        if one.mark is None:
            continue
        if row and row[-1].mark is not None and not _goes_on_in_row(marked, row[-1].mark, one.mark):
            if mark in [other.mark for other in row]:
                break
            row = []
        row.append(one)
    marks = [one.mark for one in row if one.mark is not None]
    if len(marks) < _ROW_MIN or mark not in marks:
        return ()
    last = range(marks[-2].end, marks[-1].start)
    beside = (marks[0].start - _BREATH_WORDS, marks[-1].end + _BREATH_WORDS)
    is_closed = any(marked.at("and", place) for place in last)
    return row if is_closed and marked.has("say", *beside) else ()


def _goes_on_in_row(marked: MarkedText, one: Mark, other: Mark) -> bool:
    """Return whether a comma or "and" alone stands between two names, but for offices and first names."""
    between = range(one.end, other.start)
    kinds = ("and", "office", "side_owner")
    return 0 < len(between) <= _BREATH_WORDS and all(
        marked.words[at] in _JOINTS
        or any(marked.at(kind, at) for kind in kinds)
        or (marked.is_name(at) and not marked.at("say", at))
        for at in between
    )


def _is_in_one_breath(marked: MarkedText, one: Mark, other: Mark) -> bool:
    first, second = sorted((one, other), key=lambda mark: mark.start)
    between = range(first.end, second.start)
    return (
        any(marked.at("and", place) for place in between)
        and len(between) <= _BREATH_WORDS
        and not marked.has("say", between.start, between.stop)
        and marked.has("say", first.start - _BREATH_WORDS, second.end + _BREATH_WORDS)
    )


def _said_by(setting: Setting, proposal: Proposal, speaker: NamedSpeaker) -> Proposal:
    places = place_of_mark(setting.marked, "claimant", speaker.mark)
    return proposal.but(speaker=speaker, places=(*proposal.places, *places))


def _source_for(setting: Setting, proposal: Proposal) -> NamedSpeaker | None:
    """Return who confirms an exchange for a side, or the only source; of the other side if it tells of it."""
    attribution, side = setting.attribution, proposal.side or BOTH
    if side in attribution.sources.joint_sources:
        return attribution.sources.joint_sources[side]
    source = attribution.sources.only_source
    if source is None or attribution.sources.counts_otherwise(source, proposal.at, proposal.value):
        return None
    if source.party == side:
        return source
    is_side = source.party in setting.marked.ledger.side_codes
    return source if is_side and attribution.sources.tells_of_an_exchange(source) else None


def _is_of_the_exchange(setting: Setting, proposal: Proposal) -> bool:
    """Return whether a claim is of the report's exchange, which may take some days."""
    own, written = setting.main_day, proposal.exchange_date
    if own is None or written is None or len(written) < len("2031-05-10"):
        return False
    is_near = abs((date.fromisoformat(written) - own).days) <= _WITHIN_DAYS
    return is_near and proposal.modality == "asserted"
