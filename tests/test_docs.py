"""The documents name everything the code has, and the code keeps the habits the documents promise."""

import ast
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import BaseModel
from typer.main import get_command

from schemas import comparison, seal, views
from schemas.claim import Bound, Claim, Measure, Modality
from schemas.events import event_models
from schemas.ledger import LedgerConfiguration
from services.cli.main import COMMANDS, app
from services.eventlog.keys import keys_of
from services.ledgers import demo_claims, demo_ledgers


ROOT = Path(__file__).parent.parent
PACKAGES = ("schemas", "services")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

FUNCTION_LINES_MAX = 70
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
#: Modules that are started by name, not imported.
ENTRY_POINTS = {
    "schemas.generate",
    "services.api.write_messages",
    "services.api.write_dashboard",
    "services.api.write_openapi",
    "services.cli.main",
    "services.cli.rules_document",
    "services.drafting.worker",
    "services.ingest.worker",
    "services.projection.worker",
    "services.reconciliation.worker",
    "services.releasing.worker",
    "services.webhooks.worker",
}

LOG_EVENTS = {kind: model.model_fields["data"] for kind, model in event_models().items()}
VIEWS = [
    views.Figure,
    views.Exchange,
    views.CumulativePoint,
    views.Check,
    views.ClaimView,
    views.Revision,
    views.TrackRecord,
    comparison.Difference,
    seal.Seal,
    views.ParkedClaim,
    views.ReadModels,
]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def tracked_files() -> list[Path]:
    """The files of the tree, where there is one; else all there are, but for what is made."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        return [
            ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()
        ]
    made = re.compile(r"/(\.[a-z_]+|__pycache__|dist|build)/|\.egg-info/")
    return [path for path in ROOT.rglob("*") if path.is_file() and not made.search(path.as_posix())]


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def sections(name: str) -> dict[str, set[str]]:
    """The words in backticks under each heading of a document, by the heading."""
    found = {}
    for part in re.split(r"^#{2,3} ", read(name), flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        found[heading.strip()] = set(re.findall(r"`([a-z_0-9]+)`", body))
    return found


@pytest.mark.parametrize("kind", LOG_EVENTS)
def test_every_event_type_is_described_with_all_its_fields(kind):
    # Data of several kinds is a union of models.
    models = get_args(LOG_EVENTS[kind].annotation) or (LOG_EVENTS[kind].annotation,)

    for model in models:
        fields = getattr(model, "model_fields", None) or model.__struct_fields__
        assert set(fields) <= sections("schemas/README.md")[kind]


@pytest.mark.parametrize("model", VIEWS, ids=lambda model: model.__name__)
def test_every_view_is_described_with_all_its_fields(model):
    assert model.model_fields.keys() <= sections("schemas/README.md")[model.__name__]


@pytest.mark.parametrize(
    ("heading", "model"), [("The claim", Claim), ("A ledger's configuration", LedgerConfiguration)]
)
def test_what_others_write_is_described_with_all_its_fields(heading, model: type[BaseModel]):
    assert model.model_fields.keys() <= sections("schemas/README.md")[heading]


@cache
def trees() -> Mapping[Path, ast.Module]:
    """Each module's syntax tree: made when a test asks for it, for each process collects all tests."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of a logger, with where it stands."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value).rpartition(".")[2]
                if node.func.attr in LEVELS and owner in ("logger", "_logger"):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def fields_of(call: ast.Call) -> set[str]:
    """The names a logging call gives, those of a `**{...}` with written-out keys included."""
    names = set()
    for keyword in call.keywords:
        if keyword.arg is not None:
            names.add(keyword.arg)
        elif isinstance(keyword.value, ast.Dict):
            names |= {ast.literal_eval(key) for key in keyword.value.keys if key is not None}
    return names


def documented_log_lines() -> dict[str, tuple[str, set[str]]]:
    """Level and field names of each log line in services/README.md, by its event."""
    table = read("services/README.md").partition("## Log lines")[2]
    found = {}
    for row in re.findall(r"^\| `.*$", table, flags=re.MULTILINE):
        event, level, fields = (cell.strip() for cell in row.split("|")[1:4])
        found[event.strip("`")] = (level, set(re.findall(r"`([a-z_]+)`", fields)))
    return found


@pytest.mark.parametrize("words", [Measure, Bound, Modality])
def test_every_word_that_a_claim_may_use_is_described(words):
    text = (ROOT / "schemas" / "README.md").read_text(encoding="utf-8")

    missing = [word for word in get_args(words) if f"`{word}`" not in text]
    assert not missing, "not in schemas/README.md"


def test_every_log_line_is_documented_with_its_level_and_fields():
    documented = documented_log_lines()
    written = set()
    for where, call in log_calls():
        assert call.args, f"{where}: a log line without an event name"
        event = ast.literal_eval(call.args[0])
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", event), f"{where}: {event} is not noun.verb_past"
        level, fields = documented.get(event, ("", set()))
        assert isinstance(call.func, ast.Attribute)
        assert call.func.attr in level.split(", "), f"{where}: {event} at {call.func.attr}"
        assert fields_of(call) <= fields, f"{where}: {event} with {fields_of(call) - fields}"
        written.add(event)

    assert len(written) > 10
    assert written == documented.keys()


def test_the_map_names_everything_in_services():
    named = set(re.findall(r"`([a-z_./]+)`", read("services/README.md")))
    there = {
        path.name + "/" * path.is_dir()
        for path in (ROOT / "services").iterdir()
        if not path.name.startswith("__") and path.name != "README.md"
    }

    assert there <= named


def test_every_key_of_a_ledger_is_documented():
    documented = read("services/README.md")
    for key in keys_of("L"):
        assert f"`{key}" in documented, key


def test_the_makefile_has_every_target_the_readme_names():
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE))
    fenced = re.findall(r"^make ([a-z-]+)", read("README.md"), flags=re.MULTILINE)
    spoken = re.findall(r"`make ([a-z-]+)", read("README.md") + read("CONTRIBUTING.md"))

    assert {"demo", "test"} <= set(fenced)
    assert {*fenced, *spoken} <= targets


def test_the_readme_counts_the_shipped_claims():
    count = sum(len(demo_claims(name).splitlines()) for name in demo_ledgers())

    assert f"{count:,} real claims" in read("README.md")


def test_continuous_integration_runs_the_targets_people_run():
    lines = [shlex.split(line, comments=True) for line in read(".ci/run").splitlines()]

    targets = [line[1:] for line in lines if line[:1] == ["make"]]
    assert targets == [["check"], ["test"], ["test-api-schema"], ["test-browser"]]


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "docs/consuming.md",
        "docs/operations.md",
        "docs/publishing.md",
        "schemas/README.md",
        "services/README.md",
    ],
)
def test_every_command_a_document_names_is_there(document):
    named = set(re.findall(r"exchange-ledger ([a-z][a-z-]+)", read(document)))

    assert named <= set(get_command(app).commands)  # type: ignore[attr-defined]  # it is a group


def test_every_link_between_documents_leads_somewhere():
    documents = [path for path in tracked_files() if path.suffix == ".md"]
    found = [
        (path, link)
        for path in documents
        for link in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
        if "://" not in link
    ]

    assert len(found) > 5
    for path, link in found:
        assert (path.parent / link).exists(), f"{path.relative_to(ROOT)}: {link}"


def test_every_decision_on_record_says_what_is_bad_about_it():
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))

    numbers = [record.name[:4] for record in records]
    assert all(re.fullmatch(r"\d{4}", number) for number in numbers)
    # Numbers are given out before records are written, so one may be missing for a time, or for good.
    assert len(set(numbers)) == len(numbers)
    for record in records:
        headings = re.findall(r"^## (.*)$", record.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert headings == ["Context", "Options", "Decision", "What is bad about it"], record.name


def test_no_function_is_longer_than_a_page():
    for path in tracked_files():
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    lines = (node.end_lineno or node.lineno) - node.lineno + 1
                    assert lines <= FUNCTION_LINES_MAX, f"{path.relative_to(ROOT)}: {node.name}"


def test_every_docstring_begins_as_engineers_write():
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    begins_wrongly = re.compile(r"(Give|Hear|Say|Tell)\b")

    found = [
        f"{path.relative_to(ROOT)}: {text.splitlines()[0]}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, documented)
        and (text := ast.get_docstring(node))
        and begins_wrongly.match(text)
    ]

    assert found == []


def test_every_todo_names_its_issue():
    word = "TO" + "DO"
    for path in tracked_files():
        if path.suffix in (".py", ".lua") or path.name == "Makefile":
            for line in path.read_text(encoding="utf-8").splitlines():
                if re.search(rf"\b{word}\b", line):
                    assert re.search(rf"{word}\(\w+\): #\d+ ", line), f"{path.name}: {line.strip()}"


def imported_modules() -> set[str]:
    found = set()
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                # `from a.b import c` names a module `a.b.c`, or a part of `a.b`.
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_every_module_is_imported_or_started():
    names = {module_name(path) for path in MODULES if path.name != "__init__.py"}

    assert names >= ENTRY_POINTS
    commands = {place.partition(":")[0] for place in COMMANDS.values()}
    assert names - imported_modules() - ENTRY_POINTS - commands == set()


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        # After a letter it is the path of an address.
        ("a path of somebody's home", r"(?<!\w)/(home|Users)/[a-z]|/root/|[A-Z]:\\Users"),
        ("a package registry's host", r"pypi\.org|pythonhosted\.org|registry\.npmjs|/simple/"),
    ],
)
def test_no_line_of_the_tree_holds(what, pattern):
    paths = [path for path in tracked_files() if path != Path(__file__) and path.suffix != ".png"]

    assert len(paths) > 50
    for path in paths:
        found = re.search(pattern, path.read_text(encoding="utf-8"))
        assert found is None, f"{path.relative_to(ROOT)} holds {what}: {found and found[0]}"


def test_the_newest_version_of_the_changelog_is_that_of_the_package_and_of_its_citation():
    headings = re.findall(r"^## (.*)$", read("CHANGELOG.md"), flags=re.MULTILINE)
    versions = [
        re.fullmatch(r"(\d+\.\d+\.\d+) \((\d{4}-\d{2}-\d{2})\)", one) for one in headings[1:]
    ]
    cited = yaml.safe_load(read("CITATION.cff"))
    package = tomllib.loads(read("pyproject.toml"))["project"]

    assert headings[0] == "Unreleased"
    assert all(versions)
    assert versions[0] is not None
    assert versions[0].groups() == (package["version"], cited["date-released"])
    assert cited["version"] == package["version"]
    days = [one[2] for one in versions if one]
    assert days == sorted(days, reverse=True)
