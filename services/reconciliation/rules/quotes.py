"""Step 2 of reconciliation.md §5: a chain of quotes is one voice, of the first speaker.

A claim that is quoted from another one is that one's speaker again, however many pass it on: an official
who repeats a mediator's number is no second witness. An outlet that names a wire, or a claim that is not
known, speaks with that name, so that two that copy the same are one. Whose quotes lead in a circle, or to
a claim that is not known, is said.
"""

from collections.abc import Callable

from msgspec.structs import replace

from schemas.ledger import LedgerConfiguration
from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.speakers import speaker_name, tier_of


#: How the note begins where what is quoted is no known claim, before its name.
QUOTES_UNKNOWN = "quotes-unknown:"
#: The note of a claim whose quotes lead in a circle.
QUOTES_IN_A_CIRCLE = "quotes-in-a-circle"

#: Returns a claim as its own speaker says it, null if it is not known.
ClaimOf = Callable[[ClaimKey], Reading | None]


def quoted_claim(reading: Reading) -> ClaimKey | None:
    """Return the claim that a claim may be quoted from, null if it is first hand."""
    return None if reading.quotes is None else (reading.key[0], reading.quotes)


def with_first_speaker(reading: Reading, claim_of: ClaimOf, ledger: LedgerConfiguration) -> Reading:
    """Return a claim as said by whoever its chain of quotes begins with.

    Args:
        reading: The claim as its own speaker says it.
        claim_of: Finds the other claims.
        ledger: The speakers' names and offices.
    """
    first, seen = reading, {reading.key}
    while (target := quoted_claim(first)) is not None:
        if target in seen:
            return replace(reading, note=QUOTES_IN_A_CIRCLE)
        quoted = claim_of(target)
        if quoted is None:
            break
        first = quoted
        seen.add(target)
    if first is reading:
        return reading if reading.quotes is None else _quoting_unknown(reading, ledger)
    if first.quotes is not None:
        first = _quoting_unknown(first, ledger)
    tier = tier_of(
        first.camp, first.role, side=reading.side, ledger=ledger, is_held=reading.measure == "held"
    )
    return replace(
        reading,
        voice=first.voice,
        speaker=first.speaker,
        camp=first.camp,
        role=first.role,
        tier=tier,
    )


def _quoting_unknown(reading: Reading, ledger: LedgerConfiguration) -> Reading:
    assert reading.quotes is not None, "what is first hand quotes nobody"
    note = f"{QUOTES_UNKNOWN}{reading.quotes}"
    if reading.camp != "outlets":
        return replace(reading, note=note)
    named = speaker_name(reading.quotes, ledger)
    return replace(reading, note=note, voice=named.key, speaker=named.shown)
