"""The policy on one screen: every rule of reconciliation, in the order of application, as data.

Each rule has its place in reconciliation.md, one sentence for people, the functions that carry it out,
and every code, flag and status that it may give. What the codes mean stands in
`services.reconciliation.rules.explanations`. The command line, the pages, `explain` and docs/rules.md
are all made from this table.

It stands above the rules and imports them; no rule imports it.
"""

from services.reconciliation.figures import (
    _by_level,
    _computed_total,
    _explain_whole,
    _figure_total,
    _set_aside,
)
from services.reconciliation.matching_rules import MATCHING_RULES
from services.reconciliation.procedure import loose_standing
from services.reconciliation.reading_rules import READING_RULES
from services.reconciliation.rule import Rule, WordKind
from services.reconciliation.rules.best import find_best
from services.reconciliation.rules.breakdown_check import check_breakdowns, check_part
from services.reconciliation.rules.collapse import collapse
from services.reconciliation.rules.computed_whole import compute_whole
from services.reconciliation.rules.core import find_core
from services.reconciliation.rules.counted_apart import find_counted_apart
from services.reconciliation.rules.counted_beside import find_beside_kind, find_beside_soldiers
from services.reconciliation.rules.credibility import confirm, credibility_of
from services.reconciliation.rules.drift import find_drift, find_soldiers_alone
from services.reconciliation.rules.everybody import read_totals
from services.reconciliation.rules.explanations import (
    SUM_SLIPS,
    TOTAL_SLIPS,
    canonical_code,
)
from services.reconciliation.rules.first_since import check_first_since, last_return
from services.reconciliation.rules.implied import find_implied
from services.reconciliation.rules.level import figure_level
from services.reconciliation.rules.lower_totals import find_lower
from services.reconciliation.rules.mediated_count import check_mediated
from services.reconciliation.rules.ordinal import (
    are_phases,
    bearing_on,
    check_ordinal,
    longest_chain,
)
from services.reconciliation.rules.outgrown import find_below_part, find_outgrown
from services.reconciliation.rules.pin import Pinned
from services.reconciliation.rules.place_unsaid import place_unsaid
from services.reconciliation.rules.propagate import limits_of
from services.reconciliation.rules.quotes import with_first_speaker
from services.reconciliation.rules.running_total import check_total, check_window, expect
from services.reconciliation.rules.scope import explain_scope
from services.reconciliation.rules.sound_totals import closes_around, find_sound_totals
from services.reconciliation.rules.span import find_span
from services.reconciliation.rules.status import judge
from services.reconciliation.rules.sum_check import check_sum
from services.reconciliation.rules.sum_told_as_part import find_sums_told_as_parts
from services.reconciliation.rules.superlative import check_superlative
from services.reconciliation.rules.supersede import still_replaced, supersede
from services.reconciliation.rules.told_by_total import find_beside, tell_by_total
from services.reconciliation.rules.total_series import (
    point_of_series,
    read_totals_of_day,
    series_start,
    total_standing,
)
from services.reconciliation.rules.withdrawal import (
    may_retract,
    refuse_revision,
    retracted_for,
    revise,
    ring_through,
)


_FIGURE = (
    Rule(
        "§5.1",
        "withdrawn",
        "A claim that its publisher took back or corrected counts no more, and is kept with the reason.",
        "Supersede",
        (revise, retracted_for),
        reasons=("revised-by",),
    ),
    Rule(
        "§9",
        "who-may-replace",
        "Only a claim's own publisher, or one that the ledger trusts, takes it back or corrects it, and "
        "only with the same speaker's word; of claims that correct each other the last said stands.",
        "Who may replace whose word",
        (may_retract, refuse_revision, ring_through),
        reasons=(
            "revises-other-publisher",
            "revises-other-speaker",
            "revises-unknown",
            "revises-in-a-circle",
            "retracted-by-other",
        ),
    ),
    Rule(
        "§5.1",
        "later-word",
        "A later, equally precise and incompatible word of the same speaker replaces the earlier one; so does "
        "a later count of soldiers, or of civilians, a smaller number for everybody. A later number that one report "
        "alone carries replaces nothing that another speaker confirms.",
        "Supersede",
        (supersede, still_replaced, find_outgrown),
        reasons=("restated-by-later", "later-part-above"),
    ),
    Rule(
        "§9",
        "below-part",
        "A number for everybody that is less than a part which several speakers count is set aside where others give "
        "a number for everybody that holds the part.",
        "Parts and wholes",
        (find_below_part,),
        reasons=("part-above",),
    ),
    Rule(
        "§5.4",
        "set-aside",
        "Plans, denials and sums of other claims are no counts: they are shown, and sums are tested.",
        "Set aside",
        (_set_aside, _figure_total, total_standing, loose_standing),
        reasons=("planned", "denied", "derived-from-other-claims", "derived", "sum-of-both-sides"),
    ),
    Rule(
        "§3",
        "place-unsaid",
        "A number that leaves open who is counted is read at the level where somebody better placed "
        "gives that number; so is an official's round number.",
        "Categories",
        (place_unsaid,),
    ),
    Rule(
        "§3",
        "category-drift",
        "A number for soldiers that its own camp gives for everybody speaks of everybody; a running "
        "total of soldiers may be taken so, and says so. A number for everybody that a speaker's list gives for "
        "its soldiers, beside civilians whom somebody counts, speaks of the soldiers.",
        "Categories",
        (
            find_drift,
            find_soldiers_alone,
            read_totals,
            _by_level,
            read_totals_of_day,
            point_of_series,
        ),
        reasons=("category-drift", "assumed-to-count-everybody"),
        flags=("assumption_used",),
    ),
    Rule(
        "§3",
        "sum-told-as-part",
        "Where one report counts two groups apart and somebody gives their sum exactly, who gives the sum for one of "
        "them speaks of everybody, and who gives one group's number for everybody, or of whom it is open, speaks of "
        "that group.",
        "Categories",
        (find_sums_told_as_parts, _by_level),
        reasons=("category-drift",),
    ),
    Rule(
        "§5.2",
        "voices",
        "All reports of one speaker are one voice; outlets' copies add none, and where outlets quote a "
        "speaker differently the number most of them carry is the speaker's. A number that the speaker gives as the "
        "least, and counts more, is that least number however it is quoted; so is a part without a name of its own.",
        "Collapse voices",
        (collapse, figure_level),
        explanations=("self-contradicted",),
        reasons=("misquote", "one-of-several-that-day"),
    ),
    Rule(
        "§5.2",
        "quotes",
        "A chain of quotes is one voice, of the first speaker; circles and claims that are not known are "
        "said.",
        "Collapse voices",
        (with_first_speaker,),
        reasons=("quotes-unknown", "quotes-in-a-circle"),
    ),
    Rule(
        "§5.6",
        "core",
        "The core is what the best placed voices allow together; a lower tier that leaves nothing of it "
        "is incompatible, and the higher tier's core stays. Who contradicts itself is held to no number that it never "
        "said.",
        "Core",
        (find_core,),
    ),
    Rule(
        "§5.9",
        "propagate",
        "A narrower count gives the wider figure a lower bound, a wider one the narrower an upper bound.",
        "Propagate",
        (limits_of, find_implied, figure_level, _explain_whole),
        explanations=("category-gap",),
        flags=("category_gap", "assumption_used"),
    ),
    Rule(
        "§5.7",
        "best",
        "The best number is an exact one inside the core, of the highest tier, then of most camps and "
        "voices; without one, the bound itself.",
        "Best",
        (find_best, figure_level),
        explanations=("floor-met",),
    ),
    Rule(
        "§5.8",
        "span",
        "Low and high span what cannot be ruled out; outlets' own counts do not widen it where heads "
        "were counted.",
        "Low and high",
        (find_span, figure_level),
        explanations=("disagrees",),
    ),
    Rule(
        "§5",
        "status",
        "The status is the first that applies: do camps dispute, does a speaker contradict itself, do "
        "two camps agree, is there a count at all?",
        "Status",
        (judge, figure_level),
        explanations=("withheld",),
        statuses=(
            "disputed",
            "self_contradicted",
            "corroborated",
            "consistent",
            "single_source",
            "approximate",
            "floor_only",
            "undisclosed",
            "no_data",
        ),
    ),
    Rule(
        "§6",
        "credibility",
        "Credibility follows from the status, and rises from 3 to 2 where numbers published apart add "
        "up to the figure.",
        "Credibility",
        (credibility_of, confirm, closes_around),
    ),
    Rule(
        "§3",
        "scope-explained",
        "Two numbers that count different people are no dispute: the difference is named.",
        "Categories",
        (explain_scope, _explain_whole),
        explanations=("scope-explained",),
        flags=("scope_explained",),
    ),
    Rule(
        "§5.9",
        "computed-whole",
        "Where nobody counts everybody, the counted parts give a lower bound; soldiers and civilians "
        "together make the whole.",
        "Propagate",
        (compute_whole,),
        explanations=("category-gap",),
        flags=("category_gap", "assumption_used"),
        statuses=("computed",),
    ),
    Rule(
        "§9",
        "counted-beside",
        "A service that an official or go-between counts by itself beside the soldiers, and not as a part of "
        "others, came beside them where nobody counts everybody; so did any group with which the soldiers make a "
        "number that somebody gives for everybody.",
        "Parts and wholes",
        (find_beside_soldiers, find_beside_kind, compute_whole),
        explanations=("category-gap",),
        flags=("category_gap", "assumption_used"),
        statuses=("computed",),
    ),
    Rule(
        "§9",
        "counted-apart",
        "Groups that one report counts as people who came back, each by itself, whoever counts them there, are "
        "together what it knows of everybody where nobody counts everybody; not where one may be another's part.",
        "Parts and wholes",
        (find_counted_apart, compute_whole),
        explanations=("category-gap",),
        flags=("category_gap", "assumption_used"),
        statuses=("computed",),
    ),
    Rule(
        "§5.9",
        "told-by-total",
        "Where nobody counts everybody, an official's total of all sides tells whether a group, as the "
        "wounded, came beside the soldiers or among them.",
        "Propagate",
        (tell_by_total, find_beside),
        explanations=("told-by-total",),
        flags=("assumption_used",),
        statuses=("computed",),
    ),
    Rule(
        "§5.9",
        "both-sides",
        "What both sides got back together is the sum of the two sides' figures.",
        "Propagate",
        (_computed_total,),
        explanations=("sum", "side-not-spoken-of"),
        statuses=("computed",),
    ),
    Rule(
        "§5.3",
        "pin",
        "A figure that an operator pinned shows the operator's numbers; what the claims give stays "
        "visible beside it.",
        "Tier",
        (Pinned.result,),
        explanations=("adjudicated",),
        statuses=("adjudicated",),
    ),
)

_CHECKS = (
    Rule(
        "§5.10",
        "sum-check",
        "A claimed total of both sides is tested against the two sides' figures, and a failure explained "
        "by the first of a fixed list of slips that fits.",
        "Check",
        (check_sum,),
        explanations=SUM_SLIPS,
        check="sum",
    ),
    Rule(
        "§3",
        "breakdown",
        "A speaker's own complete list must add up to that speaker's whole, and no part is more than the "
        "whole.",
        "Categories",
        (check_breakdowns, check_part),
        explanations=("arithmetic", "list-incomplete", "arithmetic-slip", "part-above-whole"),
        check="breakdown",
    ),
    Rule(
        "§5.9",
        "series",
        "Running totals that count from about the day the ledger opens make a series; any other is the total "
        "of its own window, tested against the exchanges inside it. A speaker's lower total of a day that rounds "
        "a greater one, or that fewer outlets carry at about that time, is set aside.",
        "Propagate",
        (series_start, read_totals_of_day, find_lower, check_window),
        reasons=("rounded",),
        check="running_total",
    ),
    Rule(
        "§5.10",
        "running-total",
        "A running total is tested against the last sound total before it and the exchanges since, and a "
        "failure explained by the first of a fixed list that fits. An official's exact total is sound even "
        "where the exchanges make more: then they are in doubt, and named. What rounds it, said later, is no "
        "less, and what is lower than another official's says and closes on nothing is of an earlier day.",
        "Check",
        (check_total, expect, find_sound_totals, point_of_series),
        explanations=("ledger-incomplete", *TOTAL_SLIPS, "exchanges-exceed-total", "arithmetic"),
        flags=("stale", "series_break", "ledger_incomplete"),
        statuses=("contradicted",),
        check="running_total",
    ),
    Rule(
        "§5",
        "ordinal",
        "“The 49th exchange” is tested against the same counter's numbers and the exchanges listed, of one "
        "side's people where it counts those alone; fewer listed is an incomplete ledger, no conflict.",
        "Special claims",
        (check_ordinal, are_phases, longest_chain, bearing_on),
        explanations=(
            "phases-of-one-exchange",
            "ordinal-used-twice",
            "ordinals-out-of-order",
            "ledger-incomplete",
            "counter-leaves-out",
        ),
        check="ordinal",
    ),
    Rule(
        "§5",
        "superlative",
        "“The largest” must be more than the greatest earlier low; “one of the largest” constrains "
        "nothing.",
        "Special claims",
        (check_superlative,),
        explanations=("hedged", "nothing-to-compare", "window-not-stated", "compared"),
        check="superlative",
    ),
    Rule(
        "§5",
        "first-since",
        "“The first since …” holds if no exchange lies inside the time it names, or, said of one side's "
        "people, none that brought anybody back to that side.",
        "Special claims",
        (check_first_since, last_return),
        explanations=("nothing-to-compare", "gap"),
        check="first_since",
    ),
    Rule(
        "§5",
        "mediated-count",
        "A mediator's count of what it mediated is tested against the exchanges listed with its name, "
        "and against nothing else.",
        "Special claims",
        (check_mediated,),
        explanations=("nothing-to-compare", "ledger-incomplete", "counter-leaves-out"),
        check="mediated_count",
    ),
)

#: The rules by what they are about, under a title each.
GROUPS: tuple[tuple[str, tuple[Rule, ...]], ...] = (
    ("How a claim is read", READING_RULES),
    ("Which exchange a claim means", MATCHING_RULES),
    ("From claims to a figure", _FIGURE),
    ("What is tested", _CHECKS),
)
#: Every rule, in the order of application.
RULES: tuple[Rule, ...] = tuple(rule for _, rules in GROUPS for rule in rules)


def rules_giving(kind: WordKind, text: str, *, check: str | None = None) -> tuple[Rule, ...]:
    """Return the rules that may give a word, in their order; none for a word that no rule gives.

    Args:
        kind: Where the word stands.
        text: The word; a code in today's spelling or an earlier one, with what it carries.
        check: The kind of the check that bears it, null for a figure or a claim.
    """
    word = text if kind in ("flag", "status") else canonical_code(text)
    found = tuple(rule for rule in RULES if word in rule.gives(kind))
    if check is None:
        return found
    return tuple(rule for rule in found if rule.check == check) or found
