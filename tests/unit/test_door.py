"""Do the doors of the package show their tools, and nothing else?"""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys

import pytest

import genloss
from genloss import theory

PACKAGES = ["genloss", *(each.name for each in pkgutil.walk_packages(genloss.__path__, "genloss.") if each.ispkg)]
DOORS = [name for name in PACKAGES if getattr(importlib.import_module(name), "__all__", None) is not None]
DOORS += [getattr(theory, name).__name__ for name in theory.__all__ if getattr(theory, name).__name__ not in DOORS]
ROOMS = (
    "advise", "ledger", "metrics", "models", "populations", "results", "simulation", "study", "theory", "workflows",
)  # fmt: skip
HEAVY = {"numpy", "pandas", "scipy", "matplotlib", "sklearn", "click"}


def test_a_package_with_something_in_it_is_a_door():
    """The others are folders: a first line, and files."""
    for name in set(PACKAGES) - set(DOORS):
        source = inspect.getsource(importlib.import_module(name)).strip()
        assert source.startswith('"""'), name
        assert source.endswith('"""'), name
        assert source.count('"""') == 2, name


@pytest.mark.parametrize("name", DOORS)
def test_dir_shows_the_tools(name):
    door = importlib.import_module(name)
    assert dir(door) == sorted(door.__all__)
    for tool in door.__all__:
        assert getattr(door, tool) is not None
        assert tool == "__version__" or not tool.startswith("_")


@pytest.mark.parametrize("name", [name for name in DOORS if name in PACKAGES])
def test_no_file_bears_the_name_of_a_tool(name):
    """Importing it would put the module in the tool's place."""
    door = importlib.import_module(name)
    files = {each.name for each in pkgutil.iter_modules(door.__path__)}
    tools = {tool for tool in door.__all__ if not inspect.ismodule(getattr(door, tool))}
    assert not files & tools


def test_internals_do_not_stand_at_a_door():
    for door in DOORS:
        shown = importlib.import_module(door).__all__
        assert not [tool for tool in shown if tool.startswith("checked_") or tool.endswith(("_reason", "_too_large"))]


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_at_the_door_of_a_fresh_session(room):
    ask = f"import genloss; room = genloss.{room}; assert dir(room) == sorted(room.__all__); room.{_tool(room)}"
    subprocess.run([sys.executable, "-c", ask], check=True)


def _tool(room):
    return importlib.import_module(f"genloss.{room}").__all__[0]


def test_the_door_is_light():
    ask = f"import genloss, sys; dir(genloss), genloss.Problem; assert not {HEAVY} & set(sys.modules), sys.modules"
    subprocess.run([sys.executable, "-c", ask], check=True)


def test_functions_stay_functions_whatever_was_imported():
    ask = (
        "import genloss, genloss.advise.comparison.workflows, genloss.advise.forecasts.from_rows\n"
        "assert genloss.advise.compare is genloss.compare and genloss.advise.forecast is genloss.forecast\n"
        "assert all(callable(getattr(genloss, name)) for name in ('compare', 'forecast', 'run', 'predict', 'simulate'))"
    )
    subprocess.run([sys.executable, "-c", ask], check=True)


def test_a_name_that_is_not_there():
    for door in ("genloss", "genloss.advise", "genloss.study"):
        with pytest.raises(AttributeError, match="nonsense"):
            _ = importlib.import_module(door).nonsense


def signatures():
    """Every argument and answer of every public function and class, as help() writes them."""
    for door in DOORS:
        for tool in importlib.import_module(door).__all__:
            told = getattr(importlib.import_module(door), tool)
            if inspect.isfunction(told) or (inspect.isclass(told) and "__init__" in vars(told)):
                found = inspect.signature(told)
                for each in (*found.parameters.values(), found.return_annotation):
                    if each is not inspect.Parameter.empty:
                        yield f"{door}.{tool}", str(each)


def test_signatures_can_be_read():
    """No union of everything that numpy takes for an array, no name that is not public."""
    private = re.compile(r"(?:^|[\[ '.])_[A-Za-z]")
    assert [(where, text) for where, text in signatures() if len(text) > 120 or private.search(text)] == []
    assert dict(signatures())["genloss.advise.worth_of_real_batch"] == "RealBatch"
    ridge = [text for where, text in signatures() if where == "genloss.theory.ridge.replace_risk"]
    assert any("'ArrayLike'" in text for text in ridge)
