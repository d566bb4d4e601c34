"""What a language model answers, read as drafts; whoever made a draft, the checker asks the same of it.

Offsets, if there are any, are only where its words are looked for first. What is no draft is left out, and
said; nothing is mended.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import Field, ValidationError

from schemas.claim import UNITS, Claim, Measure
from schemas.draft import DraftNotes, EvidenceText
from schemas.record import Received
from services.extraction.drafted import Drafted
from services.extraction.report import Report, first_fault


#: Most drafts of one answer that are read; a report makes tens of claims.
DRAFTS_MAX = 200
#: Most pieces of evidence of one draft, and how long each may be, in characters.
EVIDENCE_MAX = 12
QUOTE_CHARACTERS_MAX = 1_000
#: Most drafts that are said one by one to be none.
FAULTS_SAID_MAX = 5


class ModelAnswerError(Exception):
    """An answer that holds no drafts to read; the message says what was found."""


class ModelEvidence(Received):
    """Words of the report that a field of a claim rests on."""

    field: str
    quote: str = Field(max_length=QUOTE_CHARACTERS_MAX)
    start: int = 0


class ModelClaim(Received):
    """One claim as a model states it."""

    measure: Measure
    side: str | None = None
    category: str = "unspecified"
    bound: str | None = None
    value: int | None = None
    low: int | None = None
    high: int | None = None
    date: str | None = None
    ordinal: int | None = None
    since: str | None = None
    as_of: str | None = None
    speaker: str | None = None
    party: str = "media"
    role: str = "outlet"
    modality: str = "asserted"
    wording: str | None = None
    mediators: list[str] = Field(default=[])
    evidence: list[ModelEvidence] = Field(default=[], max_length=EVIDENCE_MAX)


class ModelAnswer(Received):
    """All claims of a report."""

    claims: list[ModelClaim]


class ReadAnswer(NamedTuple):
    """An answer as drafts.

    Attributes:
        drafts: Those that it holds, not yet checked.
        left_out: What was not read of it, in words.
    """

    drafts: list[Drafted]
    left_out: tuple[str, ...]


def read_answer(text: str, report: Report, *, method: str) -> ReadAnswer:
    """Return the drafts of an answer.

    Args:
        text: What the model wrote, perhaps within a fence of Markdown.
        report: What it was asked about.
        method: How the claims are marked.

    Raises:
        ModelAnswerError: It is no JSON, cut short, or holds no list of claims.
    """
    stated = _claims_in(text)
    drafts: list[Drafted] = []
    faults: list[str] = []
    for number, claim in enumerate(stated[:DRAFTS_MAX], start=1):
        try:
            drafts.append(_drafted(claim, report, method))
        except ValidationError as error:
            faults.append(f"claim {number} is none: {first_fault(error)}")
        except ValueError as error:
            faults.append(f"claim {number} is none: {error}")
    return ReadAnswer(drafts, tuple(_said(faults, len(stated))))


def _said(faults: list[str], count: int) -> Iterator[str]:
    yield from faults[:FAULTS_SAID_MAX]
    if len(faults) > FAULTS_SAID_MAX:
        yield f"{len(faults) - FAULTS_SAID_MAX} further claims are none"
    if count > DRAFTS_MAX:
        yield f"the first {DRAFTS_MAX} of {count:,} claims were read"


def _claims_in(text: str) -> list[Any]:
    try:
        answer = json.loads(_without_fence(text))
    except (ValueError, RecursionError):
        raise ModelAnswerError("expected JSON, found none that is whole") from None
    claims = answer.get("claims") if isinstance(answer, dict) else answer
    if not isinstance(claims, list):
        raise ModelAnswerError("expected a list `claims`, found none")
    return claims


def _without_fence(text: str) -> str:
    r"""Return what stands within a fence of Markdown, or the text as it is.

    >>> _without_fence('Here it is:\n```json\n{"claims": []}\n```\n')
    '{"claims": []}'
    """
    before, fence, rest = text.partition("```")
    if not fence or before.lstrip().startswith(("{", "[")):
        return text.strip()
    language, _, fenced = rest.partition("\n")
    inside = fenced if language.strip().isalpha() or not language.strip() else rest
    return inside.partition("```")[0].strip()


def _drafted(stated: Any, report: Report, method: str) -> Drafted:
    """Return one claim of an answer as a draft.

    Raises:
        ValueError: It is no claim.
    """
    # As text, so that a tuple or a day in JSON is read as JSON has it.
    model = ModelClaim.model_validate_json(json.dumps(stated))
    claim = Claim.model_validate_json(json.dumps(_claim_fields(model, report, method)))
    evidence = tuple(
        EvidenceText(
            field=one.field, quote=one.quote, start=one.start, end=one.start + len(one.quote)
        )
        for one in model.evidence
    )
    return Drafted(claim, DraftNotes(evidence=evidence))


def _claim_fields(model: ModelClaim, report: Report, method: str) -> dict[str, Any]:
    has_number = model.bound is not None or model.value is not None
    quantity = model.model_dump(include={"bound", "value", "low", "high"}, exclude_none=True)
    return {
        "measure": model.measure,
        "side": model.side,
        "category": model.category,
        "unit": UNITS.get(model.measure) if has_number else None,
        "quantity": quantity if has_number else None,
        "wording": model.wording,
        "exchange": {"date": model.date, "ordinal": model.ordinal},
        "period": {"since": model.since, "as_of": model.as_of},
        "claimant": {
            "name": model.speaker or report.publisher,
            "party": model.party,
            "role": model.role,
        },
        "reported_by": report.publisher,
        "url": report.url,
        "published_at": report.published_at.isoformat() if report.published_at else None,
        "mediators": model.mediators,
        "modality": model.modality,
        "lang": report.language,
        "extraction": {"method": method},
    }
