"""From what somebody submitted to a claim, as an editor completes it in a form (pure)."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.claim import UNITS, Claim
from schemas.ledger import LedgerConfiguration
from schemas.submission import Submitted
from services.extraction.drafts import extract
from services.extraction.report import Report
from services.reconciliation.claims.speakers import speaker_name


#: Who publishes what editors accept: the CloudEvents source of their claims.
EDITORS = "urn:exchange-ledger:editors"
#: The fields of the form, in its order; those of a number and of texts that are written as they are.
NUMBERS = ("value", "low", "high")
TEXTS = (
    *("measure", "side", "category", "wording", "reported_by", "url", "published_at"),
    *("modality", "lang"),
)
CLAIMANT = {"claimant_name": "name", "claimant_party": "party", "claimant_role": "role"}
FIELDS = (*TEXTS, "bound", *NUMBERS, "exchange_date", "since", "as_of", *CLAIMANT)
#: Where a fault of intake is shown: the end of its pointer, to the field of the form.
_FIELD_OF = {
    "claimant/name": "claimant_name",
    "claimant/party": "claimant_party",
    "claimant/role": "claimant_role",
    "exchange/date": "exchange_date",
    "period/since": "since",
    "period/as_of": "as_of",
    "quantity": "value",
}
_WORDING_CHARACTERS_MAX = 1_000


def claim_event(
    fields: Mapping[str, str],
    *,
    ledger: str,
    claim_id: str,
    who: str,
    method: str,
    **more: str,
) -> bytes:
    """Return a claim as an event; what is wrong with it is for intake to say.

    Args:
        fields: What the form holds.
        ledger: The ledger.
        claim_id: Its id among the claims of editors.
        who: Who reviewed it.
        method: How it was read out of its report.
        more: Further fields of the claim, kept and read by nobody.
    """
    data: dict[str, Any] = {name: fields[name] for name in TEXTS if fields.get(name)}
    if fields.get("bound"):
        numbers = {name: _number(fields[name]) for name in NUMBERS if fields.get(name)}
        data["quantity"] = {"bound": fields["bound"], **numbers}
        if data.get("measure") in UNITS:
            data["unit"] = UNITS[data["measure"]]
    data["claimant"] = {name: fields.get(field, "") for field, name in CLAIMANT.items()}
    if fields.get("exchange_date"):
        data["exchange"] = {"date": fields["exchange_date"]}
    period = {name: fields[name] for name in ("since", "as_of") if fields.get(name)}
    if period:
        data["period"] = period
    data["extraction"] = {"method": method, "reviewer": who}
    event = {
        "specversion": "1.0",
        "type": "exchange.claim.reported.v1",
        "id": claim_id,
        "source": EDITORS,
        "subject": ledger,
        "datacontenttype": "application/json",
        "data": data | more,
    }
    return json.dumps(event, ensure_ascii=False).encode()


def retraction_event(
    *, ledger: str, source: str, claim_id: str, retraction_id: str, why: str
) -> bytes:
    """Return the event that takes a claim back."""
    retracts = {"source": source, "id": claim_id}
    event = {
        "specversion": "1.0",
        "type": "exchange.claim.retracted.v1",
        "id": retraction_id,
        "source": source,
        "subject": ledger,
        "datacontenttype": "application/json",
        "data": {"retracts": retracts, "reason": "withdrawn", "note": why},
    }
    return json.dumps(event, ensure_ascii=False).encode()


def field_of(pointer: str) -> str:
    """Return the field of the form that a fault of intake is about, empty for none.

    >>> field_of("/data/claimant/party"), field_of("/data/quantity/value"), field_of("/id")
    ('claimant_party', 'value', '')
    """
    inner = pointer.removeprefix("/data/")
    for end, field in _FIELD_OF.items():
        if inner.startswith(end):
            last = inner.rpartition("/")[2]
            return last if end == "quantity" and last in ("bound", *NUMBERS) else field
    return inner if inner in FIELDS else ""


def fields_of(claim: Claim) -> dict[str, str]:
    """Return a claim as the form holds it."""
    said = claim.model_dump(mode="json")
    found: dict[str, Any] = {name: said[name] for name in TEXTS}
    quantity = said["quantity"] or {}
    found |= {name: quantity.get(name) for name in ("bound", *NUMBERS)}
    found |= {field: said["claimant"][name] for field, name in CLAIMANT.items()}
    found["exchange_date"] = said["exchange"]["date"]
    found |= {name: said["period"][name] for name in ("since", "as_of")}
    return {name: "" if found[name] is None else str(found[name]) for name in FIELDS}


def prefilled(
    submitted: Submitted, ledger: LedgerConfiguration, known: Iterable[tuple[str, str, str]]
) -> dict[str, str]:
    """Return the form for a submission: what its words say as far as rules read them, else what was sent.

    Args:
        submitted: What was sent.
        ledger: The ledger, for its words.
        known: Speakers of the ledger: name, party and office.
    """
    fields = dict.fromkeys(FIELDS, "") | {
        "measure": "returned",
        "category": "all",
        "bound": "exact" if submitted.number is not None else "",
        "modality": "asserted",
        "claimant_party": "media",
        "claimant_role": "other",
    }
    fields |= _as_read(submitted, ledger)
    day = submitted.day.isoformat() if submitted.day else ""
    fields |= {
        "wording": submitted.words[:_WORDING_CHARACTERS_MAX].replace("\n", " ").replace("\t", " "),
        "url": submitted.link or "",
        "reported_by": submitted.outlet or "",
        "published_at": day,
    }
    if submitted.speaker:
        fields |= _speaker(submitted.speaker, fields, ledger, known)
    if submitted.number is not None and fields["value"] != str(submitted.number):
        fields |= {"value": str(submitted.number), "bound": fields["bound"] or "exact"}
    about = submitted.about or ""
    if not fields["exchange_date"] and about[:10].count("-") == 2:  # noqa: PLR2004  a day has two
        fields["exchange_date"] = about[:10]
    return fields


def _as_read(submitted: Submitted, ledger: LedgerConfiguration) -> dict[str, str]:
    """Return what the rules read in the words: the draft of the number that was sent, else the first."""
    report = Report(
        text=submitted.words,
        url=submitted.link,
        outlet=submitted.outlet,
        published_at=submitted.day,
    )
    drafts = [draft.data for draft in extract(report, ledger)]
    fitting = [
        claim
        for claim in drafts
        if submitted.number is None or (claim.quantity and claim.quantity.value == submitted.number)
    ]
    return fields_of(fitting[0]) if fitting else {}


def _speaker(
    name: str,
    fields: Mapping[str, str],
    ledger: LedgerConfiguration,
    known: Iterable[tuple[str, str, str]],
) -> dict[str, str]:
    key = speaker_name(name, ledger).key
    for other, party, role in known:
        if speaker_name(other, ledger).key == key:
            return {"claimant_name": name, "claimant_party": party, "claimant_role": role}
    if speaker_name(fields["claimant_name"], ledger).key == key:
        return {"claimant_name": name}
    return {"claimant_name": name, "claimant_party": "", "claimant_role": "other"}


def _number(text: str) -> object:
    """Return a number as JSON holds it; what is none is left for intake to refuse."""
    return int(text) if text.isascii() and text.isdecimal() else text
