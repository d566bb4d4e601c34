"""Words of a claim are erased: from the log, the views, and whatever waits or was refused."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import services.ledgers
from schemas.report import SentReport
from services.eventlog.connection import Client, connect
from services.ledgers import load_ledger
from services.projection.store import ViewStore
from services.queries.replay import replay
from services.scraping.state import ScrapeState, SeenPage, state_file
from tests.cli.running import SEED


pytestmark = pytest.mark.redis

#: What a claim of the seed says, and who says it.
CLAIM, NAME, WORDING = "erase-me", "Ivan Secret-Person", "Ivan Secret-Person counted 230"
URL = "https://news.example/ivan-secret-person?id=7"


NOW = datetime(2031, 5, 10, tzinfo=UTC)


def seen_page(url: str) -> SeenPage:
    return SeenPage(url, "https://a.example/feed", "A", "en", None, NOW, "new", 0, {}, None)


def claim_of(ledger: str, claim_id: str, **said: Any) -> str:
    [line] = [line for line in SEED.read_text().splitlines() if '"measure": "returned"' in line][:1]
    event = json.loads(line)
    event |= {"subject": ledger, "id": claim_id, "source": "urn:test:erased"}
    event["data"] |= {"wording": WORDING, "url": URL, "claimant": event["data"]["claimant"]} | said
    event["data"]["claimant"] |= {"name": NAME}
    return json.dumps(event)


@pytest.fixture
def config_dir(tmp_path: Path, ledger, monkeypatch, server_url) -> Path:
    """The shipped ledger under a name of this test's own."""
    shipped = Path(services.ledgers.__file__).parent / "rus-ukr.toml"
    (tmp_path / f"{ledger}.toml").write_text(
        shipped.read_text().replace('name = "rus-ukr"', f'name = "{ledger}"')
    )
    monkeypatch.setenv("LEDGER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("LEDGER_NAMES", ledger)
    monkeypatch.setenv("LEDGER_REDIS_URL", server_url)
    return tmp_path


@pytest.fixture
def on_server(server_url, ledger) -> Iterator[Callable[..., Any]]:
    """Do something with a client of the server; what the ledger has there is removed afterwards."""

    def run(do: Callable[[Client], Any]) -> Any:
        async def main() -> Any:
            client = connect(server_url, retry_seconds=0)
            try:
                return await do(client)
            finally:
                await client.aclose()

        return asyncio.run(main())

    yield run

    async def remove(client: Client) -> None:
        async for key in client.scan_iter(match=f"exl:{{{ledger}}}*", count=10_000):
            await client.unlink(key)

    run(remove)


@pytest.fixture
def log_file(config_dir, ledger) -> Path:
    """An exported log with the seed and two claims of one person."""
    said = SEED.read_text().replace('"subject": "rus-ukr"', f'"subject": "{ledger}"').splitlines()
    said += [
        claim_of(ledger, CLAIM, note_of_publisher="call Ivan"),
        claim_of(ledger, "another", wording="231 of us", quoted_from=NAME),
    ]
    made = replay(
        [line.encode() for line in said], ledger=load_ledger(ledger, config_dir=config_dir)
    )
    assert not made.rejections
    path: Path = config_dir / "log.jsonl"
    path.write_bytes(b"".join(body + b"\n" for body in made.log.bodies()))
    return path


@pytest.fixture
def filled(call, log_file: Path, on_server, ledger) -> Path:
    """A ledger on the server, with views, and with what waits and was refused."""
    assert call("log", "import", log_file).code == 0
    assert call("rebuild").code == 0

    async def publish(client: Client) -> None:
        await client.xadd(f"exl:{{{ledger}}}:inbox", {"event": claim_of(ledger, CLAIM)})
        await client.xadd(f"exl:{{{ledger}}}:inbox", {"event": claim_of(ledger, "a third")})
        parked = {"source": "s", "parked_at": "2024-01-03T00:00:00Z", "reasons": "[]"}
        for event in (f'{{"broken": "{NAME}', '{"broken": "nobody"'):
            await client.xadd(f"exl:{{{ledger}}}:rejected", {"event": event, **parked})
        await client.xadd(f"exl:{{{ledger}}}:changes", {"id": "f", "figure": NAME}, id="1-0")
        # A report breaks lines as it likes; what was read out of it holds the same words.
        text = "Nobody else.\nIvan Secret-Person\ncounted 230, he said."
        for key, field in (
            ("reports", "report"),
            ("drafts", "read"),
            ("reports:rejected", "event"),
        ):
            for words in (text, "Two came home."):
                await client.xadd(f"exl:{{{ledger}}}:{key}", {field: json.dumps({"text": words})})
        await client.xgroup_create(f"exl:{{{ledger}}}:reports", "drafting", id="0")

    on_server(publish)
    return log_file


def stored(client: Client, ledger: str) -> Any:
    """All that a server holds of a ledger, as text."""

    async def dump() -> str:
        parts = []
        async for key in client.scan_iter(match=f"exl:{{{ledger}}}*", count=10_000):
            kind = await client.type(key)
            if kind == b"stream":
                parts.append(await client.xrange(key))
            elif kind == b"hash":
                parts.append(await client.hgetall(key))
        return repr(parts)

    return dump()


ERASE = ("erase", CLAIM, "--who", "A. Keeper", "--why", "asked for by the person", "--yes")


def test_what_would_go_is_shown_and_nothing_is_changed(filled, call, on_server, ledger):
    before = call("log", "export").out

    shown = call("erase", CLAIM, "--who", "A", "--why", "b", "--dry-run")

    assert shown.code == 0
    assert f"wording: {WORDING!r} becomes '[erased]'" in shown.out
    assert f"name: {NAME!r} becomes 'speaker-" in shown.out
    assert "2 events claim.recorded hold these words" in shown.out
    assert "1 parked inputs, 1 waiting repeats and 3 reports are thrown away" in shown.out
    assert shown.out.endswith("nothing was changed\n")
    assert call("log", "export").out == before
    unsure = call(*ERASE[:-1])
    assert (unsure.code, call("log", "export").out) == (2, before)
    assert "expected --yes where nobody can be asked" in unsure.err


def test_erased_words_are_gone_and_everything_else_is_proven(
    filled, call, on_server, ledger, server_url
):
    figures = call("figures", "--format", "json").out
    [chain] = call("log", "verify").out.split("chain ")[1:]
    sealed = filled.parent / "sealed"
    assert call("log", "seal", sealed).code == 0

    # Otherwise words could be in the server's files, and not be found there.
    on_server(lambda client: client.config_set("rdbcompression", "no"))
    erased = call(*ERASE)

    # One waits that is no repeat: it was acknowledged, and is not thrown away.
    assert erased.code == 1
    assert "1 waiting inputs hold these words: let ingest take them" in erased.out
    assert "the server's files were written anew" in erased.out
    left = on_server(lambda client: stored(client, ledger))
    assert left.count("Two came home") == 3
    assert left.count(NAME) == 2  # The input that waits: its name and its wording.
    assert URL in left and "call Ivan" not in left  # noqa: PT018
    for command in ("claims", "figures", "checks", "cumulative"):
        assert NAME not in call(command, "--format", "json").out
    assert NAME not in call("claims", "--as-known-on", "2030-01-01", "--format", "json").out
    assert _numbers(call("figures", "--format", "json").out) == _numbers(figures)

    verified = call("log", "verify")
    assert verified.code == 0, verified.out
    assert "words erased from" in verified.out
    exported = call("log", "export").out
    assert NAME not in exported
    last = exported.splitlines()[-1]
    assert json.loads(last)["data"]["who"] == "A. Keeper"
    # The chain goes on from where it was: what was written down still proves what came before.
    assert chain.split(",")[0] in exported.splitlines()[-2]
    # The log is what was sealed but for words; what is sealed from now on has none.
    assert call("log", "verify", "--sealed", sealed).code == 0
    anew = filled.parent / "anew"
    assert call("log", "seal", anew).code == 0
    assert NAME not in "".join(path.read_text() for path in anew.iterdir())
    assert call("log", "verify", "--sealed", anew, "--offline").code == 0
    if server_url.startswith("unix://"):  # A directory that this test can look into.
        directory = Path(server_url.removeprefix("unix://")).parent
        kept = b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())
        assert kept.count(NAME.encode()) == 2

    again = call(*ERASE)
    assert "nothing left to erase" in again.out
    assert call("log", "export").out == exported


def test_segments_of_before_are_said_to_hold_the_words_until_they_are_renewed(
    filled, call, on_server, ledger
):
    sealed = filled.parent / "sealed"
    assert call("log", "seal", sealed).code == 0
    call(*ERASE)

    verified = call("log", "verify", "--sealed", sealed)
    assert (verified.code, "holds words that were erased" in verified.out) == (0, True)
    continued = call("log", "seal", sealed)
    assert (continued.code, "`log seal --renew` writes" in continued.out) == (1, True)
    assert NAME in "".join(path.read_text() for path in sealed.glob("0*"))
    assert call("log", "seal", sealed, "--renew", "--size", 3).code == 0
    assert NAME not in "".join(path.read_text() for path in sealed.iterdir())
    assert "holds words" not in call("log", "verify", "--sealed", sealed).out


def test_releases_that_hold_the_words_are_withdrawn_and_no_others(
    filled, call, ledger, tmp_path, monkeypatch
):
    kept = tmp_path / "releases"
    monkeypatch.setenv("LEDGER_RELEASES_DIR", str(kept))
    for day in ("2031-05-10", "2031-05-11"):
        assert call("releases", "build", "--day", day).code == 0
    assert NAME in (kept / ledger / "2031-05-10" / "claims.csv").read_text()

    shown = call("erase", CLAIM, "--who", "A", "--why", "b", "--dry-run")
    assert "the release of 2031-05-10 holds these words, and is withdrawn" in shown.out
    assert (kept / ledger / "2031-05-10").is_dir()
    erased = call(*ERASE)

    assert "the release of 2031-05-11 was withdrawn" in erased.out
    left = b"".join(path.read_bytes() for path in kept.rglob("*") if path.is_file())
    assert NAME.encode() not in left
    listed = json.loads(call("releases", "list", "--format", "json").out)
    assert [one["withdrawn"]["who"] for one in listed] == ["A. Keeper"] * 2
    assert listed[0]["withdrawn"]["why"] == "words were erased: asked for by the person"
    # One built from what is left stays, whatever is erased again.
    assert call("releases", "build", "--day", "2031-05-12").code == 0
    call(*ERASE)
    [newest, *_] = json.loads(call("releases", "list", "--format", "json").out)
    assert (newest["day"], newest["withdrawn"]) == ("2031-05-12", None)


def test_a_release_that_cannot_be_removed_is_named_and_withdrawn_once_it_can(
    filled, call, ledger, tmp_path, monkeypatch
):
    kept = tmp_path / "releases"
    monkeypatch.setenv("LEDGER_RELEASES_DIR", str(kept))
    assert call("releases", "build", "--day", "2031-05-10").code == 0
    note = kept / ledger / "2031-05-10.withdrawn.json"
    note.mkdir()

    erased = call(*ERASE)
    assert erased.code == 1
    assert "the release of 2031-05-10 holds words that were erased: expected" in erased.out
    note.rmdir()
    assert "the release of 2031-05-10 was withdrawn" in call(*ERASE).out


def _numbers(figures: str) -> list[Any]:
    names = ("id", "low", "best", "high", "status", "credibility", "flags", "voices", "claims")
    return [[row[name] for name in names if name in row] for row in json.loads(figures)]


def test_views_equal_a_replay_after_an_erasure(filled, call, on_server, ledger, config_dir):
    on_server(lambda client: client.delete(f"exl:{{{ledger}}}:inbox"))
    assert call(*ERASE).code == 0
    bodies = [line.encode() for line in call("log", "export").out.splitlines()]

    configuration = load_ledger(ledger, config_dir=config_dir)
    replayed = replay(bodies, ledger=configuration)

    assert not replayed.rejections
    for view in ("exchanges", "figures", "cumulative", "checks", "claims"):
        live = json.loads(call(view, "--format", "json").out)
        assert live == [row.model_dump(mode="json") for row in getattr(replayed.read_models, view)]
    compared = call("rebuild", "--check")
    assert (compared.code, "0 differ" in compared.out) == (0, True), compared.out
    stored_generations = on_server(lambda client: ViewStore(client, ledger).generations())
    assert len(stored_generations) == 1  # Those from before, which held the words, are gone.


def test_what_is_altered_behind_an_erasure_is_found_in_an_export(filled, call):
    call(*ERASE)
    lines = call("log", "export").out.splitlines()
    at = next(number for number, line in enumerate(lines) if '"digest":' in line)
    other = filled.parent / "other.jsonl"

    def refused(changed: list[str]) -> str:
        other.write_text("\n".join(changed) + "\n")
        answer = call("log", "restore", other)
        assert answer.code == 1
        return str(answer.err)

    altered = re.sub(r'"value":\d+', '"value":999', lines[at])
    assert altered != lines[at]
    assert "expected what the event at position" in refused(
        [*lines[:at], altered, *lines[at + 1 :]]
    )
    original = filled.read_text().splitlines()[at]
    assert "found them here again" in refused([*lines[:at], original, *lines[at + 1 :]])
    assert "that erases words here, found none" in refused(lines[:-1])


def test_a_copy_from_before_does_not_bring_erased_words_back(filled, call):
    before = filled.parent / "before.jsonl"
    before.write_text(call("log", "export").out)
    call(*ERASE)
    erased = call("log", "export").out

    assert call("log", "restore", before).code == 0

    assert call("log", "export").out == erased
    assert call("log", "verify").code == 0


def test_a_claim_that_is_none_is_refused_in_one_line(filled, call):
    for arguments in (("erase", "none"), ("erase", CLAIM, "--field", "everything")):
        answer = call(*arguments, "--who", "A", "--why", "b")
        assert (answer.code, len(answer.err.splitlines())) == (2, 1)


def test_pages_that_scrape_has_seen_go_and_are_read_no_second_time(
    filled, call, ledger, monkeypatch, tmp_path
):
    monkeypatch.setenv("LEDGER_DATA_DIR", str(tmp_path))
    path = state_file(tmp_path, ledger)
    quoting, other = "https://a.example/quoting", "https://a.example/other"
    with ScrapeState(path) as state:
        state.note_found(map(seen_page, (quoting, URL, other)), now=NOW)
        for url, text in ((quoting, f"He said: {WORDING}."), (other, "Two came home.")):
            page = seen_page(url)._replace(text=text, state="read")
            state.note_read(page, SentReport(text=text, url=url, outlet="A"), b"sketch")
        assert "expected" in call(*ERASE).err  # This run holds the file.

    shown = call(*ERASE[:-1], "--dry-run")
    assert "2 pages that `scrape` has seen, and 1 reports that it has not handed on" in shown.out
    assert NAME.encode() in path.read_bytes()
    call(*ERASE)

    file = path.read_bytes()
    assert [words for words in (NAME, URL, quoting) if words.encode() in file] == []
    with ScrapeState(path) as state:
        assert state.note_found(map(seen_page, (quoting, URL, other)), now=NOW) == 0
        assert state.get(quoting) is None
        assert state.is_erased(URL)
        kept = state.get(other)
        assert kept is not None
        assert kept.text == "Two came home."
        assert [report.url for _, report in state.outbox(9)] == [other]
