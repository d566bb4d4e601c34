"""Drafts of claims from a report's text over HTTP: nothing is published and nothing is kept."""

import httpx
import pytest

from services.api.resources.extract import CHARACTERS_MAX


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

REPORT = {
    "text": "The Russian Defence Ministry said on Friday that 41 Russian troops had been returned.",
    "outlet": "An outlet",
    "published_at": "2023-03-10",
}


def extract(http: httpx.Client, body: object) -> httpx.Response:
    return http.post("/v1/extract", params={"ledger": "rus-ukr"}, json=body)


def test_a_reports_text_gives_drafts_with_their_words(http):
    before = http.get("/v1/log", params={"ledger": "rus-ukr"}).headers["ledger-position"]
    answer = extract(http, REPORT)

    assert answer.status_code == 200
    (draft,) = answer.json()["drafts"]
    claim = draft["data"]
    assert (claim["side"], claim["quantity"]["value"], claim["exchange"]["date"]) == (
        "RU",
        41,
        "2023-03-10",
    )
    quote = next(one for one in draft["draft"]["evidence"] if one["field"] == "quote")
    assert REPORT["text"][quote["start"] : quote["end"]] == "41 Russian troops"
    assert draft["draft"]["faults"] == []
    assert http.get("/v1/log", params={"ledger": "rus-ukr"}).headers["ledger-position"] == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": 5}, 400),
        ({"words": "none"}, 400),
        ([], 400),
        ({"text": "a" * (CHARACTERS_MAX + 1)}, 413),
    ],
)
def test_what_is_no_report_is_a_problem(http, body, status):
    answer = extract(http, body)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_text_of_another_media_type_is_refused(http):
    answer = http.post("/v1/extract", content=b"Five people came home.")

    assert answer.status_code == 415
