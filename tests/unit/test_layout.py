"""Do imports run in circles, between files or between folders? Read off the text, so that nothing hides.

Imports for type checkers, imports inside functions and the faces of packages (`__init__.py`) count as all others do.
`from package import name` is an import of the file `package/name.py` where there is one, else of the package's face.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import genloss

Graph = Mapping[str, frozenset[str]]

ROOT = Path(genloss.__file__).parent


def modules(root: Path) -> dict[str, Path]:
    """Files by the name they are imported by."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Every statement in a piece of code, however deep; no import stands within an expression."""
    for each in ast.iter_child_nodes(node):
        if not isinstance(each, ast.expr):
            yield each
            yield from statements(each)


def imports(name: str, path: Path, known: Mapping[str, Path]) -> frozenset[str]:
    """Every file of the package that a file imports, anywhere in it."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    found = set()
    for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names}
    return frozenset(found & known.keys() - {name})


@cache
def graph_of(root: Path) -> Graph:
    known = modules(root)
    return {name: imports(name, path, known) for name, path in known.items()}


def reached(graph: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    ahead = set(graph[start])
    while ahead:
        seen |= ahead
        ahead = {after for name in ahead for after in graph[name]} - seen
    return seen


def circles(graph: Graph) -> set[str]:
    """Names that reach each other, joined by blanks."""
    ahead = {name: reached(graph, name) for name in graph}
    return {
        " ".join(sorted(other for other in ahead[name] if name in ahead[other]))
        for name in graph
        if name in ahead[name]
    }


def between_children(graph: Graph, package: str) -> Graph:
    """The imports between the files and folders that stand side by side in one folder."""
    depth = package.count(".") + 2
    found: dict[str, set[str]] = {}
    for name, others in graph.items():
        if name.startswith(f"{package}."):
            child = ".".join(name.split(".")[:depth])
            inside = {".".join(other.split(".")[:depth]) for other in others if other.startswith(f"{package}.")}
            found.setdefault(child, set()).update(inside - {child})
    return {child: frozenset(others) for child, others in found.items()}


def test_no_circle_of_files_or_folders() -> None:
    """One test, as two of them would read the package twice, one on each worker."""
    graph = graph_of(ROOT)
    assert circles(graph) == set()
    packages = [name for name, path in modules(ROOT).items() if path.name == "__init__.py"]
    found = {circle for package in packages for circle in circles(between_children(graph, package))}
    assert found == set()


@pytest.mark.parametrize(
    ("files", "circle"),
    [
        ({"a.py": "from pack import b", "b.py": "import pack.a"}, "pack.a pack.b"),
        ({"a.py": "def f():\n    from pack.b import x", "b.py": "from .a import y"}, "pack.a pack.b"),
        (
            {
                "a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import b",
                "b.py": "from .a import y",
            },
            "pack.a pack.b",
        ),
        (
            {"room/__init__.py": "from pack.room.a import x", "room/a.py": "from ..room import y"},
            "pack.room pack.room.a",
        ),
    ],
)
def test_a_circle_of_files_is_seen_wherever_it_hides(tmp_path: Path, files: Mapping[str, str], circle: str) -> None:
    write(tmp_path / "pack", files)
    assert circles(graph_of(tmp_path / "pack")) == {circle}


def test_a_circle_of_folders_is_seen_without_one_of_files(tmp_path: Path) -> None:
    write(
        tmp_path / "pack",
        {"one/a.py": "import pack.two.b", "one/c.py": "", "two/b.py": "", "two/d.py": "import pack.one.c"},
    )
    graph = graph_of(tmp_path / "pack")
    assert circles(graph) == set()
    assert circles(between_children(graph, "pack")) == {"pack.one pack.two"}


def test_the_slow_tests_are_there() -> None:
    tests = Path(__file__).parents[1]
    for line in (tests / "slow.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            file, name = line.split("::")
            assert f"def {name}(" in (tests.parent / file).read_text(encoding="utf-8"), line


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in {"__init__.py": "", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
