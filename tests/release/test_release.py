"""A release of the shipped claims, read as a stranger would: by DuckDB, Frictionless and a citation's schema."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
import yaml
from frictionless import Package, Report
from jsonschema import Draft202012Validator

from schemas.views import CumulativePoint
from services.ledgers import demo_claims
from services.queries.replay import Replayed, canonical_json, replay
from services.reconciliation.policy import LATEST_POLICY
from services.release.directory import sum_of
from services.release.tables import TABLES
from tests.builders import reported
from tests.release.making import AUTHORS, LEDGER, csv_rows, descriptor_of, release


NAMES = [table.name for table in TABLES]
#: What the figures of each exchange add up to from the last published total before each day on, as
#: services/projection/cumulative.py has it, told once more in SQL.
SUMS = """
WITH chosen AS (
    SELECT DISTINCT ON (point.side, point.category, point.as_of, figure.exchange)
        point.side, point.category, point.as_of, figure.low,
        coalesce(figure.best, figure.low) AS best, figure.high
    FROM cumulative AS point
    JOIN figures AS figure ON figure.side = point.side AND figure.measure = 'returned'
        AND (figure.category = point.category
             OR point.category = 'all' AND figure.category = 'military')
    JOIN exchanges AS exchange ON exchange.id = figure.exchange
        AND exchange.status IN ('completed', 'unilateral') AND exchange.date <= point.as_of
        AND (point.computed_since_total IS NULL OR exchange.date > point.computed_since_total)
    ORDER BY figure.category = point.category DESC
), added AS (
    SELECT side, category, as_of, sum(low) AS low, sum(best) AS best,
        CASE WHEN bool_and(high IS NOT NULL) THEN sum(high) END AS high
    FROM chosen GROUP BY ALL
)
SELECT point.side, point.category, point.as_of::VARCHAR AS as_of,
    coalesce(since.low, 0) + coalesce(added.low, 0) AS low,
    coalesce(since.best, since.low, 0) + coalesce(added.best, 0) AS best,
    CASE WHEN point.computed_since_total IS NOT NULL AND (added.side IS NULL OR added.high IS NOT NULL)
        THEN since.high + coalesce(added.high, 0) END AS high
FROM cumulative AS point
LEFT JOIN added USING (side, category, as_of)
LEFT JOIN cumulative AS since ON since.side = point.side AND since.category = point.category
    AND since.as_of = point.computed_since_total
WHERE point.computed_low IS NOT NULL
ORDER BY ALL
"""
#: By year and side: what the headline rows add up to, and by how much the series of listed exchanges
#: rises. A series that says nothing yet stands at 0.
YEARS = """
WITH years AS (SELECT unnest(range(2022, 2027)) AS year),
sums AS (
    SELECT year(date) AS year, side, sum(low) AS low, sum(best) AS best FROM headline GROUP BY ALL
), ends AS (
    SELECT years.year, point.side, max(point.listed_low) AS low, max(point.listed_best) AS best
    FROM years JOIN cumulative AS point
        ON point.category = 'all' AND year(point.as_of) <= years.year
    GROUP BY ALL
)
SELECT sums.year, sums.side, sums.low, sums.best,
    ends.low - coalesce(before.low, 0), ends.best - coalesce(before.best, 0)
FROM sums JOIN ends USING (year, side)
LEFT JOIN ends AS before ON before.side = sums.side AND before.year = sums.year - 1
ORDER BY ALL
"""
#: What the profile of Data Package v2 asks of what is used here, where Frictionless is more lenient.
PACKAGE_SCHEMA = {
    "type": "object",
    "required": ["resources"],
    "properties": {
        "name": {"type": "string", "pattern": "^[-a-z0-9._/]+$"},
        "created": {"type": "string", "format": "date-time"},
        "version": {"type": "string"},
        "keywords": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "contributors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "properties": {
                    "title": {"type": "string"},
                    "roles": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                }
            },
        },
        "resources": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "path"],
                "properties": {
                    "path": {"type": "string", "pattern": "^[^./~][^/]*$"},
                    "type": {"const": "table"},
                    "mediatype": {"type": "string", "pattern": "^(.+)/(.+)$"},
                    "bytes": {"type": "integer"},
                    "hash": {"type": "string", "pattern": "^[^:]+:[a-fA-F0-9]+$"},
                    "schema": {
                        "type": "object",
                        "required": ["fields"],
                        "properties": {
                            "fields": {
                                "type": "array",
                                "minItems": 1,
                                "items": {
                                    "required": ["name", "type"],
                                    "properties": {
                                        "type": {
                                            "enum": [
                                                "array",
                                                "boolean",
                                                "date",
                                                "datetime",
                                                "integer",
                                                "string",
                                            ]
                                        },
                                        "constraints": {
                                            "properties": {
                                                "required": {"type": "boolean"},
                                                "enum": {
                                                    "type": "array",
                                                    "minItems": 1,
                                                    "uniqueItems": True,
                                                },
                                            },
                                            "additionalProperties": False,
                                        },
                                    },
                                },
                            },
                            "primaryKey": {"type": "array", "minItems": 1, "uniqueItems": True},
                            "foreignKeys": {
                                "type": "array",
                                "minItems": 1,
                                "items": {"type": "object", "required": ["fields", "reference"]},
                            },
                            "missingValues": {"type": "array", "items": {"type": "string"}},
                        },
                    },
                },
            },
        },
    },
}
#: What the Citation File Format 1.2.0 asks of the fields that are used here.
CITATION_SCHEMA = {
    "type": "object",
    "required": ["cff-version", "message", "title", "authors"],
    "additionalProperties": False,
    "properties": {
        "cff-version": {"const": "1.2.0"},
        "message": {"type": "string", "minLength": 1},
        "type": {"enum": ["dataset", "software"]},
        "title": {"type": "string", "minLength": 1},
        "abstract": {"type": "string", "minLength": 1},
        "version": {"type": "string", "minLength": 1},
        "license": {"type": "string", "pattern": r"^[A-Za-z0-9.+-]+$"},
        "url": {"type": "string", "format": "uri", "pattern": "^https?://"},
        "date-released": {"type": "string", "pattern": r"^\d{4}-(0[1-9]|1[012])-[0-3]\d$"},
        "keywords": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"type": "string", "minLength": 1},
        },
        "authors": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": False,
                "properties": {"name": {"type": "string", "minLength": 1}},
            },
        },
    },
}


@pytest.fixture(scope="module")
def replayed() -> Replayed:
    return replay(demo_claims("rus-ukr").splitlines(), ledger=LEDGER)


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> Path:
    place: Path = tmp_path_factory.mktemp("release") / "rus-ukr"
    release(demo_claims("rus-ukr").splitlines(), place)
    return place


def test_a_release_holds_these_files_and_their_sums(released):
    names = {path.name for path in released.iterdir()}

    tables = {f"{name}.{form}" for name in NAMES for form in ("csv", "parquet")}
    texts = {"README.md", "CITATION.cff", "datapackage.json", "log.jsonl", "codebook.csv"}
    texts |= {"croissant.json", "csv-metadata.json"}
    assert names == tables | texts | {"SHA256SUMS"}
    sums = dict(
        reversed(line.split("  ")) for line in (released / "SHA256SUMS").read_text().splitlines()
    )
    assert sums == {name: sum_of(released / name) for name in tables | texts}


def test_two_releases_of_one_position_are_byte_identical(released, tmp_path):
    release(demo_claims("rus-ukr").splitlines(), tmp_path / "again")

    for path in released.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_figures_in_parquet_add_up_to_the_cumulative_figures(released, replayed):
    with duckdb.connect() as database:
        for name in ("figures", "exchanges", "cumulative"):
            table = f"read_parquet('{released / name}.parquet')"
            database.execute(f"CREATE VIEW {name} AS SELECT * FROM {table}")
        summed = database.execute(SUMS).fetchall()

    points: tuple[CumulativePoint, ...] = replayed.read_models.cumulative
    expected = [
        (point.side, point.category, str(point.as_of), said.low, said.best, said.high)
        for point in points
        if (said := point.computed)
    ]
    assert len(summed) > 200
    assert summed == sorted(expected)


def test_the_headline_rows_in_csv_add_up_to_the_rise_of_the_series_in_every_year(
    released, replayed
):
    with duckdb.connect() as database:
        for name in ("headline", "cumulative"):
            table = f"read_csv('{released / name}.csv')"
            database.execute(f"CREATE VIEW {name} AS SELECT * FROM {table}")
        years = database.execute(YEARS).fetchall()
        unlike = database.execute(
            "SELECT count(*) FROM headline WHERE status NOT IN ('completed', 'unilateral') AND best != 0"
        ).fetchall()

    found = replayed.read_models.headline
    expected = {(row.date.year, row.side) for row in found}
    assert {(year, side) for year, side, *_ in years} == expected
    assert len(expected) > 4
    for year, side, low, best, low_of_series, best_of_series in years:
        assert (low, best) == (low_of_series, best_of_series), (year, side)
        assert best == sum(
            row.best or 0 for row in found if (row.date.year, row.side) == (year, side)
        )
    assert sum(best for _, _, _, best, *_ in years) > 1_000
    assert unlike == [(0,)]


@pytest.mark.parametrize("name", NAMES)
def test_csv_and_parquet_hold_the_same_rows(released, name):
    parquet = pq.read_table(released / f"{name}.parquet").to_pylist()

    # Of operations and windows there are few.
    assert len(parquet) > (1 if name in ("operations", "windows", "remains") else 50)
    assert csv_rows(released, name) == parquet


def test_every_row_is_that_of_the_read_models(released, replayed):
    [figure] = [
        row for row in replayed.read_models.figures if row.id == "2024-01-03:returned:UA:all"
    ]
    [row] = [row for row in csv_rows(released, "figures") if row["id"] == figure.id]

    assert (row["low"], row["best"], row["high"]) == (figure.low, figure.best, figure.high)
    assert row["claims_best"] == list(figure.claims.best)
    assert row["claims_excluded"] == [one.model_dump() for one in figure.claims.excluded]
    assert row["reasons"] == [reason.model_dump() for reason in figure.reasons]
    assert row["as_known_on"] == figure.as_known_on


def test_the_log_of_a_release_gives_its_read_models_again(released, replayed):
    with (released / "log.jsonl").open("rb") as lines:
        again = replay(lines, ledger=LEDGER)

    assert canonical_json(again.read_models) == canonical_json(replayed.read_models)


def validated(described: dict[str, Any], resources: list[dict[str, Any]], place: Path) -> Report:
    package = Package.from_descriptor(described | {"resources": resources}, basepath=str(place))
    report: Report = package.validate()
    return report


def test_frictionless_finds_the_tables_valid(released):
    described = descriptor_of(released)
    # Of the others it reads some formats only with further libraries; their sums are tested above.
    tables = [part for part in described["resources"] if part.get("type") == "table"]
    report = validated(described, tables, released)

    assert [part["name"] for part in tables] == NAMES
    assert report.valid, report.flatten(["title", "message"])
    assert [task.stats["rows"] for task in report.tasks] == [
        len(csv_rows(released, name)) for name in NAMES
    ]


def test_frictionless_would_find_a_spoilt_row(released, tmp_path):
    described = descriptor_of(released)
    tables = [part for part in described["resources"] if part["name"] == "exchanges"]
    text = (released / "exchanges.csv").read_text().replace(",completed,", ",finished,")
    (tmp_path / "exchanges.csv").write_text(text)

    report = validated(described, tables, tmp_path)

    assert not report.valid
    assert "constraint-error" in {found for [found] in report.flatten(["type"])}


def test_every_file_is_a_resource_with_its_size_and_sum(released):
    described = descriptor_of(released)

    Draft202012Validator(PACKAGE_SCHEMA).validate(described)
    assert described["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert [part["path"] for part in described["resources"]] == [
        *(f"{name}.csv" for name in NAMES),
        *(f"{name}.parquet" for name in NAMES),
        "log.jsonl",
    ]
    for part in described["resources"]:
        path = released / part["path"]
        assert (part["bytes"], part["hash"]) == (path.stat().st_size, f"sha256:{sum_of(path)}")


def test_a_release_says_what_it_stands_for(released, replayed):
    described = descriptor_of(released)
    position = len(replayed.log.bodies())
    last = json.loads(replayed.log.bodies()[-1])

    assert (described["position"], described["policy"]) == (position, LATEST_POLICY.version)
    assert described["version"] == f"{LATEST_POLICY.version}.{position}"
    assert described["created"] == last["recorded_at"].replace("+00:00", "Z")
    assert (
        f"log position {position}, policy {LATEST_POLICY.version}"
        in (released / "README.md").read_text()
    )
    metadata = pq.read_schema(released / "figures.parquet").metadata
    assert metadata[b"position"] == str(position).encode()


def test_columns_say_the_same_in_the_descriptor_the_page_and_parquet(released):
    described = descriptor_of(released)
    page = (released / "README.md").read_text()
    for table, part in zip(TABLES, described["resources"], strict=False):
        schema = pq.read_schema(released / f"{table.name}.parquet")
        fields: list[dict[str, Any]] = part["schema"]["fields"]
        assert [field["name"] for field in fields] == schema.names
        for field in fields:
            metadata = schema.field(field["name"]).metadata
            assert metadata[b"description"].decode() == field["description"]
            assert metadata.get(b"unit", b"").decode() == field.get("unit", "")
            assert f"| `{field['name']}` | {field['type']} | {field.get('unit', '')} |" in page


def test_the_citation_is_a_valid_citation_file(released):
    cited = yaml.safe_load((released / "CITATION.cff").read_text())

    Draft202012Validator(CITATION_SCHEMA).validate(cited)
    assert cited["authors"] == [{"name": AUTHORS[0]}]
    assert cited["version"] == descriptor_of(released)["version"]


def test_an_empty_ledger_is_released_as_empty_tables(tmp_path):
    about = release([], tmp_path / "empty")

    assert (about.position, about.created) == (0, None)
    assert {len(csv_rows(tmp_path / "empty", name)) for name in NAMES} == {0}
    Draft202012Validator(PACKAGE_SCHEMA).validate(descriptor_of(tmp_path / "empty"))
    assert "created" not in descriptor_of(tmp_path / "empty")
    cited = yaml.safe_load((tmp_path / "empty" / "CITATION.cff").read_text())
    Draft202012Validator(CITATION_SCHEMA).validate(cited)


def test_no_text_of_a_claim_is_a_formula_in_csv_and_all_are_whole_in_parquet(tmp_path):
    texts = ["=1+1", "+230", "-230", "@outlet", "'tis", "＝1", 'a "quoted", one', "230 of ours"]
    lines = [
        reported(f"c{number}", wording=text, reported_by=text) for number, text in enumerate(texts)
    ]

    release(lines, tmp_path / "odd")

    parquet = pq.read_table(tmp_path / "odd" / "claims.parquet").to_pylist()
    assert [row["wording"] for row in parquet] == texts
    assert csv_rows(tmp_path / "odd", "claims") == parquet
    written = (tmp_path / "odd" / "claims.csv").read_text()
    for text in texts[:6]:
        assert f",'{text}," in written
        assert f",{text}," not in written


def test_a_month_and_a_count_so_far_stand_in_every_format(tmp_path):
    quantity = {"bound": "exact", "value": 70, "so_far": True}
    about = {"date": "2024-01", "counterpart": "things", "third": "QA"}
    release([reported(quantity=quantity, exchange=about)], tmp_path / "release")

    [row] = csv_rows(tmp_path / "release", "claims")
    [typed] = pq.read_table(tmp_path / "release" / "claims.parquet").to_pylist()
    assert row == typed
    assert row["quantity_so_far"] is True
    stated = ("date", "ordinal", "until", "counterpart", "third")
    assert [row[f"stated_exchange_{name}"] for name in stated] == [
        *("2024-01", None, None),
        *("things", "QA"),
    ]


def test_times_stand_in_utc(tmp_path):
    release([reported(time="2024-01-03T20:46:00+02:00")], tmp_path / "made")

    assert ",2024-01-03T18:46:00Z," in (tmp_path / "made" / "claims.csv").read_text()
