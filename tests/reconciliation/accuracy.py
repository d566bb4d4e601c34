"""Measure reconciliation on the real claims and write `docs/accuracy.md`: run by `make score`.

The measurements: each labelled set as it is, beside naive rules and published methods; each with the
stated exchange date taken from every second claim (seeded), which leaves identification to other
evidence; and the first one with one part of the procedure switched off at a time.
"""

from collections.abc import Iterable
from pathlib import Path

from services.queries.replay import replay
from tests.reconciliation.ablations import ABLATIONS
from tests.reconciliation.accuracy_report import Measured, report
from tests.reconciliation.labelled_sets import (
    FIRST_PERIOD,
    SETS,
    LabelledSet,
    without_every_second_date,
)
from tests.reconciliation.score import Score, score


REPORT = Path(__file__).parents[2] / "docs" / "accuracy.md"
#: Seeds of the runs without every second date.
SEEDS = (1, 2, 3)


def measure(labelled: LabelledSet, lines: Iterable[bytes] | None = None) -> Score:
    """Replay the claims of a set, or other ones in their place, and score what comes out."""
    replayed = replay(labelled.lines if lines is None else lines, ledger=labelled.ledger)
    return score(replayed.read_models.model_dump(mode="json"), labelled.answers)


def measure_all() -> Measured:
    """Measure everything that the report tells."""
    ablated = {}
    for name, switched_off in ABLATIONS.items():
        with switched_off():
            ablated[name] = measure(FIRST_PERIOD)
    return Measured(
        whole={each.name: measure(each) for each in SETS},
        undated={
            each.name: {
                seed: measure(each, without_every_second_date(each.lines, seed)) for seed in SEEDS
            }
            for each in SETS
        },
        ablated=ablated,
        ablated_set=FIRST_PERIOD.name,
    )


def main() -> None:
    """Print the report and keep it."""
    text = report(measure_all())
    REPORT.write_text(text, encoding="utf-8")
    print(text)  # noqa: T201  the command's output


if __name__ == "__main__":
    main()
