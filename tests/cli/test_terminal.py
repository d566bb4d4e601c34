"""Nothing that others wrote reaches a terminal as anything but text, whichever command shows it."""

import json
import os
import pty
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

import pytest
from redis import Redis

from services.eventlog.keys import keys_of
from services.runtime.embedded import find_running
from tests.cli.running import seed_of, settle
from tests.running import wait_until


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

LEDGER = "obeyed"
#: Direction marks, which intake takes: they belong to languages, and let a text be read as another.
TURNED = "a\u202eb\u202cc\u2066d\u2069e\u200ff\u061cg\ufeffh\u2028i\U000e0041j"
#: What a terminal obeys: a title, a clipboard, colours, a bell; as ESC and as one byte of C1.
OBEYED = "\x1b]0;owned\x07\x1b[2J\x9b31m\x90q\x9c\b\x7f\r\n"
FIGURE = "2024-01-03:returned:UA:all"
SAID = ("--who", TURNED, "--why", TURNED)
SHOWING: list[tuple[Any, ...]] = [
    ("exchanges",),
    ("figures",),
    ("cumulative",),
    ("headline",),
    ("operations",),
    ("checks",),
    ("claims",),
    ("claimants",),
    ("explain", FIGURE),
    ("history", FIGURE),
    ("rules", "scope"),
    ("rules",),
    ("what-if", "--without-source", f"urn:{TURNED}"),
    ("log", "tail"),
    ("rejected", "list"),
    ("adjudicate", "list"),
]
TELLING: list[tuple[Any, ...]] = [
    ("adjudicate", "pin", f"2024-01-03:returned:RU:{TURNED}", "--best", 7, *SAID),
    ("adjudicate", "exclude", f"{TURNED}@{OBEYED}", *SAID),
    ("explain", OBEYED),
    ("history", OBEYED),
    ("rules", OBEYED),
    ("figures", "--side", OBEYED),
    ("rejected", "show", OBEYED),
    ("log", "verify"),
    ("rebuild",),
    (OBEYED,),
    ("replay", f"/nowhere/{OBEYED}"),
    ("ledger", "check", f"/nowhere/{OBEYED}.toml"),
]


def hostile_claims() -> list[str]:
    """Claims that hold direction marks wherever others' words may stand."""
    event = json.loads(seed_of(LEDGER)[0])
    others: dict[str, Any] = {
        "measure": "returned",
        "side": "UA",
        "category": "all",
        "wording": TURNED,
        "reported_by": TURNED,
        "url": f"https://{TURNED}",
        "lang": TURNED,
        "mediators": [TURNED],
        "exchange": {"date": "2024-01-03"},
        "claimant": {"name": TURNED, "party": "UA", "role": "ombudsman"},
        "quantity": {"bound": "exact", "value": 7},
        "unknown": {TURNED: TURNED},
        "published_at": "2024-01-03",
    }
    differing: list[dict[str, Any]] = [
        {},
        {"quantity": {"bound": "exact", "value": 9}},
        {"category": TURNED, "exchange": {"date": "2024-01-03", "third": TURNED}},
    ]
    return [
        json.dumps(
            event | {"id": f"{TURNED}{number}", "source": f"urn:{TURNED}", "data": others | more}
        )
        for number, more in enumerate(differing)
    ]


def refused() -> list[bytes]:
    """Events that intake parks: all of what a terminal obeys, where nothing is too."""
    return [
        json.dumps({"source": OBEYED + TURNED, "id": OBEYED, "type": OBEYED}).encode(),
        f'{{"source": "{OBEYED}'.encode(),
        b"\x1b[31m\x9b\xff",
    ]


@pytest.fixture
def ask(running, call):
    """Run a command on the ledger with hostile words in it."""
    url = find_running(running)
    assert url is not None
    with Redis.from_url(url) as redis:
        if not redis.exists(keys_of(LEDGER).rejected):
            for event in (*hostile_claims(), *refused()):
                redis.xadd(keys_of(LEDGER).inbox, {"event": event})
            wait_until(lambda: redis.xlen(keys_of(LEDGER).rejected) == len(refused()))
    settle(LEDGER)

    def run(*arguments):
        return call(*arguments, *(() if arguments[0] == OBEYED else ("--ledger", LEDGER)))

    return run


def obeyed_in(text: str) -> set[str]:
    """The characters of a text that a terminal or an eye may obey."""
    return {
        character
        for character in text
        if not (character.isprintable() or character in "\n\u200c\u200d\xa0")
    }


@pytest.mark.parametrize("arguments", SHOWING, ids=" ".join)
@pytest.mark.parametrize("form", ["table", "json"])
def test_what_others_wrote_is_shown_as_text(ask, arguments, form):
    answer = ask(*arguments, "--format", form)

    assert answer.code in (0, 1), answer.err
    assert obeyed_in(answer.out + answer.err) == set()
    assert answer.out.strip()
    if form == "json":
        json.loads(answer.out)


def test_json_still_says_what_was_sent_and_a_table_shows_it_escaped(ask):
    claims = json.loads(ask("claims", "--format", "json").out)
    assert {claim["wording"] for claim in claims} == {TURNED}
    assert "a\\u202eb\\u202cc" in ask("claims", "--format", "table").out

    parked = json.loads(ask("rejected", "list", "--format", "json").out)
    assert {claim["source"] for claim in parked} == {OBEYED + TURNED, ""}
    for claim in parked:
        shown = ask("rejected", "show", claim["id"], "--format", "table")
        assert obeyed_in(shown.out) == set()
        assert len(shown.out.splitlines()) == 2 + len(claim["reasons"])


@pytest.mark.parametrize("arguments", TELLING, ids=lambda arguments: ascii(arguments[:2]))
def test_refusals_and_outcomes_hold_nothing_that_is_obeyed(ask, arguments):
    answer = ask(*arguments)

    assert (answer.out + answer.err).strip()
    assert obeyed_in(answer.out + answer.err) == set()


def read_until_closed(terminal: int, written: list[bytes]) -> None:
    # When the other end is closed and everything is read, reading is an error.
    with suppress(OSError):
        while block := os.read(terminal, 65_536):
            written.append(block)
    os.close(terminal)


def test_to_a_terminal_csv_and_an_exported_log_are_printable_too(ask, running):
    told, held = pty.openpty()
    # Read while it is written: a terminal holds little, and whoever writes waits.
    written: list[bytes] = []
    reading = threading.Thread(target=read_until_closed, args=(told, written))
    reading.start()
    try:
        for command in (["claims", "--format", "csv"], ["log", "export"]):
            subprocess.run(
                [sys.executable, "-m", "services.cli.main", *command, "--ledger", LEDGER],
                stdout=held,
                env={**os.environ, "LEDGER_DATA_DIR": str(running)},
                check=True,
            )
    finally:
        os.close(held)
        reading.join()

    text = b"".join(written).decode().replace("\r\n", "\n")
    assert "a\\u202eb" in text
    assert obeyed_in(text) == set()


def test_log_lines_hold_nothing_that_is_obeyed(ask, running):
    lines = (running.parent / "up.log").read_text()

    assert obeyed_in(lines) == set()
    parked = [json.loads(line) for line in lines.splitlines() if '"claim.rejected"' in line]
    assert OBEYED + TURNED in {line["source"] for line in parked}
