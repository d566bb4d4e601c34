"""No figure, date or name of the real data stands in a rule: the answers cannot have been written in."""

import json
import re
from pathlib import Path

from services.ledgers import demo_claims
from services.reconciliation.claims.speakers import speaker_name
from tests.reconciliation.accuracy import later_lines
from tests.reconciliation.given import LEDGER


ROOT = Path(__file__).parents[2]
RULES = ROOT / "services" / "reconciliation"
TEXTS = {path: path.read_text(encoding="utf-8") for path in RULES.rglob("*.py")}
EXCHANGES = [
    exchange
    for period in ("2022-2024", "2024-2026")
    for exchange in json.loads(
        (ROOT / "tests" / "data" / f"rus-ukr-{period}.exchanges.json").read_text(encoding="utf-8")
    )
]
CLAIMS = [
    json.loads(line)["data"] for line in (*demo_claims("rus-ukr").splitlines(), *later_lines())
]


def test_the_rules_are_where_this_test_looks():
    assert len(TEXTS) > 20


def test_no_rule_holds_the_date_of_an_exchange():
    dates = {exchange["date"] for exchange in EXCHANGES}

    assert not [(path.name, day) for path, text in TEXTS.items() for day in dates if day in text]


def test_no_rule_holds_the_name_of_a_claimant():
    names = {speaker_name(claim["claimant"]["name"], LEDGER).shown for claim in CLAIMS}
    names |= {claim["claimant"]["name"] for claim in CLAIMS}
    whole = {name: re.compile(rf"\b{re.escape(name)}\b") for name in names}

    assert not [
        (path.name, name)
        for path, text in TEXTS.items()
        for name, word in whole.items()
        if word.search(text)
    ]


def test_the_ledgers_configuration_holds_no_figure_and_no_exchange():
    text = (ROOT / "services" / "ledgers" / "rus-ukr.toml").read_text(encoding="utf-8")

    assert not [exchange["date"] for exchange in EXCHANGES if exchange["date"] in text]
    # The policy's version, the day from which everything is counted, and "tier 1" in a comment.
    assert re.findall(r"\d+", text.replace("2026.3", "").replace("2022-02-24", "")) == ["1"]
