"""What the ledger says of a draft before it is published (pure)."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from pydantic import Field, computed_field

from schemas.claim import Claim
from schemas.draft import DraftEvent
from schemas.ledger import LedgerConfiguration
from schemas.record import Record
from schemas.views import ClaimView
from services.moderation.state import Moderation
from services.reconciliation.claims.speakers import speaker_name


class DraftReaction(NamedTuple):
    """The claims of the ledger that a draft meets: those on the same day, side, measure and people.

    Attributes:
        same: The claim by the same speaker with the same number, null for none.
        agreeing: Other speakers who give its number.
        differing: Other speakers who give another, with theirs.
    """

    same: str | None
    agreeing: tuple[str, ...]
    differing: tuple[tuple[str, int], ...]

    @property
    def is_new(self) -> bool:
        """Whether nobody spoke of it yet."""
        return self.same is None and not self.agreeing and not self.differing


class RulePrecision(Record):
    """How often what a rule or a model drafted was accepted as it was, corrected, or rejected."""

    rule: str
    accepted: int = Field(ge=0)
    corrected: int = Field(ge=0)
    rejected: int = Field(ge=0)

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def precision(self) -> float:
        """Return the share that was accepted as it was."""
        return self.accepted / (self.accepted + self.corrected + self.rejected)


def reaction_of(
    draft: DraftEvent, claims: Iterable[ClaimView], ledger: LedgerConfiguration
) -> DraftReaction:
    """Return which claims of the ledger a draft meets."""
    said = draft.data
    speaker = speaker_name(said.claimant.name, ledger)
    same: str | None = None
    agreeing: dict[str, None] = {}
    differing: dict[str, int] = {}
    for claim in claims:
        if not _is_about_the_same(claim, said) or claim.state == "retracted":
            continue
        name = speaker_name(claim.claimant.name, ledger)
        is_equal = _number(claim) == _number(said)
        if name.key == speaker.key and is_equal:
            same = same or claim.ref
        elif is_equal:
            agreeing[name.shown] = None
        elif (number := _number(claim)) is not None:
            differing.setdefault(name.shown, number)
    return DraftReaction(same, tuple(agreeing), tuple(differing.items()))


def maker_of(draft: DraftEvent) -> str | None:
    """Return what made a draft, by which precision is counted: its rule, else its method; null for a person."""
    method = draft.data.extraction.method if draft.data.extraction else None
    return draft.draft.rule or (None if method == "hand" else method)


def precision_by_rule(
    moderation: Moderation, *, since: datetime | None = None
) -> list[RulePrecision]:
    """Return how right each rule and model was, by the decisions in force, all or those made since a time."""
    counts: dict[str, dict[str, int]] = {}
    for made in moderation.decisions():
        one = made.decision
        if since is not None and one.at < since:
            break  # the newest come first
        if one.case == "draft" and one.rule and made.undone is None and one.outcome != "set_aside":
            outcomes = counts.setdefault(one.rule, {})
            outcomes[one.outcome] = outcomes.get(one.outcome, 0) + 1
    return [
        RulePrecision(
            rule=rule,
            accepted=found.get("accepted", 0),
            corrected=found.get("corrected", 0),
            rejected=found.get("rejected", 0),
        )
        for rule, found in sorted(counts.items())
    ]


def _is_about_the_same(claim: ClaimView, said: Claim) -> bool:
    day = said.exchange.date
    named = claim.exchange or (
        str(claim.stated_exchange.date) if claim.stated_exchange.date else ""
    )
    if (claim.measure, claim.side, claim.category) != (said.measure, said.side, said.category):
        return False
    if day is None:
        return claim.exchange is None and claim.period == said.period
    return named[:10] == str(day)


def _number(claim: ClaimView | Claim) -> int | None:
    return claim.quantity.value if claim.quantity else None
