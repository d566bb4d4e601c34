"""The columns of a release follow from the models, and each says what it means."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from schemas.instants import in_utc
from services.release.tables import TABLES, columns_of


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_says_what_it_means_once(table):
    columns = columns_of(table.model)
    names = [column.name for column in columns]

    assert len(names) == len(set(names))
    assert {column.path[0] for column in columns} == table.model.model_fields.keys()
    for column in columns:
        assert column.description.endswith("."), column.name
        for part in (column.items or {}).get("properties", {}).values():
            assert part["description"].endswith("."), column.name


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_keys_and_references_are_columns(table):
    names = {column.name for column in columns_of(table.model)}

    assert {*table.key, *(reference.column for reference in table.references)} <= names
    for reference in table.references:
        [other] = [other for other in TABLES if other.name == reference.table]
        assert other.key == (reference.key,)


def test_counts_of_people_name_their_unit():
    counted = {
        f"{table.name}.{column.name}"
        for table in TABLES
        for column in columns_of(table.model)
        if column.unit == "persons"
    }

    ends = ("low", "best", "high")
    sums = {
        f"{table}.{of}{end}"
        for table in ("cumulative", "windows")
        for of in ("", "computed_", "published_", "listed_")
        for end in ends
    }
    figures = {f"figures.{end}" for end in (*ends, "claimed_low", "claimed_high")}
    rows = {f"headline.{end}" for end in ends}
    assert counted == sums | figures | rows


def test_instants_at_the_ends_of_time_stay_where_they_are():
    first = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=2)))

    assert in_utc(first) == datetime(1, 1, 1, tzinfo=UTC)
