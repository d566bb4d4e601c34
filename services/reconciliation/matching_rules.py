"""The rules on which exchange a claim means, and whether it took place."""

from services.reconciliation.claims.doubts import doubt_day
from services.reconciliation.claims.said_days import SaidDays
from services.reconciliation.claims.said_spans import SaidSpans
from services.reconciliation.claims.stated_days import read_stated_date
from services.reconciliation.figures import _figure_thirds
from services.reconciliation.operations import reconcile_operation
from services.reconciliation.procedure import (
    loose_standing,
)
from services.reconciliation.rule import Rule
from services.reconciliation.rules.dateless_reports import find_by_whole_report
from services.reconciliation.rules.day_by_difference import find_difference, with_difference
from services.reconciliation.rules.day_counts import find_run, may_be_of_day
from services.reconciliation.rules.day_sum import add_days
from services.reconciliation.rules.equal_sides import days_by_sides, find_by_sides
from services.reconciliation.rules.exchange_status import find_status, lateness
from services.reconciliation.rules.founding import is_founded
from services.reconciliation.rules.judgements import JudgementsInForce, find_in_force
from services.reconciliation.rules.late_news import find_late_news, find_retold
from services.reconciliation.rules.leads import (
    Leads,
    find_told_beside,
    is_of_its_evening,
    named_with_figure,
)
from services.reconciliation.rules.list_of_days import (
    find_by_whole_list,
    find_run_of_list,
    find_whole_of_list,
)
from services.reconciliation.rules.nearest_day import find_nearer
from services.reconciliation.rules.neighbouring_days import (
    find_canonical_day,
    find_parts,
)
from services.reconciliation.rules.operation_remainder import (
    as_whole,
    count_days,
    find_remainders,
)
from services.reconciliation.rules.plans import (
    find_next_day,
    find_plan,
    find_postponed,
    find_promised_beside,
    is_agreed,
    is_called_off,
    is_still_to_come,
)
from services.reconciliation.rules.recollections import (
    find_alone,
    is_recalled,
    is_tied,
    is_told_again,
)
from services.reconciliation.rules.silence import find_lapse, lapse
from services.reconciliation.rules.stages import find_stages
from services.reconciliation.rules.stated_month import find_in_span
from services.reconciliation.rules.told_operation import find_told_operation
from services.reconciliation.rules.total_series import (
    total_standing,
)
from services.reconciliation.rules.which_exchange import find_exchange


MATCHING_RULES = (
    Rule(
        "§9",
        "doubted-day",
        "A claim that states a day before the ledger opens, after its own report, or one that cannot be, "
        "is set aside and makes nothing; a plan may speak of a later day.",
        "One day or two",
        (doubt_day, find_exchange, loose_standing),
        reasons=("day-impossible", "day-before-opened", "day-after-report"),
    ),
    Rule(
        "§4",
        "stated-date",
        "A claim means the exchange of the day that it states, and no guess overrides that day.",
        "Which exchange",
        (find_exchange,),
        evidence=("stated-date",),
    ),
    Rule(
        "§4",
        "named-day",
        "Where a claim states no day, it means the one day that its words name: a weekday or a date up to its report, "
        "of a plan the next one from it on, or a weekday that was yesterday; yesterday or today; a time since or until a day names none, nor does a day "
        "on which somebody was taken.",
        "Which exchange",
        (find_exchange, SaidDays.find),
        evidence=("named-day",),
    ),
    Rule(
        "§4",
        "named-month",
        "Where a claim states no date and its words name a month, or the week, month or year before its report, it is of "
        "that time alone, as one that states a month is.",
        "Which exchange",
        (find_exchange, SaidSpans.find),
        evidence=("stated-month-or-year",),
    ),
    Rule(
        "§9",
        "month-or-year",
        "A claim that states a month or a year alone makes no exchange, and means the only one in it with its very "
        "number; where no day has it, the only one of the month that it may be of or that has its group, or of the month or the "
        "year that has nearly as many. A number that a day has as the sum of several is "
        "these days' together. A plan for a month means the only exchange in it, from its report on, with its number.",
        "Operations",
        (read_stated_date, find_in_span, find_exchange, loose_standing),
        reasons=("no-day-stated",),
        evidence=("stated-month-or-year",),
    ),
    Rule(
        "§4",
        "neighbouring-days",
        "A day that repeats the exchange of the day beside it is that exchange, reported a day off, unless one "
        "report counts both, or officials counted it by its evening and the other day otherwise, and no more reports have "
        "it there. So is a day with nearly "
        "as many of one side as the day beside it, on which its own officials count, or officials at all; neither counts another side.",
        "Which exchange",
        (find_canonical_day, find_exchange),
        evidence=("stated-neighbouring-date",),
    ),
    Rule(
        "§4",
        "stated-ordinal",
        "Without a day, a claim means the last exchange up to its report that bears the number it states by the "
        "same counter, unless its own number leaves what was counted there long ago, or the counter has given the "
        "number before it since.",
        "Which exchange",
        (find_exchange,),
        evidence=("stated-ordinal",),
    ),
    Rule(
        "§4",
        "equal-figure",
        "Else it means an exchange of the last days before its publication with its very number, or with its "
        "part by category and number, or an older one where its report is about another exchange, of which "
        "that number is none; where nobody counts its side there, a number that one exchange alone has. Two "
        "numbers of a report that stood together before, one of them nowhere else, are of that exchange. A small "
        "number of long ago recalls nothing by itself, nor does any small one where nobody counts its side on the day "
        "of the news; a greater one that means nothing else is of the one exchange "
        "that has it and another number of its report, or of the one of the last days alone that has it, if far more or "
        "fewer are counted on the day that it may be news of. A claim of which not even the day of publication is known "
        "means the one exchange that has its number, or that most numbers of its report point to, promised ones and those "
        "in a row as well; those of a few people alone point to none.",
        "Which exchange",
        (find_exchange, is_recalled, is_told_again, is_tied, find_alone, find_by_whole_report),
        evidence=("equal-figure",),
    ),
    Rule(
        "§4",
        "equal-sides",
        "A number of all sides together that no exchange has by itself is of the last one of which each side has its "
        "share, or, within the last days, all of it.",
        "Which exchange",
        (find_by_sides, days_by_sides),
    ),
    Rule(
        "§4",
        "whole-list",
        "A list without a day is of the exchange of the last days that has as many as its parts together; of several, of "
        "the one that its report names.",
        "Which exchange",
        (find_by_whole_list,),
    ),
    Rule(
        "§4",
        "same-report",
        "Else it means an exchange that the same report names with its day; where both days that it may be news of "
        "have its number, it means the one that its report names before all else, and of several days that are named "
        "the one that has its number, an older one only if no day that it may be news of has it. Where it names none, it "
        "is of the one of the two days that alone has another number of it. A few people are of the only day that it names "
        "although another day has as many.",
        "Which exchange",
        (find_exchange, named_with_figure, find_told_beside),
        evidence=("same-report",),
    ),
    Rule(
        "§4",
        "publication-day",
        "Else it means an exchange of the day it was published, or of the day before if its number is far nearer to "
        "the counts of that, unless it is far from all that officials count. Where nobody states that day, new "
        "numbers of officials and go-betweens make an exchange of it, and those of observers that another report "
        "tells; none that is told day by day since it made one. A report that came out before noon is of the day "
        "before first; one of the evening that names its own day is of that. An outlet's is no news of a day of which everything said is planned or denied, unless its "
        "number is.",
        "Which exchange",
        (
            find_exchange,
            Leads,
            is_of_its_evening,
            may_be_of_day,
            find_nearer,
            find_run,
            is_founded,
        ),
        evidence=("published-that-day", "published-next-day"),
    ),
    Rule(
        "§4",
        "late-news",
        "What else means nothing is of the exchange two or three days before its publication, if its number may be "
        "one of that and nothing is known of the days between, or of the last one of the week before with nearly its "
        "number, which makes no exchange of its own day either; so is what a report tells of a side that nobody counts on its "
        "own day.",
        "Which exchange",
        (find_exchange, find_late_news, find_retold),
        evidence=("published-later",),
    ),
    Rule(
        "§4",
        "several-days",
        "A number of which the first and the last day are stated, that the counts of successive days add up to, or "
        "that leaves its own day's by a factor and fits several days together, means the operation that took them: it "
        "has figures of its own, and counts none of its days. So does a list of which one part is more than its day's "
        "whole, a number without a day of which others state the days, unless one of them has it by itself, a part "
        "that is told with such a whole, and a superlative of stated days, or without a day if its report tells such "
        "a number.",
        "Operations",
        (
            find_parts,
            find_run,
            find_run_of_list,
            find_whole_of_list,
            find_told_operation,
            find_exchange,
            add_days,
            reconcile_operation,
        ),
        explanations=("sum-of-days",),
        evidence=("stated-days", "sum-of-days", "number-of-several-days"),
        check="sum",
    ),
    Rule(
        "§9",
        "day-by-difference",
        "What an operation's total leaves beside its other days is a day's number where an official's total "
        "of that day, or what all outlets say of it where there is none, allows it and rules out what the "
        "sides' counts make.",
        "Operations",
        (find_difference, with_difference),
        explanations=("rest-of-operation",),
    ),
    Rule(
        "§9",
        "operation-remainder",
        "Where nobody counts one of an operation's days, what is counted of its days together and of none of "
        "them is added to the side's sums, on the last such day.",
        "Operations",
        (find_remainders, as_whole, count_days),
    ),
    Rule(
        "§9",
        "plan",
        "A plan means its own day or a later one. One that names no day means the exchange of the next days with its "
        "number, the exchanges that made the number together where none may have it alone, or nearly it weeks later, "
        "as does what its report promises besides, the exchange of the next day whose counts are near it, the "
        "agreement in which that number, or another of its report, was first told, the next exchange of two "
        "days that may have it, or of two weeks, or the only one of two months, if nearly as many came, or more than at least as many, or what was "
        "agreed that day. One told with that day's exchange, of another number by a factor, is an agreement beside "
        "it. A denial on the day after such an exchange is of that exchange. A plan for a day on which nobody came "
        "back means the exchange of the few days after it with its number, or of the day before with nearly that; one "
        "told beside what was done that day and nobody counts, or beside far other numbers told as done, is of none "
        "of that day. A plan of which nearly all came on its day is of that, though the rest came later. A part goes "
        "with the whole that it is promised with, unless an exchange has its number.",
        "Plans",
        (
            find_plan,
            find_promised_beside,
            find_postponed,
            find_stages,
            find_next_day,
            is_agreed,
            is_called_off,
            is_still_to_come,
        ),
        evidence=("planned-figure", "agreed-number", "agreed-that-day"),
    ),
    Rule(
        "§9",
        "lapsed-plan",
        "A planned exchange of which nobody speaks again within 60 days after its day is called off, by the "
        "latest day on which a report came out that the ledger holds.",
        "Plans",
        (find_lapse, lapse),
        statuses=("cancelled",),
    ),
    Rule(
        "§9",
        "no-exchange",
        "A count of which nobody can tell the exchange is set aside, and a running total of no known day "
        "too: nothing that counts goes nowhere.",
        "Nothing active goes nowhere",
        (loose_standing, total_standing),
        reasons=("means-no-known-exchange", "no-day", "sum-of-days"),
    ),
    Rule(
        "§4",
        "judgements",
        "What an operator judged stands before all evidence: where a claim belongs, whether it counts, "
        "and which exchanges are one; it can be undone.",
        "Which exchange",
        (find_in_force, JudgementsInForce.place, JudgementsInForce.resolve),
        reasons=("judged",),
        evidence=("judged",),
    ),
    Rule(
        "§4",
        "exchange-status",
        "An exchange took place if somebody asserts that people came back, and no official placed as well "
        "denies that number, and was one-sided if nobody, or only things, were got for them, or if outlets alone "
        "tell of it, or it is of civilians, and for a week nobody tells of anybody else; else it is called off, "
        "planned or unconfirmed, and counts nobody. "
        "A group that an outlet counts came back if the report is of that week.",
        "Which exchange",
        (find_status, lateness, find_lapse, lapse),
        statuses=("completed", "unilateral", "cancelled", "planned", "unconfirmed"),
    ),
    Rule(
        "§4",
        "third-country",
        "People who were set free to a third country came back to no side: they are a figure of their own, "
        "added to nothing.",
        "Which exchange",
        (_figure_thirds,),
    ),
)
