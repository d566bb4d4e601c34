"""The pages say one thing: over all shipped figures, verdict, range and counts never contradict each other."""

import re
from typing import NamedTuple

import pytest

from schemas.ledger import LedgerConfiguration
from schemas.views import CumulativePoint, Figure
from services.api.pages import words
from services.api.pages.disagreements import disputed_counts
from services.api.pages.lists import exchanges_findable, figures_findable
from services.api.pages.overview import Overview, Tables, overview
from services.api.pages.phrases import span
from services.ledgers import demo_claims, demo_ledgers, load_ledger
from services.queries.as_of import CLASHES
from services.queries.replay import replay
from tests.api.test_pages import EXCHANGE, read


class Shipped(NamedTuple):
    """One shipped ledger with all its claims, and what the overview shows of it."""

    ledger: LedgerConfiguration
    tables: Tables
    shown: Overview

    @property
    def numbers(self) -> list[Figure | CumulativePoint]:
        return [*self.tables.figures.values(), *self.tables.cumulative]


@pytest.fixture(scope="module", params=demo_ledgers())
def shipped(request) -> Shipped:
    ledger = load_ledger(request.param)
    models = replay(demo_claims(ledger.name).splitlines(), ledger=ledger).read_models
    tables = Tables(
        exchanges=models.exchanges,
        figures={figure.id: figure for figure in models.figures},
        cumulative=models.cumulative,
        checks=models.checks,
        claims={claim.ref: claim for claim in models.claims},
        headline=models.headline,
        operations=models.operations,
    )
    return Shipped(ledger, tables, overview(tables, ledger))


def told(row: Figure | CumulativePoint) -> tuple[str, str, bool]:
    """What a page says of a number: it, its verdict, and whether others are said to say otherwise."""
    is_contested = isinstance(row, Figure) and words.is_contested(row)
    return span(row.low, row.best, row.high), words.verdict_of(row), is_contested


def test_no_number_that_is_agreed_or_somebodys_word_has_a_range_without_saying_why(shipped):
    found = [told(row) for row in shipped.numbers]

    settled = [one for one in found if one[1] in ("agreed", "unopposed")]
    assert settled
    assert [one for one in settled if "at least" in one[0]] == []
    assert [one for one in settled if "range" in one[0] and not one[2]] == []


def test_no_number_has_others_against_it_in_silence(shipped):
    figures = shipped.tables.figures.values()
    against = [figure for figure in figures if figure.claims.disagreeing]

    assert [figure.id for figure in against if told(figure)[1:] == ("agreed", False)] == []
    for figure in against:
        _, verdict, is_contested = told(figure)
        assert (verdict == "disputed") != is_contested, figure.id
    for figure in figures:
        if figure.status in CLASHES:
            assert figure.claims.disagreeing, figure.id


def test_a_bar_is_painted_as_its_own_figure_is(shipped):
    sides = [side for row in shipped.shown.rows if row.came_back for side in row.sides]
    drawn = [side for side in sides if side.figure is not None]

    assert drawn
    for side in drawn:
        is_whole = side.figure.status in CLASHES
        assert (side.own_verdict == "disputed") == is_whole, side.figure.id
        assert side.is_partly == (bool(side.clashes) and not is_whole), side.figure.id
        # What is disputed in any part is told as disputed, and nothing else is.
        assert (side.verdict == "disputed") == bool(side.clashes), side.figure.id


def test_pages_count_the_same_disputes(shipped):
    shown = shipped.shown
    rows = [item.row for item in exchanges_findable(shipped.tables, shipped.ledger)]
    listed = [side.verdict for row in rows if row.came_back for side in row.sides]

    assert shown.found["disputed"] == disputed_counts(shipped.tables, shipped.ledger)
    for verdict, count in shown.found.items():
        assert count == listed.count(verdict), verdict
    assert sum(shown.found.values()) == shown.counts
    assert shown.counts + shown.missing == len(listed)
    disputed = {row.exchange.id for row, _ in shown.disputed}
    assert disputed == {row.exchange.id for row in rows if row.is_disputed}


def test_the_list_of_figures_says_what_the_pages_of_exchanges_say(shipped):
    for item in figures_findable(shipped.tables, shipped.ledger):
        text, verdict, _ = told(item.row.figure)
        assert (item.row.text, item.row.verdict) == (text, verdict)


@pytest.mark.redis
@pytest.mark.e2e
def test_the_entry_beside_a_figure_is_the_last_of_its_history(http):
    page = read(http, EXCHANGE)
    history = read(http, f"{EXCHANGE}/history")

    named = {int(found) for found in re.findall(r"\bentry (\d+)", page.text)}
    assert named
    assert named <= {int(found) for found in re.findall(r"\bentry (\d+)", history.text)}


@pytest.mark.redis
@pytest.mark.e2e
def test_the_overview_and_the_disagreements_count_the_same(http):
    [told_first] = re.findall(r"(\d+) (?:is|are) disputed", read(http, "/").text)
    [told_again] = re.findall(
        r"one for each side of each exchange, (\d+) (?:is|are) disputed",
        read(http, "/disagreements").text,
    )

    assert told_first == told_again
