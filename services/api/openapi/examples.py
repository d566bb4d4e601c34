"""One example of every response, as shown in the OpenAPI document.

A test checks them against the models.
"""

from typing import Any


FIGURE: dict[str, Any] = {
    "ledger": "rus-ukr",
    "id": "2024-01-03:returned:UA:all",
    "exchange": "2024-01-03",
    "date": "2024-01-03",
    "measure": "returned",
    "side": "UA",
    "category": "all",
    "low": 230,
    "best": 230,
    "high": 230,
    "claimed_low": 201,
    "claimed_high": 230,
    "status": "consistent",
    "credibility": 2,
    "flags": [],
    "obs_status": "A",
    "voices": 2,
    "camps": 1,
    "claims": {
        "best": ["8ad7e451fb7b2bd5"],
        "agreeing": ["1f0c7a9b3d5e2468"],
        "disagreeing": [],
        "explained": [],
        "excluded": [],
    },
    "reasons": [{"code": "floor-met", "text": "president's 201 or more holds for 230"}],
    "checks": [],
    "adjudication": None,
    "policy": "2026.17",
    "inputs_hash": "sha256:" + "0" * 64,
    "position": 812,
    "revision": 2,
    "cause": "later_count",
    "as_known_on": "2024-01-03T19:02:11Z",
}
EXCHANGE: dict[str, Any] = {
    "ledger": "rus-ukr",
    "id": "2024-01-03",
    "date": "2024-01-03",
    "status": "completed",
    "ordinals": [{"counter": "UA", "ordinal": 49}],
    "mediators": ["AE"],
    "aliases": [],
    "phases": [],
    "claim_count": 2,
    "figures": ["2024-01-03:returned:UA:all"],
    "position": 812,
}
CUMULATIVE: dict[str, Any] = {
    "ledger": "rus-ukr",
    "side": "UA",
    "category": "all",
    "as_of": "2024-01-03",
    "low": 2828,
    "best": 2828,
    "high": 2828,
    "status": "consistent",
    "flags": [],
    "computed": {"low": 2828, "best": 2828, "high": None, "since_total": None},
    "published": {"low": 2828, "best": 2828, "high": 2828, "claims": ["5b0e12f4a6c8d937"]},
    "checks": [],
    "listed": {"low": 2598, "best": 2598, "high": None},
    "since": None,
}
HEADLINE: dict[str, Any] = {
    "ledger": "rus-ukr",
    "exchange": "2024-01-03",
    "date": "2024-01-03",
    "side": "UA",
    "category": "all",
    "low": 230,
    "best": 230,
    "high": 230,
    "status": "completed",
    "figure_status": "consistent",
    "figure": "2024-01-03:returned:UA:all",
}
SUMMARY: dict[str, Any] = {
    "ledger": "rus-ukr",
    "title": "Exchanges between Ukraine and Russia",
    "position": 812,
    "totals": [
        {
            "side": "UA",
            "category": "all",
            "as_of": "2024-01-03",
            "low": 2828,
            "best": 2828,
            "high": 2828,
            "status": "consistent",
            "listed": {"low": 2598, "best": 2598, "high": None},
            "gaps": 3,
        }
    ],
    "coverage": {
        "claims": 746,
        "first_day": "2022-03-01",
        "last_day": "2024-01-03",
        "last_report": "2024-01-04",
        "last_report_age_days": 2,
        "with_time_of_day": 30,
        "without_time_of_day": 716,
    },
}
CHECK: dict[str, Any] = {
    "ledger": "rus-ukr",
    "id": "sum:seed-00",
    "kind": "sum",
    "claim": "seed-00",
    "exchange": "2024-01-03",
    "side": "both",
    "category": "all",
    "as_of": None,
    "expected": 478,
    "expected_low": 478,
    "expected_high": 478,
    "got": 448,
    "diff": -30,
    "tolerance": 22,
    "result": "fail",
    "explanations": [],
    "radius": [],
    "position": 812,
}
CLAIM: dict[str, Any] = {
    "ledger": "rus-ukr",
    "id": "8ad7e451fb7b2bd5",
    "source": "urn:scraper:interfax-ua",
    "ref": "8ad7e451fb7b2bd5",
    "exchange": "2024-01-03",
    "figure": "2024-01-03:returned:UA:all",
    "voice": "ombudsman",
    "camp": "UA",
    "tier": 1,
    "low": 230,
    "high": 230,
    "state": "active",
    "reason": None,
    "evidence": "stated-date",
    "measure": "returned",
    "side": "UA",
    "category": "all",
    "unit": "persons",
    "quantity": {"bound": "exact", "value": 230, "low": None, "high": None},
    "wording": "230 of our people",
    "stated_exchange": {"date": "2024-01-03", "ordinal": 49},
    "period": {"since": None, "as_of": None},
    "claimant": {"name": "Dmytro Lubinets", "party": "UA", "role": "ombudsman"},
    "reported_by": "Interfax-Ukraine",
    "url": "https://example.org/news/1",
    "published_at": "2024-01-03",
    "mediators": ["AE"],
    "modality": "asserted",
    "asserted_at": "2024-01-03T18:46:00Z",
    "revision_reason": None,
    "recorded_at": "2024-01-03T19:02:11Z",
    "position": 801,
}
OPERATION: dict[str, Any] = {
    "ledger": "yem-hou",
    "id": "2020-10-15..2020-10-16",
    "first_day": "2020-10-15",
    "last_day": "2020-10-16",
    "status": "completed",
    "phases": ["2020-10-15", "2020-10-16"],
    "claim_count": 5,
    "figures": ["2020-10-15..2020-10-16:exchanged_total:both:all"],
    "position": 412,
}
PUBLISHED: dict[str, Any] = {
    "specversion": "1.0",
    "id": "8ad7e451fb7b2bd5",
    "source": "urn:scraper:interfax-ua",
    "type": "exchange.claim.reported.v1",
    "subject": "rus-ukr",
    "time": "2024-01-03T18:46:00Z",
    "data": {
        "measure": "returned",
        "side": "UA",
        "category": "all",
        "unit": "persons",
        "quantity": {"bound": "exact", "value": 230},
        "wording": "230 of our people",
        "exchange": {"date": "2024-01-03", "ordinal": 49},
        "claimant": {"name": "Dmytro Lubinets", "party": "UA", "role": "ombudsman"},
    },
}
SUBMITTED: dict[str, Any] = {
    "kind": "report",
    "words": "Ombudsman Dmytro Lubinets said on Wednesday that 230 Ukrainian soldiers had returned.",
    "about": "2024-01-03",
    "link": "https://example.org/news/1",
    "number": 230,
    "speaker": "Dmytro Lubinets",
    "outlet": "Interfax-Ukraine",
    "day": "2024-01-03",
}
SUBMISSION_RECEIPT: dict[str, Any] = {
    "ledger": "rus-ukr",
    "id": "8935947a52b19160",
    "is_new": True,
}
SUBMISSIONS: dict[str, Any] = {
    "ledger": "rus-ukr",
    "items": [
        {
            "id": "8935947a52b19160",
            "at": "2024-01-04T08:12:00Z",
            "submitted": SUBMITTED,
            "decision": None,
        }
    ],
    "has_more": False,
}
RELEASE: dict[str, Any] = {
    "ledger": "rus-ukr",
    "day": "2024-01-07",
    "version": "2026.17.812",
    "position": 812,
    "policy": "2026.17",
    "recorded_at": "2024-01-03T19:02:11Z",
    "sha256": "0" * 64,
    "files": [
        {
            "name": "figures.csv",
            "media_type": "text/csv; charset=utf-8",
            "bytes": 116350,
            "sha256": "1" * 64,
        }
    ],
    "withdrawn": None,
}
WEBHOOK_REQUEST: dict[str, Any] = {
    "url": "https://example.org/hooks/exchanges",
    "name": "an archive",
    "types": ["figure.changed", "figure.withdrawn"],
    "only": {"side": "UA", "category": "all"},
}
WEBHOOK: dict[str, Any] = {
    "id": "0f3c2a915b7e",
    "ledger": "rus-ukr",
    **WEBHOOK_REQUEST,
    "only": {
        "exchange": None,
        "side": "UA",
        "category": "all",
        "measure": None,
        "status": None,
        "cause": None,
    },
    "key": "5d0a7c31e8f2",
    "created_at": "2024-01-03T12:00:00Z",
    "state": "active",
    "after": "812-1",
    "delivered": 2,
    "tries": 0,
    "error": None,
    "next_try_at": None,
    "stopped_at": None,
}
NEW_WEBHOOK: dict[str, Any] = {**WEBHOOK, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
REPORT: dict[str, Any] = {
    "text": "Ombudsman Dmytro Lubinets said on Wednesday that 230 Ukrainian soldiers had returned.",
    "url": "https://example.org/news/1",
    "outlet": "Interfax-Ukraine",
    "published_at": "2024-01-03",
    "lang": "en",
}
DRAFTS: dict[str, Any] = {
    "ledger": "rus-ukr",
    "drafts": [
        PUBLISHED
        | {
            "draft": {
                "rule": "people-counted",
                "evidence": [
                    {"field": "quote", "quote": "230 Ukrainian soldiers", "start": 49, "end": 71}
                ],
                "faults": [],
            }
        }
    ],
}
EVENT: dict[str, Any] = {
    "position": 801,
    "specversion": "1.0",
    "id": "0f" * 16,
    "source": "urn:exchange-ledger:ingest",
    "type": "claim.recorded",
    "subject": "rus-ukr",
    "recorded_at": "2024-01-03T19:02:11+00:00",
    "causationid": "urn:inbox:1704308531000-0",
    "correlationid": "urn:inbox:1704308531000-0",
    "data": {
        "id": "8ad7e451fb7b2bd5",
        "source": "urn:scraper:interfax-ua",
        "time": "2024-01-03T18:46:00Z",
        "claim": PUBLISHED["data"],
    },
}
FATE: dict[str, Any] = {
    "index": 0,
    "event": "0f" * 16,
    "outcome": "recorded",
    "position": 801,
    "reasons": [],
    "fate": f"/v1/fates/1704308531000-0.{'ab' * 16}.{'0f' * 16}?ledger=rus-ukr",
}
PUBLICATION: dict[str, Any] = {
    "ledger": "rus-ukr",
    "position": 812,
    "durability": "fsync-always",
    "items": [FATE],
}
DIFFERENCE: dict[str, Any] = {
    "view": "figures",
    "id": FIGURE["id"],
    "kind": "changes",
    "old": {"low": 201, "best": 201, "high": None, "status": "floor_only"},
    "new": {"low": 230, "best": 230, "high": 230, "status": "consistent"},
    "cause": "later_count",
    "reasons": FIGURE["reasons"],
    "facts": [
        {
            "kind": "claim",
            "position": CLAIM["position"],
            "name": CLAIM["ref"],
            "who": CLAIM["claimant"]["name"],
            "outlet": CLAIM["reported_by"],
            "words": CLAIM["wording"],
            "url": CLAIM["url"],
            "published_at": CLAIM["published_at"],
            "standing": "new",
        }
    ],
    "follows": [],
}
PROBLEM: dict[str, Any] = {
    "type": "urn:exchange-ledger:problem:wrong-parameter",
    "title": "Wrong parameter",
    "status": 400,
    "detail": "limit: expected 1 or more, found 0",
    "parameters": [{"parameter": "limit", "expected": "1 or more", "found": "0"}],
}
REMAINS = {
    "ledger": "rus-ukr",
    "side": "UA",
    "date": "2025-06-16",
    "handed_over": 1245,
    "figure": "2025-06-16:remains_returned:UA:all",
    "in_all": 15801,
    "in_all_figure": "2025-06-16:cumulative_remains_returned:UA:all",
    "low": 15713,
    "best": 15713,
    "high": 15713,
    "unlisted": 88,
}
CHANGES = (
    'retry: 2000\nid: 811-0\nevent: begin\ndata: {"ledger":"rus-ukr","position":811}\n\n'
    "id: 812-0\nevent: figure\ndata: {…a figure…}\n\n"
    'id: 813-0\nevent: withdrawn\ndata: {"ledger":"rus-ukr","id":"2024-01-03:returned:UA:military",'
    '"position":813}\n\n'
    ": alive\n"
)


def page(*rows: Any) -> dict[str, Any]:
    """Return a page of rows."""
    return {"ledger": "rus-ukr", "position": 812, "items": list(rows), "next": None}


#: By the name of an operation's function: its answer.
ANSWERS: dict[str, Any] = {
    "list_exchanges": page(EXCHANGE),
    "get_exchange": EXCHANGE,
    "list_figures": page(FIGURE),
    "list_cumulative": page(CUMULATIVE),
    "list_headline": page(HEADLINE),
    "show_summary": SUMMARY,
    "list_operations": page(OPERATION),
    "list_remains": page(REMAINS),
    "get_operation": OPERATION,
    "list_checks": page(CHECK),
    "list_claims": page(CLAIM),
    "get_claim": CLAIM,
    "list_log": page(EVENT),
    "list_differences": page(DIFFERENCE)
    | {
        "start": {"position": 754, "recorded_at": "2024-01-03T17:02:11Z"},
        "end": {"position": 812, "recorded_at": "2024-01-03T19:02:11Z"},
        "recorded": 1,
        "differing": 1,
    },
    "list_releases": {"ledger": "rus-ukr", "items": [RELEASE]},
    "publish_claims": PUBLICATION,
    "publish_batch": PUBLICATION,
    "get_fate": FATE,
    "extract_drafts": DRAFTS,
    "add_submission": SUBMISSION_RECEIPT,
    "list_submissions": SUBMISSIONS,
    "list_webhooks": {"ledger": "rus-ukr", "items": [WEBHOOK]},
    "add_webhook": NEW_WEBHOOK,
    "get_webhook": WEBHOOK,
    "remove_webhook": None,
    "pause_webhook": {**WEBHOOK, "state": "paused"},
    "resume_webhook": WEBHOOK,
    "ping_webhook": WEBHOOK,
    "rotate_webhook": NEW_WEBHOOK,
    "follow_changes": CHANGES,
    "say_alive": {"status": "alive"},
    "say_ready": {
        "status": "ready",
        "ledgers": [{"ledger": "rus-ukr", "log": 812, "views": 812}],
    },
    "show_metrics": 'exchange_ledger_log_position{ledger="rus-ukr"} 812.0\n',
}
#: Examples of path parameters, by name.
PARAMETERS: dict[str, str] = {
    "webhook": WEBHOOK["id"],
    "id": EXCHANGE["id"],
    "ref": CLAIM["ref"],
    "operation": OPERATION["id"],
    "fate": FATE["fate"].removeprefix("/v1/fates/").partition("?")[0],
}

QUERY: dict[str, Any] = {
    "ledger": "rus-ukr",
    "min_position": 3,
    "as_asserted_by": "2024-01-03T17:50:00Z",
    "as_known_on": "2024-01-04",
    "limit": 50,
    "date_from": "2024-01-01",
    "date_to": "2024-12-31",
    "side": "UA",
    "since": "2024-01-01",
    "until": "2024-12-31",
    "by": "year",
    "category": "all",
    "exchange": EXCHANGE["id"],
    "measure": "returned",
    "claimant": CLAIM["claimant"]["name"],
    "outlet": CLAIM["reported_by"],
    "state": CLAIM["state"],
    "result": "pass",
    "after": 2,
    "from": "2024-01-03T17:00:00Z",
    "to": "2024-01-04",
    "last_event_id": "3",
}
#: By operation: parameters of it alone that are called as others are.
OWN_QUERY: dict[str, dict[str, Any]] = {
    "list_submissions": {"state": "open", "after": "9f2b6c0d1e3a4f5b"},
}
