"""Events and claims for tests: every builder fills in what the test does not speak about."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from pydantic import TypeAdapter

from schemas.claim import UNITS
from schemas.decisions import (
    AssignedClaims,
    Assignment,
    CheckEvaluated,
    CheckResultDetail,
    ClaimsAssigned,
    Decision,
    EvaluatedCheck,
    ExchangeForgotten,
    ExchangeIdentified,
    FigureReconciled,
    FigureResult,
    ForgottenExchange,
    IdentifiedExchange,
    PublishedTotal,
    ReconciledFigure,
    ReconciledTotal,
    TotalReconciled,
)
from schemas.events import (
    ClaimRecorded,
    ClaimRetracted,
    Recorded,
    RecordedClaim,
    RecordedRetraction,
)
from schemas.judgement import Exclude, Judgement, Merge, Pin, Reassign, Split, UndoneJudgement
from services.eventlog.port import NewEvent
from services.log_events.envelope import Fact, Origin, content_id, identified, seal, undone_id
from services.reconciliation.policy import LATEST_POLICY


LEDGER = "rus-ukr"
DAY = date(2024, 1, 3)
EXCHANGE = "2024-01-03"
FIGURE = "2024-01-03:returned:UA:all"
SOURCE = "urn:test:reports"
POLICY = LATEST_POLICY.version


def moment(position: int) -> datetime:
    """An instant for each position, one minute after the other."""
    return datetime(2024, 1, 3, 17, tzinfo=UTC) + timedelta(minutes=position)


def claim(**said: Any) -> dict[str, Any]:
    """A claim's `data`: 230 to Ukraine, said by its ombudsman, unless said otherwise."""
    value = said.pop("value", 230)
    measure = said.get("measure", "returned")
    bound = said.pop("bound", "exact")
    spoken = {
        "measure": "returned",
        "side": "UA",
        "category": "all",
        "unit": UNITS.get(measure),
        "quantity": {"bound": bound, "value": value},
        "wording": f"{value} of our people",
        "exchange": {"date": EXCHANGE},
        "claimant": {"name": "Dmytro Lubinets", "party": "UA", "role": "ombudsman"},
        "reported_by": "Interfax-Ukraine",
        # Nobody reports what has not taken place yet.
        "published_at": max(EXCHANGE, *_stated_days(said)),
    }
    return spoken | said


def _stated_days(said: Mapping[str, Any]) -> list[str]:
    """The days that a claim states, as they are written."""
    days = ((said.get("exchange") or {}).get("date"), (said.get("period") or {}).get("as_of"))
    return ["", *(day for day in days if day and len(day) == len(EXCHANGE))]


def reported(
    claim_id: str = "c1",
    *,
    source: str = SOURCE,
    time: str | None = "2024-01-03T18:46:00Z",
    **said: Any,
) -> bytes:
    """A publisher's event: a claim, as one line of JSON."""
    return _inbound("exchange.claim.reported.v1", claim_id, source, time, claim(**said))


def taken_back(
    retracted: str,
    *,
    event_id: str = "r1",
    source: str = SOURCE,
    of: str | None = None,
    time: str | None = "2024-01-04T10:00:00Z",
) -> bytes:
    """A publisher's event: a claim is taken back, of the same publisher unless it says of which."""
    retraction = {"retracts": {"source": of or source, "id": retracted}, "reason": "withdrawn"}
    return _inbound("exchange.claim.retracted.v1", event_id, source, time, retraction)


def judged(kind: str, *, at: str = "2024-02-01T10:00:00Z", **said: Any) -> bytes:
    """A line of an exported log: an operator's judgement; a claim is named by its id alone."""
    for name in ("claim", "claims"):
        if name in said:
            said[name] = _named(said[name])
    known = {"id": "", "kind": kind, "who": "An operator", "why": "the list says so", "at": at}
    judgement = identified(_JUDGEMENTS.validate_python(known | said))
    return _logged(judgement, judgement.id, at)


def undone(judgement: bytes, *, at: str = "2024-02-02T10:00:00Z") -> bytes:
    """A line of an exported log: a judgement is taken back."""
    judged = str(json.loads(judgement)["id"])
    data = UndoneJudgement.model_validate(
        {"judgement": judged, "who": "An operator", "why": "it was wrong", "at": at}
    )
    return _logged(data, undone_id(judged), at)


def recorded_claim(
    position: int, *, claim_id: str | None = None, source: str = SOURCE, **said: Any
) -> ClaimRecorded:
    """`claim.recorded`, with the id `c<position>` unless another is given."""
    data = {"id": claim_id or f"c{position}", "source": source, "claim": claim(**said)}
    return ClaimRecorded(
        type="claim.recorded",
        data=RecordedClaim.model_validate_json(json.dumps(data)),
        **_head(position, "ingest"),
    )


def recorded_retraction(position: int, *, retracted: str, source: str = SOURCE) -> ClaimRetracted:
    """`claim.retracted`, of the claim with that id."""
    data = {
        "id": f"r{position}",
        "source": source,
        "retraction": {"retracts": {"source": source, "id": retracted}},
    }
    return ClaimRetracted(
        type="claim.retracted",
        data=RecordedRetraction.model_validate_json(json.dumps(data)),
        **_head(position, "ingest"),
    )


def assignment(claim: int, **standing: Any) -> Assignment:
    """Where a claim stands: active, at `FIGURE`, exactly 230, its own voice, unless said otherwise.

    `exactly=n` is short for `low=n, high=n`.
    """
    exactly = standing.pop("exactly", 230)
    known = {
        "exchange": EXCHANGE,
        "figure": FIGURE,
        "voice": f"voice-{claim}",
        "camp": "UA",
        "tier": 1,
        "low": exactly,
        "high": exactly,
        "state": "active",
    }
    return Assignment(claim=claim, **(known | standing))


def assigned(position: int, *assignments: Assignment) -> ClaimsAssigned:
    """`claims.assigned`, all in one event."""
    exchange = assignments[0].exchange if assignments else None
    return ClaimsAssigned(
        data=AssignedClaims(exchange=exchange, assignments=assignments),
        **_head(position, "reconciliation"),
    )


def figure_result(**result: Any) -> FigureResult:
    """A figure's value: exactly 230 from a single source, unless said otherwise."""
    exactly = result.pop("exactly", 230)
    known: dict[str, Any] = {
        "low": exactly,
        "best": exactly,
        "high": exactly,
        "claimed_low": exactly,
        "claimed_high": exactly,
        "status": "single_source",
        "credibility": 3,
        "flags": (),
        "obs_status": "A",
        "reasons": (),
        "checks": (),
        "basis": (),
        "revision": 1,
        "cause": "first_report",
    }
    return FigureResult(**(known | result))


def figure_reconciled(position: int, figure: str = FIGURE, **result: Any) -> FigureReconciled:
    """`figure.reconciled`; see `figure_result` for what can be said of it."""
    return _reconciled(position, figure, figure_result(**result))


def figure_withdrawn(position: int, figure: str = FIGURE) -> FigureReconciled:
    """`figure.reconciled` that takes the figure away."""
    return _reconciled(position, figure, None)


def exchange_identified(
    position: int, exchange: str = EXCHANGE, **known: Any
) -> ExchangeIdentified:
    """`exchange.identified`: completed, on the day its id says."""
    said: dict[str, Any] = {
        "date": date.fromisoformat(exchange[:10]),
        "status": "completed",
        "ordinals": (),
        "mediators": (),
        "aliases": (),
        "phases": (),
    }
    return ExchangeIdentified(
        data=IdentifiedExchange(exchange=exchange, **(said | known)),
        **_head(position, "reconciliation"),
    )


def exchange_forgotten(position: int, exchange: str = EXCHANGE) -> ExchangeForgotten:
    """`exchange.forgotten`."""
    return ExchangeForgotten(
        data=ForgottenExchange(exchange=exchange),
        **_head(position, "reconciliation"),
    )


def check_evaluated(
    position: int, check: str = "sum:c1", *, claim: int = 1, **outcome: Any
) -> CheckEvaluated:
    """`check.evaluated`: a passed sum, unless said otherwise."""
    known: dict[str, Any] = {
        "kind": "sum",
        "exchange": EXCHANGE,
        "expected": 478,
        "expected_low": 478,
        "expected_high": 478,
        "got": 478,
        "diff": 0,
        "tolerance": 0,
        "result": "pass",
        "explanations": (),
        "radius": (),
    }
    detail = CheckResultDetail(id=check, claim=claim, **(known | outcome))
    return CheckEvaluated(
        data=EvaluatedCheck(id=check, check=detail),
        **_head(position, "reconciliation"),
    )


def check_withdrawn(position: int, check: str = "sum:c1") -> CheckEvaluated:
    """`check.evaluated` that takes the check away."""
    return CheckEvaluated(
        data=EvaluatedCheck(id=check),
        **_head(position, "reconciliation"),
    )


def total_reconciled(
    position: int, as_of: str = EXCHANGE, *, claims: tuple[int, ...] = (1,), **total: Any
) -> TotalReconciled:
    """`total.reconciled`: exactly 2,828 to Ukraine, unless said otherwise."""
    exactly = total.pop("exactly", 2828)
    known: dict[str, Any] = {
        "side": "UA",
        "category": "all",
        "low": exactly,
        "best": exactly,
        "high": exactly,
        "status": "single_source",
        "flags": (),
        "checks": (),
    }
    published = PublishedTotal(as_of=date.fromisoformat(as_of), claims=claims, **(known | total))
    return _totalled(position, published, published)


def total_withdrawn(position: int, as_of: str = EXCHANGE) -> TotalReconciled:
    """`total.reconciled` that takes Ukraine's total of that day away."""
    gone = PublishedTotal(
        side="UA",
        category="all",
        as_of=date.fromisoformat(as_of),
        low=0,
        status="no_data",
        flags=(),
        claims=(),
        checks=(),
    )
    return _totalled(position, gone, None)


def body_of(event: Recorded | Decision) -> bytes:
    """An event as the log holds it."""
    if isinstance(event, Recorded):
        return event.model_dump_json(exclude_none=True).encode()
    return msgspec.json.encode(event)


def sealed(event: Recorded | Decision) -> NewEvent:
    """An event on its way into a log; the log gives it the position anew."""
    worker = event.source.removeprefix("urn:exchange-ledger:")
    origin = Origin(worker, event.recorded_at, event.causationid, event.correlationid)
    return seal(event.data, event_id=event.id, ledger=event.subject, origin=origin)


def _reconciled(position: int, figure: str, result: FigureResult | None) -> FigureReconciled:
    exchange, measure, side, category = figure.split(":", 3)
    data = ReconciledFigure(
        figure=figure,
        exchange=exchange,
        measure=measure,
        side=side,
        category=category,
        policy=POLICY,
        new=result,
    )
    return FigureReconciled(data=data, **_head(position, "reconciliation"))


def _totalled(
    position: int, about: PublishedTotal, total: PublishedTotal | None
) -> TotalReconciled:
    return TotalReconciled(
        data=ReconciledTotal(
            side=about.side, category=about.category, as_of=about.as_of, total=total
        ),
        **_head(position, "reconciliation"),
    )


_JUDGEMENTS: TypeAdapter[Pin | Exclude | Reassign | Merge | Split] = TypeAdapter(Judgement)


def _named(claims: Any) -> Any:
    if isinstance(claims, str):
        return {"source": SOURCE, "id": claims}
    return [_named(claim) for claim in claims]


def _logged(data: Fact, event_id: str, at: str) -> bytes:
    origin = Origin("operator", datetime.fromisoformat(at), event_id, event_id)
    body = seal(data, event_id=event_id, ledger=LEDGER, origin=origin).body
    # In a replay the place in the file counts, not the position.
    return b'{"position":1,' + body[1:]


def _head(position: int, worker: str) -> dict[str, Any]:
    return {
        "position": position,
        "id": content_id("test", str(position)),
        "source": f"urn:exchange-ledger:{worker}",
        "subject": LEDGER,
        "recorded_at": moment(position),
        "causationid": "test",
        "correlationid": "test",
    }


def _inbound(
    kind: str, event_id: str, source: str, time: str | None, data: Mapping[str, Any]
) -> bytes:
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": kind,
        "subject": LEDGER,
        "time": time,
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event).encode()
