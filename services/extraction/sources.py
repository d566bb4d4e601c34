"""Whose word a figure is that nobody is quoted with: of both sides' officials, of the only source, the outlet's."""

from datetime import date

from services.extraction.named_speakers import NamedSpeaker, officials
from services.extraction.proposals import Proposal, place_of_mark
from services.extraction.setting import Setting


_WITHIN_DAYS = 3


def with_source(setting: Setting, proposal: Proposal) -> Proposal:
    """Return a claim with who is responsible for it where its own sentence quotes nobody.

    What both sides are said to say is each side's word of its own people. What a report says of its own
    exchange, and quotes one source only, is that source's word.
    """
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
    if setting.attribution.is_own_word(number) or not _is_of_the_exchange(setting, proposal):
        return proposal
    source = _source_for(setting, proposal.side)
    return _said_by(setting, proposal, source) if source is not None else proposal


def _said_by(setting: Setting, proposal: Proposal, speaker: NamedSpeaker) -> Proposal:
    places = place_of_mark(setting.marked, "claimant", speaker.mark)
    return proposal.but(speaker=speaker, places=(*proposal.places, *places))


def _source_for(setting: Setting, side: str) -> NamedSpeaker | None:
    """Return who confirms an exchange for a side, or the only source; of the other side if it tells of it."""
    attribution = setting.attribution
    if side in attribution.joint_sources:
        return attribution.joint_sources[side]
    source = attribution.only_source
    if source is None or source.party == side:
        return source
    is_side = source.party in setting.marked.ledger.side_codes
    return source if is_side and attribution.tells_of_an_exchange(source) else None


def _is_of_the_exchange(setting: Setting, proposal: Proposal) -> bool:
    """Return whether a claim is of the report's exchange, which may take some days."""
    own, written = setting.main_day, proposal.exchange_date
    if own is None or written is None or len(written) < len("2031-05-10"):
        return False
    is_near = abs((date.fromisoformat(written) - own).days) <= _WITHIN_DAYS
    return is_near and proposal.modality == "asserted"
