"""What a figure is about follows from its id."""

import msgspec
import pytest

from schemas.vocabulary import exchange_day, figure_key
from services.projection.dimensions import FigureDimensions, dimensions_of, told_dimensions
from tests.builders import figure_reconciled


@pytest.mark.parametrize(
    "figure",
    [
        "2024-01-03:returned:UA:all",
        "2024-01-03-b:exchanged_total:both:national guard: women",
        "2024-01-03:held:UA:all",
        "undated:held:RU:military",
    ],
)
def test_what_a_figure_is_about_is_what_its_id_says(figure):
    key, dimensions = figure_key(figure), dimensions_of(figure)

    day = exchange_day(key.exchange) if key.exchange else key.day
    assert dimensions == FigureDimensions(key.exchange, day, *key[2:], dimensions.are_in_id)
    assert dimensions.are_in_id == (key.exchange is not None)


@pytest.mark.parametrize(
    "figure",
    ["2024-01-03:returned:UA", "2024-01-03:lost:UA:all", "2024-01-03:returned::all", "a:b"],
)
def test_what_is_no_figures_id_is_about_nothing(figure):
    with pytest.raises(ValueError, match="expected"):
        dimensions_of(figure)


def test_a_figure_told_with_what_its_id_does_not_say_is_known_by_that():
    told = figure_reconciled(1, "2024-01-03:returned:UA:all").data
    dated = msgspec.structs.replace(told, date=exchange_day("2024-01-03"))

    assert told_dimensions(dated) == dimensions_of(told.figure)
    assert not told_dimensions(told).are_in_id
    assert not told_dimensions(msgspec.structs.replace(dated, side="RU")).are_in_id
