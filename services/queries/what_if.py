"""What the figures would be under other assumptions: a replay with claims left out or added.

Everything happens in memory; nothing is written. What is to be left out must exist: a name that matches
nothing, or a claim's id that two publishers use, is an error, because an empty difference would look like
a result.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import chain
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from schemas.claim import ALL_SIDES_TOGETHER, Claim
from schemas.events import RecordedClaim, RecordedRetraction
from schemas.judgement import Judgement
from schemas.ledger import LedgerConfiguration
from services.log_events.envelope import Fact, Origin, identified, seal
from services.queries.as_of import Cut
from services.queries.replay import Replayed, replay_without
from services.reconciliation.claims.canonical_text import canonical_text
from services.reconciliation.claims.speakers import speaker_name, tier_of


#: Similar names shown where a name matches nothing.
NEAR_COUNT = 3
_JUDGEMENTS: TypeAdapter[Judgement] = TypeAdapter(Judgement)


class Exclusions(NamedTuple):
    """The claims to leave out, by name.

    Attributes:
        claims: Claims, as figures name them.
        sources: Publishers.
        claimants: Speakers, by the name they are known under or the one in the report.
        outlets: Who reported.
        camps: Whom speakers speak for: a party, or the side in whose camp it is.
        bounds: How exactly numbers were said, as `exact` or `at_least`.
        tiers: How well placed speakers are to count, 1 to 6.
    """

    claims: Sequence[str] = ()
    sources: Sequence[str] = ()
    claimants: Sequence[str] = ()
    outlets: Sequence[str] = ()
    camps: Sequence[str] = ()
    bounds: Sequence[str] = ()
    tiers: Sequence[str] = ()


class UnmatchedError(Exception):
    """A name matches nothing, or more than it may; the message says what was found."""


class Supposed(NamedTuple):
    """What a replay gave under other suppositions.

    Attributes:
        replayed: What became of all lines, the added ones last.
        left_out_count: Facts left out by name.
    """

    replayed: Replayed
    left_out_count: int


def suppose(
    lines: Iterable[bytes],
    *,
    ledger: LedgerConfiguration,
    without: Exclusions,
    additions: Iterable[bytes],
    cut: Cut,
) -> Supposed:
    """Replay a ledger's lines with some left out and others added.

    Args:
        lines: Inbound events or events of a log, as `replay` takes them.
        ledger: The ledger's configuration, with the policy to decide by.
        without: What to leave out of `lines`; nothing is left out of `additions`.
        additions: Lines to add at the end, as `read_additions` gives them.
        cut: The times to cut off at.

    Raises:
        UnmatchedError: A name matches nothing, or more than it may.
    """
    exclusion = ExclusionFilter(without, ledger)
    replayed = replay_without(
        chain(exclusion.applied_to(lines), additions),
        ledger=ledger,
        asserted_by=cut.asserted_by,
        known_on=cut.known_on,
        leaves_out=exclusion,
    )
    exclusion.check()
    return Supposed(replayed, exclusion.count)


class ExclusionFilter:
    """Decides for every fact of a replay whether it is left out, and records which names occurred.

    Attributes:
        count: Facts left out.
    """

    def __init__(self, names: Exclusions, ledger: LedgerConfiguration) -> None:
        self.count = 0
        self._applies = False
        self._names = names
        self._ledger = ledger
        self._wanted = {
            kind: {canonical_text(name): name for name in given}
            for kind, given in names._asdict().items()
        }
        #: The names there are, by kind; of a claim, which publishers use its id.
        self._there: dict[str, set[str]] = defaultdict(set)
        self._publishers: dict[str, set[str]] = defaultdict(set)
        self._matched: dict[str, set[str]] = defaultdict(set)

    def applied_to(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Yield lines; the filter applies only while they are read."""
        self._applies = True
        yield from lines
        self._applies = False

    def __call__(self, fact: Fact) -> bool:
        """Return whether a fact is left out; a retraction only with its publisher."""
        named = self._named(fact) if self._applies else []
        is_left_out = False
        for kind, names in named:
            self._there[kind].update(names[:1])
            for name in names:
                if canonical_text(name) in self._wanted[kind]:
                    self._matched[kind].add(canonical_text(name))
                    is_left_out = True
        self.count += is_left_out
        return is_left_out

    def check(self) -> None:
        """Refuse names that matched nothing, and ids that more than one publisher uses.

        Raises:
            UnmatchedError: There is such a name.
        """
        for kind, wanted in self._wanted.items():
            for plain, name in wanted.items():
                if plain not in self._matched[kind]:
                    raise UnmatchedError(self._unmatched(kind, name))
        for name in self._names.claims:
            if len(publishers := sorted(self._publishers[canonical_text(name)])) > 1:
                found = ", ".join(f"{name}@{publisher}" for publisher in publishers)
                raise UnmatchedError(f"expected one claim, found {name!r} of several: {found}")

    def _named(self, fact: Fact) -> list[tuple[str, tuple[str, ...]]]:
        """Return the names that match a fact, by kind, the one to show first."""
        if isinstance(fact, RecordedRetraction):
            return [("sources", (fact.source,))]
        if not isinstance(fact, RecordedClaim):
            return []
        claim = fact.claim
        self._publishers[canonical_text(fact.id)].add(fact.source)
        party = claim.claimant.party
        voice = speaker_name(claim.claimant.name, self._ledger).shown
        return [
            ("claims", (fact.id, f"{fact.id}@{fact.source}")),
            ("sources", (fact.source,)),
            ("claimants", (voice, claim.claimant.name)),
            ("outlets", (claim.reported_by,) if claim.reported_by else ()),
            ("camps", tuple(dict.fromkeys((self._camp(party), party)))),
            ("bounds", (claim.quantity.bound,) if claim.quantity else ()),
            ("tiers", (str(self._tier(claim)),)),
        ]

    def _camp(self, party: str) -> str:
        camp = self._ledger.camp_of(party)
        return "outlets" if camp == "media" else camp

    def _tier(self, claim: Claim) -> int:
        together = claim.side is None or claim.side in ALL_SIDES_TOGETHER
        return tier_of(
            self._ledger.camp_of(claim.claimant.party),
            claim.claimant.role,
            side="both" if together else claim.side or "",
            ledger=self._ledger,
            is_held=claim.measure == "held",
        )

    def _unmatched(self, kind: str, name: str) -> str:
        there = {canonical_text(known): known for known in sorted(self._there[kind])}
        near = get_close_matches(canonical_text(name), there, n=NEAR_COUNT, cutoff=0.4)
        shown = [there[known] for known in near] or list(there.values())[:NEAR_COUNT]
        listed = f": {', '.join(shown)} …" if shown else ""
        return f"expected one of {len(there)} {kind}{listed}, found {name!r}"


def read_additions(lines: Iterable[bytes], ledger: LedgerConfiguration) -> list[bytes]:
    """Read what is to be added, one JSON object a line, as lines that a replay takes.

    Inbound events and events of a log are given as they are. A judgement may stand by itself, as
    `judgement.made` holds it; its id follows from what it says.

    Raises:
        UnmatchedError: A judgement makes no sense; the message names the line.
    """
    return [
        _addition(number, line.strip(), ledger)
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]


def _addition(number: int, line: bytes, ledger: LedgerConfiguration) -> bytes:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return line  # The replay says what is wrong with it.
    if not isinstance(document, dict) or "kind" not in document or "type" in document:
        return line
    try:
        judgement = identified(_JUDGEMENTS.validate_python({"id": "", **document}, strict=False))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        # The first part of a place is the kind, which is no field.
        place = "".join(f"/{part}" for part in first["loc"][1:])
        said = first["msg"].removeprefix("Value error, ")
        raise UnmatchedError(
            f"line {number}: expected a judgement, at {place or '/'} {said}"
        ) from error
    origin = Origin("operator", judgement.at, judgement.id, judgement.id)
    body = seal(judgement, event_id=judgement.id, ledger=ledger.name, origin=origin).body
    # In a replay the place in the file counts, not the position.
    return b'{"position":1,' + body[1:]
