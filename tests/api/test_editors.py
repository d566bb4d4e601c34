"""Editors sign in with a key, see what would change, and decide; nobody else does."""

import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from schemas.credentials import Role
from services.eventlog.connection import connect
from services.eventlog.credentials import KeyStore, make_key
from services.runtime import clock
from tests.api.running import serving
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
    async with (
        serving(running, submissions_per_hour=0, wrong_keys_per_minute=0) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as http,
    ):
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
