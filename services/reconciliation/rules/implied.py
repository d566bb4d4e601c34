"""What the receiving side's counts say of a level without speaking of it, reconciliation.md §5 step 9.

Where its officials count everybody and one part, the other part is counted too; where they count soldiers
and civilians, everybody is; where people are counted by the way they came, those of all ways are. What
follows so stands beside the voices at that level.
"""

from collections.abc import Mapping, Sequence

from schemas.ledger import LedgerConfiguration
from services.reconciliation.claims.interval import ANY, Interval, meet, plus
from services.reconciliation.claims.lexicon import Phrase, lexicon_of
from services.reconciliation.claims.voices import Voice, Voices
from services.reconciliation.policy import Policy
from services.reconciliation.rules.core import find_core
from services.reconciliation.rules.propagate import ALL, CIVILIAN, MILITARY, Level, limits_of


#: How a number that the other counts leave is named beside speakers.
LEFT_OVER = "what the other counts leave"
#: How what the ways by which people came make is named beside speakers.
SHARES = "what those counted by the way they came make"
#: How the sum of narrower counts is named beside speakers.
ADDED_UP = "what soldiers and civilians make"


def find_implied(
    side: str,
    heard: Mapping[Level, Voices],
    whole: Interval | None,
    *,
    ledger: LedgerConfiguration,
    policy: Policy,
) -> dict[Level, Voice]:
    """Return what the counts of other levels say of a level without speaking of it."""
    if len(heard) == 1:
        return {}
    implied = _left_over(side, heard, policy)
    if (shared := _shared(side, heard, whole, ledger)) is not None:
        implied[ALL] = shared
    if (added_up := _added_up(side, heard, whole, policy)) is not None:
        implied[ALL] = added_up
    return implied


def _left_over(side: str, heard: Mapping[Level, Voices], policy: Policy) -> dict[Level, Voice]:
    """Return what the receiving side's other counts leave for soldiers and for civilians.

    Where its officials count everybody and one part, the other part is counted too, though nobody
    names it; against a counterparty's number that is a witness.
    """
    if ALL not in heard or (MILITARY not in heard and CIVILIAN not in heard):
        return {}
    official = {
        level: spoken
        for level, voices in heard.items()
        if (spoken := [voice for voice in voices.voices if voice.tier <= policy.counting_tier])
    }
    uncounted = [
        level for level in (MILITARY, CIVILIAN) if level in heard and level not in official
    ]
    if ALL not in official or not uncounted:
        return {}
    cores = {level: find_core(voices).interval for level, voices in official.items()}
    limits = limits_of(cores, services_of(heard))
    return {
        level: Voice(
            name=LEFT_OVER,
            shown=LEFT_OVER,
            camp=side,
            tier=policy.counting_tier,
            interval=limits[level],
            readings=official[ALL][0].readings,
        )
        for level in uncounted
        if limits.get(level, ANY).is_exact
    }


def _added_up(
    side: str, heard: Mapping[Level, Voices], whole: Interval | None, policy: Policy
) -> Voice | None:
    """Return what better placed counts of soldiers and civilians make, where they rule out the whole.

    Whoever counts heads says more of everybody by counting soldiers than those who only repeat a
    number for everybody. Where nothing is ruled out, the lattice's bounds say the same.
    """
    soldiers, civilians = (
        [voice for voice in heard[level].voices if voice.tier <= policy.counting_tier]
        if level in heard
        else []
        for level in (MILITARY, CIVILIAN)
    )
    if whole is None or not soldiers:
        return None
    tier = min(voice.tier for voice in soldiers)
    if tier >= min(voice.tier for voice in heard[ALL].voices):
        return None
    core = find_core(soldiers).interval
    total = Interval(core.low, None)
    if civilians:
        apart = find_core(civilians).interval
        total = plus(core, apart) if core.is_exact and apart.is_exact else plus(total, apart)
    if meet(whole, total) is not None:
        return None
    return Voice(
        name=ADDED_UP,
        shown=ADDED_UP,
        camp=side,
        tier=tier,
        interval=total,
        readings=soldiers[0].readings,
    )


def _shared(
    side: str,
    heard: Mapping[Level, Voices],
    whole: Interval | None,
    ledger: LedgerConfiguration,
) -> Voice | None:
    """Return what the ways by which people came make together, where that rules out the whole.

    Nobody is on two planes: those "flown from" here and there are added, whoever counts them. A way that
    is named more closely by others ("the first plane from there") is theirs together, if that is more.
    """
    lexicon = lexicon_of(ledger)
    families: dict[Phrase, dict[Phrase, Sequence[Voice]]] = {}
    for (category, _), voices in heard.items():
        share = lexicon.share_of(category)
        if share is not None and voices.voices:
            families.setdefault(share[0], {})[share[1]] = voices.voices
    sums = [
        (_add_shares(members), min(voice.tier for spoken in members.values() for voice in spoken))
        for members in families.values()
        if len(members) > 1
    ]
    if not sums or whole is None or ALL not in heard:
        return None
    total, tier = max(sums)
    if whole.high is None or whole.high >= total:
        return None
    return Voice(
        name=SHARES,
        shown=SHARES,
        camp=side,
        tier=tier,
        interval=Interval(total, None),
        readings=heard[ALL].voices[0].readings,
    )


def _add_shares(members: Mapping[Phrase, Sequence[Voice]]) -> int:
    """Add up the shares of one family, each that others name more closely once."""
    least = {name: find_core(voices).interval.low for name, voices in members.items()}
    closer = {
        name: [other for other in least if other != name and other[: len(name)] == name]
        for name in least
    }
    inside = {other for others in closer.values() for other in others}
    return sum(
        max(number, sum(least[other] for other in closer[name]))
        for name, number in least.items()
        if name not in inside
    )


def services_of(heard: Mapping[Level, Voices]) -> int:
    """Return the greatest sum of disjoint services that one speaker counts."""
    sums: dict[str, int] = {}
    for (_, place), voices in heard.items():
        if place == "service":
            for voice in voices.voices:
                sums[voice.name] = sums.get(voice.name, 0) + voice.interval.low
    return max(sums.values(), default=0)
