"""Each part that `make score` switches off can be switched off, and does something when it is on."""

import pytest

from schemas.views import ReadModels
from services.queries.replay import replay
from tests.reconciliation.ablations import ABLATIONS
from tests.reconciliation.labelled_sets import FIRST_PERIOD


def replayed() -> ReadModels:
    return replay(FIRST_PERIOD.lines, ledger=FIRST_PERIOD.ledger).read_models


@pytest.fixture(scope="module")
def whole() -> ReadModels:
    return replayed()


@pytest.mark.parametrize("switched_off", ABLATIONS.values(), ids=ABLATIONS)
def test_a_part_changes_something_and_is_back_afterwards(whole, switched_off):
    with switched_off():
        assert replayed() != whole

    assert replayed() == whole
