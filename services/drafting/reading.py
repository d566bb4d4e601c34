"""A report read by rules, by a model, or by both; the checker asks the same of all drafts.

A model that fails is no reason for a report to stay unread: the rules read it, and each draft says so in
`extraction`.
"""

from enum import StrEnum
from typing import NamedTuple

from schemas.claim import Claim, Extraction
from schemas.draft import DraftEvent
from schemas.ledger import LedgerConfiguration
from services.drafting.language_model import LanguageModel, ModelFaultError, model_of
from services.extraction.drafted import Drafted
from services.extraction.drafts import METHOD, drafted_by_rules, drafts_of
from services.extraction.linking import linked
from services.extraction.report import Report
from services.runtime.settings import Settings


class Proposer(StrEnum):
    """Who reads claims out of a report."""

    RULES = "rules"
    MODEL = "model"
    BOTH = "both"


class ReadReport(NamedTuple):
    """The drafts of a report, and what is to be said beside them.

    Attributes:
        drafts: In the order of whoever proposed them.
        notes: What was left out, or why the rules read it instead of a model.
    """

    drafts: list[DraftEvent]
    notes: tuple[str, ...] = ()


class ReportReader:
    """Reads reports by rules, by a model, or by both.

    Attributes:
        model: The model that is asked, null for none.
    """

    def __init__(self, proposer: Proposer, model: LanguageModel | None) -> None:
        assert (proposer is Proposer.RULES) == (model is None), "a model where one is asked"
        self._is_both = proposer is Proposer.BOTH
        self.model = model

    async def read(self, report: Report, ledger: LedgerConfiguration) -> ReadReport:
        """Return the drafts of a report, checked, with whom they quote and what they revise."""
        read = await self._read(report, ledger)
        return read._replace(drafts=linked(read.drafts, report, ledger))

    async def _read(self, report: Report, ledger: LedgerConfiguration) -> ReadReport:
        if self.model is None:
            return ReadReport(drafts_of(drafted_by_rules(report, ledger), report, ledger))
        try:
            answer = await self.model.drafts(report, ledger)
        except ModelFaultError as error:
            why = f"{self.model.method}: {error}"
            drafted = [_marked(one, fallback=why) for one in drafted_by_rules(report, ledger)]
            return ReadReport(
                drafts_of(drafted, report, ledger), (f"read by rules instead of {why}",)
            )
        drafted, left_out = answer.drafts, answer.left_out
        rules = drafted_by_rules(report, ledger) if self._is_both or not drafted else []
        if rules and not drafted:
            # A page may order a model to be silent.
            left_out = (*left_out, f"no claim, where the rules find {len(rules)}")
        if self._is_both:
            drafted = _both(rules, drafted, self.model.method)
        notes = tuple(f"{self.model.method}: {one}" for one in left_out)
        return ReadReport(drafts_of(drafted, report, ledger), notes)


def reader_of(settings: Settings, proposer: Proposer | None = None) -> ReportReader:
    """Return who reads reports, as asked for or else as the settings say.

    Raises:
        NoModelError: A model is asked for, and none is set.
        MissingExtraError: What asks a model is not installed.
    """
    chosen = proposer or Proposer(settings.proposer)
    return ReportReader(chosen, None if chosen is Proposer.RULES else model_of(settings))


def _both(rules: list[Drafted], model: list[Drafted], method: str) -> list[Drafted]:
    """Return the drafts of rules and of a model; one that both made says so."""
    of_model = {_said(one.claim) for one in model}
    of_rules = {_said(one.claim) for one in rules}
    return [
        *(
            _marked(one, method=f"{METHOD}, {method}") if _said(one.claim) in of_model else one
            for one in rules
        ),
        *(one for one in model if _said(one.claim) not in of_rules),
    ]


def _said(claim: Claim) -> str:
    return claim.model_dump_json(exclude={"extraction", "wording"})


def _marked(one: Drafted, *, method: str = METHOD, fallback: str | None = None) -> Drafted:
    extraction = Extraction(method=method, fallback=fallback[:1_000] if fallback else None)
    return one._replace(claim=one.claim.model_copy(update={"extraction": extraction}))
