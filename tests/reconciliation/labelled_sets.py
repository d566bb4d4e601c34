"""The labelled sets: real claims, with what each means and the best known numbers, under `tests/data`.

Claims were read out of public reports; `tests/data/README.md` says how each set was made.
"""

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from schemas.ledger import LedgerConfiguration
from services.ledgers import load_ledger, parse_ledger
from tests.reconciliation.score import Answers, read_answers


DATA = Path(__file__).parents[1] / "data"


class LabelledSet(NamedTuple):
    """Claims with their answers, and the ledger they belong to."""

    name: str
    ledger: LedgerConfiguration
    lines: tuple[bytes, ...]
    answers: Answers


def labelled_set(name: str, ledger: LedgerConfiguration) -> LabelledSet:
    """Read the set whose files begin with a name."""
    claims = DATA / f"{name}.claims.jsonl"
    lines = tuple(claims.read_bytes().splitlines())
    return LabelledSet(name, ledger, lines, read_answers(claims, str(DATA / name)))


def together(name: str, *sets: LabelledSet) -> LabelledSet:
    """Return several sets of one ledger as one."""
    return LabelledSet(
        name,
        sets[0].ledger,
        tuple(line for one in sets for line in one.lines),
        Answers(
            {key: claim for one in sets for key, claim in one.answers.claims.items()},
            {key: label for one in sets for key, label in one.answers.label.items()},
            # Sets that tell of the same exchanges give the same answers.
            tuple(
                {known["label"]: known for one in sets for known in one.answers.exchanges}.values()
            ),
        ),
    )


def without_every_second_date(lines: Iterable[bytes], seed: int) -> list[bytes]:
    """Return the claims, a random half of them without the exchange's stated date."""
    chosen = random.Random(seed)
    undated = []
    for line in lines:
        event = json.loads(line)
        if chosen.random() < 0.5:
            event["data"]["exchange"]["date"] = None
        undated.append(json.dumps(event).encode())
    return undated


def own_ledger(name: str) -> LedgerConfiguration:
    """Read the ledger file that lies beside a set."""
    path = DATA / f"{name}.ledger.toml"
    return parse_ledger(path.read_text(encoding="utf-8"), origin=str(path))


FIRST_PERIOD = labelled_set("rus-ukr-2022-2024", load_ledger("rus-ukr"))
LATER_PERIOD = labelled_set("rus-ukr-2024-2026", load_ledger("rus-ukr"))
BOTH_PERIODS = together("rus-ukr, both", FIRST_PERIOD, LATER_PERIOD)
#: Other reports on both periods: of many exchanges they are the late or dateless ones, so they are scored with the rest.
OTHER_REPORTS = labelled_set("rus-ukr-other", load_ledger("rus-ukr"))
ALL_REPORTS = together("rus-ukr, all", FIRST_PERIOD, LATER_PERIOD, OTHER_REPORTS)
YEMEN = labelled_set("yem-hou", own_ledger("yem-hou"))
YEMEN_ALL = together("yem-hou, all", YEMEN, labelled_set("yem-hou-other", own_ledger("yem-hou")))
ISRAEL = labelled_set("isr-ham", own_ledger("isr-ham"))
ARMENIA = labelled_set("arm-aze", own_ledger("arm-aze"))
#: Further reports on the exchanges of those two sets, all with a day of publication; scored with the first ones.
ISRAEL_BOTH = together(
    "isr-ham, both", ISRAEL, labelled_set("isr-ham-third", own_ledger("isr-ham"))
)
ARMENIA_BOTH = together(
    "arm-aze, both", ARMENIA, labelled_set("arm-aze-third", own_ledger("arm-aze"))
)
#: Other reports on the exchanges of sets, many of their claims without any date; scored with the first ones.
ISRAEL_ALL = together("isr-ham, all", ISRAEL, labelled_set("isr-ham-other", own_ledger("isr-ham")))
ARMENIA_ALL = together(
    "arm-aze, all", ARMENIA, labelled_set("arm-aze-other", own_ledger("arm-aze"))
)
AFGHANISTAN = labelled_set("afg-2020", own_ledger("afg-2020"))
DONBAS = labelled_set("donbas", own_ledger("donbas"))
INDIA = labelled_set("ind-pak", own_ledger("ind-pak"))
SYRIA = labelled_set("syr", own_ledger("syr"))
ETHIOPIA = labelled_set("eth", own_ledger("eth"))
LEBANON = labelled_set("lbn", own_ledger("lbn"))
COLOMBIA = labelled_set("col", own_ledger("col"))
IRAN = labelled_set("irn-irq", own_ledger("irn-irq"))
SUDAN = labelled_set("sdn", own_ledger("sdn"))
NIGERIA = labelled_set("nga", own_ledger("nga"))
BELARUS = labelled_set("blr", own_ledger("blr"))
VENEZUELA = labelled_set("ven", own_ledger("ven"))
LIBYA = labelled_set("lby", own_ledger("lby"))
CONGO = labelled_set("cod", own_ledger("cod"))
GEORGIA = labelled_set("geo", own_ledger("geo"))
SETS = (
    FIRST_PERIOD,
    LATER_PERIOD,
    BOTH_PERIODS,
    ALL_REPORTS,
    YEMEN,
    YEMEN_ALL,
    ISRAEL,
    ISRAEL_BOTH,
    ISRAEL_ALL,
    ARMENIA,
    ARMENIA_BOTH,
    ARMENIA_ALL,
    AFGHANISTAN,
    DONBAS,
    INDIA,
    SYRIA,
    ETHIOPIA,
    LEBANON,
    COLOMBIA,
    IRAN,
    SUDAN,
    NIGERIA,
    BELARUS,
    VENEZUELA,
    LIBYA,
    CONGO,
    GEORGIA,
)
