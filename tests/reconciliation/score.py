"""Score read models against the best known answers: the metrics, and the naive rules beside them.

Grouping is scored with B-cubed over the claims that mean one known exchange; figures by how often
`best` is the best known number, how often the range holds it, and how wide it is.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import mean, median_low
from typing import Any, NamedTuple


#: Measures whose claims mean one exchange.
GROUPED = (
    "returned",
    "exchanged_total",
    "breakdown",
    "exchange_ordinal",
    "superlative",
    "first_since",
)
#: Known entries that are no counted exchange.
UNCOUNTED = ("cancelled", "not_an_exchange", "not_pow_exchange")


class Score(NamedTuple):
    """One replay's score; shares are from 0 to 1, widths in people."""

    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    exact: float
    covered: float
    mean_width: float
    figures: int
    cancelled_recognised: int
    cancelled: int
    completed_unknown: tuple[str, ...]
    misses: tuple[str, ...]
    baselines: Mapping[str, float]


class Answers(NamedTuple):
    """A data set with its answers."""

    claims: Mapping[str, Mapping[str, Any]]
    label: Mapping[str, str | None]
    exchanges: tuple[Mapping[str, Any], ...]


def read_answers(claims: Path, answers: str) -> Answers:
    """Read a data set: its claims, and `<answers>.labels.jsonl` and `<answers>.exchanges.json`."""
    lines = [json.loads(line) for line in claims.read_text(encoding="utf-8").splitlines() if line]
    labels = Path(f"{answers}.labels.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in labels if line]
    exchanges = json.loads(Path(f"{answers}.exchanges.json").read_text(encoding="utf-8"))
    return Answers(
        {claim["id"]: claim for claim in lines},
        {row["id"]: row["exchange_label"] for row in rows},
        tuple(exchanges),
    )


def score(found: Mapping[str, Any], answers: Answers) -> Score:
    """Score read models (as JSON values) against the answers."""
    single = {
        exchange["label"]
        for exchange in answers.exchanges
        if exchange.get("kind") != "aggregate" and "/" not in exchange["label"]
    }
    truth = {
        claim_id: label
        for claim_id, claim in answers.claims.items()
        if (label := answers.label.get(claim_id)) is not None
        and label in single
        and claim["data"]["measure"] in GROUPED
    }
    assigned = {claim["id"]: claim["exchange"] for claim in found["claims"]}
    precision, recall = _bcubed(truth, assigned)
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for claim_id, label in truth.items():
        if assigned.get(claim_id):
            votes[label][assigned[claim_id]] += 1
    where = {label: counts.most_common(1)[0][0] for label, counts in votes.items()}
    status = {exchange["id"]: exchange["status"] for exchange in found["exchanges"]}
    void = [known["label"] for known in answers.exchanges if known["status"] == "cancelled"]
    figures = _figures(found, answers, single, where)
    return Score(
        bcubed_precision=precision,
        bcubed_recall=recall,
        bcubed_f1=2 * precision * recall / (precision + recall),
        **figures,
        cancelled_recognised=sum(status.get(where.get(label, "")) == "cancelled" for label in void),
        cancelled=len(void),
        completed_unknown=tuple(
            sorted({id_ for id_, s in status.items() if s == "completed"} - set(where.values()))
        ),
    )


def _bcubed(truth: Mapping[str, str], assigned: Mapping[str, str | None]) -> tuple[float, float]:
    found = {item: assigned.get(item) or f"alone:{item}" for item in truth}
    by_found, by_truth = defaultdict(set), defaultdict(set)
    for item, label in truth.items():
        by_found[found[item]].add(item)
        by_truth[label].add(item)
    together = {item: len(by_found[found[item]] & by_truth[truth[item]]) for item in truth}
    return (
        mean(together[item] / len(by_found[found[item]]) for item in truth),
        mean(together[item] / len(by_truth[truth[item]]) for item in truth),
    )


def _figures(
    found: Mapping[str, Any], answers: Answers, single: set[str], where: Mapping[str, str]
) -> dict[str, Any]:
    figures = {
        (figure["exchange"], figure["side"], figure["category"]): figure
        for figure in found["figures"]
        if figure["measure"] == "returned"
    }
    exact = covered = width = asked = 0
    misses = []
    naive: Counter[str] = Counter()
    for known in answers.exchanges:
        if known["label"] not in single or known["status"] in UNCOUNTED:
            continue
        for side, field in (("UA", "returned_ua"), ("RU", "returned_ru")):
            number = known[field]
            if not number:
                continue
            asked += 1
            at = where.get(known["label"])
            figure = figures.get((at, side, "all")) or figures.get((at, side, "military")) or {}
            low, best, high = (figure.get(name) for name in ("low", "best", "high"))
            exact += best == number
            if best != number:
                misses.append(f"{known['label']} {side}: {low}/{best}/{high}, best known {number}")
            if low is not None and low <= number and (high is None or number <= high):
                covered += 1
                width += 0 if high is None else high - low
            naive.update(
                name
                for name, value in _naive(answers, known["label"], side).items()
                if value == number
            )
    return {
        "exact": exact / asked,
        "covered": covered / asked,
        "mean_width": width / max(covered, 1),
        "figures": asked,
        "misses": tuple(misses),
        "baselines": {name: count / asked for name, count in sorted(naive.items())},
    }


def _naive(answers: Answers, label: str, side: str) -> dict[str, int]:
    """Say what naive rules make of the exact figures, handed the right grouping."""
    values = [
        claim["data"]["quantity"]["value"]
        for claim_id, claim in answers.claims.items()
        if answers.label.get(claim_id) == label
        and claim["data"]["measure"] == "returned"
        and claim["data"]["side"] == side
        and claim["data"]["modality"] == "asserted"
        and (claim["data"]["quantity"] or {}).get("bound") == "exact"
    ]
    if not values:
        return {}
    most = Counter(values).most_common(1)[0][1]
    plurality = min(value for value, count in Counter(values).items() if count == most)
    return {
        "plurality": plurality,
        "median": median_low(values),
        "latest": values[-1],
        "max": max(values),
    }
