"""The drafting worker on a real server: a report in, drafts out to a person, poison parked."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from faststream.redis.parser import BinaryMessageFormatV1

from schemas.report import ReportForReview, SentReport
from services.drafting import worker
from services.eventlog.inbox import InboxEntry
from services.eventlog.keys import report_keys_of
from services.eventlog.reports import (
    ReportQueue,
    ReportsFullError,
    ReportTooLargeError,
    Settled,
)
from services.extraction.report import Report
from services.fetching.web import Web, limits_of
from services.runtime import clock
from services.runtime.settings import read_settings
from services.scraping.run import ScrapeRun, ScrapeTools
from services.scraping.sources import Sources
from services.scraping.state import ScrapeState, SeenPage
from tests.drafting.stub_model import completion, stub_model
from tests.drafting.test_model import RIGHT, TEXT
from tests.running import Worker, run_command, running, wait_until


pytestmark = pytest.mark.redis
SYL_BOR = Path(__file__).parents[1] / "extraction" / "syl-bor.toml"
LIMITS = limits_of(read_settings())
REPORT = SentReport(
    text=TEXT,
    outlet="An outlet",
    url="https://a.example/1",
    published_at="2031-05-10",  # type: ignore[arg-type]  # as it is sent
)


@pytest.fixture
def ledger_dir(ledger, tmp_path):
    path = tmp_path / f"{ledger}.toml"
    path.write_text(SYL_BOR.read_text(encoding="utf-8").replace('"syl-bor"', f'"{ledger}"', 1))
    return tmp_path


def outcome(entry: dict[bytes, bytes], **more: Any) -> str:
    """Return what becomes of an entry: the report's first word, or what was expected of it."""
    read = worker.report_of_entry(
        InboxEntry("1-0", entry, **more), ledger="syl-bor", settings=read_settings()
    )
    return read.text[:7] if isinstance(read, Report) else f"{read.pointer}: {read.expected}"


async def test_an_entry_is_a_report_or_says_why_not():
    raw = REPORT.model_dump_json().encode()
    enveloped = await BinaryMessageFormatV1.encode(
        message=json.loads(raw), reply_to=None, headers={}, correlation_id="1"
    )
    assert outcome({b"report": raw}) == "Colonel"
    assert outcome({b"__data__": enveloped}) == "Colonel"
    assert outcome({b"text": b"Two came home"}) == ": a field `report`"
    assert outcome({b"report": b"\xff"}) == ": a report"
    assert outcome({b"report": b"[" * 100_000}) == ": a report"
    assert outcome({b"report": b'{"text": 1}'}) == "/text: a report"
    assert outcome({b"report": b'{"text": "", "x": 1}'}) == "/x: a report"
    assert outcome({b"report": b'{"text": "", "subject": "yem-hou"}'}) == "/subject: syl-bor"
    assert outcome({b"report": b" " * 2_000_000}) == ": at most 1,048,576 bytes"
    assert outcome({b"report": raw}, delivered_count=6) == ": to be read in 5 deliveries"


async def test_a_report_leaves_the_stream_once_however_often_it_was_read(client, ledger):
    queue = ReportQueue(client, ledger)
    await queue.open()
    (entry,) = await queue.add([REPORT], limit=1)
    with pytest.raises(ReportsFullError, match="found 1 waiting"):
        await queue.add([REPORT], limit=1)
    await client.xreadgroup("drafting", "gone", {report_keys_of(ledger).reports: ">"})
    assert await queue.take_over("other", stale_after_ms=60_000, now_ms=0.0) == []
    (taken,) = await queue.take_over("other", stale_after_ms=0, now_ms=0.0)
    read = {"id": "", "read_at": "2031-05-10T12:00:00Z", "report": REPORT.model_dump(mode="json")}
    for_review = {**read, "drafts": [], "notes": ["a note"]}
    noted = ReportForReview.model_validate(for_review)
    assert (taken.id, taken.delivered_count) == (entry, 2)
    assert [await queue.put_drafts(entry, noted, [b"{}"]) for _ in range(2)] == [
        Settled.TAKEN_OUT,
        Settled.GONE,
    ]
    assert await queue.counts() == (0, 1, 0)
    assert await client.xlen(f"exl:{{{ledger}}}:inbox") == 1
    (found,) = await queue.for_review()
    assert found.notes == ("a note",)
    assert await queue.done([found.id]) == 1


async def test_a_report_handed_on_twice_is_read_once_unless_it_is_asked_for_again(client, ledger):
    queue = ReportQueue(client, ledger)
    await queue.open()
    read = ReportForReview.model_validate(
        {
            "id": "",
            "read_at": "2031-05-10T12:00:00Z",
            "report": REPORT,
            "drafts": (),
            "notes": ("n",),
        }
    )

    async def settle(*sent: SentReport, again: bool = False) -> list[Settled]:
        ids = await queue.add(sent, limit=10, again=again)
        return [
            await queue.put_drafts(entry, read.model_copy(update={"report": one}), [b"{}"])
            for entry, one in zip(ids, sent, strict=True)
        ]

    # Whoever handed it on died before noting it, and hands it on again, beside an edited page.
    edited = REPORT.model_copy(update={"text": "Another text", "previous_text": TEXT})
    assert await settle(REPORT, REPORT) == [Settled.TAKEN_OUT, Settled.REPEATED]
    assert await settle(REPORT, edited) == [Settled.REPEATED, Settled.TAKEN_OUT]
    assert await queue.is_known(REPORT)
    assert await queue.counts() == (0, 2, 0)
    assert await client.xlen(f"exl:{{{ledger}}}:inbox") == 2
    assert await settle(REPORT, again=True) == [Settled.TAKEN_OUT]


async def test_a_scrape_killed_between_handing_on_and_noting_it_has_its_report_read_once(
    client, ledger, tmp_path
):
    queue = ReportQueue(client, ledger)
    await queue.open()

    async def killed(reports: Sequence[SentReport]) -> None:
        await queue.add(reports, limit=10)
        raise KeyboardInterrupt

    async def hand_on(reports: Sequence[SentReport]) -> None:
        await queue.add(reports, limit=10)

    for attempt in (killed, hand_on):
        with ScrapeState(tmp_path / "seen.sqlite") as state:
            page = SeenPage("https://a.example/1", "s", None, None, None, None, "new", 0, {}, TEXT)
            if attempt is killed:
                state.note_found(iter([page]), now=clock.now())
                state.note_read(page, REPORT, b"")
            run = ScrapeRun(
                Sources(), tmp_path, ScrapeTools(state, Web(LIMITS), clock.now(), attempt)
            )
            with suppress(KeyboardInterrupt):
                assert await run.hand_on() == 1
            assert state.outbox_count() == (1 if attempt is killed else 0)

    assert await queue.counts() == (2, 0, 0)
    read = {"id": "", "read_at": "2031-05-10T12:00:00Z", "drafts": (), "notes": ("n",)}
    for_review = ReportForReview.model_validate({**read, "report": REPORT})
    entries = await client.xrange(report_keys_of(ledger).reports)
    settled = [await queue.put_drafts(entry.decode(), for_review) for entry, _ in entries]
    assert settled == [Settled.TAKEN_OUT, Settled.REPEATED]
    assert await queue.counts() == (0, 1, 0)


async def test_no_more_reports_wait_than_may_nor_larger_ones(client, ledger):
    queue = ReportQueue(client, ledger)
    await queue.add([REPORT], limit=2)
    with pytest.raises(ReportsFullError, match="room for 2 reports of 2"):
        await queue.add([REPORT, REPORT], limit=2)
    with pytest.raises(ReportTooLargeError, match="expected at most 100 bytes"):
        await queue.add([REPORT], limit=2, bytes_max=100)
    assert await queue.counts() == (1, 0, 0)


@pytest.fixture
def commands(server_url, ledger, ledger_dir, capsys, monkeypatch):
    """Run `reports` commands beside an event loop; they answer with what they printed."""
    for name, value in {"REDIS_URL": server_url, "CONFIG_DIR": str(ledger_dir)}.items():
        monkeypatch.setenv(f"LEDGER_{name}", value)

    async def command(*arguments: str) -> str:
        await asyncio.to_thread(run_quietly, "reports", *arguments, "--ledger", ledger)
        return str(capsys.readouterr().out)

    return command


def run_quietly(*arguments: str) -> None:
    with pytest.raises(SystemExit):
        run_command(*arguments)


async def test_a_worker_reads_reports_and_a_person_accepts_them(
    server_url, ledger, ledger_dir, client, commands
):
    queue = ReportQueue(client, ledger)
    await queue.add([REPORT, SentReport(text="Nothing happened.")], limit=10)
    for poison in (b"\x00\xff", b'{"text": 7}'):
        await client.xadd(report_keys_of(ledger).reports, {"report": poison})
    with stub_model() as model:
        model.answer = completion(RIGHT)
        asked: dict[str, Any] = {
            "proposer": "both",
            "llm_base_url": model.base_url,
            "llm_model": "stub",
        }
        process = Worker("drafting", server_url, names=ledger, config_dir=ledger_dir, **asked)
        with running([process]):
            process.started()
            wait_until(lambda: len(process.log("report.rejected")) == 2)
            assert process.stop() == 0

    assert await queue.counts() == (0, 2, 2)
    first, silent = await queue.for_review()
    assert [draft.data.quantity.value for draft in first.drafts if draft.data.quantity] == [61, 57]
    # What the model says of another text does not stand in this one.
    assert silent.drafts
    assert all(draft.draft.faults for draft in silent.drafts)
    assert await client.xlen(f"exl:{{{ledger}}}:inbox") == 0
    assert [one.raw for one in await queue.parked()] == ["00ff", '{"text": 7}']

    tasks = json.loads(await commands("export"))
    methods = [[one["model_version"] for one in task["predictions"]] for task in tasks]
    assert methods == [["rules@4, model:stub question@1"], ["model:stub question@1"]]
    # A person annotates the first as it was drafted; it comes back as drafts of a person.
    tasks[0]["annotations"] = [{"result": tasks[0]["predictions"][0]["result"]}]
    (ledger_dir / "export.json").write_text(json.dumps(tasks), encoding="utf-8")
    told = await commands("import", str(ledger_dir / "export.json"))
    assert told == "1 reports with 2 drafts wait for a person\n"
    back = (await queue.for_review())[-1]
    assert [draft.id for draft in back.drafts] == [draft.id for draft in first.drafts]
    assert await queue.done([back.id]) == 1

    assert "Colonel Sponsz" in await commands("show", first.id, "--format", "html")
    accepted = await commands("accept", first.id, "--reviewer", "A. Reader")
    assert accepted == "2 of 2 drafts published\n"
    assert await commands("accept", silent.id) == "0 of 2 drafts published\n"
    assert await commands("list") == "[]\n"
    entries = await client.xrange(f"exl:{{{ledger}}}:inbox")
    reviewers = [
        json.loads(fields[b"event"])["data"]["extraction"]["reviewer"] for _, fields in entries
    ]
    assert reviewers == ["A. Reader"] * 2


def test_a_worker_without_its_model_is_refused(capsys):
    assert worker.run(read_settings(redis_url="unix:///nowhere", proposer="model")) == 2
    assert "LEDGER_LLM_BASE_URL not set" in capsys.readouterr().out
