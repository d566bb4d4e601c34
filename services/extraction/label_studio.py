"""Reports and their drafts as tasks of Label Studio, and what people annotated there as drafts again (pure).

A claim is a region of the text with one label, its measure; what else it says stands in controls of that region.
The words that one of its fields rests on are a region of their own, related to the claim's. Offsets count
characters and are found again when a task comes back.

Source: Label Studio's format of tasks, predictions and annotations (labelstud.io/guide/export).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError

from schemas.claim import UNITS, Bound, Claim, Measure, Modality, Role
from schemas.draft import DraftEvent, DraftNotes, EvidenceText
from schemas.ledger import LedgerConfiguration
from schemas.report import ReportForReview
from services.extraction.drafted import Drafted
from services.extraction.drafts import drafts_of
from services.extraction.report import Report, first_fault


#: What a task says of its report, by the names that `Report` has for them.
DATA = ("text", "url", "outlet", "published_at", "lang", "subject", "quoted_from")
#: Controls of a claim's region by the field of the claim that each holds.
CHOICES = ("side", "bound", "modality", "party", "role")
NUMBERS = ("value", "low", "high", "ordinal")
TEXTS = ("category", "name", "date", "since", "as_of", "wording", "mediators")
#: Fields of a claim that words are marked for.
EVIDENCE_FIELDS = ("quote", "value", "bound", "category", "side", "claimant", "exchange.date")
_MEASURE, _EVIDENCE, _TEXT = "measure", "evidence", "text"
_METHOD = "hand"


class AnnotatedReport(NamedTuple):
    """A report as a task brings it back, with the claims that a person found in it."""

    report: Report
    drafted: tuple[Drafted, ...]


def labelling_config(ledger: LedgerConfiguration) -> str:
    """Return the labelling configuration of a project whose tasks are reports, as XML."""
    parties = [*ledger.side_codes, *(party.code for party in ledger.parties)]
    roles = dict.fromkeys((*get_args(Role), *(office.code for office in ledger.offices)))
    choices: Mapping[str, Sequence[str]] = {
        "side": (*ledger.side_codes, "both"),
        "bound": get_args(Bound),
        "modality": get_args(Modality),
        "party": tuple(dict.fromkeys((*parties, "mediator", "intl", "media"))),
        "role": tuple(roles),
    }
    fields = EVIDENCE_FIELDS
    lines = [
        "<View>",
        *_labels(_MEASURE, get_args(Measure)),
        *_labels(_EVIDENCE, fields),
        '  <Text name="text" value="$text"/>',
        *(line for name in CHOICES for line in _choices(name, choices[name])),
        *(f'  <Number name="{name}" toName="text" perRegion="true"/>' for name in NUMBERS),
        *(f'  <TextArea name="{name}" toName="text" perRegion="true"/>' for name in TEXTS),
        '  <Relations><Relation value="evidence"/></Relations>',
        "</View>",
    ]
    return "\n".join(lines) + "\n"


def _labels(name: str, values: Sequence[str]) -> Iterator[str]:
    yield f'  <Labels name="{name}" toName="text">'
    yield from (f'    <Label value="{escape(value)}"/>' for value in values)
    yield "  </Labels>"


def _choices(name: str, values: Sequence[str]) -> Iterator[str]:
    yield f'  <Choices name="{name}" toName="text" perRegion="true" choice="single">'
    yield from (f'    <Choice value="{escape(value)}"/>' for value in values)
    yield "  </Choices>"


def task_of(
    report: Report,
    drafts: Sequence[DraftEvent],
    accepted: Sequence[DraftEvent] | None = None,
) -> dict[str, Any]:
    """Return a report as a task: its drafts as predictions, one for each method that made some.

    Args:
        report: The report.
        drafts: Its drafts; one whose words do not stand in the text is left out.
        accepted: What a person made of them, as an annotation; null for nothing yet.
    """
    data = report.model_dump(mode="json", include=set(DATA), exclude_none=True)
    task: dict[str, Any] = {"data": data, "predictions": []}
    methods = dict.fromkeys(_method(draft) for draft in drafts)
    for method in methods:
        results = [
            one
            for draft in drafts
            if _method(draft) == method
            for one in _results(draft, report.text)
        ]
        task["predictions"].append({"model_version": method, "result": results})
    if accepted is not None:
        results = [one for draft in accepted for one in _results(draft, report.text)]
        task["annotations"] = [{"result": results, "was_cancelled": False, "ground_truth": False}]
    return task


def stands_in(draft: DraftEvent, text: str) -> bool:
    """Return whether the words of a draft stand in a text, so that a task can show it."""
    return _quote_of(draft, text) is not None


def _method(draft: DraftEvent) -> str:
    return draft.data.extraction.method if draft.data.extraction else _METHOD


def _quote_of(draft: DraftEvent, text: str) -> EvidenceText | None:
    return next(
        (
            one
            for one in draft.draft.evidence
            if one.field == "quote" and one.quote and text[one.start : one.end] == one.quote
        ),
        None,
    )


def _results(draft: DraftEvent, text: str) -> Iterator[dict[str, Any]]:
    """Yield the regions, controls and relations of a draft; none where its words do not stand."""
    quote = _quote_of(draft, text)
    if quote is None:
        return
    claim, number = draft.data, draft.data.quantity
    at = {"start": quote.start, "end": quote.end}
    labels = {**at, "text": quote.quote, "labels": [claim.measure]}
    yield _result(draft.id, _MEASURE, "labels", labels)
    said: dict[str, Any] = {
        "side": claim.side,
        "bound": number.bound if number else None,
        "modality": claim.modality,
        "party": claim.claimant.party,
        "role": claim.claimant.role,
        "value": number.value if number else None,
        "low": number.low if number else None,
        "high": number.high if number else None,
        "ordinal": claim.exchange.ordinal,
        "category": claim.category,
        "name": claim.claimant.name,
        "date": claim.exchange.date,
        "since": claim.period.since,
        "as_of": claim.period.as_of,
        "wording": claim.wording,
    }
    for name, value in said.items():
        if value is not None:
            yield _control(draft.id, name, at, [value])
    if claim.mediators:
        yield _control(draft.id, "mediators", at, list(claim.mediators))
    others = (one for one in draft.draft.evidence if one is not quote)
    for place, one in enumerate(others):
        name = f"{draft.id}-{place}"
        span = {"start": one.start, "end": one.end, "text": one.quote, "labels": [one.field]}
        yield _result(name, _EVIDENCE, "labels", span)
        yield {
            "type": "relation",
            "from_id": name,
            "to_id": draft.id,
            "direction": "right",
            "labels": ["evidence"],
        }


def _control(
    region: str, name: str, at: Mapping[str, int], values: Sequence[Any]
) -> dict[str, Any]:
    if name in NUMBERS:
        return _result(region, name, "number", {**at, "number": values[0]})
    texts = [str(value) for value in values]
    if name in CHOICES:
        return _result(region, name, "choices", {**at, "choices": texts})
    return _result(region, name, "textarea", {**at, "text": texts})


def _result(region: str, name: str, kind: str, value: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": region, "from_name": name, "to_name": _TEXT, "type": kind, "value": dict(value)}


def tasks_in(text: str) -> list[dict[str, Any]]:
    """Return the tasks of an export: a list of them, or one.

    Raises:
        ValueError: It is none; the message says what was found.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"expected JSON of Label Studio, found {error}") from None
    tasks = found if isinstance(found, list) else [found]
    for number, task in enumerate(tasks, start=1):
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            raise ValueError(f"task {number}: expected an object with `data`, found none")  # noqa: TRY004  bad input is a value
    return tasks


def annotated_reports(text: str, *, ledger: str) -> list[AnnotatedReport]:
    """Return the reports of an export with what people annotated; tasks that nobody did are left out.

    Of several annotations of a task the last one counts that was not cancelled.

    Args:
        text: The export, as JSON.
        ledger: The ledger that they are read for; a task may be of another one only by mistake.

    Raises:
        ValueError: It is none, or a claim in it is none; the message names the task and the region.
    """
    found = []
    for number, task in enumerate(tasks_in(text), start=1):
        results = _annotated(task)
        if results is None:
            continue
        try:
            stated = {name: task["data"].get(name) for name in DATA}
            report = Report.model_validate(stated)
        except ValidationError as error:
            raise ValueError(f"task {number}: /data{first_fault(error)}") from None
        if report.subject not in (None, ledger):
            raise ValueError(
                f"task {number}: expected a report for {ledger}, found {report.subject}"
            )
        try:
            found.append(AnnotatedReport(report, tuple(_drafted(results, report))))
        except ValueError as error:
            raise ValueError(f"task {number}: {error}") from None
    return found


def for_review_of(text: str, ledger: LedgerConfiguration, now: datetime) -> list[ReportForReview]:
    """Return what people annotated as reports that wait for review; the checker asks of it what it asks of all.

    Raises:
        ValueError: It is no export, or nobody annotated a task in it.
    """
    annotated = annotated_reports(text, ledger=ledger.name)
    if not annotated:
        raise ValueError("expected a task that somebody annotated, found none")
    return [
        ReportForReview(
            id="",
            read_at=now,
            report=one.report,
            drafts=tuple(drafts_of(one.drafted, one.report, ledger)),
            notes=("annotated in Label Studio",),
        )
        for one in annotated
    ]


def _annotated(task: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    annotations = task.get("annotations") or []
    kept = [
        one["result"]
        for one in annotations
        if isinstance(one, dict)
        and not one.get("was_cancelled")
        and isinstance(one.get("result"), list)
    ]
    return [one for one in kept[-1] if isinstance(one, dict)] if kept else None


def _drafted(results: Sequence[Mapping[str, Any]], report: Report) -> Iterator[Drafted]:
    """Yield the claims of an annotation, in the order of their words.

    Raises:
        ValueError: One is no claim.
    """
    controls: dict[str, dict[str, list[Any]]] = {}
    regions: dict[str, Mapping[str, Any]] = {}
    spans: dict[str, Mapping[str, Any]] = {}
    related: dict[str, list[str]] = {}
    for one in results:
        value, region = one.get("value"), str(one.get("id", ""))
        if one.get("type") == "relation":
            related.setdefault(str(one.get("to_id")), []).append(str(one.get("from_id")))
        elif not isinstance(value, dict):
            continue
        elif one.get("from_name") == _MEASURE:
            regions[region] = value
        elif one.get("from_name") == _EVIDENCE:
            spans[region] = value
        else:
            controls.setdefault(region, {})[str(one.get("from_name"))] = _values(value)
    for region, value in sorted(regions.items(), key=lambda item: _start(item[1])):
        evidence = [_evidence("quote", value)]
        evidence += [
            _evidence(str((spans[name].get("labels") or ["quote"])[0]), spans[name])
            for name in related.get(region, ())
            if name in spans
        ]
        claim = _claim(region, value, controls.get(region, {}), report)
        yield Drafted(claim, DraftNotes(evidence=tuple(evidence)))


def _values(value: Mapping[str, Any]) -> list[Any]:
    for name in ("choices", "number", "text"):
        if name in value:
            held = value[name]
            return held if isinstance(held, list) else [held]
    return []


def _start(value: Mapping[str, Any]) -> int:
    start = value.get("start")
    return start if isinstance(start, int) and start >= 0 else 0


def _evidence(field: str, value: Mapping[str, Any]) -> EvidenceText:
    quote, start = str(value.get("text", "")), _start(value)
    return EvidenceText(field=field, quote=quote, start=start, end=start + len(quote))


def _claim(
    region: str, value: Mapping[str, Any], held: Mapping[str, Sequence[Any]], report: Report
) -> Claim:
    """Return a region as a claim.

    Raises:
        ValueError: It is none.
    """
    said = {name: values[0] for name, values in held.items() if values}
    measure = str((value.get("labels") or [""])[0])
    quantity: dict[str, Any] | None = None
    if "bound" in said or "value" in said:
        quantity = {"bound": said.get("bound", "exact")}
        quantity |= {name: _whole(said[name]) for name in ("value", "low", "high") if name in said}
    stated = {
        "measure": measure,
        "side": said.get("side"),
        "category": said.get("category", "unspecified"),
        "unit": UNITS.get(measure) if quantity else None,
        "quantity": quantity,
        "wording": said.get("wording"),
        "exchange": {"date": said.get("date"), "ordinal": _whole(said.get("ordinal"))},
        "period": {"since": said.get("since"), "as_of": said.get("as_of")},
        "claimant": {
            "name": said.get("name") or report.publisher,
            "party": said.get("party", "media"),
            "role": said.get("role", "outlet"),
        },
        "reported_by": report.publisher,
        "url": report.url,
        "published_at": report.published_at.isoformat() if report.published_at else None,
        "mediators": [str(one) for one in held.get("mediators", ())],
        "modality": said.get("modality", "asserted"),
        "lang": report.language,
        "extraction": {"method": _METHOD},
    }
    try:
        return Claim.model_validate_json(json.dumps(stated))
    except ValidationError as error:
        raise ValueError(f"region {region}: {first_fault(error)}") from None


def _whole(number: Any) -> Any:
    """Return a number as claims have it: Label Studio may write 24 as 24.0."""
    return int(number) if isinstance(number, float) and number.is_integer() else number
