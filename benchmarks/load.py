"""Real claims, as many as a benchmark needs: the same ones again and again, each round later in time.

The claims are a labelled set of the tests, not the shipped ones: those grow, and what is measured today
must be comparable with what was measured before.

Every round stands for itself: its days lie a whole number of calendar cycles after the round before,
its ids are its own, its ordinals and its running totals go on where the round before ended. So a
ledger of a million claims has as many claims an exchange as they have, and its exchanges are
as many times more.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from services.ledgers import load_ledger


LEDGER = "rus-ukr"
CLAIMS = Path(__file__).parents[1] / "tests" / "data" / "rus-ukr-2022-2024.claims.jsonl"
#: Years between two rounds: the claims span 2022 to 2025. Four years are a whole number of
#: days, leap day included, save in three centuries of four; those rounds clamp no day, they have none
#: on 29 February.
ROUND_YEARS = 4
#: Exchanges the claims number, and people they count in all: where the next round goes on.
ROUND_ORDINALS = 60
ROUND_PEOPLE = 3_000
#: The day from which running totals are counted, in every round.
OPENED = str(load_ledger(LEDGER).opened)

_YEAR = re.compile(r'"(20\d\d)(-\d\d-\d\d)')
_RUNNING = frozenset({"cumulative_returned", "cumulative_exchanged_total"})


def make_claims(count: int, *, first: int = 0) -> Iterator[bytes]:
    """Give so many events as publishers send them, compact JSON, from the claim numbered `first` on."""
    claims = [json.loads(line) for line in CLAIMS.read_bytes().splitlines()]
    for number in range(first, first + count):
        round_, index = divmod(number, len(claims))
        yield _moved(claims[index], round_)


def in_batches(claims: Iterator[bytes], count: int) -> Iterator[Sequence[bytes]]:
    """Give claims in lists of so many, the last one maybe shorter."""
    batch = []
    for claim in claims:
        batch.append(claim)
        if len(batch) == count:
            yield batch
            batch = []
    if batch:
        yield batch


def _moved(event: dict[str, Any], round_: int) -> bytes:
    data = event["data"]
    exchange, quantity = dict(data["exchange"]), data["quantity"] and dict(data["quantity"])
    if exchange.get("ordinal") is not None:
        exchange["ordinal"] += ROUND_ORDINALS * round_
    if quantity and quantity["value"] is not None:
        if data["measure"] == "exchange_ordinal":
            quantity["value"] += ROUND_ORDINALS * round_
        elif data["measure"] in _RUNNING:
            quantity["value"] += ROUND_PEOPLE * round_
    moved = event | {
        "id": f"{event['id'][:8]}{round_:08x}",
        "data": data | {"exchange": exchange, "quantity": quantity},
    }
    text = json.dumps(moved, ensure_ascii=False, separators=(",", ":"))
    years = ROUND_YEARS * round_
    text = _YEAR.sub(lambda found: f'"{int(found[1]) + years}{found[2]}', text)
    if round_ and event["data"]["period"]["since"] == OPENED:
        # Still counted from there on; from any other day it would be a total of a window of time.
        text = text.replace(
            f'"since":"{int(OPENED[:4]) + years}{OPENED[4:]}"', f'"since":"{OPENED}"'
        )
    return text.encode()
