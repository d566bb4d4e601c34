"""Score read models against the best known answers of a labelled set, of any ledger.

A labelled set is a file of claims, a file of labels (which exchange a claim means) and a file of exchanges
with their best known numbers. Labels with a slash, and exchanges of the kind `aggregate`, stand for several
days together. Grouping is scored with B-cubed over the claims that mean one known exchange; figures by how
often `best` is the best known number, how often the range holds it, and how wide it is; what spans days by
what `tests.reconciliation.score_of_series` finds.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import fmean, median_low
from typing import Any, NamedTuple

from tests.reconciliation.score_of_series import SeriesScore, score_series
from tests.reconciliation.truth_discovery import METHODS, Saying


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
UNCOUNTED = ("cancelled", "not_an_exchange", "not_pow_exchange", "planned")
#: How an exchange of each kind may be listed.
STATUS_OF_KIND = {"unilateral": ("unilateral",), "planned": ("planned", "cancelled")}
#: How exchanges are listed that took place.
TOOK_PLACE = ("completed", "unilateral")


class Answers(NamedTuple):
    """A data set with its answers."""

    claims: Mapping[str, Mapping[str, Any]]
    label: Mapping[str, str | None]
    exchanges: tuple[Mapping[str, Any], ...]

    @property
    def single(self) -> frozenset[str]:
        """The labels that stand for one exchange."""
        return frozenset(
            known["label"]
            for known in self.exchanges
            if known.get("kind") != "aggregate" and "/" not in known["label"]
        )

    @property
    def sides(self) -> dict[str, str]:
        """The sides that the answers count, each with its field, in the order of the fields."""
        fields = sorted({field for known in self.exchanges for field in known})
        return {
            field.removeprefix("returned_").upper(): field
            for field in fields
            if field.startswith("returned_")
        }

    @property
    def counted(self) -> tuple[Mapping[str, Any], ...]:
        """The exchanges whose numbers are asked for."""
        return tuple(
            known
            for known in self.exchanges
            if known["label"] in self.single and known.get("status") not in UNCOUNTED
        )


class StatusScore(NamedTuple):
    """How many exchanges of one kind are listed as such, and how all of them are listed."""

    recognised: int
    known: int
    listed_as: Mapping[str, int]


class FigureScore(NamedTuple):
    """How right the figures of one kind are: shares from 0 to 1, widths in people.

    Attributes:
        merged: How many are exact only because their exchange was joined to another one.
    """

    exact: float
    covered: float
    mean_width: float
    figures: int
    merged: int
    misses: tuple[str, ...]


class Score(NamedTuple):
    """One replay's score; shares are from 0 to 1, widths in people.

    Attributes:
        grouped: Claims that mean one known exchange.
        unassigned: How many of them are at no exchange.
        several_days: Claims about several days together.
        put_on_one_day: How many of them are at an exchange.
        totals: Figures of all sides together, where answers give them.
        completed_unknown: Exchanges listed as having taken place that the answers do not hold, with the
            most people that each figure of theirs gives.
        by_confidence: By how sure the reader of the reports was of an answer, how many figures are exact, and of
            how many.
        joined: Known exchanges that became one, and where.
        apart: Known exchanges whose claims are at several, and how many at each.
        baselines: What naive rules give, handed the right grouping: the share that is exact.
        ask_published: Returns the same of published methods, which takes seconds.
    """

    sides: tuple[str, ...]
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    grouped: int
    unassigned: int
    several_days: int
    put_on_one_day: int
    exact: float
    covered: float
    mean_width: float
    figures: int
    merged: int
    misses: tuple[str, ...]
    totals: FigureScore
    cancelled_recognised: int
    cancelled: int
    statuses: Mapping[str, StatusScore]
    listed: int
    completed: int
    completed_unknown: Mapping[str, int]
    by_confidence: Mapping[str, tuple[int, int]]
    joined: tuple[tuple[str, tuple[str, ...]], ...]
    apart: Mapping[str, Mapping[str, int]]
    series: SeriesScore
    checks: Mapping[tuple[str, str], int]
    baselines: Mapping[str, float]
    ask_published: Callable[[], Mapping[str, float]]

    @property
    def published(self) -> Mapping[str, float]:
        """How often each published method gives the best known number."""
        return self.ask_published()


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
    grouped = {
        claim_id: label
        for claim_id, claim in answers.claims.items()
        if (label := answers.label.get(claim_id)) and claim["data"]["measure"] in GROUPED
    }
    truth = {claim_id: label for claim_id, label in grouped.items() if label in answers.single}
    assigned = {claim["id"]: claim["exchange"] for claim in found["claims"]}
    precision, recall = _bcubed(truth, assigned)
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for claim_id, label in truth.items():
        if exchange := assigned.get(claim_id):
            votes[label][exchange] += 1
    where = {label: counts.most_common(1)[0][0] for label, counts in votes.items()}
    several = [claim_id for claim_id, label in grouped.items() if label not in answers.single]
    returned = _returned(found, answers, where)
    return Score(
        sides=tuple(answers.sides),
        bcubed_precision=precision,
        bcubed_recall=recall,
        bcubed_f1=2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        grouped=len(truth),
        unassigned=sum(not assigned.get(claim_id) for claim_id in truth),
        several_days=len(several),
        put_on_one_day=sum(bool(assigned.get(claim_id)) for claim_id in several),
        **returned._asdict(),
        totals=_totals(found, answers, where),
        **_statuses(found, answers, where),
        by_confidence=_by_confidence(returned.misses, answers),
        joined=_joined(where),
        apart={label: dict(counts) for label, counts in sorted(votes.items()) if len(counts) > 1},
        series=score_series(found, answers.claims.values()),
        checks=Counter((check["kind"], check["result"]) for check in found["checks"]),
        baselines=_shares(answers, _naive),
        ask_published=lambda: _published(answers),
    )


def _bcubed(truth: Mapping[str, str], assigned: Mapping[str, str | None]) -> tuple[float, float]:
    if not truth:
        return 0.0, 0.0
    # A claim at no exchange is alone.
    found = {item: assigned.get(item) or f"alone:{item}" for item in truth}
    by_found, by_truth = defaultdict(set), defaultdict(set)
    for item, label in truth.items():
        by_found[found[item]].add(item)
        by_truth[label].add(item)
    together = {item: len(by_found[found[item]] & by_truth[truth[item]]) for item in truth}
    return (
        fmean(together[item] / len(by_found[found[item]]) for item in truth),
        fmean(together[item] / len(by_truth[truth[item]]) for item in truth),
    )


def _returned(found: Mapping[str, Any], answers: Answers, where: Mapping[str, str]) -> FigureScore:
    """Score what came back to each side of each known exchange."""
    figures = {
        (figure["exchange"], figure["side"], figure["category"]): figure
        for figure in found["figures"]
        if figure["measure"] == "returned"
    }
    shared = Counter(where.values())
    asked, merged = [], 0
    for known in answers.counted:
        at = where.get(known["label"])
        for side, field in answers.sides.items():
            if not known.get(field):
                continue
            both = [figures.get((at, side, category)) for category in ("all", "military")]
            told = [figure for figure in both if figure and figure["best"] is not None]
            figure = next(iter(told), both[0] or {})
            asked.append((f"{known['label']} {side}", known[field], figure))
            merged += figure.get("best") == known[field] and shared[at or ""] > 1
    return _figure_score(asked, merged)


def _by_confidence(misses: Iterable[str], answers: Answers) -> dict[str, tuple[int, int]]:
    """Return by confidence of the answers how many figures are exact, and of how many."""
    missed = {miss.partition(":")[0] for miss in misses}
    asked: Counter[str] = Counter()
    exact: Counter[str] = Counter()
    for known in answers.counted:
        confidence = known.get("confidence") or "unstated"
        names = {
            f"{known['label']} {side}" for side, field in answers.sides.items() if known.get(field)
        }
        asked[confidence] += len(names)
        exact[confidence] += len(names - missed)
    return {confidence: (exact[confidence], count) for confidence, count in asked.items() if count}


def _totals(found: Mapping[str, Any], answers: Answers, where: Mapping[str, str]) -> FigureScore:
    """Score how many all sides together got back, where the answers say it."""
    figures = {
        figure["exchange"]: figure
        for figure in found["figures"]
        if (figure["measure"], figure["side"], figure["category"])
        == ("exchanged_total", "both", "all")
    }
    asked = [
        (
            f"{known['label']} total",
            known["exchanged_total"],
            figures.get(where.get(known["label"]), {}),
        )
        for known in answers.counted
        if known.get("exchanged_total")
    ]
    return _figure_score(asked, 0)


def _figure_score(asked: list[tuple[str, int, Mapping[str, Any]]], merged: int) -> FigureScore:
    exact, widths, misses = 0, [], []
    for name, number, figure in asked:
        low, best, high = (figure.get(field) for field in ("low", "best", "high"))
        if best == number:
            exact += 1
        else:
            misses.append(f"{name}: {low}/{best}/{high}, best known {number}")
        if low is not None and low <= number and (high is None or number <= high):
            widths.append(0 if high is None else high - low)
    count = max(len(asked), 1)
    return FigureScore(
        exact=exact / count,
        covered=len(widths) / count,
        mean_width=sum(widths) / max(len(widths), 1),
        figures=len(asked),
        merged=merged,
        misses=tuple(misses),
    )


def _statuses(
    found: Mapping[str, Any], answers: Answers, where: Mapping[str, str]
) -> dict[str, Any]:
    status = {exchange["id"]: exchange["status"] for exchange in found["exchanges"]}
    void = [known["label"] for known in answers.exchanges if known.get("status") == "cancelled"]
    took_place = {exchange for exchange, listed in status.items() if listed in TOOK_PLACE}
    kinds = {}
    for kind, fitting in STATUS_OF_KIND.items():
        listed = [
            status.get(where.get(known["label"], ""))
            for known in answers.exchanges
            if known.get("kind") == kind and known["label"] in answers.single
        ]
        kinds[kind] = StatusScore(
            sum(one in fitting for one in listed), len(listed), Counter(map(str, listed))
        )
    return {
        "cancelled_recognised": sum(
            status.get(where.get(label, "")) == "cancelled" for label in void
        ),
        "cancelled": len(void),
        "statuses": kinds,
        "listed": len(status),
        "completed": len(took_place),
        "completed_unknown": {
            exchange: _people_of(found, exchange)
            for exchange in sorted(took_place - set(where.values()))
        },
    }


def _people_of(found: Mapping[str, Any], exchange: str) -> int:
    """Return the greatest number of people that a figure of an exchange gives."""
    return max(
        (
            figure["best"] or figure["low"] or 0
            for figure in found["figures"]
            if figure["exchange"] == exchange
            and figure["measure"] in ("returned", "exchanged_total")
        ),
        default=0,
    )


def _joined(where: Mapping[str, str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    labels = defaultdict(list)
    for label, exchange in where.items():
        labels[exchange].append(label)
    return tuple(
        (exchange, tuple(sorted(those)))
        for exchange, those in sorted(labels.items())
        if len(those) > 1
    )


def exact_claims(answers: Answers, label: str, side: str) -> list[Saying]:
    """Return who says exactly how many came back to a side, in the order of the file."""
    return [
        (claim["data"]["claimant"]["name"], claim["data"]["quantity"]["value"])
        for claim_id, claim in answers.claims.items()
        if answers.label.get(claim_id) == label
        and claim["data"]["measure"] == "returned"
        and claim["data"]["side"] == side
        and claim["data"]["modality"] == "asserted"
        and (claim["data"]["quantity"] or {}).get("bound") == "exact"
    ]


def _asked(answers: Answers) -> dict[tuple[str, str], int]:
    """Return the best known number of each exchange and side."""
    return {
        (known["label"], side): known[field]
        for known in answers.counted
        for side, field in answers.sides.items()
        if known.get(field)
    }


def _shares(answers: Answers, rule: Callable[[list[int]], dict[str, int]]) -> dict[str, float]:
    """Return how often each naive rule gives the best known number."""
    asked = _asked(answers)
    hits: Counter[str] = Counter()
    for (label, side), number in asked.items():
        told = rule([value for _, value in exact_claims(answers, label, side)])
        hits.update({name: value == number for name, value in told.items()})
    return {name: count / max(len(asked), 1) for name, count in sorted(hits.items())}


def _naive(values: list[int]) -> dict[str, int]:
    """Return what naive rules make of the exact figures, in the order in which they were said."""
    if not values:
        return {}
    counts = Counter(values)
    most = max(counts.values())
    return {
        "plurality": min(value for value, count in counts.items() if count == most),
        "median": median_low(values),
        "latest": values[-1],
        "max": max(values),
    }


def _published(answers: Answers) -> dict[str, float]:
    """Return how often each published method gives the best known number."""
    asked = _asked(answers)
    sayings = {
        subject: list(dict.fromkeys(said))
        for subject in asked
        if (said := exact_claims(answers, *subject))
    }
    return {
        name: sum(method(sayings).get(subject) == number for subject, number in asked.items())
        / max(len(asked), 1)
        for name, method in METHODS.items()
    }
