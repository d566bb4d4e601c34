"""Step 1 of reconciliation.md §5: a claim that its publisher took back or corrected counts no more.

Who may replace whose word (§9):

* A retraction takes effect from the claim's own publisher, or from one that the ledger's file trusts.
* A revision takes effect from these too, of the same speaker's word: an outlet cannot correct what an
  official said. A publisher that says it had named the wrong speaker (`misattribution`) may name another
  one in its own claim.
* Any other changes nothing: the revising claim counts as what it says, and both are noted.
* A revision of a claim that is not known waits for it, and is noted meanwhile.
* Of claims that revise each other in a circle the one last said stands; it names them all.

A retraction outranks a revision; of two retractions the reason that comes first in the alphabet stands,
so that it plays no part which came first. A revision that was itself retracted, or that an operator
excluded, revises nothing; one that was revised in turn still does.
"""

from collections.abc import Collection
from operator import attrgetter
from typing import NamedTuple, Protocol

from msgspec.structs import replace

from services.reconciliation.claims.reading import ClaimKey, Reading
from services.reconciliation.claims.voices import Standing


#: Claims of a circle that are named; of more, how many more there are.
NAMED_COUNT_MAX = 12


class KnownRevisions(Protocol):
    """What claims and retractions say of a claim."""

    @property
    def trusted(self) -> Collection[str]:
        """The publishers that may revise and retract what others published."""

    def claim(self, key: ClaimKey) -> Reading | None:
        """Return a claim as its own speaker says it, null if it is not known."""

    def counts(self, key: ClaimKey) -> bool:
        """Return whether what a claim says of another counts: nobody retracted or excluded it."""

    def revisers(self, key: ClaimKey) -> Collection[ClaimKey]:
        """Return the claims that say they revise a claim."""

    def retracted(self, key: ClaimKey) -> Standing | None:
        """Return how a claim stands by retractions that take effect, null if there is none."""

    def others_that_retract(self, key: ClaimKey) -> Collection[str]:
        """Return the publishers that retract a claim without effect."""


class Revised(NamedTuple):
    """What revisions and retractions make of a claim.

    Attributes:
        withdrawn: How it stands by them, null if it is in force.
        revises: Whether its own revision takes effect.
        note: What is to be said of it where it is in force, null for nothing.
    """

    withdrawn: Standing | None
    revises: bool
    note: str | None


#: Of a claim that nobody speaks of and that speaks of no other.
UNREVISED = Revised(None, revises=False, note=None)


def may_retract(publisher: str, key: ClaimKey, trusted: Collection[str]) -> bool:
    """Return whether a publisher's retraction of a claim takes effect."""
    return publisher == key[0] or publisher in trusted


def retracted_for(reason: str | None, known: Standing | None) -> Standing:
    """Return how a retracted claim stands.

    Args:
        reason: The retraction's reason, null if it gives none.
        known: How it stands by an earlier retraction, null for none.
    """
    why = reason or "withdrawn"
    if known is not None and known.reason is not None:
        why = min(why, known.reason)
    return Standing("retracted", why)


def refuse_revision(reading: Reading, revised: Reading, trusted: Collection[str]) -> str | None:
    """Return why a claim may not revise another, null if it may."""
    is_own = reading.key[0] == revised.key[0]
    if not is_own and reading.key[0] not in trusted:
        return f"revises-other-publisher:{revised.key[1]}"
    if reading.voice == revised.voice or (is_own and reading.revision_reason == "misattribution"):
        return None
    return f"revises-other-speaker:{revised.key[1]}"


def ring_through(key: ClaimKey, known: KnownRevisions, *, counts: bool = False) -> list[ClaimKey]:
    """Return the claims that revise each other in a circle through a claim, none if there is no such.

    Args:
        key: The claim.
        known: What is known of it and of others.
        counts: Take this claim's own revision as one that counts.
    """
    ring, seen = [key], {key}
    here = _revised_by(key, known, counts=counts)
    while here is not None and here not in seen:
        ring.append(here)
        seen.add(here)
        here = _revised_by(here, known)
    return ring if here == key else []


def revise(key: ClaimKey, ring: Collection[ClaimKey], known: KnownRevisions) -> Revised:
    """Return what revisions and retractions make of a claim.

    Args:
        key: The claim, known or not.
        ring: The circle of revisions that it is part of, empty for none.
        known: What is known of it and of others.
    """
    retracted, reading = known.retracted(key), known.claim(key)
    if reading is None:
        return Revised(retracted, revises=False, note=None)
    is_last = bool(ring) and key == _last_said(ring, known)
    first = min(
        (
            reviser[1]
            for reviser in known.revisers(key)
            if _revised_by(reviser, known) == key and not (is_last and reviser in ring)
        ),
        default=None,
    )
    withdrawn = retracted
    if retracted is None and first is not None:
        withdrawn = Standing("superseded", f"revised-by:{first}")
    revises = _revised_by(key, known, counts=True) is not None
    note = _note(reading, ring if is_last else (), known)
    return Revised(withdrawn, revises=revises, note=note)


def as_it_revises(reading: Reading, own: Reading | None, revised: Revised) -> Reading:
    """Return a claim without a revision that takes no effect, and with what is to be said of it.

    Args:
        reading: The claim.
        own: The same as it was recorded, null if it revises nothing.
        revised: What revisions and retractions make of it.
    """
    stated = own if own is not None and revised.revises else None
    return replace(
        reading,
        revises=stated and stated.revises,
        revision_reason=stated and stated.revision_reason,
        revision_note=revised.note,
    )


def _revised_by(key: ClaimKey, known: KnownRevisions, *, counts: bool = False) -> ClaimKey | None:
    """Return the claim that a claim revises with effect, null for none."""
    reading = known.claim(key)
    if reading is None or reading.revises is None or reading.revises == key:
        return None
    revised = known.claim(reading.revises)
    if revised is None or not (counts or known.counts(key)):
        return None
    return None if refuse_revision(reading, revised, known.trusted) else revised.key


def _last_said(ring: Collection[ClaimKey], known: KnownRevisions) -> ClaimKey:
    readings = (reading for key in ring if (reading := known.claim(key)) is not None)
    return max(readings, key=_said_of).key


_said_of = attrgetter("said")


def _note(reading: Reading, ring: Collection[ClaimKey], known: KnownRevisions) -> str | None:
    """Return what is to be said of a claim in force: of its own revision first, then of retractions."""
    if ring:
        named = sorted(claim for _, claim in ring)
        more = len(named) - NAMED_COUNT_MAX
        listed = ", ".join(named[:NAMED_COUNT_MAX])
        return f"revises-in-a-circle:{listed}{f' and {more} more' if more > 0 else ''}"
    if reading.revises is not None:
        if reading.revises == reading.key:
            return f"revises-in-a-circle:{reading.key[1]}"
        revised = known.claim(reading.revises)
        if revised is None:
            return f"revises-unknown:{reading.revises[1]}"
        refused = refuse_revision(reading, revised, known.trusted)
        if refused is not None:
            return refused
    others = known.others_that_retract(reading.key)
    return f"retracted-by-other:{min(others)}" if others else None
