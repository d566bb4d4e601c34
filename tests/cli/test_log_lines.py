"""What the table of the log's events tells of each."""

from services.cli.log import row_of
from services.eventlog.port import Entry
from services.ledgers import load_ledger
from services.queries.replay import replay
from tests.builders import judged
from tests.reconciliation.given import said


LEDGER = load_ledger("rus-ukr")
UA = "2024-01-03:returned:UA"


def told(*lines: bytes) -> list[str]:
    bodies = replay(lines, ledger=LEDGER, batch_count=1).log.bodies()
    return [row_of(Entry(position, body)).about for position, body in enumerate(bodies, start=1)]


def test_decisions_tell_the_figures_and_how_much_else_changed():
    lines = told(said("a", 230), judged("exclude", claim="a"))

    assert lines[1] == f"2024-01-03; {UA}:all: 230 / 230 / 230 single_source; claims: 1"
    assert lines[-1] == f"2024-01-03; {UA}:all: gone; claims: 1; 2024-01-03 forgotten"


def test_of_many_figures_the_first_are_told_and_the_others_counted():
    lines = [said(group, 10 + number, category=group) for number, group in enumerate("abcde")]
    replayed = replay(lines, ledger=LEDGER)

    about = row_of(Entry(6, replayed.log.bodies()[5])).about

    assert "more figures: 3" in about
    assert about.endswith("claims: 5")
