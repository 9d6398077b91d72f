"""Does every formula at theory's door say how sure it is, and do its modules load without the heavy libraries?"""

import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import genloss.theory
from genloss.theory.coverage import FORMULAS

ROOT = Path(__file__).parents[2]
CITED = re.compile(r"(?:tests|verification)/[\w/]+\.py")

MODULES = [name for name in genloss.theory.__all__ if name != "coverage"]  # which has a table instead
FUNCTIONS = {
    f"{module}.{name}": getattr(getattr(genloss.theory, module), name)
    for module in MODULES
    for name in getattr(genloss.theory, module).__all__
    if inspect.isfunction(getattr(getattr(genloss.theory, module), name))
}


def told(text):
    """What is wrong with the words of a formula."""
    missing = [word for word in ("Status:", "Source:", "Checked by") if word not in text]
    missing += [path for path in CITED.findall(text) if not (ROOT / path).is_file()]
    return missing if CITED.search(text) else [*missing, "names no test"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_formula_says_status_source_and_check(name):
    text = inspect.getdoc(FUNCTIONS[name]) or ""
    assert told(text) == []
    checks = [(ROOT / path).read_text(encoding="utf-8") for path in CITED.findall(text)]
    word = re.compile(rf"\b{FUNCTIONS[name].__name__}\b")
    assert any(word.search(check) for check in checks), "no cited test speaks of it"


def test_a_formula_that_does_not_is_seen():
    assert told("Status: exact. Source: a book. Checked by tests/unit/test_theory_door.py.") == []
    assert told("Source: a book. Checked by tests/unit/test_no_such.py.") == ["Status:", "tests/unit/test_no_such.py"]
    assert told("Status: exact. Source: a book. Checked by eye.") == ["names no test"]
    assert len(FUNCTIONS) > 80


def test_the_table_of_what_is_covered_cites_files_that_exist():
    for formula in FORMULAS:
        checks = CITED.findall(formula.checked_by)
        assert checks
        assert all((ROOT / path).is_file() for path in checks)


def loaded(modules):
    """What imports bring into a new process."""
    said = f"import sys, {modules}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_theory_of_workflows_loads_without_the_heavy_libraries():
    names = loaded("genloss.theory.workflows")
    heavy = {"pandas", "sklearn", "numba", "matplotlib", "pyarrow"}
    assert not heavy & names
    assert not {name for name in names if name.split(".")[0] == "scipy"}, "scipy is taken where it is used"


def test_no_formula_waits_for_statistics_or_tables():
    light = [getattr(genloss.theory, name).__name__ for name in MODULES if name != "kernel"]  # whose pools are read
    heavy = {"scipy.stats", "sklearn", "numba", "matplotlib", "pandas", "pyarrow"}
    assert not heavy & loaded(", ".join(light))


def test_the_door_opens_what_it_names():
    for name in genloss.theory.__all__:
        assert getattr(genloss.theory, name) is importlib.import_module(getattr(genloss.theory, name).__name__)
    assert dir(genloss.theory) == sorted(genloss.theory.__all__)
    with pytest.raises(AttributeError):
        _ = genloss.theory.nonsense
