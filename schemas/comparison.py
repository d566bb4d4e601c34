"""How two versions of a ledger's read models differ, one record a row that is not the same."""

from datetime import date
from typing import Literal

from schemas.decisions import Explanation, OrdinalGiven
from schemas.record import Record
from schemas.views import FollowedFact, Numbers
from schemas.vocabulary import CheckResult, ExchangeStatus


class ExchangeState(Record, use_attribute_docstrings=True):
    """What is known of an exchange itself."""

    date: date
    """The day it happened, or was planned for."""
    status: ExchangeStatus
    """Whether it happened, and how sure that is."""
    ordinals: tuple[OrdinalGiven, ...]
    """The numbers that counters give it."""
    mediators: tuple[str, ...]
    """Who mediated."""


class CheckState(Record, use_attribute_docstrings=True):
    """How a check ended, and the numbers it compared."""

    expected: int | None
    """What the ledger leads one to expect, null if it cannot say."""
    expected_low: int | None
    """The least that would have passed before the tolerance, null for no bound."""
    expected_high: int | None
    """The most that would have passed before the tolerance, null for no bound."""
    got: int | None
    """The number that the claim says, null for none."""
    diff: int | None
    """got − expected, null where one of them is."""
    result: CheckResult
    """Whether the identity holds."""


class OperationState(Record, use_attribute_docstrings=True):
    """What is known of an operation of several days, apart from its figures."""

    status: ExchangeStatus
    """Whether it happened, and how sure that is."""
    phases: tuple[str, ...]
    """Ids of the exchanges on its days."""


class Difference(Record, use_attribute_docstrings=True):
    """A row that two versions of the read models do not share, or share with other content.

    What depends on the order of arrival alone, as positions and revisions do, makes no difference.
    """

    view: Literal["exchanges", "figures", "cumulative", "checks", "operations"]
    """The table it stands in."""
    id: str
    """The row's id; of a running total its side, category and day."""
    kind: Literal["appears", "vanishes", "changes"]
    """What becomes of the row."""
    old: Numbers | ExchangeState | CheckState | OperationState | None
    """As it is in the one version, null if it is not there."""
    new: Numbers | ExchangeState | CheckState | OperationState | None
    """As it is in the other, null if it is not there."""


class CitedFact(FollowedFact, use_attribute_docstrings=True):
    """What was recorded that a difference follows from, and what became of it."""

    url: str | None
    """Where the report is found, null if that is not known."""
    published_at: str | None
    """The day, or the time, the report came out, as the publisher wrote it."""
    standing: str | None
    """What became of the claim between the two places, in words; null if nothing did."""


class ExplainedDifference(Difference, use_attribute_docstrings=True):
    """A row that two places of one log do not share, with what it follows from."""

    cause: str | None
    """Why a figure changed, in a word; `withdrawn` where it vanishes; null for other rows."""
    reasons: tuple[Explanation, ...]
    """What is said of the row now and was not before, as codes and sentences."""
    facts: tuple[CitedFact, ...]
    """The claims, retractions and judgements between the two places that it follows from."""
    follows: tuple[str, ...]
    """Ids of figures whose differences it is worked out from; of a running total the last twenty, latest first."""
