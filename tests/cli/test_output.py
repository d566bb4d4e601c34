"""What commands write: every format says the same, and nothing in a claim is taken for markup."""

import csv
import io
import json
from collections.abc import Sequence
from contextlib import redirect_stdout

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from schemas.printable import printable, printable_lines
from schemas.record import Record
from schemas.views import Figure
from services.cli.columns import FIGURE_COLUMNS
from services.cli.options import read_time
from services.cli.output import Format, TableColumn, print_line, table_of, write_records
from tests.reconciliation.given import given as ledger_of
from tests.reconciliation.given import said


class Person(Record):
    name: str
    count: int | None
    tags: tuple[str, ...]


PEOPLE = [
    Person(name="[bold]Żeńska, „quoted”", count=None, tags=("a", "b")),
    Person(name="=1+1", count=3, tags=()),
]
COLUMNS: tuple[TableColumn[Person], ...] = (
    TableColumn("who", lambda person: person.name),
    TableColumn("count", lambda p: str(p.count)),
)


def test_json_is_an_array_with_one_record_a_line(capsys):
    write_records(Person, PEOPLE, COLUMNS, Format.JSON)

    written = capsys.readouterr().out
    assert [Person(**row) for row in json.loads(written)] == PEOPLE
    assert len(written.splitlines()) == len(PEOPLE) + 2


def test_an_empty_answer_is_an_empty_array(capsys):
    write_records(Person, [], COLUMNS, Format.JSON)

    assert capsys.readouterr().out == "[]\n"


def test_json_lines_are_the_same_records(capsys):
    write_records(Person, PEOPLE, COLUMNS, Format.JSONL)

    written = capsys.readouterr().out.splitlines()
    assert [Person.model_validate_json(line) for line in written] == PEOPLE


def test_csv_has_a_heading_even_for_an_empty_answer(capsys):
    write_records(Person, [], COLUMNS, Format.CSV)

    assert capsys.readouterr().out == "name,count,tags\n"


def test_csv_shows_null_as_nothing_and_lists_as_json(capsys):
    write_records(Person, PEOPLE, COLUMNS, Format.CSV)

    [first, second] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert first == {"name": "[bold]Żeńska, „quoted”", "count": "", "tags": '["a","b"]'}
    assert second["count"] == "3"


def test_csv_holds_no_formula_and_json_every_text_as_it_is(capsys):
    formula = Person(name="=HYPERLINK(A1)", count=-3, tags=())

    write_records(Person, [formula], COLUMNS, Format.CSV)
    assert capsys.readouterr().out == "name,count,tags\n'=HYPERLINK(A1),-3,[]\n"

    write_records(Person, [formula], COLUMNS, Format.JSONL)
    assert Person.model_validate_json(capsys.readouterr().out) == formula


def test_a_table_shows_brackets_as_they_are(capsys):
    write_records(Person, PEOPLE, COLUMNS, Format.TABLE)

    written = capsys.readouterr().out
    assert "[bold]Żeńska" in written
    assert "2 in all" in written


def test_what_is_not_a_terminal_gets_json(capsys):
    write_records(Person, PEOPLE, COLUMNS, None)

    assert json.loads(capsys.readouterr().out)


def test_an_instant_keeps_its_offset():
    assert read_time("2024-01-03T18:46:00+02:00").isoformat() == "2024-01-03T18:46:00+02:00"
    assert read_time("2024-01-03T18:46:00Z").isoformat() == "2024-01-03T18:46:00+00:00"


@pytest.mark.parametrize("text", ["yesterday", "2024-13-01", "2024-01-03T18:46:00", ""])
def test_a_time_without_offset_or_sense_is_refused(text):
    with pytest.raises(typer.BadParameter) as refusal:
        read_time(text)

    assert repr(text) in str(refusal.value)


@given(st.lists(st.text(st.characters(), max_size=40), max_size=5))
def test_whatever_is_written_is_printable_and_one_line_a_row(names):
    people = [Person(name=name, count=None, tags=(name,)) for name in names]
    columns = (TableColumn[Person]("who\x1b[1m", lambda person: person.name),)

    with redirect_stdout(io.StringIO()) as out:
        write_records(Person, people, columns, Format.TABLE)
        for name in names:
            print_line(name)
    written = out.getvalue()

    assert printable_lines(written) == written
    # Whatever a name holds, what is printed for it is one line.
    told = written.split("\n")[-2 - len(names) :]
    assert "\n".join(told).startswith(f"{len(names)} in all")


@given(st.lists(st.text(max_size=40), max_size=5))
def test_json_lines_say_the_same_in_printable_characters(names):
    people = [Person(name=name, count=None, tags=(name,)) for name in names]

    with redirect_stdout(io.StringIO()) as out:
        write_records(Person, people, COLUMNS, Format.JSONL)
    lines = out.getvalue().split("\n")[:-1]

    assert [Person.model_validate_json(line) for line in lines] == people
    assert all(printable(line) == line for line in lines)


def shown_at(width: int, rows: Sequence[Figure]) -> str:
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(table_of(rows, FIGURE_COLUMNS, width=width))
    return console.export_text()


def test_an_id_is_never_broken_on_a_terminal_of_eighty_characters():
    figures = ledger_of(said("a", 100), said("b", 120, category="military")).models.figures

    shown = shown_at(80, figures)

    assert len(figures) > 1
    assert max(map(len, shown.splitlines())) <= 80
    assert all(figure.id in shown for figure in figures)


def test_columns_that_nobody_could_read_are_left_out_and_named():
    figures = ledger_of(said("a", 100), said("b", 120, category="military")).models.figures
    narrow = shown_at(60, figures)
    first = narrow.splitlines()[0]
    wide = shown_at(200, figures)

    shown = [column.title for column in FIGURE_COLUMNS if column.title in first]
    left_out = [column.title for column in FIGURE_COLUMNS if column.title not in shown]
    assert shown[:2] == ["figure", "low / best / high"]
    assert " ".join(narrow.split()).endswith(f"no room for: {', '.join(left_out)}")
    assert "…" not in first
    assert "no room" not in wide
    assert all(column.title in wide for column in FIGURE_COLUMNS)


@pytest.mark.parametrize(
    "asked",
    [("figures", "--format", "xx"), ("webhooks", "add", "http://x/", "--type", "xx")],
)
def test_a_word_that_is_none_of_those_is_refused_with_those_there_are(call, asked):
    refused = call(*asked)

    assert (refused.code, refused.out) == (2, "")
    option = f"Invalid value for '{asked[-2]}': 'xx' is not one of "
    assert refused.err.startswith(f"exchange-ledger: {option}")
