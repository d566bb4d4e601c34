"""A judgement: what a person who keeps the ledger decided, who that was, and why.

Five kinds, told apart by `kind`. A judgement is a fact of the log like a claim: it is never edited,
and it is taken back by undoing it. What follows from it is decided by reconciliation.

Two judgements on the same object cannot both be in force: the one made later (`at`, then `id`) is.
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Discriminator, Field, model_validator

from schemas.claim import Count, Text
from schemas.record import Record
from schemas.vocabulary import exchange_day, figure_key


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("expected words, found blanks")
    return text


def _figure_id(text: str) -> str:
    if str(figure_key(text)) != text:
        raise ValueError(f"expected a figure's id, found {text!r}")
    return text


def _exchange_id(text: str) -> str:
    exchange_day(text)
    return text


Words = Annotated[Text, AfterValidator(_not_blank)]
FigureId = Annotated[Text, AfterValidator(_figure_id)]
ExchangeId = Annotated[Text, AfterValidator(_exchange_id)]


class JudgedClaim(Record):
    """The claim that is judged, by its publisher's identity."""

    source: Text
    id: Text


class _Judgement(Record):
    """What all kinds share.

    Attributes:
        id: Content hash of everything else it says; also the id of its event.
        who: Who decided.
        why: Why, in words.
        at: When.
    """

    id: str
    who: Words
    why: Words
    at: AwareDatetime


class Pin(_Judgement):
    """A figure is these numbers, whatever the claims give."""

    kind: Literal["pin"] = "pin"
    figure: FigureId
    low: Count
    best: Count
    high: Count

    @model_validator(mode="after")
    def _best_lies_in_the_range(self) -> Self:
        if not self.low <= self.best <= self.high:
            raise ValueError(
                f"expected low <= best <= high, found {self.low}, {self.best}, {self.high}"
            )
        return self


class Exclude(_Judgement):
    """A claim does not count."""

    kind: Literal["exclude"] = "exclude"
    claim: JudgedClaim


class Reassign(_Judgement):
    """A claim means that exchange; `exchange` null: it means none."""

    kind: Literal["reassign"] = "reassign"
    claim: JudgedClaim
    exchange: ExchangeId | None = None


class Merge(_Judgement):
    """Two exchanges are one: whatever means `exchange` means `into`."""

    kind: Literal["merge"] = "merge"
    exchange: ExchangeId
    into: ExchangeId

    @model_validator(mode="after")
    def _two_are_merged(self) -> Self:
        if self.exchange == self.into:
            raise ValueError(f"expected two exchanges, found {self.exchange} twice")
        return self


class Split(_Judgement):
    """Some claims on `exchange` mean another one, `into`."""

    kind: Literal["split"] = "split"
    exchange: ExchangeId
    into: ExchangeId
    claims: Annotated[tuple[JudgedClaim, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_becomes_two(self) -> Self:
        if self.exchange == self.into:
            raise ValueError(f"expected two exchanges, found {self.exchange} twice")
        return self


Judgement = Annotated[Pin | Exclude | Reassign | Merge | Split, Discriminator("kind")]


class UndoneJudgement(Record):
    """A judgement is taken back: it is as if it had never been made."""

    judgement: str
    who: Words
    why: Words
    at: AwareDatetime


def day_of(exchange: str) -> date | None:
    """Return the day that a bare date names, null for an id that says more than its day.

    >>> day_of("2024-01-03"), day_of("2024-01-03-b")
    (datetime.date(2024, 1, 3), None)
    """
    day = exchange_day(exchange)
    return day if day.isoformat() == exchange else None
