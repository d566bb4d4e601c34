"""The code's parts stay small enough to be read, and one name means one thing.

What is beyond a limit today is listed here by name. The lists can only shrink: what is no longer beyond
its limit must be taken out, and nothing may be added. `python -m tests.structure` prints all measures.
"""

import re
from pathlib import Path

import pytest

from tests.structure import Structure


ROOT = Path(__file__).parents[1]


#: A class holds state, and whoever changes it must know all that its methods keep true: three screens.
CLASS_LINES_MAX = 250
#: A module is read as a whole, from its docstring to its end, before it is changed.
MODULE_LINES_MAX = 500

#: Classes beyond `CLASS_LINES_MAX`, and how long each may be until it is divided.
LARGE_CLASSES: dict[str, int] = {}
#: Modules beyond `MODULE_LINES_MAX`, and how long each may be until it is divided.
LARGE_MODULES: dict[str, int] = {}
#: Modules right under `services`. The package a module is in says what it is for; these are in none.
LOOSE_MODULES: set[str] = set()
#: Names of two classes. Whoever reads such a name has to look up which one is meant.
NAMES_DEFINED_TWICE: set[str] = set()


@pytest.fixture(scope="module")
def structure() -> Structure:
    return Structure()


def assert_within(lines: dict[str, int], known: dict[str, int], lines_max: int) -> None:
    """Fail for what is too long and not listed, has grown, or is listed and no longer too long."""
    beyond = {name: count for name, count in lines.items() if count > lines_max}
    unlisted = {name: count for name, count in beyond.items() if count > known.get(name, lines_max)}
    assert unlisted == {}, f"longer than {lines_max} lines, or than the list allows"
    assert known.keys() - beyond.keys() == set(), "no longer too long: take these out of the list"


def assert_known(found: set[str], known: set[str]) -> None:
    assert found - known == set(), "these are new"
    assert known - found == set(), "these are gone: take them out of the list"


def test_no_class_is_longer_than_can_be_kept_in_mind(structure):
    # From the shortest on, so that of two with one name the longer one counts.
    lines = {sized.name: sized.lines for sized in reversed(structure.classes)}

    assert_within(lines, LARGE_CLASSES, CLASS_LINES_MAX)


def test_no_module_is_longer_than_is_read_at_once(structure):
    assert_within(structure.lines, LARGE_MODULES, MODULE_LINES_MAX)


def test_every_module_of_services_is_in_a_package(structure):
    assert_known(structure.loose_modules, LOOSE_MODULES)


def test_no_two_classes_have_one_name(structure):
    assert_known(structure.classes_defined_twice.keys(), NAMES_DEFINED_TWICE)


#: The one module of the command line that writes to the terminal, and the one that writes our own page.
WRITING_MODULES = {"output.py", "rules_document.py"}
#: How else something would get to a terminal without being made printable.
DIRECT_WRITING = re.compile(
    r"(?<![\w.])print\(|\bsys\.std(?:out|err)\.(?:write|writelines|buffer)\b|\brich\.console\b|\becho\("
)


def test_the_command_line_writes_through_its_output_module_alone():
    # There, what others wrote is made printable: services/cli/output.py, print_line and its like.
    found = [
        f"{path.name}:{number}: {line.strip()}"
        for path in sorted((ROOT / "services" / "cli").glob("*.py"))
        if path.name not in WRITING_MODULES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if DIRECT_WRITING.search(line)
    ]

    assert found == [], "use print_line, print_text, print_json or print_note"


@pytest.fixture
def small_tree(tmp_path):
    """Two packages and a loose module that import each other and `schemas`."""
    files = {
        "schemas/__init__.py": "",
        "schemas/claim.py": "class Claim:\n    text = ''\n",
        "services/__init__.py": "",
        "services/loose.py": "def now():\n    '''Return the time.'''\n    return 0\n",
        "services/log/__init__.py": "class Entry:\n    pass\n",
        "services/log/store.py": "from services import loose\nfrom services.log import Entry\n",
        "services/views/__init__.py": "class Entry:\n    position = 0\n    body = b''\n",
        "services/views/fold.py": (
            "import services.log.store\nfrom schemas.claim import Claim\nimport os\n"
        ),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Structure(tmp_path)


def test_rooms_and_arrows_are_those_of_the_imports(small_tree):
    assert small_tree.rooms.names == {"schemas", "loose", "log", "views"}
    assert small_tree.rooms.arrows == {("log", "loose"), ("views", "log"), ("views", "schemas")}
    assert small_tree.rooms_of("services.log").names == {"store"}


def test_lengths_and_names_are_those_of_the_code(small_tree):
    assert [(sized.name, sized.lines) for sized in small_tree.classes] == [
        ("Entry", 3),
        ("Claim", 2),
        ("Entry", 2),
    ]
    assert [(sized.name, sized.lines) for sized in small_tree.functions] == [("now", 2)]
    assert small_tree.loose_modules == {"loose"}
    assert small_tree.classes_defined_twice == {"Entry": ["services.log", "services.views"]}
    assert small_tree.services_line_count == 13


@pytest.mark.parametrize(
    ("lines", "known"),
    [({"a": 11}, {}), ({"a": 13}, {"a": 12}), ({"a": 9}, {"a": 12}), ({}, {"a": 12})],
    ids=["too long and unlisted", "grown", "short again and still listed", "gone and still listed"],
)
def test_a_list_of_what_is_too_long_can_only_shrink(lines, known):
    assert_within({"a": 11}, {"a": 12}, 10)
    with pytest.raises(AssertionError):
        assert_within(lines, known, 10)


def test_every_package_of_services_is_in_its_table_once():
    table = (ROOT / "services" / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z_/]+)/` \|", table, flags=re.MULTILINE)
    packages = {
        path.parent.relative_to(ROOT / "services").as_posix()
        for path in (ROOT / "services").rglob("__init__.py")
    } - {"."}

    assert len(rows) == len(set(rows)), "a package has two rows"
    # What lies inside a package may be told of in its row.
    untold = {
        name
        for name in packages
        if not any(name == row or name.startswith(f"{row}/") for row in rows)
    }
    assert (untold, set(rows) - packages) == (set(), set())
