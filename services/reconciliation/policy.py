"""The policy: every constant that a figure may depend on, in one versioned place.

A changed constant is a changed figure, so a change here is a new version. Facts about a ledger's
bodies are not policy; they stand in the ledger's TOML file. Source: reconciliation.md §2, §3, §5.
"""

from typing import NamedTuple


class Policy(NamedTuple):
    """The constants of one version of the policy.

    Attributes:
        version: Year and number, as events and figures name it.
        about_percent: "About v" reaches at least this far to both sides, in percent of v.
        vague_floors: What a vague word means at least, by the number publishers code it with.
        counting_tier: Speakers of this tier or better count heads: officials of the receiving side.
        widening_tier: Where heads were counted, only voices of this tier or better widen a range they
            disagree with; counts of outlets (tier 5) and of nobody in particular (6) are shown and
            do not.
        series_early_days: A running total that starts this much before most others still is one of
            their series, in days.
        series_late_days: Likewise for one that starts this much after; any later, it is the total of
            a window, in days.
        first_since_days: "First in a long time", with no time given, means at least this, in days.
        window_words: Words that limit a superlative to a time ("the largest since …").
        one_sided: Words that say that people were let go and nobody was got for them.
        hedges: Words that turn a superlative into a compliment ("one of the largest").
    """

    version: str
    about_percent: int
    vague_floors: tuple[int, ...]
    counting_tier: int
    widening_tier: int
    series_early_days: int
    series_late_days: int
    first_since_days: int
    hedges: tuple[str, ...]
    one_sided: tuple[str, ...]
    window_words: frozenset[str]


POLICY_2026_1 = Policy(
    version="2026.1",
    about_percent=2,
    vague_floors=(10, 24, 100, 1_000),
    counting_tier=2,
    widening_tier=4,
    series_early_days=60,
    series_late_days=30,
    first_since_days=30,
    hedges=(
        "one of",
        "among the",
        "один из",
        "одна из",
        "одним из",
        "один із",
        "один з",
        "одна з",
        "одним із",
        "однією з",
        "eine der",
        "einer der",
        "eines der",
        "un des",
        "une des",
        "uno de",
        "una de",
        "uno dei",
        "una delle",
        "um dos",
        "uma das",
        "jeden z",
        "jedna z",
    ),
    one_sided=(
        "without exchange",
        "without an exchange",
        "not an exchange",
        "outside exchange",
        "outside the exchange",
        "unilateral",
        "repatriat",
        "goodwill",
        "без обмін",
        "без обмен",
        "поза обмін",
        "вне обмен",
        "односторон",
        "жест доброй воли",
        "жест доброї волі",
        "ohne austausch",
        "einseitig",
        "sans échange",
        "unilatéral",
    ),
    window_words=frozenset(
        {
            "since",
            "before",
            "this",
            "seit",
            "depuis",
            "desde",
            "с",
            "со",
            "з",
            "із",
            "від",
            "dal",
            "od",
        }
    ),
)

POLICIES = {policy.version: policy for policy in (POLICY_2026_1,)}


class UnknownPolicyError(Exception):
    """A policy was asked for that this program does not have."""


def policy_of(version: str) -> Policy:
    """Give the policy of a version.

    Raises:
        UnknownPolicyError: There is no such version.
    """
    if version not in POLICIES:
        raise UnknownPolicyError(
            f"expected a policy version ({', '.join(sorted(POLICIES))}), found {version!r}"
        )
    return POLICIES[version]
