"""Measure the structure of the code: how large its parts are, and how many hang on each other.

`python -m tests.structure` prints the measures of this tree, `python -m tests.structure DIRECTORY` those
of another one. `tests/test_structure.py` holds those that have a limit.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple


ROOT = Path(__file__).parent.parent
PACKAGES = ("schemas", "services")
LONG_FUNCTION_LINES = 40


class Sized(NamedTuple):
    """Something with a length: where it stands, and how many lines it has."""

    name: str
    module: str
    lines: int


class Rooms(NamedTuple):
    """The parts right under a package, each a module or a whole package, and who imports whom."""

    names: frozenset[str]
    arrows: frozenset[tuple[str, str]]


class Structure:
    """The parsed code of a tree.

    Attributes:
        trees: Each module of `schemas` and `services` by its dotted name; a package is named by itself.
        lines: How many lines each module has.
        packages: Those of the modules that are packages.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self.trees: dict[str, ast.Module] = {}
        self.lines: dict[str, int] = {}
        self.packages: set[str] = set()
        for path in sorted(path for package in PACKAGES for path in (root / package).rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts)
            if path.name == "__init__.py":
                name = name.removesuffix(".__init__")
                self.packages.add(name)
            text = path.read_text(encoding="utf-8")
            self.trees[name] = ast.parse(text)
            self.lines[name] = len(text.splitlines())

    @cached_property
    def classes(self) -> list[Sized]:
        """Every class, the longest first."""
        found = [
            Sized(node.name, module, _line_count(node))
            for module, tree in self.trees.items()
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
        ]
        return sorted(found, key=lambda sized: -sized.lines)

    @cached_property
    def functions(self) -> list[Sized]:
        """Every function of `services`, the longest first; its docstring is not counted."""
        found = [
            Sized(node.name, module, _line_count(node) - _docstring_line_count(node))
            for module, tree in self.trees.items()
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and module.partition(".")[0] == "services"
        ]
        return sorted(found, key=lambda sized: -sized.lines)

    @property
    def modules(self) -> list[Sized]:
        """Every module, the longest first."""
        found = [Sized(name, name, lines) for name, lines in self.lines.items()]
        return sorted(found, key=lambda sized: -sized.lines)

    @property
    def loose_modules(self) -> set[str]:
        """The modules right under `services` that are in no package."""
        return {
            name.removeprefix("services.")
            for name in self.trees
            if name.count(".") == 1 and name.startswith("services.") and name not in self.packages
        }

    @property
    def classes_defined_twice(self) -> dict[str, list[str]]:
        """Where each class stands whose name stands for more than one."""
        modules = defaultdict(list)
        for sized in self.classes:
            modules[sized.name].append(sized.module)
        return {name: sorted(found) for name, found in sorted(modules.items()) if len(found) > 1}

    @property
    def services_line_count(self) -> int:
        """How many lines the modules of `services` have together."""
        return sum(
            lines for name, lines in self.lines.items() if name.partition(".")[0] == "services"
        )

    @cached_property
    def imports(self) -> set[tuple[str, str]]:
        """Which module imports which other one of ours."""
        return {
            (module, imported)
            for module, tree in self.trees.items()
            for name in _imported_names(tree)
            if (imported := self._module_of(name)) and imported != module
        }

    def rooms_of(self, package: str) -> Rooms:
        """Return the rooms of a package and the arrows between them."""
        return self._rooms({module: _room_under(package, module) for module in self.trees})

    @property
    def rooms(self) -> Rooms:
        """Return the rooms of `services`, with `schemas` as one more."""
        rooms = {module: _room_under("services", module) for module in self.trees}
        rooms |= {module: "schemas" for module in rooms if module.partition(".")[0] == "schemas"}
        return self._rooms(rooms)

    def _rooms(self, room_of: Mapping[str, str]) -> Rooms:
        arrows = {(room_of[importer], room_of[imported]) for importer, imported in self.imports}
        return Rooms(
            frozenset(room for room in room_of.values() if room),
            frozenset((start, end) for start, end in arrows if start and end and start != end),
        )

    def _module_of(self, name: str) -> str:
        # What is imported may be a module or something in one.
        while name and name not in self.trees:
            name = name.rpartition(".")[0]
        return name


def _room_under(package: str, module: str) -> str:
    """Return the part of a package that a module is in, empty if it is in none."""
    rest = module.removeprefix(f"{package}.")
    return "" if rest == module else rest.partition(".")[0]


def _imported_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # Relative imports are banned, so there is a module.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _line_count(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _docstring_line_count(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return 0 if ast.get_docstring(node) is None else _line_count(node.body[0])


def table_of(structure: Structure) -> list[tuple[str, str]]:
    """Return each measure in words, and what was found."""
    [longest_class, *_], [longest_module, *_] = structure.classes, structure.modules
    functions = [sized.lines for sized in structure.functions]
    longest = structure.functions[0]
    long_count = sum(lines > LONG_FUNCTION_LINES for lines in functions)
    reconciliation = structure.rooms_of("services.reconciliation")
    twice = structure.classes_defined_twice
    return [
        ("largest class, lines", f"{longest_class.lines} ({longest_class.name})"),
        ("largest module, lines", f"{longest_module.lines} ({longest_module.name})"),
        ("loose modules in services", f"{len(structure.loose_modules)}"),
        ("rooms, schemas among them", f"{len(structure.rooms.names)}"),
        ("arrows between rooms", f"{len(structure.rooms.arrows)}"),
        ("rooms of reconciliation", f"{len(reconciliation.names)}"),
        ("arrows between them", f"{len(reconciliation.arrows)}"),
        ("lines of services", f"{structure.services_line_count}"),
        ("functions of services", f"{len(functions)}"),
        ("function lines, median", f"{median(functions):.0f}"),
        ("function lines, 9 of 10 at most", f"{quantiles(functions, n=10)[-1]:.0f}"),
        ("function lines, most", f"{longest.lines} ({longest.module}.{longest.name})"),
        (f"functions over {LONG_FUNCTION_LINES} lines", f"{long_count}"),
        ("class names defined twice", f"{len(twice)}"),
    ]


def main(root: Path) -> None:
    """Print the measures, then the parts that stand behind them."""
    structure = Structure(root)
    lines = [f"{name:34}{found}" for name, found in table_of(structure)]
    lines += ["", "classes of more than 150 lines:"]
    lines += [
        f"  {sized.lines:4} {sized.module}.{sized.name}"
        for sized in structure.classes
        if sized.lines > 150
    ]
    lines += ["", "modules of more than 300 lines:"]
    lines += [f"  {sized.lines:4} {sized.name}" for sized in structure.modules if sized.lines > 300]
    lines += ["", f"loose modules: {', '.join(sorted(structure.loose_modules))}"]
    lines += ["", "class names defined twice:"]
    lines += [
        f"  {name}: {', '.join(modules)}"
        for name, modules in structure.classes_defined_twice.items()
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
