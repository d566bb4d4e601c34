"""No figure, date or name of the real data stands in a rule: the answers cannot have been written in."""

import re
from pathlib import Path

from services.reconciliation.claims.speakers import speaker_name
from services.reconciliation.policy import LATEST_POLICY
from tests.reconciliation.given import LEDGER
from tests.reconciliation.labelled_sets import SETS


ROOT = Path(__file__).parents[2]
RULES = ROOT / "services" / "reconciliation"
TEXTS = {path: path.read_text(encoding="utf-8") for path in RULES.rglob("*.py")}
DATES = {
    exchange["date"] for each in SETS for exchange in each.answers.exchanges if exchange["date"]
}
CLAIMS = [claim["data"] for each in SETS for claim in each.answers.claims.values()]


def test_the_rules_are_where_this_test_looks():
    assert len(TEXTS) > 20


def test_no_rule_holds_the_date_of_an_exchange():
    assert not [(path.name, day) for path, text in TEXTS.items() for day in DATES if day in text]


def test_no_rule_holds_the_name_of_a_claimant():
    names = {speaker_name(claim["claimant"]["name"], LEDGER).shown for claim in CLAIMS}
    names |= {claim["claimant"]["name"] for claim in CLAIMS}
    # "officials" and "other reports" name nobody.
    names = {name for name in names if not re.fullmatch(r"[a-z ]+", name)}

    # Nearly no name stands in a rule even as a part of a word, which is found out sooner.
    assert not [
        (path.name, name)
        for path, text in TEXTS.items()
        for name in names
        if name in text and re.search(rf"\b{re.escape(name)}\b", text)
    ]


def test_the_ledgers_configuration_holds_no_figure_and_no_exchange():
    text = (ROOT / "services" / "ledgers" / "rus-ukr.toml").read_text(encoding="utf-8")

    assert not [day for day in DATES if day in text]
    # The policy's version, the day from which everything is counted, the licence, and "tier 1" in a comment.
    for known in (LATEST_POLICY.version, "2022-02-24", "CC-BY-4.0"):
        text = text.replace(known, "", 1)
    assert re.findall(r"\d+", text) == ["1"]
