"""How days and instants in a claim are read."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.claim import Day, Instant


WRITTEN: tuple[object, ...] = (
    *("2024-01-03", "2024-02-30", "2024-01-03T18:46", "2024-01-03T18:46:00Z"),
    *("2024-01-03 18:46:00+02:00", "2024-01-03\n", "٢٠٢٤-٠١-٠٣", "1704307571", "", 1704307571),
    *(1.5, True, None, [], {}),
)


def read(adapter: TypeAdapter[Any], given: object, *, as_json: bool) -> object:
    try:
        if as_json:
            return adapter.validate_json(json.dumps(given))
        return adapter.validate_python(given)
    except ValidationError as error:
        return [(fault["type"], fault["msg"]) for fault in error.errors()]


@pytest.mark.parametrize("given", WRITTEN)
@pytest.mark.parametrize("kind", [Day, Instant])
def test_json_is_read_like_an_object_though_by_other_means(kind, given):
    adapter = TypeAdapter(kind)

    assert read(adapter, given, as_json=True) == read(adapter, given, as_json=False)


def test_nothing_but_a_written_day_is_a_day():
    adapter = TypeAdapter(Day)
    days = [given for given in WRITTEN if not isinstance(read(adapter, given, as_json=True), list)]

    assert days == ["2024-01-03"]


def test_nothing_but_a_written_time_with_its_zone_is_an_instant():
    adapter = TypeAdapter(Instant)
    times = [given for given in WRITTEN if not isinstance(read(adapter, given, as_json=True), list)]

    assert times == ["2024-01-03T18:46:00Z", "2024-01-03 18:46:00+02:00"]
