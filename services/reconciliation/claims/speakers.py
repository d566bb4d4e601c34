"""Who speaks: one speaker under one name (reconciliation.md §9), and how well placed to count (§5).

Speakers are told apart by the canonical form of their names. Shown is the spelling of the ledger's file
if it names the speaker, else that of the claim first said.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from services.reconciliation.claims.canonical_text import canonical_text, visible_text


class SpeakerName(NamedTuple):
    """Who speaks: what tells the speaker from others, and the name as it is shown."""

    key: str
    shown: str


def speaker_name(claimant: str, ledger: LedgerConfiguration) -> SpeakerName:
    """Return the one name of a speaker: without what stands in brackets, under the ledger's alias.

    >>> from services.ledgers import load_ledger
    >>> speaker_name("A  Wire (via an outlet)", load_ledger("rus-ukr"))
    SpeakerName(key='a wire', shown='A Wire')
    """
    shown = _IN_BRACKETS.sub("", visible_text(claimant)).strip() or claimant
    key = canonical_text(shown)
    return _named_by(ledger).get(key) or SpeakerName(key, shown)


@lru_cache(4_096)
def _named_by(ledger: LedgerConfiguration) -> Mapping[str, SpeakerName]:
    """Return whom a ledger's file names, by the canonical form of each of their names."""
    named: dict[str, SpeakerName] = {}
    for alias, name in ledger.claimant_aliases.items():
        key = canonical_text(name)
        # What is named twice is whoever is named first.
        named.setdefault(canonical_text(alias), SpeakerName(key, name))
        named.setdefault(key, SpeakerName(key, name))
    return named


_IN_BRACKETS = re.compile(r"\s*[(\uff08][^()\uff08\uff09]*[)\uff09]")


def tier_of(party: str, role: str, *, side: str, ledger: LedgerConfiguration, is_held: bool) -> int:
    """Return how well placed a speaker is to count the people of a side (reconciliation.md §5 step 3)."""
    if party in ("media", "outlets"):
        return 5
    if party in ("mediator", "intl"):
        return 3
    for known in ledger.sides:
        if party != known.code:
            continue
        # The receiver counts heads; of people held, the holder does.
        if side not in ("both", party) if is_held else side in ("both", party):
            return 1 if ledger.is_competent(role, party) else 2
        # An office may be declared to count those whom it lets go, as a prison service does.
        return 1 if not is_held and ledger.counts_for(role, side) else 4
    # A party that is in no side's camp sees what others do, as those who go between them do.
    return 3 if any(known.code == party for known in ledger.parties) else 6


def counter_of_side(camp: str, side: str) -> str:
    """Return the counter of a camp that counts how often people came back to one side.

    >>> counter_of_side("outlets", "BEL")
    'outlets, BEL alone'
    """
    return f"{camp}, {side} alone"
