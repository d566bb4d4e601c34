"""Measure what reconciling a claim costs, and whether that cost stays flat.

Three questions, each with figures beside a limit taken in the same run:

* how many claims a second a ledger takes that already holds so many, about 20 claims an exchange;
* what a claim costs when so many claims speak of one exchange, in large and in small batches;
* how much memory each claim keeps.

The limit is reading the same bytes alone: what `EVENTS.validate_json` gives in a second. The claims are
made up, from a seed: six speakers of both sides and of two outlets, soldiers and everybody, some floors,
some wrong numbers, some later corrections, one running total and one ordinal for every exchange or so.
Batches alternate between parts of a run's work, because a machine's speed drifts; only ratios inside
one table mean something.
"""

import gc
import json
import math
import random
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from benchmarks.running import Report, Row, asked, without_collector
from schemas.claim import Claim
from schemas.decisions import Decision
from schemas.events import EVENTS, RecordedClaim
from schemas.ledger import LedgerConfiguration
from services.ledgers import load_ledger
from services.log_events.envelope import Origin, recorded_id, seal
from services.log_events.facts import Fact, decode_fact
from services.reconciliation.engine.book import Book
from services.reconciliation.engine.sealing import Decided, seal_decision
from services.runtime import clock
from services.runtime.collecting import freeze_state


LEDGER = load_ledger("rus-ukr")
#: Recorded events decided on in one go, as the worker does under load.
BATCH_COUNT = 500
#: Claims on one exchange in the ledgers of many.
CLAIMS_EACH = 20
#: Claims on days before the ledger opened are set aside, and decided on in no other way.
assert LEDGER.opened is not None, "a ledger that says since when"
FIRST_DAY = LEDGER.opened
RECORDED_AT = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = "urn:benchmark:reports"
SPEAKERS = (
    ("An ombudsman", "UA", "ombudsman"),
    ("A headquarters", "UA", "coordination_hq"),
    ("A president", "UA", "president"),
    ("A ministry", "RU", "mod"),
    ("One outlet", "media", "outlet"),
    ("Another outlet", "media", "outlet"),
)
OUTLETS = tuple(f"Outlet {number}" for number in range(9))


def make_claim(number: int, exchange: int, chance: random.Random) -> RecordedClaim:
    """Make the claim of that number on the exchange of that number."""
    day = FIRST_DAY + timedelta(days=exchange)
    name, party, role = chance.choice(SPEAKERS)
    side = "RU" if role == "mod" or chance.random() < 0.3 else "UA"
    people = _people(exchange)
    said: dict[str, Any] = {
        "measure": "returned",
        "side": side,
        "category": "military" if side == "RU" else chance.choice(("all", "all", "military")),
        "quantity": {"bound": "exact", "value": people},
        "exchange": {"date": day.isoformat()},
    }
    match chance.randrange(20):
        case 0:
            said |= {
                "measure": "cumulative_returned",
                "category": "all",
                "quantity": {"bound": "exact", "value": _people_until(exchange)},
                "period": {"since": FIRST_DAY.isoformat(), "as_of": day.isoformat()},
            }
        case 1:
            said |= {
                "measure": "exchange_ordinal",
                "side": None,
                "category": "all",
                "quantity": {"bound": "exact", "value": exchange + 1},
            }
        case 2:
            said["quantity"] = {"bound": "more_than", "value": people // 10 * 10}
        case 3:
            said["quantity"] = {"bound": "exact", "value": people + chance.randrange(1, 4)}
        case 4:
            said["exchange"] = {}
        case _:
            pass
    instant = datetime.combine(day, datetime.min.time(), tzinfo=UTC)
    return RecordedClaim(
        id=f"report-{number}",
        source=SOURCE,
        time=instant + timedelta(seconds=chance.randrange(86_400)),
        claim=Claim.model_validate_json(
            json.dumps(
                said
                | {
                    "claimant": {"name": name, "party": party, "role": role},
                    "reported_by": chance.choice(OUTLETS),
                    "published_at": day.isoformat(),
                    "wording": f"{people} of our people",
                }
            )
        ),
    )


def _people(exchange: int) -> int:
    return 100 + exchange * 7 % 150


def _people_until(exchange: int) -> int:
    """Add up the people of all exchanges until this one; the numbers recur after 150."""
    rounds, rest = divmod(exchange + 1, 150)
    return rounds * sum(map(_people, range(150))) + sum(map(_people, range(rest)))


def make_bytes(count: int, claims_each: int) -> Iterator[bytes]:
    """Make the sealed bodies of so many claims, so many on each exchange, in order of exchange."""
    chance = random.Random(count)
    for number in range(count):
        recorded = make_claim(number, number // claims_each, chance)
        entry = f"entry-{number}"
        origin = Origin("ingest", RECORDED_AT, entry, entry)
        event_id = recorded_id(source=recorded.source, id=recorded.id)
        yield seal(recorded, event_id=event_id, ledger=LEDGER.name, origin=origin).body


@dataclass(slots=True)
class Spent:
    """Milliseconds spent on so many claims: reading bytes, the book alone, sealing decisions.

    `limit` is what reading every word of the same bytes takes.
    """

    claims: int = 0
    limit: float = 0.0
    reading: float = 0.0
    book: float = 0.0
    sealing: float = 0.0
    batches: list[float] = field(default_factory=list)


class Line:
    """A book and the log it stands on, without the log."""

    def __init__(self, ledger: LedgerConfiguration) -> None:
        self.book = Book(ledger)
        self.position = 0
        self._ledger = ledger

    def take(self, bodies: Sequence[bytes], spent: Spent) -> None:
        """Read, reconcile and seal one batch."""
        placed = [
            b'{"position":%d,' % (self.position + index) + body[1:]
            for index, body in enumerate(bodies, start=1)
        ]
        after, self.position = self.position, self.position + len(bodies)
        _, took = timed(lambda: [EVENTS.validate_json(body) for body in placed])
        spent.limit += took
        events, took = timed(lambda: [decode_fact(body) for body in placed])
        spent.reading += took
        decisions, took = timed(lambda: self._reconcile(events, after))
        spent.book += took
        spent.batches.append(took)
        spent.claims += len(bodies)
        _, took = timed(
            lambda: [seal_decision(decided, ledger=self._ledger) for decided in decisions]
        )
        spent.sealing += took
        freeze_state()

    def _reconcile(self, events: Sequence[Fact | Decision], after: int) -> list[Decided]:
        for event in events:
            self.book.evolve(event)
        decisions = self.book.decide(after=after)
        for position, decided in enumerate(decisions, start=self.position + 1):
            self.book.confirm(decided, position)
        self.position += len(decisions)
        return decisions


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Do some work; give what it gives and the milliseconds it took."""
    started = clock.stopwatch_ms()
    found = work()
    return found, clock.stopwatch_ms(started)


def in_batches(bodies: Iterable[bytes], count: int) -> Iterator[list[bytes]]:
    """Give bodies in lists of so many, the last one maybe shorter."""
    batch = []
    for body in bodies:
        batch.append(body)
        if len(batch) == count:
            yield batch
            batch = []
    if batch:
        yield batch


def grow(bodies: Iterable[bytes], sizes: Sequence[int]) -> dict[int, Spent]:
    """Let one ledger grow; give what the second half of each size cost."""
    gc.collect()
    line, spent = Line(LEDGER), {size: Spent() for size in sizes}
    start = 0
    for batch in in_batches(bodies, BATCH_COUNT):
        of = (spent[size] for size in sizes if size // 2 <= start < size)
        line.take(batch, next(of, Spent()))
        start += len(batch)
    return spent


def one_exchange(count: int, batch_count: int) -> Spent:
    """Let claims on a single exchange arrive."""
    gc.collect()
    line, spent = Line(LEDGER), Spent()
    for batch in in_batches(make_bytes(count, count), batch_count):
        line.take(batch, spent)
    return spent


def bytes_kept(count: int) -> float:
    """Give the bytes a book keeps for each claim of a ledger."""
    bodies = list(make_bytes(count, CLAIMS_EACH))
    tracemalloc.start()
    line = Line(LEDGER)
    for start in range(0, count, BATCH_COUNT):
        line.take(bodies[start : start + BATCH_COUNT], Spent())
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert line.position >= count, "every claim was taken"
    return kept / count


def microseconds(spent: Spent, name: str) -> float:
    """Give what one claim cost of a kind."""
    took: float = getattr(spent, name)
    return took * 1000 / spent.claims


def middle(runs: Sequence[Spent], name: str) -> float:
    """Give the median over runs of what one claim cost of a kind."""
    return median(microseconds(spent, name) for spent in runs)


def tell_many(report: Report, runs: Sequence[dict[int, Spent]]) -> None:
    """Tell the cost of a claim by the length of the ledger."""
    report.say(
        f"A ledger of many exchanges, {CLAIMS_EACH} claims each, in batches of {BATCH_COUNT}; the second "
        f"half of each length, median of {len(runs)} runs. The limit is `validate_json` over the same bytes."
    )
    sizes = list(runs[0])
    rows = []
    for size in sizes:
        of = [run[size] for run in runs]
        costs = {name: middle(of, name) for name in ("reading", "book", "sealing", "limit")}
        whole = costs["reading"] + costs["book"] + costs["sealing"]
        first = sum(
            middle([run[sizes[0]] for run in runs], name) for name in ("reading", "book", "sealing")
        )
        rows.append(
            Row(
                f"{size:,}",
                (
                    f"{1e6 / whole:,.0f}",
                    f"{whole:.1f}",
                    f"{costs['reading']:.1f} + {costs['book']:.1f} + {costs['sealing']:.1f}",
                    f"{whole / first:.2f}",
                    f"{costs['limit']:.1f}",
                    f"{whole / costs['limit']:.1f}",
                ),
            )
        )
    headings = (
        "claims in the ledger",
        "claims/s",
        "µs a claim",
        "reading + book + sealing",
        "÷ shortest",
        "limit, µs",
        "÷ limit",
    )
    report.table(headings, rows)


def tell_one(report: Report, found: dict[tuple[int, int], list[Spent]]) -> None:
    """Tell the cost of a claim by the number of claims on one exchange."""
    report.say(
        "All claims on one exchange. n log n: what a claim would cost if its cost grew as log n from 10 "
        "claims on."
    )
    rows = []
    for (count, batch_count), runs in found.items():
        least = min(known for known, _ in found)
        book = middle(runs, "book")
        foreseen = middle(found[least, batch_count], "book") * math.log(count) / math.log(least)
        cells = (f"{count:,}", f"{book:.1f}", f"{foreseen:.1f}", f"{book / foreseen:.2f}")
        rows.append(Row(f"{batch_count}", cells))
    report.table(("batches of", "claims", "µs a claim", "n log n, µs", "÷ n log n"), rows)


def main() -> int:
    """Run the measurements and put them into docs/performance.md."""
    given = asked(__doc__)
    report = Report("Reconciliation")
    sizes = [1_000, 10_000, 100_000] + [1_000_000] * given.full
    bodies: Iterable[bytes] = make_bytes(sizes[-1], CLAIMS_EACH)
    if not given.full:
        # Made once for all rounds; a million at once would take what the book is measured by.
        bodies = list(bodies)
    with without_collector():
        tell_many(report, [grow(bodies, sizes) for _ in range(1 if given.full else given.rounds)])
        del bodies
        counts = (10, 100, 1_000, 10_000)
        found = {
            (count, batch_count): [
                one_exchange(count, batch_count) for _ in range(given.rounds * max(1, 100 // count))
            ]
            for batch_count in (BATCH_COUNT, 10)
            for count in counts
        }
        tell_one(report, found)
    report.say(f"A book keeps {bytes_kept(10_000):,.0f} bytes a claim, as Python counts them.")
    report.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
