"""The policy: every constant that a figure may depend on, in one versioned place.

A changed constant is a changed figure, and so is a changed rule: a change of either is a new version.
What the log holds of another version is decided anew as soon as a worker starts. A version whose
rules are gone cannot be asked for: its constants alone would not give its figures. A version with other
constants can, in memory: `2026.11+grace_days=30` is a policy of its own, beside that of the ledger.

Not policy are facts about a ledger's bodies and the words of its languages, which stand in its TOML file
and the vocabulary that every ledger has; how speakers are ranked, which stands in `claims`; and bounds on cost that change no figure.
Source: reconciliation.md §2, §3, §5.
"""

import re
from typing import Any, NamedTuple


#: How constants are written, and how large they can be: what is counted, floors of vague words, shares.
_COUNT = re.compile(r"[1-9]\d{0,3}", re.ASCII)
_FLOORS = re.compile(r"\d{1,6}(?:,\d{1,6}){3}", re.ASCII)
_SHARE = re.compile(r"\d(?:\.\d{1,6})?", re.ASCII)


class Policy(NamedTuple):
    """The constants of one version of the policy.

    Attributes:
        version: Year and number, as events and figures name it.
        about_percent: "About v" reaches at least this far to both sides, in percent of v.
        vague_floors: What a vague word means at least, by the number publishers code it with.
        counting_tier: Speakers of this tier or better count heads: officials of the receiving side.
            Their undated number makes an exchange of its own, and their counts of parts outrank what
            others say of the whole.
        widening_tier: Where heads were counted, only voices of this tier or better widen a range they
            disagree with; counts of outlets (tier 5) and of nobody in particular (6) are shown and
            do not.
        series_early_days: A running total that starts this much before the ledger opens still is one of
            the series, in days.
        series_late_days: Likewise for one that starts this much after; any later, it is the total of
            a window, in days.
        first_since_days: "First in a long time", with no time given, means at least this, in days.
        run_days_max: Most days one exchange is taken to last. One ordinal on days closer together is
            that of its phases.
        first_year: No exchange that a ledger holds is of an earlier year; such a date is a slip.
        ahead_days_max: What is asserted lies at most so many days after the day it was reported.
        operation_days_max: A number of more stated days than about this is a time's, and no operation's.
        background_factor: A number more than so many times all that officials count on a day, or less
            than that part of it, is not about that day.
        recalled_days_max: An official's undated number that an exchange had not longer ago than this is a
            recollection, in days.
        retold_days_max: Likewise for an outlet's number, in days.
        report_days_max: A report that names no day is about the last so many days.
        late_days_max: How many days before the day before its publication a report may be news of, where
            nothing else is meant.
        retold_nearly_days_max: A report that names no day tells again of an exchange not longer ago than this,
            in days, if its number is nearly that.
        retold_nearly_percent: By how much its number may differ then, of what is counted there.
        telling_count: A smaller number comes by chance again: after `retold_days_max` it recalls no exchange
            by itself.
        planned_days_max: A plan is carried out, or told again, within this, in days.
        nearly_days_max: Within so many days the next exchange carries a plan out though not quite as many came.
        nearly_percent: By how much its number may differ then, of the greater one.
        grace_days: A planned exchange that nobody speaks of again within this after its day, in days, is
            taken to have been called off.
        pointed_days_max: A number that more days than this bear, and a report that names more, point
            to none of them.
        report_claims_max: A page with more undated claims than this is no report of one exchange.
        ordinals_back_max: To how many earlier ordinals one is joined when a counter's longest chain is
            sought; no counter is out of line more often in a row.
        totals_back_max: Likewise for the heaviest chain of running totals; no series names more wrong
            ones in a row.
        closing_weight: How much more a step of that chain weighs that closes to the person.
        inexact_weight: How much a total weighs there that is inexact or no official's, of an exact one's.
        excess_weight: How much a step weighs there that says less than the exchanges make.
        silence_days: Where nobody speaks of another side for so many days, in days, outlets' news of one
            side's people is of a one-sided release.
        reasons_max: Most sentences given for one figure; the claims themselves are all in the view.
    """

    version: str
    about_percent: int
    vague_floors: tuple[int, ...]
    counting_tier: int
    widening_tier: int
    series_early_days: int
    series_late_days: int
    first_since_days: int
    run_days_max: int
    first_year: int
    ahead_days_max: int
    operation_days_max: int
    background_factor: int
    recalled_days_max: int
    retold_days_max: int
    report_days_max: int
    late_days_max: int
    retold_nearly_days_max: int
    retold_nearly_percent: int
    telling_count: int
    planned_days_max: int
    nearly_days_max: int
    nearly_percent: int
    grace_days: int
    pointed_days_max: int
    report_claims_max: int
    ordinals_back_max: int
    totals_back_max: int
    closing_weight: int
    inexact_weight: float
    excess_weight: float
    silence_days: int
    reasons_max: int


#: The one version whose rules this program has: its year, and its number within the year.
_YEAR, _NUMBER = 2026, 17

LATEST_POLICY = Policy(
    version=f"{_YEAR}.{_NUMBER}",
    about_percent=2,
    vague_floors=(10, 24, 100, 1_000),
    counting_tier=2,
    widening_tier=4,
    series_early_days=60,
    series_late_days=30,
    first_since_days=30,
    run_days_max=5,
    first_year=1900,
    ahead_days_max=1,
    operation_days_max=60,
    background_factor=2,
    recalled_days_max=30,
    retold_days_max=180,
    report_days_max=14,
    late_days_max=2,
    retold_nearly_days_max=7,
    retold_nearly_percent=10,
    telling_count=24,
    planned_days_max=60,
    nearly_days_max=14,
    nearly_percent=20,
    grace_days=60,
    pointed_days_max=4,
    report_claims_max=100,
    ordinals_back_max=40,
    totals_back_max=40,
    closing_weight=2,
    inexact_weight=0.01,
    excess_weight=0.5,
    silence_days=7,
    reasons_max=12,
)

POLICIES = {LATEST_POLICY.version: LATEST_POLICY}

#: What a ledger's file may name instead of a version: whichever is the latest.
LATEST = "latest"
#: Versions that figures in logs and ledgers' files may bear and whose rules are gone.
PAST_VERSIONS = frozenset(f"{_YEAR}.{number}" for number in range(1, _NUMBER))


class UnknownPolicyError(Exception):
    """A policy was asked for that this program does not have, or no longer."""


def version_for(named: str) -> str:
    """Return the version that decides a ledger whose file names a policy.

    A file outlives the versions of this program: one that names a past version is decided by the
    latest, as one is that names none in particular.

    >>> version_for("latest") == version_for("2026.1") == LATEST_POLICY.version
    True

    Raises:
        UnknownPolicyError: There is no such version, and there never was.
    """
    if named == LATEST or named in PAST_VERSIONS:
        return LATEST_POLICY.version
    return policy_of(named).version


def policy_of(version: str) -> Policy:
    """Return the policy of a version, or of one with other constants behind it.

    >>> policy_of(f"{LATEST_POLICY.version}+grace_days=30+inexact_weight=0.5").grace_days
    30

    Raises:
        UnknownPolicyError: There is no such version, its rules are gone, or it has no such constant.
    """
    if version in POLICIES:
        return POLICIES[version]
    name, *changed = version.split("+")
    if name not in POLICIES or not changed:
        past = ""
        if name in PAST_VERSIONS:
            past = (
                ", whose rules this program no longer has (`log policies` says where a log holds what it "
                "decided, `--as-known-on` shows it)"
            )
        raise UnknownPolicyError(
            f"expected a policy version ({', '.join(sorted(POLICIES))}, or one with other constants, e.g. "
            f"{LATEST_POLICY.version}+grace_days=30), found {version!r}{past}"
        )
    base = POLICIES[name]
    constants = dict(_constant(text, base) for text in changed)
    return base._replace(version=version, **constants)


def _constant(text: str, base: Policy) -> tuple[str, Any]:
    """Read a constant that is set otherwise: its name, and its value of the kind it has."""
    name, _, written = text.partition("=")
    known = [field for field in base._fields if field != "version"]
    if name not in known:
        raise UnknownPolicyError(
            f"expected a constant of the policy ({', '.join(known)}), found {name!r}"
        )
    held = getattr(base, name)
    kind = "a number of 1 to 9999"
    if isinstance(held, tuple):
        kind = "four numbers with commas between"
    elif isinstance(held, float):
        kind = "a number of 0 to 9"
    found: Any = None
    if isinstance(held, tuple) and _FLOORS.fullmatch(written):
        found = tuple(map(int, written.split(",")))
    elif isinstance(held, float) and _SHARE.fullmatch(written):
        found = float(written)
    elif isinstance(held, int) and _COUNT.fullmatch(written):
        found = int(written)
    if found is None:
        raise UnknownPolicyError(f"expected {kind} for {name}, found {written!r}")
    return name, found
