"""What was measured, as Markdown: each measure by set, and plainly where it falls short.

What falls short is found by comparison with what is expected of claims that no rule was written on, so
no sentence about a weakness outlives it.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tests.reconciliation.score import Score


#: Why numbers differ from the best known ones, as far as somebody has looked.
WHY = {
    "2022-03-16 UA": "No claim gives the number: reports name the one civilian and count only the "
    "nine soldiers he was exchanged for.",
    "2022-09-21 RU": "One more person went with the 55 soldiers; every speaker who counts heads or "
    "mediates says 55, and 56 is inside the range.",
    "2025-04-19 RU": "The ministry counts 246 soldiers and 15 wounded beside them; no speaker says "
    "whether the wounded are among the soldiers, and nobody gives the sum for that side.",
    "2025-08-24 UA": "The best known number adds eight civilians to the 146 that all speakers give for "
    "everybody; nobody gives the sum.",
}


class Measured(NamedTuple):
    """All scores: of each set whole, without every second date by seed, and with a part switched off."""

    whole: Mapping[str, Score]
    undated: Mapping[str, Mapping[int, Score]]
    ablated: Mapping[str, Score]
    ablated_set: str


class Expected(NamedTuple):
    """What is expected of a set: the measure in words, whether it is met, and what was found."""

    measure: str
    is_met: Callable[[Score], bool]
    found: Callable[[Score], str]


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole}" if whole else "–"


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _kind(kind: str) -> Callable[[Score], str]:
    return lambda found: _of(found.statuses[kind].recognised, found.statuses[kind].known)


def _sure(confidence: str) -> Callable[[Score], str]:
    return lambda found: _of(*found.by_confidence.get(confidence, (0, 0)))


def _most_people(found: Score) -> int:
    return max(found.completed_unknown.values(), default=0)


def _checks(found: Score, result: str) -> int:
    return sum(count for (_, each), count in found.checks.items() if each == result)


#: The rows of the table of measures, as it is read from top to bottom.
MEASURES: dict[str, Callable[[Score], str]] = {
    "sides": lambda found: " ".join(found.sides),
    "claims that mean one known exchange": lambda found: f"{found.grouped}",
    "B-cubed precision": lambda found: f"{found.bcubed_precision:.3f}",
    "B-cubed recall": lambda found: f"{found.bcubed_recall:.3f}",
    "B-cubed F1": lambda found: f"{found.bcubed_f1:.3f}",
    "claims at no exchange": lambda found: _of(found.unassigned, found.grouped),
    "claims about several days put on one": lambda found: _of(
        found.put_on_one_day, found.several_days
    ),
    "figures": lambda found: f"{found.figures}",
    "exact": lambda found: f"{found.exact:.3f}",
    "exact, of answers of high confidence": _sure("high"),
    "exact, of answers of medium confidence": _sure("medium"),
    "exact, of answers of low confidence": _sure("low"),
    "exact only because two exchanges became one": lambda found: f"{found.merged}",
    "covered": lambda found: f"{found.covered:.3f}",
    "mean width": lambda found: f"{found.mean_width:.1f}",
    "totals of all sides, exact": lambda found: _of(
        round(found.totals.exact * found.totals.figures), found.totals.figures
    ),
    "totals of all sides, covered": lambda found: _of(
        round(found.totals.covered * found.totals.figures), found.totals.figures
    ),
    "cancelled exchanges recognised": lambda found: _of(
        found.cancelled_recognised, found.cancelled
    ),
    "one-sided releases recognised": _kind("unilateral"),
    "plans recognised": _kind("planned"),
    "exchanges listed": lambda found: f"{found.listed}",
    "of these took place": lambda found: f"{found.completed}",
    "of these unknown to the answers": lambda found: f"{len(found.completed_unknown)}",
    "most people in an unknown one": lambda found: f"{_most_people(found)}",
    "known exchanges that became one": lambda found: f"{len(found.joined)}",
    "known exchanges torn apart": lambda found: f"{len(found.apart)}",
    "published totals met within 3 %": lambda found: _of(
        found.series.right, found.series.published
    ),
    "worst error of a published total": lambda found: (
        f"{found.series.worst:+.0%}" if found.series.published else "–"
    ),
    "points of the running totals": lambda found: f"{found.series.points}",
    "of these lower than the one before": lambda found: f"{len(found.series.falls)}",
    "checks that pass": lambda found: f"{_checks(found, 'pass')}",
    "checks within tolerance": lambda found: f"{_checks(found, 'within')}",
    "checks that fail": lambda found: f"{_checks(found, 'fail')}",
    "checks with nothing to test against": lambda found: f"{_checks(found, 'untestable')}",
}

EXPECTED = (
    Expected(
        "B-cubed F1 of .95 or more",
        lambda found: found.bcubed_f1 >= 0.95,
        lambda found: f"{found.bcubed_f1:.3f}",
    ),
    Expected(
        "95 of 100 figures exact",
        lambda found: found.exact >= 0.95,
        lambda found: f"{found.exact:.3f} of {found.figures}",
    ),
    Expected(
        "97 of 100 figures covered",
        lambda found: found.covered >= 0.97,
        lambda found: f"{found.covered:.3f} of {found.figures}",
    ),
    Expected(
        "totals of all sides: 8 of 9 exact",
        lambda found: found.totals.exact >= 8 / 9 or not found.totals.figures,
        MEASURES["totals of all sides, exact"],
    ),
    Expected(
        "one claim in ten about several days put on one, at most",
        lambda found: 10 * found.put_on_one_day <= found.several_days,
        MEASURES["claims about several days put on one"],
    ),
    Expected(
        "8 of 10 one-sided releases recognised",
        lambda found: _share(*found.statuses["unilateral"][:2]) >= 0.8,
        MEASURES["one-sided releases recognised"],
    ),
    Expected(
        "every plan recognised",
        lambda found: _share(*found.statuses["planned"][:2]) == 1,
        MEASURES["plans recognised"],
    ),
    Expected(
        "every cancelled exchange recognised",
        lambda found: found.cancelled_recognised == found.cancelled,
        MEASURES["cancelled exchanges recognised"],
    ),
    Expected(
        "no exchange of more than 500 people that is none",
        lambda found: _most_people(found) <= 500,
        lambda found: ", ".join(
            f"{exchange} ({people})"
            for exchange, people in found.completed_unknown.items()
            if people > 500
        ),
    ),
    Expected(
        "no two exchanges that became one",
        lambda found: not found.joined,
        lambda found: "; ".join(" + ".join(labels) for _, labels in found.joined),
    ),
    Expected(
        "92 of 100 published totals met",
        lambda found: _share(found.series.right, found.series.published) >= 0.92,
        MEASURES["published totals met within 3 %"],
    ),
    Expected(
        "the newest published total of each side met",
        lambda found: all(abs(newest.error) <= 0.03 for newest in found.series.newest),
        lambda found: "; ".join(
            f"{newest.side} {newest.published} on {newest.day}, the series has {newest.series}"
            for newest in found.series.newest
            if abs(newest.error) > 0.03
        ),
    ),
    Expected(
        "no running total that falls",
        lambda found: not found.series.falls,
        lambda found: "; ".join(found.series.falls),
    ),
)


def report(measured: Measured) -> str:
    """Write everything up."""
    return f"""# How right the figures are

Written by `make score`; do not edit.
Real claims of nineteen conflicts are replayed and held against the best known answers in `tests/data`.
Identification is scored with B-cubed over the claims that mean one known exchange.
A figure is exact when `best` is the best known number, covered when it lies in the range; the width is in people.
The confidence of an answer is how sure its reader was of it, before any replay: "low" is one report, or reports that differ.
A published total is an exact one "since the beginning" that a side's own officials gave; it is met when the running total of that day is within 3 % of it, for soldiers or for everybody.

## Where it is weak

Below what is expected of claims that no rule was written on:

{_shortcomings(measured)}

Beyond the measures:

- The rules were written with these claims in sight. How right they are on another conflict is not known from these numbers; the sets differ most where rules are young: days that belong together, one-sided releases, totals.
- The answers of 2024 to 2026 are one reader's, from excerpts of the same reports, checked by nobody else. Those of yem-hou rest on few reports each. Those of isr-ham, arm-aze, afg-2020, donbas, ind-pak, syr, eth, lbn, col, irn-irq, sdn, nga, blr, ven, lby, cod and geo are one reader's each, from the beginnings of reports.
- isr-ham and arm-aze were collected when no rule had been written on them, and what they showed was mended afterwards. Before, by policy 2026.6: B-cubed F1 .916 and .946, exact .977 and .906, one-sided releases 6 of 11 and 12 of 19; two neighbouring days of equal size had become one, and a promise told as done had become an exchange.
- afg-2020 likewise. Before, by policy 2026.7: B-cubed F1 .861, exact .806, covered .839, one-sided releases 19 of 29, cancelled 2 of 3, plans 2 of 3, claims about several days put on one 21 of 50; batches of 100 on neighbouring days had become one, and an official's stale total pulled down the sound ones before it. That is what to expect of a further conflict: releases in batches, day after day, are harder than exchanges weeks apart.
- donbas and ind-pak likewise. Before, by policy 2026.9, which had seen neither: B-cubed F1 .925 and .801, with half the dates gone .874 and .683 at the lowest; exact .930 and .797, covered .958 and .828, one-sided releases 7 of 8 and 41 of 60, exchanges unknown to the answers 3 and 15. In ind-pak people leave a prison on one day and cross the border on the next, the answers have the latter, and 15 releases stood twice.
- syr likewise: exchanges of a few people each, many told once, by one outlet. Before, by policy 2026.10, which had not seen it: B-cubed F1 .896, with half the dates gone .818 at the lowest; exact .816, covered .864, one-sided releases 15 of 21, plans 2 of 5, cancelled 2 of 6, exchanges unknown to the answers 5, claims about several days put on one 7 of 20. With the right grouping given, the naive rules are exact in .738 to .825.
- eth likewise. Before, by the rules of policy 2026.11 that there were when it was collected: B-cubed F1 .874, with half the dates gone .818 at the lowest; exact .875, covered .925, one-sided releases 17 of 20, exchanges unknown to the answers 3, claims about several days put on one 5 of 17. With the right grouping given, the naive rules are exact in .825 to .850.
- lbn likewise, by all rules of policy 2026.11 but the last one, on years: B-cubed F1 .917, with half the dates gone .857 at the lowest; exact .970, covered 1.0, one-sided releases 25 of 26, plans 3 of 4, cancelled 2 of 3, exchanges unknown to the answers 4, claims about several days put on one 10 of 12.
- irn-irq and sdn are what to expect of a further conflict. irn-irq by policy 2026.11, when no rule was written on it: F1 .909 (.796 to .873 with half of the dates gone), exact .784, covered .865, one-sided 11 of 16, 52 of 110 claims on several days put on one. sdn by all rules of 2026.12 but the last: F1 .806 (.791 to .811), exact .804, covered .857, one-sided 46 of 58, 19 of 36. With the right grouping given, the naive rules are exact in .838 to .919, and in .839 to .875. All rules of 2026.12 were measured on irn-irq.
- nga by the first rules of 2026.13, none of which was written on it: F1 .918 (.888 to .892 with half of the dates gone), exact .886, covered .955, one-sided 35 of 37, cancelled 3 of 3, plans 6 of 6, exchanges unknown to the answers 10. With the right grouping given, the naive rules are exact in .795 to .909. It has releases of one side alone, most of them weeks apart.
- blr by the last rules of 2026.13, none of which was written on it: F1 .951 (.925 to .930 with half of the dates gone), exact .926 of 27, covered .963, one-sided 24 of 25, published totals 1 of 1, exchanges unknown to the answers 3. With the right grouping given, the naive rules are exact in .889 to .963. It has releases of one side alone, many of them told by dozens of reports.
- ven by the last rules of 2026.14, none of which was written on it: F1 .925 (.882 to .884 with half of the dates gone), exact .788 of 33, covered .879, one-sided 26 of 30, cancelled 1 of 2, plans 1 of 2, exchanges unknown to the answers 10. With the right grouping given, the naive rules are exact in .697 to .758. Who lets people go and who verifies it count differently there, day after day. Its published totals count from January 2026 and are set beside a series that counts from 2022: that share says nothing.
- lby by the first rules of 2026.16, none of which was written on it: F1 .741 (.649 to .676 with half of the dates gone), exact .682 of 66, covered .697, one-sided 25 of 41, cancelled 0 of 1, plans 1 of 2, exchanges unknown to the answers 5. More than half of its claims are on pages without any date, of a few people each, which point to nothing; of the claims with a day of publication alone, F1 is .891. Foreigners whom several states got back are one side there, so that each state speaks for its own, and some days of its answers are guessed from a weekday or a month.
- cod by the first rules of 2026.17, none of which was written on it: F1 .937 (.886 to .894 with half of the dates gone), exact .724 of 58 (30 of the 37 of high confidence), covered .759, one-sided 37 of 50, cancelled 2 of 3, plans 2 of 4, exchanges unknown to the answers 7, claims about several days put on one 20 of 29. It has hostages of a dozen groups, of whom one report tells, often without the day; an observer alone, or an outlet, makes no exchange then.
- geo by all rules of 2026.17 but the last two, none of which was written on it: F1 .929 (.887 to .898 with half of the dates gone), exact .745 of 55 (34 of the 39 of high confidence), covered .800, one-sided 28 of 35, cancelled 0 of 2, plans 0 of 2, exchanges unknown to the answers 2. With the right grouping given, the naive rules are exact in .800 to .818. Some of its best known numbers rest on pages without a day, which are not among the claims. What it showed and was mended: a part told by no name ("those four") was taken for the whole.
- rus-ukr-other: other reports on the exchanges of the first two sets, a third of them without any date. By the first rules of 2026.14, none of which was written on it, in one ledger with those two: F1 of all claims .947, of the new ones alone .927; exact .906, covered .930 of 128; published totals 45 of 46. One wrong figure stood out: "1,000 in May", which several days made together, counted for the last of them. It is scored with the other two alone (rus-ukr, all): of many exchanges it has nothing but late or dateless reports.
- isr-ham-other and arm-aze-other: other reports on the exchanges of those two sets, half of their claims without any date. By policy 2026.15, with no rule written on them, in one ledger with the first ones: F1 .818 and .905, of the claims with a day of publication alone .947 and .986; exact 1.0 of 49 and .912 of 34, one-sided 15 of 16 and 16 of 19. Pages without any date meant nothing wherever they told of a plan, or of the fifth exchange in a row; what is left are numbers that several exchanges have.
- yem-hou-other: other reports on the exchanges of yem-hou and on 39 more, all with a day of publication. By the first rules of 2026.17, with no rule written on it, in one ledger with the first ones: F1 .914 (.878 to .890 with half of the dates gone), exact .881 of 67 (56 of the 58 of high or medium confidence), one-sided 7 of 12, cancelled 1 of 3, plans 2 of 4, claims about several days put on one 43 of 151. Plans for several days stood at the agreement, or on one day, and one agreement was two.
- isr-ham-third and arm-aze-third: further reports on the exchanges of those two sets, all with a day of publication, collected when all rules of 2026.17 but the last two were written, neither of which moves them but for one claim. By those, in one ledger with the first ones: F1 .947 (.912 to .923 with half of the dates gone) and .959 (.899 to .904), exact and covered .980 of 49 and .969 of 32, one-sided 14 of 16 and 16 of 19, exchanges unknown to the answers 0 and 1. That is what to expect of exchanges that many tell of.
- The published totals of isr-ham count from 24 November 2023, those of yem-hou from January 2020, and are set beside series that count from the ledger's first day, with whoever came back before: these shares say nothing.
- Most claims state no time of day, so an answer for an hour within a day is that day's.
- A number that nobody gives is not found: sums of parts that different speakers give are made only where the rules allow it.

## Each set as it is

{_measures(measured.whole)}

## What is behind these numbers

{_details(measured.whole)}

## Beside naive rules and published methods

All of these are handed the right grouping of claims into exchanges, which the ledger has to find out for itself.
They see the exact numbers that somebody asserts for what came back to a side; the published methods also see who says each.
`tests/reconciliation/truth_discovery.py` has the methods and names their papers.

{_comparison(measured.whole)}

## Without the stated date of every second claim

{_undated(measured.undated)}

## With one part switched off

On {measured.ablated_set}:

{_ablated(measured)}
"""


def _shortcomings(measured: Measured) -> str:
    lines = [
        f"- {name}: expected {one.measure}, found {one.found(found)}."
        for name, found in measured.whole.items()
        for one in EXPECTED
        if not one.is_met(found)
    ]
    lines += [
        f"- {name}, half the dates gone: expected B-cubed F1 of .90 or more, found {worst:.3f}."
        for name, runs in measured.undated.items()
        if (worst := min(found.bcubed_f1 for found in runs.values())) < 0.9
    ]
    return "\n".join(lines) or "- Nothing."


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def _measures(whole: Mapping[str, Score]) -> str:
    rows = [[name, *(tell(found) for found in whole.values())] for name, tell in MEASURES.items()]
    return _table(["measure", *whole], rows)


def _details(whole: Mapping[str, Score]) -> str:
    return "\n\n".join(f"### {name}\n\n{_detail(found)}" for name, found in whole.items())


def _detail(found: Score) -> str:
    lines = [
        *(
            f"{miss}. {WHY.get(' '.join(miss.split(':')[0].split()), 'Nobody has looked into it.')}"
            for miss in (*found.misses, *found.totals.misses)
        ),
        *(
            f"Newest total of {newest.side}: {newest.published} published for {newest.day}, "
            f"{newest.series} in the series, {newest.error:+.0%}."
            for newest in found.series.newest
        ),
        *(f"Falls: {fall}." for fall in found.series.falls),
        *(
            f"Unknown to the answers: {exchange}, {people} people."
            for exchange, people in found.completed_unknown.items()
        ),
        *(f"Became one: {' + '.join(labels)} at {where}." for where, labels in found.joined),
        *(
            f"Torn apart: {label} at {_counted(exchanges)}."
            for label, exchanges in found.apart.items()
        ),
        *(
            f"Listed as: {kind} ones as {_counted(status.listed_as)}."
            for kind, status in found.statuses.items()
            if status.known
        ),
        f"Checks: {_counted({f'{kind}/{result}': n for (kind, result), n in sorted(found.checks.items())})}.",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _comparison(whole: Mapping[str, Score]) -> str:
    rules: dict[str, dict[str, float]] = {}
    for name, found in whole.items():
        told = {f"{rule} of the exact claims": share for rule, share in found.baselines.items()}
        for rule, share in {**told, **found.published}.items():
            rules.setdefault(rule, {})[name] = share
    ranked = sorted(rules.items(), key=lambda item: -sum(item[1].values()))
    ours = ["this ledger, finding the grouping itself", *(f"{f.exact:.3f}" for f in whole.values())]
    return _table(
        ["exact", *whole],
        [
            ours,
            *([rule, *(f"{shares.get(name, 0):.3f}" for name in whole)] for rule, shares in ranked),
        ],
    )


_RUN = ["B-cubed F1", "exact", "covered", "mean width", "cancelled", "took place, unknown"]


def _run(found: Score) -> list[str]:
    return [
        f"{found.bcubed_f1:.3f}",
        f"{found.exact:.3f}",
        f"{found.covered:.3f}",
        f"{found.mean_width:.1f}",
        _of(found.cancelled_recognised, found.cancelled),
        f"{len(found.completed_unknown)}",
    ]


def _undated(undated: Mapping[str, Mapping[int, Score]]) -> str:
    rows = [
        [name, f"{seed}", *_run(found)]
        for name, runs in undated.items()
        for seed, found in runs.items()
    ]
    return _table(["set", "seed", *_RUN], rows)


def _ablated(measured: Measured) -> str:
    rows = [
        ["nothing", *_run(measured.whole[measured.ablated_set])],
        *([name, *_run(found)] for name, found in measured.ablated.items()),
    ]
    return _table(["without", *_RUN], rows)
