"""Does every test draw random numbers of its own? From a generator of the module, numbers depend on who drew before."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]
MAKERS = ("stream", "np.random.default_rng", "np.random.RandomState", "random.Random", "default_rng", "Random")


def shared(text):
    """Lines in which a function reads a name that is a random generator of the module."""
    module = ast.parse(text)
    made = {
        target.id
        for line in module.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Call)
        and ast.unparse(line.value.func) in MAKERS
        for target in line.targets
        if isinstance(target, ast.Name)
    }  # fmt: skip
    if not made:
        return []
    bodies = [
        each
        for function in ast.walk(module)
        if isinstance(function, ast.FunctionDef | ast.Lambda)
        for each in (function.body if isinstance(function, ast.FunctionDef) else [function.body])
    ]
    names = [name for body in bodies for name in ast.walk(body) if isinstance(name, ast.Name)]
    return sorted({name.lineno for name in names if name.id in made and isinstance(name.ctx, ast.Load)})


def test_no_generator_is_shared():
    found = {path.name: shared(path.read_text(encoding="utf-8")) for path in sorted(TESTS.rglob("*.py"))}
    assert len(found) > 200
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_a_shared_generator_is_seen():
    """The control: in a test, in what a parameter calls, and not where the module itself draws."""
    text = "R = stream(1)\nX = R.random()\n@param(R.random())\ndef test_a():\n    R.random()\nASK = lambda: R.random()"
    assert shared(text) == [5, 6]
