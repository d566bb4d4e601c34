"""Questions in SQL are answered from the tables and the log, and reach nothing else."""

import re
from collections.abc import Iterator

import pytest

from services.asking.cited import StateAsked, figure_cited
from services.asking.database import LedgerDatabase, QuestionError, RowsFound
from services.queries.as_of import Cut
from services.queries.replay import Replayed
from services.release.tables import TABLES, columns_of
from tests.asking.worked_questions import PAGE, WORKED, database_made, printed, replayed_claims
from tests.release.making import LEDGER


@pytest.fixture(scope="module")
def replayed() -> Replayed:
    return replayed_claims()


@pytest.fixture(scope="module")
def database(replayed) -> Iterator[LedgerDatabase]:
    with database_made(replayed) as made:
        yield made


def test_the_worked_questions_have_the_answers_of_their_page(database):
    worked = WORKED.findall(PAGE.read_text(encoding="utf-8"))

    assert len(worked) == 10
    for question, answer in worked:
        assert printed(database, question) == answer


def test_every_table_of_a_release_is_there_with_its_rows_and_descriptions(database, replayed):
    for table in TABLES:
        assert database.ask(f"SELECT count(*) AS n FROM {table.name}").rows == [
            {"n": len(table.rows(replayed.read_models))}
        ]
    told = database.ask(
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
    )
    for table in TABLES:
        comments = {
            row["column_name"]: row["comment"]
            for row in told.rows
            if row["table_name"] == table.name
        }
        assert comments == {one.name: one.description for one in columns_of(table.model)}


def test_the_log_is_a_table_of_events_as_json(database, replayed):
    found = database.ask("SELECT position, event->>'$.id' AS id FROM log ORDER BY position")
    assert [row["position"] for row in found.rows] == list(range(1, len(replayed.log.bodies()) + 1))
    assert re.fullmatch("[0-9a-f]{32}", found.rows[0]["id"])


@pytest.mark.parametrize(
    "question",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM '{file}'",
        "SELECT * FROM glob('{file}')",
        "SELECT * FROM read_json('https://example.org/x.json')",
        "COPY claims TO '{file}.out'",
        "ATTACH '{file}.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "PRAGMA memory_limit = '9GB'",
        "DELETE FROM claims",
        "DROP TABLE claims",
        "CREATE TABLE own AS SELECT 1",
        "WITH gone AS (DELETE FROM claims RETURNING 1) SELECT * FROM gone",
        "SELECT * FROM query('DELETE FROM claims')",
        "SELECT 1; SELECT 2",
        "ROLLBACK",
        "SELECT * FROM replayed",
        "SELECT getenv('HOME')",
        "SELECT nothing FROM claims",
        "selec",
        "",
        "SELECT * FROM claims WHERE id = $1",
    ],
)
def test_a_question_that_does_more_than_read_is_refused(database, replayed, tmp_path, question):
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")

    with pytest.raises(QuestionError) as refused:
        database.ask(question.format(file=file))

    assert "\n" not in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert database.ask("SELECT count(*) AS n FROM claims").rows == [
        {"n": len(replayed.read_models.claims)}
    ]


def test_a_question_that_takes_too_long_is_ended(database):
    with pytest.raises(QuestionError, match="answered in time"):
        database.ask("SELECT count(*) FROM range(10000000000) a, range(9) b", seconds=0.05)
    assert database.ask("SELECT 1 AS one").rows == [{"one": 1}]


def test_every_kind_of_value_is_written_as_json_has_it(database):
    found = database.ask(
        "SELECT 1 AS a, 2::HUGEINT AS a, 0.5::DECIMAL(3, 1) AS c, 'nan'::FLOAT AS d, NULL AS e, "
        "TIMESTAMPTZ '2024-01-03 10:00:00+02' AS f, DATE '2024-01-03' AS g, [DATE '2024-01-03'] AS h, "
        "{'x': true} AS i, INTERVAL 1 DAY AS j"
    )
    assert found == RowsFound(
        ("a", "a_2", "c", "d", "e", "f", "g", "h", "i", "j"),
        [
            {
                "a": 1,
                "a_2": 2,
                "c": 0.5,
                "d": None,
                "e": None,
                "f": "2024-01-03T08:00:00Z",
                "g": "2024-01-03",
                "h": ["2024-01-03"],
                "i": {"x": True},
                "j": found.rows[0]["j"],
            }
        ],
    )


def test_the_page_names_every_table():
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"`{table.name}`" in page for table in TABLES)


def test_a_number_for_assistants_names_who_says_so_and_where(replayed):
    claims = {claim.ref: claim for claim in replayed.read_models.claims}
    state = StateAsked(LEDGER, 9, None, Cut(), "https://ledger.example", "A keeper of lists")
    figures = {one.id: one for one in replayed.read_models.figures}

    told = figure_cited(figures["2024-01-31:returned:UA:military"], claims, state)

    assert (told.status, told.range) == ("disputed", "207, between 195 and 207")
    assert {claim.stands for claim in told.claims} >= {"gives", "disagrees"}
    assert all(claim.link and claim.wording for claim in told.claims)
    assert told.link == (
        "https://ledger.example/rus-ukr/exchanges/2024-01-31#figure-returned-UA-military"
    )
