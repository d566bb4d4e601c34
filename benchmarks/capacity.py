"""Work out from measured bytes and times what many claims and ledgers need, and write docs/capacity.md.

    python -m benchmarks.capacity                   the tables, from benchmarks/capacity.json
    python -m benchmarks.capacity --check           write nothing, fail if the page says something else

`benchmarks/sizes.py` measures; nothing is measured here. Who serves which ledger is worked out by the code that
decides it, for ledgers of one size and of very different ones, because a fair share of ledgers is no fair share
of claims.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from redis.crc import key_slot

from schemas.generated_file import write_or_check
from services.runtime.shares import shared_out


PAGE = Path(__file__).parents[1] / "docs" / "capacity.md"
RECORDED = Path(__file__).parent / "capacity.json"
GIB = 1024**3
SECONDS_A_YEAR = 365 * 86_400
#: What a node has, in GiB and cores; and how much of its memory is planned with.
NODE_GIB, NODE_CORES, FILLED = 128, 16, 0.75
#: Claims that a trimmed log keeps in the server, for each ledger, as `log trim` does unless told otherwise.
KEPT = 100_000
#: How much denser than over the year's average claims come in the busiest hour.
PEAK = 20
#: The set of claims whose sizes and times stand for all others.
TYPICAL = "real"


class Demand(NamedTuple):
    """So many claims in so many ledgers, which came within a year."""

    claims: int
    ledgers: int

    @property
    def each(self) -> float:
        return self.claims / self.ledgers


DEMANDS = (
    Demand(10**6, 1),
    Demand(10**7, 1),
    Demand(10**7, 1_000),
    Demand(10**8, 1_000),
    Demand(10**9, 1_000),
    Demand(10**9, 100_000),
)


class Need(NamedTuple):
    """What a demand needs: GiB of memory of each part, GiB of files, and cores at the busiest hour."""

    server: float
    trimmed: float
    reconciliation: float
    projection: float
    ingest: float
    api: float
    segments: float
    busy_cores: float
    idle_cores: float
    rebuild_hours: float

    @property
    def memory(self) -> float:
        return self.trimmed + self.reconciliation + self.projection + self.ingest + self.api


def index_bytes(events: float, measured: Mapping[str, float]) -> float:
    """Return the bytes an event takes in the index of a ledger with so many events: the nearest that was measured.

    >>> index_bytes(60_000, {"100": 80.0, "100000": 18.0})
    18.0
    """
    return measured[min(measured, key=lambda known: abs(int(known) - events))]


def need_of(demand: Demand, found: Mapping[str, Any]) -> Need:
    """Return what a demand needs."""
    sizes, idle = found["bytes a claim"][TYPICAL], found["bytes an idle ledger"]
    times = found["microseconds a claim"][TYPICAL]
    events = demand.each * sizes["events"]
    index = index_bytes(events, found["bytes an event in the index, by events"]) * sizes["events"]
    rest = index + sizes["views"]
    kept = min(demand.each, KEPT) / demand.each
    empty = demand.ledgers * idle["used by server"]
    worker = demand.ledgers * idle["memory of each worker"]
    spent = sum(times[part] for part in ("ingest", "reconciliation", "projection", "server"))
    idle_percent = sum(
        value
        for name, value in found["1,000 idle ledgers that are shared out"].items()
        if "% of a core" in name
    )

    def gib(a_claim: float, besides: float = 0.0) -> float:
        return (demand.claims * a_claim + besides) / GIB

    return Need(
        server=gib(sizes["log"] + rest, empty),
        trimmed=gib(kept * sizes["log"] + rest, empty),
        reconciliation=gib(sizes["memory of reconciliation"], worker),
        projection=gib(sizes["memory of projection"], worker),
        ingest=gib(0, worker),
        api=gib(sizes["memory of api, figures asked"]),
        segments=gib(sizes["segments, parquet"]),
        busy_cores=PEAK * demand.claims / SECONDS_A_YEAR * spent / 1e6,
        idle_cores=idle_percent / 100 * demand.ledgers / 1_000,
        rebuild_hours=demand.claims * (times["reconciliation"] + times["projection"]) / 1e6 / 3_600,
    )


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] + ["---:"] * (len(headings) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def amount(number: float) -> str:
    """Write a number so that its size is seen.

    >>> amount(0.0412), amount(3.24), amount(1234.5)
    ('0.04', '3.2', '1,234')
    """
    return f"{number:,.0f}" if number >= 100 else f"{number:.{1 if number >= 1 else 2}f}"


def of_sizes(found: Mapping[str, Any]) -> str:
    sets: Mapping[str, Mapping[str, float]] = found["bytes a claim"]
    names = {
        **{name: name for name in ("claim", "inbox", "log", "index", "views", "changes")},
        "used by server": "server, all of it",
        "append-only file": "append-only file, rewritten",
        **{
            f"snapshot of {part}": f"snapshot of {part}"
            for part in ("reconciliation", "projection")
        },
        **{f"segments, {form}": f"segments, {form}" for form in ("jsonl", "parquet")},
        **{f"memory of {part}": f"memory of {part}" for part in ("reconciliation", "projection")},
        "memory of api, figures asked": "memory of an API that answered with figures",
        "memory of api, claims asked too": "of one that answered with claims too",
    }
    rows = [[shown, *(amount(sets[each][name]) for each in sets)] for name, shown in names.items()]
    return table(("bytes a claim", *sets), rows)


def of_index(found: Mapping[str, Any]) -> str:
    measured = found["bytes an event in the index, by events"]
    return table(
        ("events of the ledger", *(f"{int(count):,}" for count in measured)),
        [["bytes an event", *map(amount, measured.values())]],
    )


def of_times(found: Mapping[str, Any]) -> str:
    parts = ("ingest", "reconciliation", "projection", "server")
    times = found["microseconds a claim"]
    rows = [[name, *(amount(times[name][part]) for part in parts)] for name in times]
    return table(("µs of processor time a claim", *parts), rows)


def of_memory(found: Mapping[str, Any]) -> str:
    rows = []
    for demand in DEMANDS:
        need = need_of(demand, found)
        values = (need.server, need.trimmed, need.reconciliation, need.projection, need.ingest)
        rows.append(
            [
                f"{demand.claims:,} in {demand.ledgers:,}",
                *(amount(value) for value in (*values, need.api, need.segments)),
                f"{nodes_for(need):,}",
            ]
        )
    parts = ("server", "server, trimmed", "reconciliation", "projection", "ingest", "API")
    return table(("claims in ledgers, GiB", *parts, "segments", "nodes"), rows)


def nodes_for(need: Need) -> int:
    """Return how many nodes hold it, and give it its cores, with a replica of each primary."""
    by_memory = (need.memory + need.trimmed) / (NODE_GIB * FILLED)
    by_cores = (need.busy_cores + need.idle_cores) / NODE_CORES
    return int(-(-max(by_memory, by_cores) // 1))


def of_cores(found: Mapping[str, Any]) -> str:
    rows = []
    for demand in DEMANDS:
        need = need_of(demand, found)
        rows.append(
            [
                f"{demand.claims:,} in {demand.ledgers:,}",
                *map(amount, (demand.claims / SECONDS_A_YEAR, need.busy_cores, need.idle_cores)),
                amount(need.rebuild_hours),
                amount(need.rebuild_hours / min(demand.ledgers, NODE_CORES)),
            ]
        )
    return table(
        (
            "claims in ledgers",
            "claims a second over a year",
            f"cores at {PEAK} times that",
            "cores for ledgers that rest",
            "all decided and shown anew, hours of one core",
            f"on {NODE_CORES} cores, hours",
        ),
        rows,
    )


def of_shares(ledgers: int = 4_000, processes: int = 16, primaries: int = 6) -> str:
    """Share ledgers out as workers do and over slots as a cluster does; compare the fullest with the average."""
    names = [f"l-{number}" for number in range(ledgers)]
    sizes = {
        "all alike": dict.fromkeys(names, 1.0),
        "the n-th as large as 1 ÷ n": {name: 1 / n for n, name in enumerate(names, start=1)},
    }
    shares = shared_out(names, {f"p-{number}": ("*",) for number in range(processes)})
    slots: dict[int, list[str]] = {}
    for name in names:
        slots.setdefault(key_slot(name.encode()) * primaries // 16_384, []).append(name)
    rows = []
    for what, of in sizes.items():
        cells = []
        for held in (shares, slots):
            loads = [sum(of[name] for name in share) for share in held.values()]
            cells.append(f"{max(loads) / (sum(of.values()) / len(loads)):.2f}")
        rows.append([what, *cells])
    return table(
        (f"sizes of {ledgers:,} ledgers", f"of {processes} processes", f"of {primaries} primaries"),
        rows,
    )


def page_text() -> str:
    """Return the page with its tables as they follow from what was measured."""
    found = json.loads(RECORDED.read_text("utf-8"))
    tables = {
        "sizes": of_sizes(found),
        "index": of_index(found),
        "times": of_times(found),
        "memory": of_memory(found),
        "cores": of_cores(found),
        "shares": of_shares(),
    }
    text = PAGE.read_text(encoding="utf-8")
    for name, made in tables.items():
        text, count = re.subn(
            rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)",
            lambda marks, made=made: f"{marks[1]}\n{made}\n\n{marks[2]}",  # type: ignore[misc]
            text,
            flags=re.DOTALL,
        )
        assert count == 1, f"expected one place for {name} in {PAGE.name}, found {count}"
    return text


def main() -> int:
    """Write the page, or compare it with `--check`; return 1 if it differs."""
    return write_or_check(PAGE, page_text, source="what was measured")


if __name__ == "__main__":
    sys.exit(main())
