"""`ledger`: make, check, list and show the configurations of ledgers."""

import json
import re
import tomllib

import pytest

from services.cli.main import run
from services.ledgers import parse_ledger
from tests.builders import FIGURE, reported


MINISTRY = {"name": "Ministry", "party": "AA", "role": "mod"}
THREE_FAULTS = """\
name = "bad-one"
title = "Bad"
policy = "lastest"

[[sides]]
code = "AA"
name = "A"
competent_roles = [
    "mod",
    "ombudsmann",
]

[[sides]]
code = "BB"
nmae = "B"
name = "B"
competent_roles = []
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("LEDGER_CONFIG_DIR", str(tmp_path))
    return tmp_path


def ends(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        run(list(arguments))
    return int(str(ended.value.code))


def make(*more: str) -> int:
    return ends("ledger", "new", "aa-bb", "--side", "AA=Arland", "--side", "BB=Berland", *more)


def test_a_new_ledger_is_a_commented_file_that_has_no_fault(own, capsys):
    assert make("--opened", "2030-01-01", "--time-zone", "Asia/Aden") == 0
    text = (own / "aa-bb.toml").read_text(encoding="utf-8")

    assert text.count("#") > 20
    assert ends("ledger", "check", "aa-bb") == 0
    assert "aa-bb: no fault; sides AA (Arland), BB (Berland)" in capsys.readouterr().out
    read = parse_ledger(text, origin="aa-bb.toml")
    assert (read.time_zone, str(read.opened)) == ("Asia/Aden", "2030-01-01")


def test_what_stands_there_as_a_comment_is_right_too(own):
    make()
    text = (own / "aa-bb.toml").read_text(encoding="utf-8")
    examples = [re.sub(r'^# (?=\[|"|[a-z_]+ = )', "", line) for line in text.splitlines()]

    read = parse_ledger("\n".join(examples), origin="aa-bb.toml")
    assert read.parties[0].counts_for == "AA"
    assert read.offices[0].competent_for == "AA"
    assert read.category_aliases["defenders of the harbour"] == "military"


def test_a_file_that_is_there_is_not_written_over(own, capsys):
    make()
    (own / "aa-bb.toml").write_text("mine", encoding="utf-8")

    assert make() == 2
    assert (own / "aa-bb.toml").read_text(encoding="utf-8") == "mine"
    assert "File exists" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("AA_BB", "--side", "AA=A", "--side", "BB=B"), "lower-case letters"),
        (("aa", "--side", "AA", "--side", "BB=B"), "expected CODE=NAME, found 'AA'"),
        (("aa", "--side", "AA=A"), "sides: expected at least 2"),
        (("aa", "--side", "AA=A", "--side", "AA=B"), "a code that nothing else has"),
        (
            ("aa", "--side", "AA=A", "--side", "BB=B", "--time-zone", "Asia/Aeden"),
            "nearest: Asia/Aden",
        ),
    ],
)
def test_a_new_ledger_of_wrong_parts_is_refused_and_not_written(own, capsys, arguments, told):
    assert ends("ledger", "new", *arguments) == 2
    assert told in capsys.readouterr().err
    assert not list(own.iterdir())


def test_three_faults_are_three_lines_with_line_field_expected_found_and_nearest(own, capsys):
    file = own / "bad-one.toml"
    file.write_text(THREE_FAULTS, encoding="utf-8")

    assert ends("ledger", "check", str(file)) == 1
    policy, role, name = capsys.readouterr().err.splitlines()
    assert policy.startswith(f"{file}:3: policy: expected one of latest, 20")
    assert policy.endswith("found 'lastest'; nearest: latest")
    assert role.startswith(f"{file}:10: sides[0].competent_roles[1]: expected one of mod, ")
    assert role.endswith("found 'ombudsmann'; nearest: ombudsman")
    assert name.startswith(f"{file}:15: sides[1].nmae: expected a field that there is (code, ")
    assert name.endswith("found nmae; nearest: name")


def test_every_command_shows_all_faults_of_a_ledgers_file(own, capsys):
    (own / "bad-one.toml").write_text(THREE_FAULTS, encoding="utf-8")

    assert ends("figures", "--ledger", "bad-one") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"exchange-ledger: {own}") for line in lines)


def test_what_is_no_toml_is_told_with_its_line(own, capsys):
    file = own / "x.toml"
    file.write_text('name = "x"\ntitle = \n', encoding="utf-8")

    assert ends("ledger", "check", str(file)) == 1
    assert capsys.readouterr().err.startswith(f"{file}:2: expected TOML, ")


def test_a_file_may_not_set_what_follows_from_others(own, capsys):
    make()
    file = own / "aa-bb.toml"
    file.write_text(f'policy_named = "1"\n{file.read_text(encoding="utf-8")}', encoding="utf-8")

    assert ends("ledger", "check", "aa-bb") == 1
    assert ":1: policy_named: expected nothing" in capsys.readouterr().err


def test_a_file_bears_the_name_of_its_ledger(own, capsys):
    make()
    (own / "aa-bb.toml").rename(own / "cc.toml")

    assert ends("ledger", "check", "cc") == 1
    assert "name: expected cc, as the file is called, found 'aa-bb'" in capsys.readouterr().err


def test_the_list_says_where_each_ledger_comes_from(own, capsys):
    make()
    (own / "bad-one.toml").write_text(THREE_FAULTS, encoding="utf-8")
    capsys.readouterr()

    assert ends("ledger", "list", "--format", "csv") == 0
    rows = [line.split(",") for line in capsys.readouterr().out.splitlines()[1:]]
    places = {row[0]: row[1] for row in rows}
    assert places["aa-bb"] == f"{own}/aa-bb.toml"
    assert places["rus-ukr"] == "shipped"
    assert "bad-one" in places


def test_what_is_shown_reads_as_the_same_ledger(own, capsys):
    make()
    with (own / "aa-bb.toml").open("a", encoding="utf-8") as file:
        file.write('[vocabulary.military]\nen = ["harbour guards"]\n')
    capsys.readouterr()

    assert ends("ledger", "show", "aa-bb") == 0
    shown = capsys.readouterr().out
    assert tomllib.loads(shown)["vocabulary"] == {"military": {"en": ["harbour guards"]}}
    again = parse_ledger(shown, origin="shown")
    before = parse_ledger((own / "aa-bb.toml").read_text(encoding="utf-8"), origin="file")
    assert again == before.model_copy(update={"policy_named": None})


@pytest.mark.parametrize("name", ["rus-urk", "../aa-bb", "nope"])
def test_an_unknown_ledger_is_told_with_where_ledgers_are_described(own, capsys, name):
    make()
    capsys.readouterr()

    assert ends("figures", "--ledger", name) == 2
    told = capsys.readouterr().err
    assert "LEDGER_CONFIG_DIR" in told
    assert str(own) in told
    assert ("nearest: rus-ukr" in told) == (name == "rus-urk")


def test_a_file_of_several_ledgers_is_replayed_each_line_by_its_own(own, capsys, tmp_path):
    make()
    lines = [
        reported("u", value=3),
        _to("aa-bb", reported("a", value=5, side="AA", claimant=MINISTRY)),
        _to("nowhere", reported("n", value=7)),
    ]
    file = tmp_path / "mixed.jsonl"
    file.write_bytes(b"\n".join(lines))
    capsys.readouterr()

    assert ends("replay", str(file), "--format", "json") == 1
    answer = capsys.readouterr()
    figures = {(row["ledger"], row["id"], row["best"]) for row in json.loads(answer.out)["figures"]}
    assert {("rus-ukr", FIGURE, 3), ("aa-bb", "2024-01-03:returned:AA:all", 5)} <= figures
    [refused] = answer.err.splitlines()
    assert refused.startswith("line 3 rejected: /subject: expected rus-ukr; another ledger")
    assert "LEDGER_NAMES" in refused
    assert "LEDGER_CONFIG_DIR" in refused


def test_a_file_replayed_for_one_ledger_refuses_the_others(own, capsys, tmp_path):
    make()
    file = tmp_path / "one.jsonl"
    file.write_bytes(reported("u", value=3))
    capsys.readouterr()

    assert ends("replay", str(file), "--ledger", "aa-bb", "--format", "json") == 1
    assert "line 1 rejected: /subject: expected aa-bb" in capsys.readouterr().err


def _to(ledger: str, line: bytes) -> bytes:
    return line.replace(b'"subject": "rus-ukr"', f'"subject": "{ledger}"'.encode())
