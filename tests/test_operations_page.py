"""Every command of `docs/operations.md` runs, on a ledger broken as its section says, and ends as it says."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from redis import Redis

import services.ledgers
from services.cli.main import run
from services.eventlog.keys import keys_of
from services.ledgers import load_ledger
from services.queries.replay import replay
from tests.cli.running import seed_of
from tests.test_docs import read


pytestmark = pytest.mark.redis

FIGURE = "2024-01-03:returned:UA:all"


class Command(NamedTuple):
    """A command of the page: its section, the line, and how it ends."""

    section: str
    line: str
    code: int


def commands_of(page: str) -> list[Command]:
    found: list[Command] = []
    for section in page.split("\n## ")[1:]:
        for block in re.findall(r"^```sh\n(.*?)^```$", section, flags=re.MULTILINE | re.DOTALL):
            for line in block.splitlines():
                command, _, note = line.partition("#")
                code = re.search(r"exits (\d)", note)
                found.append(
                    Command(section.splitlines()[0], command.strip(), int(code[1]) if code else 0)
                )
    return found


class Ledger:
    """A ledger on the test's server that nobody works on, and the ways it is broken."""

    def __init__(self, redis: Redis, name: str, place: Path) -> None:
        self.redis, self.name, self.place = redis, name, place
        self.keys = keys_of(name)

    def park(self) -> None:
        claim = seed_of(self.name)[2]
        (self.place / "mended.json").write_text(claim)
        reasons = [{"pointer": "/data/side", "expected": "one of RU, UA", "found": "'XX'"}]
        for _ in range(3):
            self.redis.xadd(
                self.keys.rejected,
                {
                    "event": claim,
                    "source": "urn:report:seed-article",
                    "parked_at": "2024-02-01T10:00:00+00:00",
                    "reasons": json.dumps(reasons),
                },
            )

    def fill_inbox(self) -> None:
        self.redis.xadd(self.keys.inbox, {"event": "{}"})

    def remove_table(self) -> None:
        current = self.redis.get(self.keys.current)
        assert isinstance(current, bytes)
        self.redis.unlink(f"{self.keys.view}{current.decode()}:figures")

    def spoil(self) -> None:
        self.redis.xadd(self.keys.log, {"hello": "world"})
        self.redis.unlink(*self.redis.scan_iter(match=f"exl:{{{self.name}}}:log:ids:*"))
        self.redis.hset(f"exl:{{{self.name}}}:log:checkpoints", "reconciliation", 99)

    def remove_event(self) -> None:
        self.redis.xdel(self.keys.log, "7-0")

    def remove_segment(self) -> None:
        next((self.place / "sealed" / self.name).glob("0*")).unlink()

    def remove_all(self) -> None:
        self.redis.unlink(*self.redis.scan_iter(match=f"exl:{{{self.name}}}*"))


#: What is done before the first command of a section, by the words its heading begins with.
BROKEN: dict[str, Callable[[Ledger], None]] = {
    "The inbox is full": Ledger.fill_inbox,
    "Claims are parked": Ledger.park,
    "The views are wrong": Ledger.remove_table,
    "The log is damaged: a foreign": Ledger.spoil,
    "The log is damaged: events": Ledger.remove_event,
    "Events are lost": Ledger.remove_event,
    "Segments of a trimmed log": Ledger.remove_segment,
    "A new server": Ledger.remove_all,
}


@pytest.fixture
def damaged(server_url: str, ledger: str, monkeypatch, tmp_path) -> Iterator[Ledger]:
    shipped = Path(services.ledgers.__file__).parent / "rus-ukr.toml"
    text = shipped.read_text().replace('name = "rus-ukr"', f'name = "{ledger}"')
    (tmp_path / f"{ledger}.toml").write_text(text)
    monkeypatch.setenv("LEDGER_REDIS_URL", server_url)
    monkeypatch.setenv("LEDGER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("LEDGER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LEDGER_SEALED_DIR", str(tmp_path / "sealed"))
    monkeypatch.setenv("LEDGER_NAMES", ledger)
    monkeypatch.chdir(tmp_path)
    configuration = load_ledger(ledger, config_dir=tmp_path)
    log = replay((line.encode() for line in seed_of(ledger)), ledger=configuration).log
    (tmp_path / "export.jsonl").write_bytes(b"".join(body + b"\n" for body in log.bodies()))
    with Redis.from_url(server_url) as redis:
        made = Ledger(redis, ledger, tmp_path)
        yield made
        made.remove_all()


def test_every_command_of_the_page_runs_and_ends_as_it_says(damaged, capsys):
    found = commands_of(read("docs/operations.md"))
    assert len(found) > 30
    assert all(any(command.section.startswith(start) for command in found) for start in BROKEN)
    ids = {"FIGURE": FIGURE, "CLAIM": json.loads(seed_of(damaged.name)[2])["id"]}

    def call(line: str, code: int) -> str:
        words, _, to = line.partition(" > ")
        given = re.sub(r"\$([A-Z]+)", lambda name: ids[name[1]], words)
        # Nobody works on this ledger, so that nothing is waited for.
        unwaited = ["--wait", "0"] if re.search(r"adjudicate (pin|undo)", line) else []
        with pytest.raises(SystemExit) as ended:
            run([*shlex.split(given)[1:], *unwaited])
        said = capsys.readouterr()
        assert ended.value.code == code, f"{line}: {said.out} {said.err}"
        if to:
            (damaged.place / to).write_text(said.out)
        return str(said.out)

    call("exchange-ledger log import export.jsonl", 0)
    call("exchange-ledger rebuild", 0)
    section = ""
    for command in found:
        if command.section != section:
            section = command.section
            for start, damage in BROKEN.items():
                if section.startswith(start):
                    damage(damaged)
        out = call(command.line, command.code)
        if "rejected list" in command.line:
            ids["PARKED"] = json.loads(out)[0]["id"]
        elif "adjudicate list" in command.line:
            ids["JUDGEMENT"] = json.loads(out)[0]["id"]
        elif "log losses" in command.line:
            ids["LOSS"] = json.loads(out)[0]["id"]
    assert (damaged.place / "again.jsonl").read_bytes() == (
        damaged.place / "export.jsonl"
    ).read_bytes()
