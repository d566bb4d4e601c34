"""Every list can be taken away as a file: complete, in four forms, with a document that says what it is."""

import csv
import io
import json
import re
import zipfile
from xml.etree import ElementTree as ET

import duckdb
import httpx
import pytest

from schemas.table_file import TableMetadata
from services.api.http import lists, row_answers
from services.api.http.query_parameters import LIMIT
from services.api.resources.files import ENDINGS, LISTS
from services.ledgers import load_ledger
from services.queries.replay import replay
from services.release.csv_text import csv_bytes
from services.release.tables import TABLES, columns_of
from tests.api.running import serving
from tests.cli.running import seed_of
from tests.running import PATIENCE_SECONDS


pytestmark = [pytest.mark.redis, pytest.mark.e2e]

_CELL = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheet_of(body: bytes, number: int) -> list[dict[str, str]]:
    """Read a sheet of a workbook: each row's cells by column."""
    book = zipfile.ZipFile(io.BytesIO(body))
    root = ET.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
    return [
        {
            re.sub(r"\d", "", cell.get("r") or ""): "".join(cell.itertext())
            for cell in row.iter(f"{_CELL}c")
        }
        for row in root.iter(f"{_CELL}row")
    ]


def csv_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


async def test_csv_holds_every_row_where_a_page_of_json_does_not(running, http, monkeypatch):
    whole = http.get("/v1/claims").json()["items"]
    monkeypatch.setattr(lists, "LIMIT", 5)
    ways: tuple[tuple[str, dict[str, str]], ...] = (
        ("/v1/claims", {"Accept": "text/csv"}),
        ("/v1/claims?format=csv", {}),
        ("/v1/claims.csv", {}),
    )
    async with serving(running) as url, httpx.AsyncClient(base_url=url) as own:
        page = (await own.get("/v1/claims")).json()
        taken = [csv_rows((await own.get(path, headers=more)).text) for path, more in ways]
        file = (await own.get("/v1/claims.json")).json()
        some = await own.get("/v1/claims?format=csv&limit=3")

    assert (len(page["items"]), LIMIT) == (5, 100)
    assert page["next"]
    for rows in taken:
        assert [row["id"] for row in rows] == [row["id"] for row in whole]
    assert (file["items"], file["next"]) == (whole, None)
    assert len(csv_rows(some.text)) == 3
    assert 'rel="next"' in some.headers["link"]


async def test_what_is_sent_while_it_is_written_is_what_is_sent_whole(running, http, monkeypatch):
    paths = ("/v1/claims.csv", "/v1/claims.json", "/v1/figures?format=csv")
    whole = [http.get(path).content for path in paths]
    monkeypatch.setattr(row_answers, "KEPT_ROWS_MAX", 3)
    monkeypatch.setattr(row_answers, "TOGETHER_COUNT", 2)
    monkeypatch.setattr(row_answers, "MADE_ROWS_MAX", 3)
    async with serving(running) as url, httpx.AsyncClient(base_url=url) as own:
        answers = [await own.get(path) for path in paths]
        refused = await own.get("/v1/claims.xlsx")

    assert [answer.content for answer in answers] == whole
    assert all("content-length" not in answer.headers for answer in answers)
    assert refused.status_code == 400
    assert "at most 3 rows for xlsx" in refused.json()["detail"]


@pytest.mark.parametrize("table", [table for table in TABLES if table.name in LISTS])
def test_a_csv_file_is_the_one_of_a_release(http, table):
    lines = [line.encode() for line in seed_of("rus-ukr")]
    models = replay(lines, ledger=load_ledger("rus-ukr")).read_models
    released = csv_bytes(
        columns_of(table.model), [row.model_dump() for row in table.rows(models)]
    ).decode()
    text = http.get(f"/v1/{table.name}.csv").raise_for_status().text

    assert text.partition("\n")[0] == released.partition("\n")[0]
    # Only what depends on when a claim arrived is another in a replay.
    assert len(csv_rows(text)) == len(csv_rows(released))
    for row, other in zip(csv_rows(text), csv_rows(released), strict=True):
        same = {name for name in row if name not in ("position", "recorded_at", "as_known_on")}
        assert {name: row[name] for name in same} == {name: other[name] for name in same}


def test_every_list_is_offered_in_every_form_by_name(http, seeded_position):
    for name in LISTS:
        for ending in ENDINGS:
            answer = http.get(f"/v1/{name}.{ending}").raise_for_status()
            file = f"rus-ukr-{name}-{seeded_position}.{ending}"
            assert answer.headers["content-disposition"] == f'attachment; filename="{file}"'
            assert answer.headers["ledger-position"] == str(seeded_position)
            has_sidecar = f"</v1/{name}.metadata.json>" in answer.headers.get("link", "")
            assert has_sidecar == (ending != "metadata.json")


def test_a_workbook_has_numbers_to_be_summed_and_texts_that_do_nothing(http):
    rows = csv_rows(http.get("/v1/headline.csv").text)
    body = http.get("/v1/headline.xlsx").content
    sheet, about = sheet_of(body, 1), sheet_of(body, 2)
    raw = zipfile.ZipFile(io.BytesIO(body)).read("xl/worksheets/sheet1.xml").decode()
    best = list(rows[0]).index("best")

    assert len(sheet) == len(rows) + 1  # One heading.
    assert list(sheet[0].values()) == list(rows[0])
    column = "ABCDEFGHIJKLMNOP"[best]
    assert sum(int(row.get(column) or 0) for row in sheet[1:]) == sum(
        int(row["best"] or 0) for row in rows
    )
    assert "<f>" not in raw
    told = {row["A"]: row["B"] for row in about}
    assert "Creative Commons Attribution 4.0" in told["licence"]
    assert "as_known_on=" in told["permalink"]
    assert http.get("/v1/headline.xlsx").content == body


def test_parquet_has_the_same_rows_typed(http, tmp_path):
    file = tmp_path / "claims.parquet"
    file.write_bytes(http.get("/v1/claims.parquet").content)
    selected = duckdb.sql(f"SELECT id, quantity_value FROM '{file}' ORDER BY ref, position")
    assert selected is not None
    found = selected.fetchall()
    rows = http.get("/v1/claims").json()["items"]

    assert found == [(row["id"], row["quantity"] and row["quantity"]["value"]) for row in rows]


def test_the_document_beside_a_table_says_position_times_licence_and_columns(http, seeded_position):
    asked = {"side": "UA", "as_asserted_by": "2024-01-03T17:50:00Z"}
    answer = http.get("/v1/figures.metadata.json", params=asked)
    told = TableMetadata.model_validate_json(answer.text)
    rows = csv_rows(http.get("/v1/figures.csv", params=asked).text)

    assert told.position == seeded_position
    assert told.licence is not None
    assert told.licence.id == "CC-BY-4.0"
    assert (told.rows, [column.name for column in told.columns]) == (len(rows), list(rows[0]))
    assert answer.json()["as_asserted_by"] == asked["as_asserted_by"]
    for file in told.files:
        assert "side=UA&as_asserted_by=2024-01-03T17%3A50%3A00Z" in file.url
        assert http.get(file.url).status_code == 200
    assert csv_rows(http.get(told.permalink).text) == rows


def test_a_file_of_another_time_holds_what_was_known_then(http):
    asked = {"as_asserted_by": "2024-01-03T17:50:00Z", "side": "UA", "category": "all"}
    answer = http.get("/v1/figures.csv", params=asked)

    assert [(row["low"], row["high"]) for row in csv_rows(answer.text)] == [("201", "")]
    assert "said-by-20240103T175000.csv" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("figures.pdf", 404),
        ("figures?format=pdf", 400),
        ("figures.csv?nothing=1", 400),
        ("claims/one.csv", 404),
        ("log?format=csv", 400),
    ],
)
def test_what_is_no_file_is_refused(http, path, status):
    assert http.get(f"/v1/{path}").status_code == status


async def test_answers_name_the_address_that_readers_use(running, http):
    def permalink(answer: httpx.Response) -> str:
        return str(json.loads(answer.text)["permalink"])

    path = "/v1/exchanges.metadata.json"
    named = http.get(path, headers={"Host": "one.example"})
    other = http.get(path, headers={"Host": "two.example"})
    public = "https://ledger.example"
    async with (
        serving(running, public_url=public) as url,
        httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS) as own,
    ):
        fixed = await own.get(path)

    assert permalink(named).startswith("http://one.example/")
    assert permalink(other).startswith("http://two.example/")
    assert permalink(fixed).startswith(f"{public}/v1/")


async def test_any_page_may_read_and_none_may_publish(running, http):
    origin = {"Origin": "https://page.example"}
    asked = origin | {"Access-Control-Request-Method": "POST"}
    read = http.get("/v1/figures", headers=origin)
    before_publishing = http.options("/v1/claims", headers=asked)
    async with (
        serving(running, read_open=False) as url,
        httpx.AsyncClient(base_url=url) as closed,
    ):
        refused = await closed.get("/v1/figures", headers=origin)

    assert read.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in read.headers
    assert before_publishing.status_code == 400
    assert refused.status_code == 401
    assert "access-control-allow-origin" not in refused.headers
