"""Five published methods that find the truth among conflicting sources, to compare rules with.

Each is handed what reconciliation has to work out for itself: which numbers are about the same people.
A method takes the numbers that each source gives for each subject, and returns the number it believes
for each subject. None of them knows whom a source speaks for, what it counts, or when it spoke.

No maintained package offers these methods together, so they are written here, each from its paper, as
short as it allows, with the parameters that the paper recommends.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import exp, log, sqrt
from statistics import fmean, median, pstdev


#: Who gives which number for a subject, each pair once; a source may give several.
Subject = tuple[str, str]
Saying = tuple[str, int]
Sayings = Mapping[Subject, Sequence[Saying]]
Truths = dict[Subject, int]

ROUNDS_MAX = 100
#: A source's trust stops changing below this.
SETTLED = 1e-6


def majority(sayings: Sayings) -> Truths:
    """Return the number that most sources give, each once; of several the least."""
    return {
        subject: _most(Counter(value for _, value in said)) for subject, said in sayings.items()
    }


def accu(sayings: Sayings, *, accuracy: float = 0.8, false_values: int = 100) -> Truths:
    """Return what ACCU believes: a source's vote weighs by how often its numbers are believed.

    Every false number is taken for equally likely, and sources for independent.

    Source: Dong, Berti-Equille, Srivastava, "Integrating Conflicting Data: The Role of Source
    Dependence", VLDB 2009, section 4.
    """
    trust = dict.fromkeys(_sources(sayings), accuracy)
    beliefs: dict[Subject, dict[int, float]] = {}
    for _ in range(ROUNDS_MAX):
        # A source that is always or never right would outweigh any number of others.
        vote = {
            source: log(false_values * kept / (1 - kept))
            for source, right in trust.items()
            for kept in (min(max(right, 0.01), 0.99),)
        }
        beliefs = {
            subject: accu_beliefs(said, vote, false_values) for subject, said in sayings.items()
        }
        before, trust = trust, _mean_belief(sayings, beliefs)
        if _has_settled(before, trust):
            break
    return {subject: _most(belief) for subject, belief in beliefs.items()}


def accu_beliefs(
    said: Sequence[Saying], vote: Mapping[str, float], false_values: int
) -> dict[int, float]:
    """Return how much each number on a subject is believed, given the vote of each source."""
    score: dict[int, float] = defaultdict(float)
    for source, value in said:
        score[value] += vote[source]
    # The numbers nobody gives share the belief: each counts as one that got no vote.
    unsaid = max(false_values + 1 - len(score), 0)
    most = max(0.0, *score.values())
    whole = sum(exp(one - most) for one in score.values()) + unsaid * exp(-most)
    return {value: exp(one - most) / whole for value, one in score.items()}


def truth_finder(
    sayings: Sayings, *, trust: float = 0.9, dampening: float = 0.3, influence: float = 0.5
) -> Truths:
    """Return what TruthFinder believes: numbers near each other also support each other.

    Source: Yin, Han, Yu, "Truth Discovery with Multiple Conflicting Information Providers on the Web",
    IEEE TKDE 20(6), 2008.
    """
    trusted = dict.fromkeys(_sources(sayings), trust)
    beliefs: dict[Subject, dict[int, float]] = {}
    for _ in range(ROUNDS_MAX):
        weight = {source: -log(1 - min(one, 1 - 1e-9)) for source, one in trusted.items()}
        beliefs = {}
        for subject, said in sayings.items():
            score: dict[int, float] = defaultdict(float)
            for source, value in said:
                score[value] += weight[source]
            beliefs[subject] = {
                value: 1 / (1 + exp(-dampening * _with_neighbours(value, score, influence)))
                for value in score
            }
        before, trusted = trusted, _mean_belief(sayings, beliefs)
        if _has_settled(before, trusted):
            break
    return {subject: _most(belief) for subject, belief in beliefs.items()}


def _with_neighbours(value: int, score: Mapping[int, float], influence: float) -> float:
    others = sum(
        score[other] * (1 - abs(value - other) / max(value, other, 1) - 0.5)
        for other in score
        if other != value
    )
    return score[value] + influence * others


def crh(sayings: Sayings) -> Truths:
    """Return what CRH believes: the weighted median that is nearest to all, sources weighed by distance.

    Distances are divided by the spread of the numbers on a subject, and averaged for each source.

    Source: Li, Li, Gao, Zhao, Fan, Han, "Resolving Conflicts in Heterogeneous Data by Truth Discovery
    and Source Reliability Estimation", SIGMOD 2014, the absolute loss for numbers.
    """
    spread = {subject: _spread(said) for subject, said in sayings.items()}
    truths = {subject: _weighted_median(said, None) for subject, said in sayings.items()}
    for _ in range(ROUNDS_MAX):
        errors = _errors(sayings, truths, spread)
        # A source without any loss would weigh infinitely much.
        loss = {source: max(fmean(map(abs, each)), 1e-3) for source, each in errors.items()}
        whole = sum(loss.values())
        # A lone source has the whole loss and would weigh nothing.
        weight = {source: max(-log(one / whole), 1e-9) for source, one in loss.items()}
        renewed = {subject: _weighted_median(said, weight) for subject, said in sayings.items()}
        if renewed == truths:
            break
        truths = renewed
    return truths


def _weighted_median(said: Sequence[Saying], weight: Mapping[str, float] | None) -> int:
    weighed = sorted((value, 1.0 if weight is None else weight[source]) for source, value in said)
    half, reached = sum(one for _, one in weighed) / 2, 0.0
    for value, one in weighed:
        reached += one
        if reached >= half - 1e-12:
            return value
    return weighed[-1][0]


def gtm(
    sayings: Sayings, *, alpha: float = 10.0, beta: float = 10.0, prior_variance: float = 1.0
) -> Truths:
    """Return what the Gaussian truth model believes, as the nearest number that somebody gives.

    Each source errs with a variance of its own; truths and variances are found in turn
    (expectation-maximisation), on numbers brought to one scale for each subject.

    Source: Zhao, Han, "A Probabilistic Model for Estimating Real-valued Truth from Conflicting
    Sources", QDB 2012.
    """
    spread = {subject: _spread(said) for subject, said in sayings.items()}
    centre = {subject: median(value for _, value in said) for subject, said in sayings.items()}
    believed: dict[Subject, float] = dict(centre)
    variance = dict.fromkeys(_sources(sayings), beta / (alpha + 1))
    for _ in range(ROUNDS_MAX):
        renewed = {}
        for subject, said in sayings.items():
            # The centre is what is expected before anybody speaks.
            precision = 1 / prior_variance + sum(1 / variance[source] for source, _ in said)
            pull = sum((value - centre[subject]) / variance[source] for source, value in said)
            renewed[subject] = centre[subject] + pull / precision
        settled = all(abs(renewed[each] - believed[each]) < SETTLED for each in renewed)
        believed = renewed
        variance = {
            source: (2 * beta + sum(error**2 for error in errors)) / (2 * (alpha + 1) + len(errors))
            for source, errors in _errors(sayings, believed, spread).items()
        }
        if settled:
            break
    return {
        subject: min(
            (value for _, value in said), key=lambda one: (abs(one - believed[subject]), one)
        )
        for subject, said in sayings.items()
    }


#: By the name under which each was published, the simplest first.
METHODS: dict[str, Callable[[Sayings], Truths]] = {
    "majority by claimant": majority,
    "ACCU": accu,
    "TruthFinder": truth_finder,
    "CRH": crh,
    "GTM": gtm,
}


def _sources(sayings: Sayings) -> list[str]:
    return sorted({source for said in sayings.values() for source, _ in said})


def _most(score: Mapping[int, float]) -> int:
    """Return the number with the greatest score; of several the least, as sums differ in their last bit."""
    greatest = max(score.values())
    return min(value for value, one in score.items() if one >= greatest - 1e-12)


def _mean_belief(
    sayings: Sayings, beliefs: Mapping[Subject, Mapping[int, float]]
) -> dict[str, float]:
    """Return how much the numbers of each source are believed on average."""
    held: dict[str, list[float]] = defaultdict(list)
    for subject, said in sayings.items():
        for source, value in said:
            held[source].append(beliefs[subject][value])
    return {source: fmean(each) for source, each in held.items()}


def _errors(
    sayings: Sayings, truths: Mapping[Subject, float], spread: Mapping[Subject, float]
) -> dict[str, list[float]]:
    """Return by how many standard deviations each number of each source is off."""
    found: dict[str, list[float]] = defaultdict(list)
    for subject, said in sayings.items():
        for source, value in said:
            found[source].append((value - truths[subject]) / spread[subject])
    return found


def _spread(said: Sequence[Saying]) -> float:
    """Return the standard deviation of the numbers on a subject, 1 where all are equal."""
    return pstdev(value for _, value in said) or 1.0


def _has_settled(before: Mapping[str, float], after: Mapping[str, float]) -> bool:
    return sqrt(sum((after[source] - before[source]) ** 2 for source in after)) < SETTLED
