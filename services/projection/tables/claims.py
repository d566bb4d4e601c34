"""Claims: who published each, how it is named, and where it stands."""

from collections.abc import Iterable
from sys import intern

from msgspec.structs import force_setattr

from schemas.decisions import Assignment
from services.log_events.identities import Identity
from services.projection.encoding import BLOCK_BITS, ClaimInBlock, pack_block
from services.projection.rows import ClaimRow, by_ref
from services.projection.support import Evidence, by_publisher
from services.runtime.lazy_dict import LazyDict


class ClaimFold:
    """The claims of one ledger.

    Attributes:
        assignments: Where each claim stands, by log position.
    """

    def __init__(self) -> None:
        self.assignments: LazyDict[int, Assignment] = LazyDict(32)
        self._identities: dict[int, Identity] = {}
        self._first_of_id: dict[str, int] = {}
        self._shared_ids: set[str] = set()
        self._touched_blocks: set[int] = set()

    def record(self, claim: int, identity: Identity) -> int | None:
        """Take in a claim; return the one that is named otherwise from now on, null for none."""
        claim_id = identity.id
        force_setattr(identity, "source", intern(identity.source))
        self._identities[claim] = identity
        self._touched_blocks.add(claim >> BLOCK_BITS)
        first = self._first_of_id.setdefault(claim_id, claim)
        if first == claim or claim_id in self._shared_ids:
            return None
        self._shared_ids.add(claim_id)
        self._touched_blocks.add(first >> BLOCK_BITS)
        return first

    def assign(self, new: Assignment) -> None:
        """Take in where a claim stands."""
        # One string for all claims that use a word: of each of these there are a few.
        force_setattr(new, "voice", intern(new.voice))
        force_setattr(new, "camp", intern(new.camp))
        if new.evidence is not None:
            force_setattr(new, "evidence", intern(new.evidence))
        self.assignments[new.claim] = new
        self._touched_blocks.add(new.claim >> BLOCK_BITS)

    def has(self, claim: int) -> bool:
        """Return whether a claim was recorded at a position."""
        return claim in self._identities

    def ref(self, claim: int) -> str:
        """Return how a claim is named."""
        identity = self._identities[claim]
        if identity.id in self._shared_ids:
            return f"{identity.id}@{identity.source}"
        return identity.id

    def evidence(self, assignments: Iterable[Assignment]) -> list[Evidence]:
        """Return claims with who published them and how they are named, in order of publisher."""
        identities, shared = self._identities, self._shared_ids
        found = []
        for assignment in assignments:
            identity = identities[assignment.claim]
            claim_id, source = identity.id, identity.source
            ref = f"{claim_id}@{source}" if claim_id in shared else claim_id
            found.append((source, claim_id, ref, assignment))
        if len(found) > 1:
            found.sort(key=by_publisher)
        return found

    def take(self) -> dict[str, bytes | None]:
        """Return the blocks that changed since the last call, as they are stored."""
        blocks, self._touched_blocks = self._touched_blocks, set()
        return {str(block): pack_block(self._in_block(block)) for block in blocks}

    def discard(self) -> None:
        """Take what changed for written."""
        self._touched_blocks.clear()

    def all(self) -> tuple[ClaimRow, ...]:
        """Return all claims, in order of ref."""
        return by_ref(map(self._row, self._identities))

    def _in_block(self, block: int) -> list[ClaimInBlock]:
        assignments, shared = self.assignments, self._shared_ids
        first = block << BLOCK_BITS
        return [
            (claim, identity, identity.id in shared, assignments.get(claim))
            for claim in range(first, first + (1 << BLOCK_BITS))
            if (identity := self._identities.get(claim))
        ]

    def _row(self, claim: int) -> ClaimRow:
        identity, assignment = self._identities[claim], self.assignments.get(claim)
        return ClaimRow(
            id=identity.id,
            source=identity.source,
            ref=self.ref(claim),
            position=claim,
            assignment=assignment,
        )
