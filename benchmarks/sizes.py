"""Measure what each claim and each ledger takes, for docs/capacity.md: bytes everywhere, and processor time.

    python -m benchmarks.sizes                      everything, written to benchmarks/capacity.json
    python -m benchmarks.sizes --only bytes         what hangs on no other load of the machine

Real workers on a real server with the deployed settings. Bytes are measured twice, at a few thousand claims and
at several times as many, so that what a process takes anyway is not counted as the claims'. The claims are the
shipped ones, the real ones of the benchmarks, and made-up ones of two sizes.
`benchmarks/capacity.py` reads what is written here.
"""

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from redis import Redis
from redis.exceptions import RedisError

from benchmarks.load import LEDGER, make_claims
from benchmarks.pipeline import PARTS, is_settled, sustained
from benchmarks.reconciliation import CLAIMS_EACH, make_claim
from benchmarks.running import KEYS, Place, Worker, fill_inbox, server, wait_until, workers
from schemas.claim import TEXT_CHARACTERS_MAX
from services.ledgers import demo_claims
from services.runtime import clock
from tests.running import own_server
from tests.topologies.many import Many


RECORDED = Path(__file__).parent / "capacity.json"
#: Claims at which bytes are measured; what a claim takes is the difference.
FEWER, MORE = 4_000, 24_000
#: Claims of one ledger at which the index of ids is measured, which takes the less the fuller it is.
INDEXED = (100, 1_000, 10_000, 100_000, 1_000_000, 3_000_000)
LEDGER_COUNTS = (100, 400)
#: As deploy/redis.conf has them, where the embedded server does not.
DEPLOYED = {"hash-max-listpack-entries": "512", "stream-node-max-bytes": "16384"}
ROUNDS = 3


def made_up(count: int, *, wording_characters: int) -> Iterator[bytes]:
    """Yield made-up claims as publishers send them, their wordings so long, 20 on each exchange."""
    chance = random.Random(count)
    words = [word for line in demo_claims(LEDGER).decode().split() if (word := line.strip('",'))]
    for number in range(count):
        recorded = make_claim(number, number // CLAIMS_EACH, chance)
        claim = recorded.claim.model_dump(mode="json", exclude_none=True)
        if wording_characters:
            # Of real words, because files are compressed.
            wording = " ".join((claim["wording"], *chance.choices(words, k=wording_characters)))
            claim["wording"] = wording[:wording_characters].rstrip()
        event = {
            "specversion": "1.0",
            "type": "exchange.claim.reported.v1",
            "id": recorded.id,
            "source": recorded.source,
            "subject": LEDGER,
            "data": claim,
        }
        yield json.dumps(event, separators=(",", ":")).encode()


def claim_sets() -> dict[str, list[bytes]]:
    """Return the claims that are measured, by their name."""
    return {
        "shipped": demo_claims(LEDGER).splitlines(),
        "real": list(make_claims(MORE)),
        "short": list(made_up(MORE, wording_characters=0)),
        "long": list(made_up(MORE, wording_characters=TEXT_CHARACTERS_MAX)),
    }


def key_bytes(client: Any) -> dict[str, int]:
    """Return what the server says each kind of key takes."""
    kinds = {
        "log": [KEYS.log],
        "index": list(client.scan_iter(match=f"{KEYS.ids}*", count=5_000)),
        "views": list(client.scan_iter(match=f"{KEYS.view}*", count=5_000)),
        "changes": [KEYS.changes],
    }
    return {
        kind: sum(client.memory_usage(key, samples=0) or 0 for key in keys)
        for kind, keys in kinds.items()
    }


def file_bytes(directory: Path) -> int:
    """Return the bytes of all files in a directory."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def command(place: Place, *arguments: object, **settings: object) -> None:
    """Run a command of ours on the server that is measured."""
    given = {"redis_url": place.url, "data_dir": place.directory / "commands", **settings}
    subprocess.run(
        [sys.executable, "-m", "services.cli.main", *(str(argument) for argument in arguments)],
        check=True,
        stdout=subprocess.DEVNULL,
        env=os.environ | {f"LEDGER_{key.upper()}": str(value) for key, value in given.items()},
    )


def rewritten_bytes(place: Place) -> int:
    """Have the append-only file written anew; return what it takes then."""
    place.client.bgrewriteaof()
    time.sleep(1)
    wait_until(lambda: not place.client.info("persistence")["aof_rewrite_in_progress"], pause=0.1)
    return int(place.client.info("persistence")["aof_base_size"])


#: What an API is asked, in order, and how its memory is named after each answer.
ASKED = {
    "api, figures asked": "/v1/figures?limit=100",
    "api, claims asked too": "/v1/claims?limit=100",
}


def api_bytes(place: Place) -> dict[str, int]:
    """Return what an API takes at its start, and after answers that need ever more of the ledger."""
    lines = place.directory / "api.log"
    given = {"redis_url": place.url, "http_port": 0, "data_dir": place.directory / "commands"}
    with lines.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli.main", "api"],
            stdout=output,
            env=os.environ | {f"LEDGER_{key.upper()}": str(value) for key, value in given.items()},
        )
    try:
        wait_until(lambda: b"api.started" in lines.read_bytes(), pause=0.1)
        started = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
        [url] = [line["url"] for line in started if line["event"] == "api.started"]
        found = {"memory of api": _resident(process.pid)}
        for name, path in ASKED.items():
            wait_until(lambda asked=f"{url}{path}": _is_answered(asked), pause=0.2)  # type: ignore[misc]
            found[f"memory of {name}"] = _resident(process.pid)
        return found
    finally:
        process.terminate()
        process.wait()


def _is_answered(url: str) -> bool:
    try:
        with urlopen(url, timeout=60) as answer:
            return bool(answer.read())
    except HTTPError:
        return False


def growth(claims: Sequence[bytes], fewer: int) -> dict[str, float]:
    """Return the bytes that a claim of a set takes in each place.

    Args:
        claims: At least twice as many as `fewer`.
        fewer: How many are there at the first look; 0 for a set too small for that.
    """
    with server() as place:
        for name, value in DEPLOYED.items():
            place.client.config_set(name, value)
        count = len(claims) - fewer
        with workers(PARTS, place) as running:
            for worker in running:
                worker.wait_until_started()
            fill_inbox(place.client, claims[:fewer])
            wait_until(lambda: fewer == 0 or is_settled(place.client), pause=0.05)
            before = {part.name: part.memory() for part in running}
            of_api = api_bytes(place)
            keys, events = key_bytes(place.client), place.client.xlen(KEYS.log)
            used = place.client.info("memory")["used_memory"]
            inbox = place.client.memory_usage(KEYS.inbox, samples=0) or 0
            waiting = _inbox_bytes(place, claims[fewer:]) - inbox
            wait_until(lambda: is_settled(place.client), pause=0.05)
            found = {
                f"memory of {part.name}": part.memory() - before[part.name] for part in running
            }
            found |= {name: size - of_api[name] for name, size in api_bytes(place).items()}
        grown = {kind: size - keys[kind] for kind, size in key_bytes(place.client).items()}
        found |= grown | {"used by server": place.client.info("memory")["used_memory"] - used}
        found |= {"inbox": waiting, "events": place.client.xlen(KEYS.log) - events}
        whole = {"append-only file": rewritten_bytes(place), **_files(place)}
        return {
            "claims": len(claims),
            "claim": round(sum(map(len, claims)) / len(claims), 1),
            **{name: round(size / count, 3) for name, size in found.items()},
            # Files have nothing in them but the ledger's.
            **{name: round(size / len(claims), 1) for name, size in whole.items()},
        }


def _inbox_bytes(place: Place, claims: Sequence[bytes]) -> int:
    """Publish claims; return what they took in the inbox, as a copy of it shows."""
    together = place.client.pipeline(transaction=True)
    for claim in claims:
        together.xadd("copy:inbox", {"event": claim})
    together.execute()
    taken = int(place.client.memory_usage("copy:inbox", samples=0))
    place.client.delete("copy:inbox")
    fill_inbox(place.client, claims)
    return taken


def _files(place: Place) -> dict[str, int]:
    """Return the bytes of the snapshots of both readers, and of all segments in both forms."""
    found = {}
    for name in ("reconciliation", "projection"):
        directory = place.directory / f"of-{name}"
        with Worker(name, place, snapshot_count=1_000, data_dir=directory) as worker:
            worker.wait_until_started()
            wait_until(lambda kept=directory: list(kept.rglob("*.snapshot")))  # type: ignore[misc]
        found[f"snapshot of {name}"] = sum(
            path.stat().st_size for path in directory.rglob("*.snapshot")
        )
    for form in ("jsonl", "parquet"):
        directory = place.directory / form
        command(place, "log", "seal", directory, "--format", form)
        found[f"segments, {form}"] = file_bytes(directory)
    return found


def index_bytes() -> dict[str, float]:
    """Return the bytes an event takes in the index of ids, by the events of its ledger."""
    found = {}
    with server() as place:
        for name, value in DEPLOYED.items():
            place.client.config_set(name, value)
        chance, filled = random.Random(1), 0
        for count in INDEXED:
            pipeline = place.client.pipeline(transaction=False)
            for number in range(filled, count):
                event_id = chance.randbytes(8)
                pipeline.hset(f"{KEYS.ids}{event_id.hex()[:3]}", event_id, number)
                if number % 10_000 == 0:
                    pipeline.execute()
            pipeline.execute()
            filled = count
            found[str(count)] = round(key_bytes(place.client)["index"] / count, 1)
    return found


def empty_ledgers() -> dict[str, float]:
    """Return what a ledger takes on which nothing happens: in the server, and in each worker."""
    found = []
    for count in LEDGER_COUNTS:
        with own_server(**DEPLOYED) as running, TemporaryDirectory() as directory:
            running.start()
            client: Any = Redis.from_url(running.url)
            used = client.info("memory")["used_memory"]
            many = Many(running.url, Path(directory), count, stale_after_ms=15_000)
            try:
                processes = [many.start(name) for name in PARTS]
                wait_until(lambda c=client, m=many: _is_open(c, m), pause=0.5)  # type: ignore[misc]
                time.sleep(5)
                sizes = {f"memory of {p.name}": _resident(p.pid) for p in processes}
                sizes["used by server"] = client.info("memory")["used_memory"] - used
                found.append(sizes)
            finally:
                many.close()
                client.close()
    fewer, more = LEDGER_COUNTS
    return {name: round((found[1][name] - found[0][name]) / (more - fewer), 1) for name in found[0]}


def _is_open(client: Any, many: Many) -> bool:
    pipeline = client.pipeline(transaction=False)
    for name in many.names:
        pipeline.hlen(f"exl:{{{name}}}:log:readers")
    return all(found >= len(PARTS) for found in pipeline.execute())


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def processor_time(sets: Mapping[str, Sequence[bytes]]) -> dict[str, dict[str, float]]:
    """Return the microseconds of each part's processor time a claim, and claims a second of all."""
    found = {}
    with server() as place:
        for name, value in DEPLOYED.items():
            place.client.config_set(name, value)
        for name, claims in sets.items():
            if len(claims) < MORE:
                continue
            runs = [sustained(place, claims) for _ in range(ROUNDS)]
            spent = [median(parts) for parts in zip(*(parts for _, parts in runs), strict=True)]
            found[name] = {
                "claims a second": round(median(speed for speed, _ in runs)),
                **{
                    part: round(took, 1)
                    for part, took in zip((*PARTS, "server"), spent, strict=True)
                },
            }
    return found


def loading_seconds(claims: Sequence[bytes]) -> dict[str, float]:
    """Return how long starts take: the server's with its file, and the workers' with and without a snapshot."""
    with own_server(**DEPLOYED) as running, TemporaryDirectory() as directory:
        running.start()
        with Redis.from_url(running.url) as client:
            place = Place(running.url, client, Path(directory))
            with workers(PARTS, place) as parts:
                for worker in parts:
                    worker.wait_until_started()
                fill_inbox(client, claims)
                wait_until(lambda: is_settled(client), pause=0.05)
            size = rewritten_bytes(place)
        running.kill()
        started = clock.stopwatch_ms()
        running.start()
        with Redis.from_url(running.url) as client:
            wait_until(lambda: _answers(client))
        loading = clock.stopwatch_ms(started) / 1_000
        found = {"server, MB a second": round(size / 1e6 / loading, 1)}
        for name in ("reconciliation", "projection"):
            place = Place(running.url, None, Path(directory) / name)
            place.directory.mkdir()
            for how in ("log", "snapshot"):
                started = clock.stopwatch_ms()
                with Worker(name, place, snapshot_count=1_000) as worker:
                    worker.wait_until_started()
                    seconds = clock.stopwatch_ms(started) / 1_000
                    wait_until(lambda kept=place.directory: list(kept.rglob("*.snapshot")))  # type: ignore[misc]
                found[f"{name} from the {how}, s"] = round(seconds, 2)
        return found | {"claims": len(claims)}


def _answers(client: Any) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def main() -> int:
    """Measure, and write what was found beside this file."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--only", choices=("bytes", "index", "ledgers", "times"))
    only = reader.parse_args().only
    found = json.loads(RECORDED.read_text("utf-8")) if RECORDED.exists() else {}
    sets = claim_sets()
    if only in (None, "bytes"):
        found["bytes a claim"] = {}
        for name, claims in sets.items():
            found["bytes a claim"][name] = growth(claims, 0 if name == "shipped" else FEWER)
            sys.stderr.write(f"{name}: {found['bytes a claim'][name]}\n")
    if only in (None, "index"):
        found["bytes an event in the index, by events"] = index_bytes()
    if only in (None, "ledgers"):
        found["bytes an idle ledger"] = empty_ledgers()
    if only in (None, "times"):
        found["microseconds a claim"] = processor_time(sets)
        found["starts"] = loading_seconds(sets["real"])
    found["measured"] = {
        "day": clock.now().date().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    RECORDED.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", "utf-8")
    sys.stderr.write(RECORDED.read_text("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
