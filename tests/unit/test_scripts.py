"""Do scripts outside the package, which no test runs, still ask for what the package has?"""

import ast
import importlib
from pathlib import Path

import genloss

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(path for folder in ("benchmarks", "verification") for path in (ROOT / folder).rglob("*.py"))


def missing(tree):
    """Names of genloss that a script imports, or takes from its door, and that are not there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "genloss":
            module = importlib.import_module(node.module)
            for each in node.names:
                if not hasattr(module, each.name) and not _is_module(f"{node.module}.{each.name}"):
                    yield f"{node.module}.{each.name}"
        asked = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "genloss"
        if asked and not hasattr(genloss, node.attr) and not _is_module(f"genloss.{node.attr}"):
            yield f"genloss.{node.attr}"


def _is_module(name):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return False
    return True


def test_a_script_asks_for_what_is_there():
    found = {path: list(missing(ast.parse(path.read_text(encoding="utf-8")))) for path in SCRIPTS}
    assert len(found) > 50
    assert {path.relative_to(ROOT).as_posix(): names for path, names in found.items() if names} == {}


def test_what_is_not_there_is_seen():
    text = "import genloss\nfrom genloss.study.runner.chains import study_of\ngenloss.no_such_name()\n"
    assert list(missing(ast.parse(text))) == ["genloss.study.runner.chains.study_of", "genloss.no_such_name"]
