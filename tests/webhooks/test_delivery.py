"""Changed figures at the receivers of webhooks: real workers, a real server, and receivers that do what they like."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from redis import Redis
from standardwebhooks import Webhook, WebhookVerificationError

from schemas.webhook import ChangeFilter, NewWebhook, WebhookRequest
from services.cli.main import run
from services.eventlog.connection import connect
from services.eventlog.credentials import KEYS, make_key
from services.eventlog.keys import webhook_keys_of
from services.runtime import clock
from services.runtime.settings import Settings
from services.webhooks.managing import WebhookRefusedError, Webhooks
from tests.reconciliation.labelled_sets import FIRST_PERIOD
from tests.running import Server, Worker, own_server, running, wait_until
from tests.webhooks.receiver import (
    Receiver,
    endless_body,
    endless_head,
    receiving,
    silence,
    status,
)


pytestmark = [pytest.mark.e2e, pytest.mark.redis]

LEDGER = "rus-ukr"
ROOT = f"exl:{{{LEDGER}}}"
#: Claims that give a few dozen changes.
CLAIMS = list(FIRST_PERIOD.lines)[:60]
LOOPBACK = "127.0.0.1/32"
QUICK = {"webhook_private": LOOPBACK, "webhook_retry_seconds": 0.05, "webhook_seconds": 1.0}


class Ledger:
    """A ledger with some changes in its feed, and its webhooks."""

    def __init__(self, server: Server) -> None:
        self.url = server.url
        self.redis: Any = Redis.from_url(server.url)

    @property
    def feed(self) -> list[tuple[str, str, bytes]]:
        rows = self.redis.xrange(f"{ROOT}:changes")
        return [(place.decode(), row[b"id"].decode(), row[b"figure"]) for place, row in rows]

    @property
    def ids(self) -> list[str]:
        return [f"{LEDGER}_{place}" for place, _, _ in self.feed]

    async def add(self, receiver: Receiver, **asked: Any) -> NewWebhook:
        async with self.webhooks() as owned:
            return await owned.add(
                WebhookRequest(url=receiver.url, **{"after": "0", **asked}),
                key=asked.pop("key", None),
            )

    def webhooks(self, **settings: Any) -> "_Owned":
        return _Owned(self.url, settings)

    def state(self, webhook: NewWebhook) -> dict[str, Any]:
        row = self.redis.hget(webhook_keys_of(LEDGER).states, webhook.id)
        return json.loads(row) if row else {"delivered": 0, "tries": 0, "stopped_at": None}


class _Owned:
    def __init__(self, url: str, settings: dict[str, Any]) -> None:
        self._client = connect(url, retry_seconds=0)
        self._settings = Settings(redis_url=url, **{"webhook_private": LOOPBACK, **settings})

    async def __aenter__(self) -> Webhooks:
        return Webhooks(self._client, LEDGER, self._settings)

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()


@pytest.fixture(scope="module")
def filled() -> Iterator[Ledger]:
    with own_server() as server:
        server.start()
        parts = [Worker(name, server.url) for name in ("ingest", "reconciliation", "projection")]
        with running(parts):
            ledger = Ledger(server)
            for claim in CLAIMS:
                ledger.redis.xadd(f"{ROOT}:inbox", {"event": claim})
            wait_until(lambda: is_shown(ledger.redis))
            yield ledger
            ledger.redis.close()


def is_shown(redis: Any) -> bool:
    if redis.xlen(f"{ROOT}:inbox"):
        return False
    last = str(redis.xlen(f"{ROOT}:log")).encode()
    decided = redis.hget(f"{ROOT}:log:checkpoints", "reconciliation")
    generation = redis.get(f"{ROOT}:view:current")
    shown = generation and redis.hget(f"{ROOT}:view:{generation.decode()}:meta", "position")
    return bool(decided == last == shown)


@pytest.fixture
def ledger(filled: Ledger) -> Iterator[Ledger]:
    yield filled
    for key in webhook_keys_of(LEDGER):
        filled.redis.delete(key)


@contextmanager
def delivering(ledger: Ledger, **settings: Any) -> Iterator[Worker]:
    worker = Worker("webhooks", ledger.url, **{**QUICK, **settings})
    with running([worker]):
        yield worker.started()


async def test_every_change_arrives_in_order_signed_so_that_the_standards_library_takes_it(ledger):
    with receiving() as receiver, delivering(ledger):
        webhook = await ledger.add(receiver)
        requests = receiver.wait_for(len(ledger.feed))

    assert [request.id for request in requests] == ledger.ids
    for request, (place, figure, row) in zip(requests, ledger.feed, strict=True):
        found = Webhook(webhook.secret).verify(request.body, request.headers)
        assert found["data"]["change"] == place
        assert found["data"]["id"] == figure
        assert found["data"]["figure"] == (json.loads(row) if row else None)
        assert found["type"] == ("figure.changed" if row else "figure.withdrawn")
        assert request.headers["content-type"] == "application/json"


async def test_a_wrong_signature_another_body_or_an_old_timestamp_is_refused_by_the_library(ledger):
    with receiving() as receiver, delivering(ledger):
        webhook = await ledger.add(receiver)
        [request] = receiver.wait_for(1)

    library, (_, headers, body) = Webhook(webhook.secret), request
    library.verify(body, headers)
    other = (await ledger.add(receiver)).secret
    old = str(int(headers["webhook-timestamp"]) - 3_600)
    for checked, changed, sent in (
        (Webhook(other), headers, body),
        (library, headers, body + b" "),
        (library, headers | {"webhook-timestamp": old}, body),
        (library, headers | {"webhook-id": "another"}, body),
    ):
        with pytest.raises(WebhookVerificationError):
            checked.verify(sent, changed)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([status(500), status(503, Retry_After="0"), status(404)], "answered 404"),
        ([silence, endless_head], "no answer within 1 s"),
        ([status(302, Location="/elsewhere"), status(307, Location="/elsewhere")], "answered 307"),
    ],
    ids=["errors", "timeouts", "redirects"],
)
async def test_what_is_not_taken_is_tried_again_under_its_id_before_anything_else(
    ledger, answers, error
):
    with receiving(*answers) as receiver, delivering(ledger) as worker:
        webhook = await ledger.add(receiver)
        tried = len(answers) + 1
        requests = receiver.wait_for(tried + 1)
        failed = worker.log("webhook.failed")

    first = requests[:tried]
    assert {(request.id, request.body) for request in first} == {(ledger.ids[0], first[0].body)}
    assert requests[tried].id == ledger.ids[1]
    assert {request.path.partition("?")[0] for request in receiver.requests} == {"/hook"}
    assert [line["reason"] for line in failed][-1] == error
    assert [line["webhook"] for line in failed] == [webhook.id] * len(answers)


async def test_the_status_counts_however_long_the_rest_of_the_answer_is(ledger):
    with receiving(endless_body, endless_body) as receiver, delivering(ledger) as worker:
        await ledger.add(receiver)
        requests = receiver.wait_for(3)
        assert worker.log("webhook.failed") == []

    assert [request.id for request in requests] == ledger.ids[:3]


async def test_a_worker_that_is_killed_and_one_that_follows_it_lose_nothing(ledger):
    with receiving() as receiver:
        with delivering(ledger) as first:
            await ledger.add(receiver)
            receiver.answers = [*[status(204)] * 9, silence, status(204)]
            receiver.wait_for(10)
            # The tenth is under way: whether it was taken nobody knows.
            first.kill()
        with delivering(ledger):
            wait_until(lambda: receiver.requests[-1].id == ledger.ids[-1])

    ids = [request.id for request in receiver.requests]
    assert list(dict.fromkeys(ids)) == ledger.ids
    assert ids.count(ledger.ids[9]) == 2
    assert len(ids) == len(ledger.ids) + 1


async def test_of_two_workers_one_delivers_and_the_other_takes_over_when_it_dies(ledger):
    with receiving() as receiver, delivering(ledger) as first, delivering(ledger):
        await ledger.add(receiver)
        receiver.wait_for(len(ledger.feed))
        assert [request.id for request in receiver.requests] == ledger.ids
        first.kill()
        wait_until(lambda: b"webhooks" in b"".join(ledger.redis.hkeys(f"{ROOT}:log:readers")))
        before = len(receiver.requests)
        await ledger.add(receiver)
        receiver.wait_for(before + len(ledger.feed))


async def test_an_endpoint_that_keeps_failing_is_stopped_and_status_says_so_until_it_is_resumed(
    ledger, monkeypatch, capsys
):
    with receiving(status(500)) as receiver, delivering(ledger, webhook_failing_hours=0):
        webhook = await ledger.add(receiver, name="an archive")
        wait_until(lambda: ledger.state(webhook)["stopped_at"])
        monkeypatch.setenv("LEDGER_REDIS_URL", ledger.url)
        said = await printed(capsys, "status", "--format", "table")
        assert f"webhook {webhook.id} (an archive) was stopped: answered 500" in said
        assert "token" not in said
        assert len(receiver.requests) == 1

        await printed(capsys, "webhooks", "resume", webhook.id)
        requests = receiver.wait_for(1 + len(ledger.feed))
        assert f"webhook {webhook.id}" not in await printed(capsys, "status", "--format", "table")

    assert [request.id for request in requests] == [ledger.ids[0], *ledger.ids]


async def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()

    def called() -> None:
        with pytest.raises(SystemExit):
            run(list(arguments))

    await asyncio.to_thread(called)
    return " ".join(capsys.readouterr().out.split())


async def test_an_endpoint_that_is_gone_is_stopped_at_once(ledger):
    with receiving(status(410)) as receiver, delivering(ledger):
        webhook = await ledger.add(receiver)
        wait_until(lambda: ledger.state(webhook)["stopped_at"])
        assert len(receiver.requests) == 1


async def test_private_addresses_are_refused_when_added_and_when_sent_to(ledger):
    with receiving() as receiver:
        async with ledger.webhooks(webhook_private="") as owned:
            for url, expected in (
                (receiver.url, "127.0.0.1 is of a private network (LEDGER_WEBHOOK_PRIVATE"),
                ("https://localhost/", "of a private network"),
                ("https://[::ffff:169.254.169.254]/", "of a private network"),
                ("http://93.184.215.14/", "expected https://"),
            ):
                with pytest.raises(WebhookRefusedError) as refused:
                    await owned.add(WebhookRequest(url=url), key=None)
                assert expected in str(refused.value)
        # A name may stand for another address by the time that it is asked.
        webhook = await ledger.add(receiver)
        with delivering(ledger, webhook_private="10.0.0.0/8") as worker:
            wait_until(lambda: ledger.state(webhook)["tries"])
            # The line is written after the state.
            wait_until(lambda: worker.log("webhook.failed"))
            [reason] = {line["reason"] for line in worker.log("webhook.failed")}
        assert "of a private network" in reason
        assert receiver.requests == []


async def test_only_what_is_asked_for_is_sent(ledger):
    asked = {"only": ChangeFilter(side="UA", cause="first_report"), "types": ("figure.changed",)}
    rows = [(place, json.loads(row)) for place, _, row in ledger.feed if row]
    wanted = [
        f"{LEDGER}_{place}"
        for place, row in rows
        if (row["side"], row["cause"]) == ("UA", "first_report")
    ]
    assert 3 < len(wanted) < len(rows)
    with receiving() as receiver, delivering(ledger):
        webhook = await ledger.add(receiver, **asked)
        last = ledger.feed[-1][0]
        wait_until(lambda: ledger.state(webhook).get("after") == last)

    assert [request.id for request in receiver.requests] == wanted


async def test_secrets_and_addresses_stand_in_no_log_line_and_secrets_in_no_list(
    ledger, monkeypatch, capsys
):
    with receiving(status(500)) as receiver, delivering(ledger) as worker:
        webhook = await ledger.add(receiver)
        receiver.wait_for(5)
        lines = worker.output()
    monkeypatch.setenv("LEDGER_REDIS_URL", ledger.url)
    listed = await printed(capsys, "webhooks", "list", "--format", "json")

    assert webhook.id in lines
    assert webhook.id in listed
    for text in (lines, listed, await printed(capsys, "status", "--format", "json")):
        assert webhook.secret not in text
        assert "whsec_" not in text
    assert "not-for-logs" not in lines
    assert all(webhook.secret.encode() not in row for row in ledger.redis.hvals(f"{ROOT}:webhooks"))


async def test_where_changes_are_missing_the_receiver_is_told_to_read_everything_anew(ledger):
    feed = ledger.redis.xrange(f"{ROOT}:changes")
    with receiving() as receiver, delivering(ledger):
        ledger.redis.xtrim(f"{ROOT}:changes", maxlen=3, approximate=False)
        try:
            webhook = await ledger.add(receiver)
            [request] = receiver.wait_for(1)
        finally:
            restore(ledger.redis, feed)

    message = Webhook(webhook.secret).verify(request.body, request.headers)
    shown = int(ledger.redis.xlen(f"{ROOT}:log"))
    assert message["type"] == "ledger.reload"
    assert message["data"] == {
        "ledger": LEDGER,
        "position": shown,
        "reason": "changes since 0 are no longer kept",
    }


def restore(redis: Any, feed: list[tuple[bytes, dict[bytes, bytes]]]) -> None:
    redis.delete(f"{ROOT}:changes")
    for place, fields in feed:
        redis.xadd(f"{ROOT}:changes", fields, id=place)


async def test_a_webhook_ends_with_the_key_that_added_it(ledger):
    made = make_key("an archive", "subscriber", now=clock.now())
    ledger.redis.hset(KEYS, made.stored.id, made.stored.model_dump_json())
    with receiving(status(500)) as receiver, delivering(ledger):
        async with ledger.webhooks() as owned:
            request = WebhookRequest(url=receiver.url, after="0")
            webhook = await owned.add(request, key=made.stored.id)
        receiver.wait_for(2)
        ledger.redis.hdel(KEYS, made.stored.id)
        wait_until(lambda: ledger.state(webhook)["stopped_at"])
    assert ledger.state(webhook)["error"] == "the API key that added it was revoked"


async def test_what_is_paused_is_sent_nothing_and_loses_nothing(ledger):
    with receiving() as receiver, delivering(ledger) as worker:
        receiver.answers = [status(500)]
        webhook = await ledger.add(receiver)
        receiver.wait_for(2)
        async with ledger.webhooks() as owned:
            await owned.pause(await found(owned, webhook))
            other = await owned.add(WebhookRequest(url=receiver.url, after="0"), key=None)
            # Whoever has seen the new one has seen the pause.
            wait_until(lambda: ledger.state(other)["tries"] > 2)
            receiver.answers = [status(204)]
            wait_until(lambda: ledger.state(other)["delivered"] == len(ledger.feed))
            paused = ledger.state(webhook)["failures"]
            # Who is paused is not shown as failing, and is tried at once when it goes on.
            assert ledger.state(webhook)["delivered"] == ledger.state(webhook)["tries"] == 0
            await owned.resume(await found(owned, webhook))
            wait_until(lambda: ledger.state(webhook)["delivered"] == len(ledger.feed))
        failed = [line for line in worker.log("webhook.failed") if line["webhook"] == webhook.id]
        assert len(failed) == paused


async def found(owned: Webhooks, webhook: NewWebhook) -> Any:
    known = await owned.find(webhook.id, key=None)
    assert known is not None
    return known


async def test_another_secret_is_valid_beside_the_former_one(ledger):
    with receiving() as receiver, delivering(ledger):
        webhook = await ledger.add(receiver, after=None)
        async with ledger.webhooks() as owned:
            other = await owned.rotate(await found(owned, webhook))
            await owned.ping(await found(owned, webhook))
        [request] = receiver.wait_for(1)

    assert other.secret != webhook.secret
    for secret in (webhook.secret, other.secret):
        message = Webhook(secret).verify(request.body, request.headers)
        assert message["type"] == "webhook.ping"
    assert request.id == f"{LEDGER}_ping_{webhook.id}_1"


async def test_a_figure_larger_than_the_limit_is_named_alone(ledger):
    limit = sorted(len(row) for _, _, row in ledger.feed)[len(ledger.feed) // 2]
    with receiving() as receiver, delivering(ledger, webhook_bytes_max=limit):
        await ledger.add(receiver)
        requests = receiver.wait_for(len(ledger.feed))

    for request, (_, figure, row) in zip(requests, ledger.feed, strict=True):
        assert request.message["data"]["id"] == figure
        assert (request.message["data"]["figure"] is None) is (not row or len(row) > limit)
    assert any(len(row) > limit for _, _, row in ledger.feed)


async def test_a_removed_webhook_leaves_nothing_behind(ledger, monkeypatch, capsys):
    with receiving(status(500)) as receiver, delivering(ledger):
        webhook = await ledger.add(receiver)
        receiver.wait_for(2)
        monkeypatch.setenv("LEDGER_REDIS_URL", ledger.url)
        assert "removed" in await printed(capsys, "webhooks", "remove", webhook.id)
        keys = webhook_keys_of(LEDGER)
        wait_until(
            lambda: (
                not ledger.redis.exists(*keys) or not ledger.redis.hexists(keys.states, webhook.id)
            )
        )
        assert not ledger.redis.hexists(keys.webhooks, webhook.id)
