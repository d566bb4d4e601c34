"""How right drafts are, against reports that a person has labelled.

Claims are compared by some of their fields at a time. A claim without a number is compared by its measure.
`measure~` takes a part of a whole and people who came back as one: that border is where careful people differ.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, Field, ValidationError, computed_field

from schemas.draft import DraftEvent
from schemas.record import Record
from services.extraction.report import Report, first_fault


#: What is compared, and by which fields.
COMPARED: dict[str, tuple[str, ...]] = {
    "value": (),
    "value+bound": ("bound",),
    "value+bound+side+measure~": ("bound", "side", "measure~"),
    "value+bound+side+measure": ("bound", "side", "measure"),
    "value+bound+side+measure~+speaker": ("bound", "side", "measure~", "party", "role"),
    "value+bound+side+measure~+date": ("bound", "side", "measure~", "date"),
    "value+bound+side+measure~+modality": ("bound", "side", "measure~", "modality"),
}


class LabelledReport(NamedTuple):
    """A report with the claims that a person found in it."""

    report: Report
    claims: Sequence[dict[str, Any]]


class Score(Record):
    """How many drafts of some reports are right in some fields.

    Attributes:
        group: Which reports: `all`, or a language.
        fields: What is compared.
        label_count: Claims that were labelled.
        draft_count: Claims that were drafted.
        right_count: Drafts that are labelled so.
    """

    group: str
    fields: str
    label_count: int = Field(ge=0)
    draft_count: int = Field(ge=0)
    right_count: int = Field(ge=0)

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def precision(self) -> float:
        """Return how many of the drafts are right; 1 of none."""
        return self.right_count / self.draft_count if self.draft_count else 1.0

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def recall(self) -> float:
        """Return how many of the labels were found; 1 of none."""
        return self.right_count / self.label_count if self.label_count else 1.0

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def f1(self) -> float:
        """Return the harmonic mean of both."""
        both = self.label_count + self.draft_count
        return 2 * self.right_count / both if both else 1.0


def read_labels(labels: str, texts: str = "") -> list[LabelledReport]:
    """Return labelled reports of JSON lines; those whose text is in neither file are left out.

    Raises:
        ValueError: A line is no labelled report; the message names the line.
    """
    by_url = {row["url"]: row["text"] for _, row in _rows(texts, "url", "text")}
    found = []
    for number, row in _rows(labels, "claims"):
        text = row.get("text") or by_url.get(row.get("url"))
        if not text:
            continue
        stated = {name: row.get(name) for name in Report.model_fields if name != "text"}
        try:
            report = Report.model_validate({**stated, "text": text})
            claims = _LabelledClaims.model_validate({"claims": row["claims"]}).claims
        except ValidationError as error:
            raise ValueError(f"line {number}: {first_fault(error)}") from error
        found.append(LabelledReport(report, [claim.model_dump() for claim in claims]))
    return found


class _LabelledSpeaker(BaseModel):
    party: str
    role: str


class _LabelledClaim(BaseModel):
    # Of a labelled claim that which is compared; whatever else it says is left aside.
    measure: str
    claimant: _LabelledSpeaker
    side: str | None = None
    quantity: dict[str, Any] | None = None
    exchange: dict[str, Any] | None = None
    modality: str = "asserted"


class _LabelledClaims(BaseModel):
    claims: list[_LabelledClaim]


def _rows(text: str, *needed: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise ValueError(f"line {number}: expected JSON, found {error}") from error
        missing = [name for name in needed if not isinstance(row, dict) or name not in row]
        if missing:
            raise ValueError(f"line {number}: expected an object with {missing[0]}, found none")
        yield number, row


def scores_of(drafted: Sequence[tuple[LabelledReport, Sequence[DraftEvent]]]) -> list[Score]:
    """Return the scores of the drafts of all reports, and of those of each language."""
    counted: dict[tuple[str, str], list[int]] = {}
    for one, made in drafted:
        drafts = [draft.data.model_dump(mode="json") for draft in made]
        for fields, names in COMPARED.items():
            expected = Counter(_key(claim, names) for claim in one.claims)
            found = Counter(_key(claim, names) for claim in drafts)
            for group in ("all", one.report.language):
                counts = counted.setdefault((group, fields), [0, 0, 0])
                counts[0] += expected.total()
                counts[1] += found.total()
                counts[2] += (expected & found).total()
    return [
        Score(group=group, fields=fields, label_count=a, draft_count=b, right_count=c)
        for (group, fields), (a, b, c) in sorted(counted.items(), key=lambda item: item[0][0])
    ]


def _key(claim: dict[str, Any], names: Sequence[str]) -> tuple[object, ...]:
    quantity = claim.get("quantity") or {}
    alike = {"breakdown": "returned"}.get(claim["measure"], claim["measure"])
    known = {
        "bound": quantity.get("bound"),
        "side": claim.get("side"),
        "measure": claim["measure"],
        "measure~": alike,
        "party": claim["claimant"]["party"],
        "role": claim["claimant"]["role"],
        "date": (claim.get("exchange") or {}).get("date"),
        "modality": claim.get("modality", "asserted"),
    }
    value = quantity.get("value", quantity.get("low"))
    # Without a number a claim is nothing but its measure.
    return (value if quantity else alike, *(known[name] for name in names))
