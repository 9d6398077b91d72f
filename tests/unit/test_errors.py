"""Is a Problem a ValueError that nothing in the sources takes for another library's?"""

import ast
import importlib
import pickle
import pkgutil
from pathlib import Path

import numpy as np
import pytest
import tomli_w
from helpers import tiny

import genloss
from genloss import Problem, Study
from genloss.doors import Advice, Door
from genloss.models.kernel.ridge import solving
from genloss.populations.tables import Reading, read_rows
from genloss.populations.tables.source import whole

MODULES = [each.name for each in pkgutil.walk_packages(genloss.__path__, "genloss.") if "__main__" not in each.name]
WITHOUT_PROBLEMS = {  # they raise none
    "genloss.identity.identity",
    "genloss.results.cells._numbers",
    "genloss.ledger.contents._arrow_rows",
    "genloss.results.files.opened",
    "genloss.results.files.read_regular",
    "genloss.results.plain.parts",
    "genloss.results.store._each_sum",
    "genloss.study.language.source.Source",
    "genloss.study.language.source.plain",
}


def test_a_problem_is_a_value_error_that_travels():
    problem = Problem("seed", "-3 is negative", "give a whole number from 0 on")
    assert isinstance(problem, ValueError)
    again = pickle.loads(pickle.dumps(problem))
    assert (again.where, again.found, again.mend, str(again)) == ("seed", problem.found, problem.mend, str(problem))


@pytest.mark.parametrize("place", ["where", "found", "mend"])
@pytest.mark.parametrize("text", ["n" * 100_000, "[1, 2], " * 10_000])
def test_a_message_ends_whatever_a_file_holds(place, text):
    said = Problem(**({"where": "seed", "found": "-3", "mend": "give another"} | {place: text}))
    advice = Problem(**({"where": "seed", "found": Advice("-3"), "mend": "give another"} | {place: Advice(text)}))
    for each in (said, advice, advice.at(Door("command", ("genloss",)))):
        assert len(str(each)) < 11_000 or (place != "found" and " " in text)
    kept = Problem("/a/long/path/" * 40, "-3", "give another")
    assert kept.where == "/a/long/path/" * 40


def own(call, names):
    """The name of a function of ours that an expression calls, or None."""
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return None
    found = names.get(call.func.id)
    module = getattr(found, "__module__", None) or ""
    return f"{module}.{call.func.id}" if module.startswith("genloss") and found is not Problem else None


def swallowing(tree, names):
    """Lines of `except` clauses that catch a ValueError where the body may raise a Problem, and say it otherwise."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Try):
            continue
        for handler in node.handlers:
            if handler.type is None:
                continue
            caught = eval(compile(ast.Expression(handler.type), "handler", "eval"), dict(names))
            kinds = caught if isinstance(caught, tuple) else (caught,)
            if Problem in kinds or set(kinds) & {Exception, BaseException}:
                break
            inside = [each for line in node.body for each in ast.walk(line)]
            raises = any(isinstance(each, ast.Raise | ast.Yield | ast.YieldFrom) for each in inside)
            called = {own(each, names) for each in inside} - {None} - WITHOUT_PROBLEMS
            if issubclass(Problem, kinds) and (raises or called):
                yield handler.lineno, sorted(called)


def test_no_clause_for_value_errors_catches_problems():
    found = {}
    for name in MODULES:
        module = importlib.import_module(name)
        text = Path(module.__file__).read_text(encoding="utf-8")
        found[name] = list(swallowing(ast.parse(text), vars(module))) if "except" in text else []
    assert len(found) > 500
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_look_sees_what_it_should():
    text = "def f():\n    try:\n        raise Problem('a', 'b', 'c')\n    except (OSError, ValueError):\n        pass\n"
    assert list(swallowing(ast.parse(text), {"Problem": Problem, "OSError": OSError, "ValueError": ValueError}))
    guarded = text.replace("    except (", "    except Problem:\n        raise\n    except (")
    assert not list(swallowing(ast.parse(guarded), {"Problem": Problem, "OSError": OSError, "ValueError": ValueError}))


def test_problems_keep_their_own_words(tmp_path):
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(Problem, match=r"empty\n"):
        read_rows(tmp_path / "empty.csv", Reading("y"))
    np.save(tmp_path / "short.npy", np.arange(1000.0))
    whole_file = (tmp_path / "short.npy").read_bytes()
    (tmp_path / "short.npy").write_bytes(whole_file[:200])
    study = tiny(population={"dim": 1000, "spectrum": {"file": "short.npy"}})
    (tmp_path / "s.toml").write_text(tomli_w.dumps(study))
    with pytest.raises(Problem, match="where its header says"):
        Study.load(tmp_path / "s.toml")
    for guard in (whole("a file", "Parquet"), solving(1.0)):
        with pytest.raises(Problem, match="own words"), guard:
            raise Problem("here", "own words", "kept")
