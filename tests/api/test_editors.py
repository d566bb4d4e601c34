"""Editors sign in with a key, see what would change, and decide; nobody else does."""

import html
import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from schemas.claim import Extraction
from schemas.credentials import Role
from schemas.report import ReportForReview
from services.eventlog.connection import connect
from services.eventlog.credentials import KeyStore, make_key
from services.eventlog.keys import report_keys_of
from services.eventlog.reports import ReportQueue
from services.extraction.drafts import extract
from services.extraction.report import Report
from services.ledgers import load_ledger
from services.runtime import clock
from tests.api.running import PUBLISHER, serving
from tests.api.running import claim as claim_of
from tests.api.test_bad_requests import problem_of
from tests.running import PATIENCE_SECONDS


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

LEDGER = "publishing"
BASE = f"/{LEDGER}/editors"
REPORT = {
    "kind": "report",
    "words": "77 Ukrainians came home, the ministry said.",
    "link": "https://example.org/news/2",
    "speaker": "The ministry",
    "number": 77,
    "day": "2024-11-05",
}
CLAIM = {
    "measure": "returned", "side": "UA", "category": "all", "bound": "exact", "value": "77",
    "exchange_date": "2024-11-05", "claimant_name": "The ministry", "claimant_party": "UA",
    "claimant_role": "mod", "modality": "asserted", "published_at": "2024-11-05",
    "url": "https://example.org/news/2", "wording": "77 Ukrainians came home",
}  # fmt: skip


class Desk:
    """An API, keys of its server, and a browser of an editor."""

    def __init__(self, http: httpx.AsyncClient, store: KeyStore) -> None:
        self.http, self._store = http, store
        self.key_id = ""

    async def key(self, role: Role) -> str:
        made = make_key(f"one {role}", role, now=clock.now())
        await self._store.add(made.stored)
        self.key_id = made.stored.id
        return made.key

    async def revoke(self) -> None:
        await self._store.remove(self.key_id)

    async def sign_in(self, role: Role = "editor", **more: Any) -> httpx.Response:
        key = await self.key(role)
        # Keys are read once a second.
        answer = await self.http.post(f"{BASE}/sign-in", data={"key": key}, **more)
        while role == "editor" and answer.status_code == 403:
            answer = await self.http.post(f"{BASE}/sign-in", data={"key": key}, **more)
        return answer

    async def submit(self, **changed: Any) -> str:
        answer = await self.http.post(f"/v1/submissions?ledger={LEDGER}", json=REPORT | changed)
        return str(answer.json()["id"])

    async def post(self, path: str, **fields: str) -> httpx.Response:
        page = await self.http.get(path)
        return await self.http.post(path, data=fields | {"form_token": hidden(page, "form_token")})


def reaction_in(page: httpx.Response) -> str:
    return page.text.partition('id="reaction-box"')[2].partition("</section>")[0]


def hidden(page: httpx.Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, page.text
    return found[1]


@pytest.fixture
async def desk(running, seeded_position) -> AsyncIterator[Desk]:
    client = connect(running.server_url, retry_seconds=0)
    async with httpx.AsyncClient(base_url=running.url, timeout=PATIENCE_SECONDS) as http:
        yield Desk(http, KeyStore(client))
    await client.aclose()


async def test_a_session_is_a_cookie_that_no_script_and_no_other_site_has(desk):
    answer = await desk.sign_in()

    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    for attribute in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"):
        assert attribute in cookie
    assert "Secure" not in cookie
    assert "What waits" in (await desk.http.get(BASE)).text


async def test_behind_tls_the_cookie_is_kept_to_this_host(running, desk):
    async with (
        serving(running, public_url="https://ledger.example") as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        answer = await Desk(http, desk._store).sign_in()

    assert answer.headers["set-cookie"].startswith("__Host-ledger-session=")
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize("role", ["reader", "publisher"])
async def test_keys_of_another_role_decide_nothing(desk, role):
    refused = await desk.sign_in(role)

    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers
    assert (await desk.http.get(BASE)).status_code == 401
    headers = {"Authorization": f"Bearer {await desk.key(role)}"}
    assert (await desk.http.get("/v1/submissions", headers=headers)).status_code == 403
    key = await desk.key("editor")
    as_editor = {"Authorization": f"Bearer {key}"}
    # An editor publishes what was accepted, and nothing else.
    assert (await desk.http.post("/v1/claims", json={}, headers=as_editor)).status_code == 403


async def test_a_session_ends_with_signing_out_and_with_its_key(desk):
    await desk.sign_in()
    left = dict(desk.http.cookies)
    page = await desk.http.get(BASE)
    word = {"form_token": hidden(page, "form_token")}
    assert (await desk.http.post(f"{BASE}/sign-out", data=word)).status_code == 303
    desk.http.cookies.update(left)
    assert (await desk.http.get(BASE)).status_code == 401

    await desk.sign_in()
    await desk.revoke()
    while (answer := await desk.http.get(BASE)).status_code == 200:
        pass
    assert answer.status_code == 401


async def test_a_form_without_the_sessions_word_or_of_another_site_changes_nothing(desk):
    submission = await desk.submit(words="A form of another site.")
    await desk.sign_in()
    path = f"{BASE}/submissions/{submission}"
    token = hidden(await desk.http.get(path), "form_token")
    rejecting = {"step": "reject", "why": "no reason"}

    for fields, headers in (
        (rejecting, {}),
        (rejecting | {"form_token": "guessed"}, {}),
        (rejecting | {"form_token": token}, {"Sec-Fetch-Site": "cross-site"}),
        (rejecting | {"form_token": token}, {"Origin": "https://evil.example"}),
    ):
        answer = await desk.http.post(path, data=fields, headers=headers)
        assert answer.status_code == 403
    assert "A form of another site." in (await desk.http.get(BASE)).text


async def test_what_was_submitted_is_shown_and_never_run(desk):
    words = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    submission = await desk.submit(words=words, speaker=words, about=words, outlet=words)
    await desk.sign_in()

    for path in (BASE, f"{BASE}/submissions/{submission}"):
        page = await desk.http.get(path)
        assert "&lt;script&gt;alert(1)" in page.text
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"


async def test_the_figures_reaction_is_shown_before_a_claim_is_saved(desk):
    submission = await desk.submit()
    await desk.sign_in()
    path = f"{BASE}/submissions/{submission}"

    looked = await desk.post(path, step="look", **CLAIM)
    # Saved is what was looked at, and nothing else.
    other = await desk.post(
        path, step="save", why="checked", looked=hidden(looked, "looked"), **CLAIM | {"value": "78"}
    )
    about = {"ledger": LEDGER, "exchange": "2024-11-05"}
    before = (await desk.http.get("/v1/figures", params=about)).json()["items"]
    saved = await desk.post(
        path, step="save", why="checked", looked=hidden(looked, "looked"), **CLAIM
    )

    assert "What this would change" in looked.text
    assert "<b>77, " in looked.text, reaction_in(looked)
    assert "What this would change" in other.text
    assert before == []
    assert saved.status_code == 303
    claim = (await wait_for_claim(desk, submission))["claimant"]
    assert claim["name"] == "The ministry"
    page = (await desk.http.get(path)).text
    assert "Accepted by one editor" in page
    assert "checked" in page


async def wait_for_claim(desk: Desk, name: str) -> dict[str, Any]:
    position = (await desk.http.get("/v1/log", params={"ledger": LEDGER})).json()["position"]
    about = {"ledger": LEDGER, "min_position": position}
    answer = await desk.http.get(f"/v1/claims/{name}", params=about)
    return dict(answer.json())


async def test_a_decision_needs_a_reason_and_a_rejected_submission_waits_no_more(desk):
    submission = await desk.submit(words="Rejected for a reason.")
    await desk.sign_in()
    path = f"{BASE}/submissions/{submission}"

    assert (await desk.post(path, step="reject")).status_code == 400
    assert (await desk.post(path, step="reject", why="no such report")).status_code == 303
    assert "Rejected for a reason." not in (await desk.http.get(BASE)).text
    assert "no such report" in (await desk.http.get(path)).text
    key = {"Authorization": f"Bearer {await desk.key('editor')}"}
    listing: Callable[..., Any] = desk.http.get
    answer = await listing("/v1/submissions", params={"ledger": LEDGER, "state": "decided"})
    problem_of(answer, 401)
    while (
        answer := await listing(
            "/v1/submissions", params={"ledger": LEDGER, "state": "decided"}, headers=key
        )
    ).status_code == 403:
        pass
    found = {one["id"]: one["decision"]["why"] for one in answer.json()["items"]}
    assert found[submission] == "no such report"


async def accept(desk: Desk, day: str) -> None:
    """Accept a claim of 77 on a day, as an editor does; days beside each other would be one exchange."""
    path = f"{BASE}/submissions/{await desk.submit(day=day)}"
    claim = CLAIM | {"exchange_date": day, "published_at": day}
    looked = hidden(await desk.post(path, step="look", **claim), "looked")
    answer = await desk.post(path, step="save", why="checked", looked=looked, **claim)
    assert answer.status_code == 303, answer.text


async def figure(desk: Desk, day: str) -> dict[str, Any] | None:
    """The figure of a day, once everything recorded is shown."""
    position = (await desk.http.get("/v1/log", params={"ledger": LEDGER})).json()["position"]
    asked = {"ledger": LEDGER, "exchange": day, "side": "UA", "min_position": position}
    found = (await desk.http.get("/v1/figures", params=asked)).json()["items"]
    return next((one for one in found if one["category"] == "all"), None)


async def test_an_error_is_accepted_by_a_judgement_and_both_can_be_undone(desk):
    await desk.sign_in()
    await accept(desk, "2024-03-12")
    error = await desk.submit(
        kind="error", words="It was 78.", about="2024-03-12:returned:UA:all", number=78
    )
    page = await desk.http.get(f"{BASE}/submissions/{error}")
    pin = {"kind": "pin", "figure": "2024-03-12:returned:UA:all", "submission": error}
    unknown = await desk.post(f"{BASE}/judge?kind=pin", **pin | {"figure": "x"}, best="78")
    looked = await desk.post(f"{BASE}/judge?kind=pin", **pin, best="78")
    before = await figure(desk, "2024-03-12")
    saving = {"step": "save", "why": "the list", "looked": hidden(looked, "looked")}
    saved = await desk.post(f"{BASE}/judge?kind=pin", **pin, best="78", **saving)

    assert "Give the figure its number" in page.text
    assert unknown.status_code == 400
    assert "<b>78, decided by an editor" in reaction_in(looked)
    assert before is not None
    assert before["best"] == 77
    assert saved.status_code == 303
    judged = await figure(desk, "2024-03-12")
    assert judged is not None
    assert (judged["best"], judged["status"]) == (78, "adjudicated")
    assert judged["adjudication"] == saved.headers["location"].partition("#")[2]
    assert "It was 78." not in (await desk.http.get(BASE)).text

    judgement = saved.headers["location"].partition("#")[2]
    undoing = f"{BASE}/undo/judgement/{judgement}"
    assert "<b>77, " in reaction_in(await desk.http.get(undoing))
    assert (await desk.post(undoing)).status_code == 400
    assert (await desk.post(undoing, why="the list was another")).status_code == 303
    after = await figure(desk, "2024-03-12")
    assert after is not None
    assert after["best"] == 77
    assert "It was 78." in (await desk.http.get(BASE)).text
    assert (await desk.http.get(undoing)).status_code == 404
    decisions = (await desk.http.get(f"{BASE}/decisions")).text
    assert "undone by one editor: the list was another" in decisions


async def test_undoing_what_was_accepted_takes_its_claim_back(desk):
    await desk.sign_in()
    await accept(desk, "2024-05-14")
    page = (await desk.http.get(f"{BASE}/decisions")).text
    [undoing] = re.findall(rf'href="({BASE}/undo/decision/[^"]+)"', page)[:1]

    assert (await desk.post(undoing, why="a mistake")).status_code == 303
    assert await figure(desk, "2024-05-14") is None
    # Accepted once more it is another claim: the first stays taken back.
    await accept(desk, "2024-05-14")
    again = await figure(desk, "2024-05-14")
    assert again is not None
    assert again["best"] == 77


async def test_a_parked_claim_is_mended_and_sent_again(desk, running):
    event: dict[str, Any] = {
        "specversion": "1.0", "type": "exchange.claim.reported.v1", "id": "parked-1",
        "source": "urn:test", "subject": LEDGER,
        "data": {
            "measure": "returned", "side": "XX", "category": "all",
            "quantity": {"bound": "exact", "value": 12}, "exchange": {"date": "2024-07-16"},
            "claimant": {"name": "The ministry", "party": "UA", "role": "mod"},
        },
    }  # fmt: skip
    await desk.http.post(
        f"/v1/claims?ledger={LEDGER}", json=event, headers=PUBLISHER | {"Prefer": "wait=30"}
    )
    await desk.sign_in()
    listed = await desk.http.get(f"{BASE}/parked")
    addresses = re.findall(rf'href="({BASE}/parked/[^"]+)"', listed.text)
    pages = [(address, (await desk.http.get(address)).text) for address in addresses]
    path = next(address for address, text in pages if "parked-1" in text)
    wrong = await desk.post(path, event=json.dumps(event), step="save", why="a slip")
    event["data"]["side"] = "UA"
    mended = json.dumps(event)
    looked = await desk.post(path, event=mended)
    saved = await desk.post(
        path, event=mended, step="save", why="a slip", looked=hidden(looked, "looked")
    )

    assert "/data/side: expected" in listed.text
    assert wrong.status_code == 400
    assert "<b>12, " in reaction_in(looked)
    assert saved.status_code == 303
    made = await figure(desk, "2024-07-16")
    assert made is not None
    assert made["best"] == 12
    assert path not in (await desk.http.get(f"{BASE}/parked")).text


async def test_names_that_may_be_one_and_doubtful_matches_are_listed(desk):
    await desk.sign_in()
    for day, name in (("2024-09-17", "Dmytro Lubinets"), ("2024-12-18", "Дмитро Лубінець")):
        claim = claim_of(LEDGER, f"by {name}", exchange={"date": day})
        claim["data"]["claimant"] = claim["data"]["claimant"] | {"name": name}
        await desk.http.post(
            f"/v1/claims?ledger={LEDGER}", json=claim, headers=PUBLISHER | {"Prefer": "wait=30"}
        )
    await figure(desk, "2024-12-18")
    [address] = re.findall(
        rf'href="({BASE}/speakers/pair[^"]+)"', (await desk.http.get(f"{BASE}/speakers")).text
    )[:1]
    pair = html.unescape(address)
    page = await desk.http.get(pair)
    names = {"name": "Dmytro Lubinets", "other": "Дмитро Лубінець"}
    noted = await desk.http.post(
        f"{BASE}/speakers/pair",
        data=names | {"step": "one", "why": "one man", "form_token": hidden(page, "form_token")},
    )

    assert "What this would change" in page.text
    assert noted.status_code == 303
    speakers = (await desk.http.get(f"{BASE}/speakers")).text
    assert html.escape('"Дмитро Лубінець" = "Dmytro Lubinets"', quote=False) in html.unescape(
        speakers
    )
    assert (await desk.http.get(f"{BASE}/matches")).status_code == 200


async def test_a_pasted_report_is_read_by_editors_alone_and_runs_nothing(desk):
    path = f"/{LEDGER}/review"
    assert (await desk.http.get(path)).status_code == 401
    assert (await desk.http.post(path, data={"report_text": "x"})).status_code == 401
    await desk.sign_in()
    text = "<script>alert(1)</script> 41 Russian troops had been returned, the ministry said."
    shown = await desk.post(path, report_text=text, report_outlet='"><img src=x onerror=alert(1)>')
    too_long = await desk.post(path, report_text="a" * 20_001)

    assert "<script>alert" not in shown.text
    assert "<img src=x" not in shown.text
    assert re.search(r"<mark[^>]*>41", shown.text)
    assert too_long.status_code == 400
    assert "at most 20,000 characters" in too_long.text


REVIEWED = {
    "text": "On 7 May 2031 12 Ukrainians were returned from Russian captivity, Volodymyr Zelensky said.",
    "url": "https://example.org/2031",
    "outlet": "A made-up outlet",
    "published_at": "2031-05-07",
}


@pytest.fixture
async def queue(running) -> AsyncIterator[ReportQueue]:
    client = connect(running.server_url, retry_seconds=0)
    yield ReportQueue(client, LEDGER)
    # No drafting worker runs here, and the API is not ready while a report waits for one.
    await client.delete(report_keys_of(LEDGER).reports)
    await client.aclose()


async def waiting(queue: ReportQueue, **changed: Any) -> str:
    """Queue a report as the drafting worker does; return its id."""
    report = Report.model_validate_json(json.dumps(REVIEWED | changed))
    drafts = tuple(extract(report, load_ledger("rus-ukr")))
    by_model = drafts[0].data.model_copy(
        update={"extraction": Extraction(method="model:stub question@1")}
    )
    notes = drafts[0].draft.model_copy(update={"rule": None})
    read = ReportForReview(
        id="",
        read_at=clock.now(),
        report=report,
        drafts=(
            *drafts,
            drafts[0].model_copy(
                update={"id": "by-a-model", "data": by_model, "draft": notes, "subject": LEDGER}
            ),
        ),
        notes=("a page that orders models about",),
    )
    [entry] = await queue.add_for_review([read], limit=10)
    return entry


async def test_reports_that_the_worker_read_are_found_decided_and_taken_out(desk, queue):
    entry = await waiting(queue)
    await desk.sign_in()
    path = f"/{LEDGER}/review"
    listed = await desk.http.get(path)
    assert f"{path}?report={entry}" in listed.text
    assert "2 drafts, 2 open" in listed.text
    shown = await desk.http.get(path, params={"report": entry})
    assert "Drafted by the model model:stub question@1." in html.unescape(shown.text)
    assert re.search(r"Drafted by rule \w+", shown.text)
    assert "A page that orders models about." in shown.text

    # The text is the stream's: no form can put another one in its place.
    early = await desk.post(path, report_entry=entry, step="finish", report_text="Another")
    assert early.status_code == 400
    assert "expected a decision on each draft, found 2 open" in early.text.lower()
    [name] = [
        one for one in re.findall(r'value="accept:([^"]+)"', shown.text) if one != "by-a-model"
    ]
    await desk.post(path, report_entry=entry, step="reject:by-a-model")
    exported = await desk.post(path, report_entry=entry, step="export")
    assert "annotations" not in exported.json()[0]
    await desk.post(path, report_entry=entry, step=f"aside:{name}")
    done = await desk.post(path, report_entry=entry, step="finish")
    assert done.headers["location"].startswith(path)
    assert await queue.one_for_review(entry) is None
    gone = await desk.post(path, report_entry=entry, step="accept:x")
    assert "it was reviewed meanwhile" in gone.text


async def test_label_studio_files_go_out_and_come_in(desk, queue):
    entry = await waiting(queue, url="https://example.org/2032")
    await desk.sign_in()
    path = f"/{LEDGER}/review"
    [task] = (await desk.post(path, report_entry=entry, step="export")).json()
    methods = [one["model_version"] for one in task["predictions"]]
    task["annotations"] = [{"result": task["predictions"][0]["result"]}]
    back = await desk.post(path, step="import", tasks=json.dumps([task]))
    wrong = await desk.post(path, step="import", tasks="[1]")

    assert methods == ["rules@4", "model:stub question@1"]
    assert "Drafted by a person." in back.text
    assert "Annotated in Label Studio." in back.text
    assert wrong.status_code == 400
    assert "task 1: expected an object with `data`" in html.unescape(wrong.text)


async def test_a_report_is_handed_to_the_worker_or_fetched_within_limits(desk, queue):
    await desk.sign_in()
    path = f"/{LEDGER}/review"
    before = (await queue.counts()).waiting
    handed = await desk.post(path, report_text="Two came home.", step="queue")
    private = await desk.post(path, report_url="http://127.0.0.1:9/a", step="read")
    nothing = await desk.post(path, step="read")

    assert "The report waits for the drafting worker" in handed.text
    assert (await queue.counts()).waiting == before + 1
    assert "127.0.0.1 is of a private network" in private.text
    assert "a text or a link, found neither" in nothing.text
