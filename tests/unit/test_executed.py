"""Other code of one's own is another model: what is compiled counts, whatever holds it and wherever it stands."""

import functools

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from genloss.code.executed import code_of

WHOLE = """
import functools
from dataclasses import dataclass
FACTOR = 1.0
KINDS = ("a", "b")
count = 0
log = []

def helper(x):
    return x + 1

class Fit:
    def sample(self, n, rng):
        return n

class Above:
    def more(self):
        return 1

@dataclass(frozen=True)
class Model(Above):
    \"\"\"A model.\"\"\"
    setting: int = 1
    power = 2

    def fit(self, data, weights, rng, *, start=None):
        global count
        count += 1
        log.append(1)
        if data in {"x", "y"}:
            return [helper(x) * FACTOR for x in data]
        return Fit(), KINDS

    @functools.cached_property
    def far(self):
        return (lambda: 7)()
"""


def told(source=WHOLE, after=""):
    space = {"__name__": "__main__"}
    exec(compile(source, "own.py", "exec"), space)
    exec(after, space)
    return code_of(space["Model"]())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("FACTOR = 1.0", "FACTOR = 2.0"),
        ('("a", "b")', '("a", "c")'),
        ("x + 1", "x + 2"),
        ("return n", "return n + 1"),
        ("return 1\n", "return 2\n"),
        ("power = 2", "power = 3"),
        ("setting: int = 1", "setting: int = 2"),
        ("(lambda: 7)", "(lambda: 8)"),
        ('{"x", "y"}', '{"x", "z"}'),
        ("helper(x) * FACTOR", "helper(x) / FACTOR"),
    ],
)
def test_what_a_model_executes_tells_it_from_another(old, new):
    assert old in WHOLE
    assert told(WHOLE.replace(old, new)) != told()


def test_what_changes_no_number_tells_nothing():
    assert len(told()) == 64
    assert (
        told("\n\n# first\n" + WHOLE.replace("        count += 1", "        # counts\n\n        count += 1")) == told()
    )
    assert told(after="count, unused = 5, 7; log.append(3)") == told()
    assert told(WHOLE.replace("def helper", "def unused(x):\n    return 3\n\ndef helper")) == told()


def test_code_is_found_in_what_holds_it():
    def made(power):
        return lambda x: x**power

    for hold in (
        lambda f: f,
        lambda f: functools.partial(f, 1),
        lambda f: functools.lru_cache(f),
        lambda f: {"f": [f]},
    ):
        assert code_of(hold(made(2))) == code_of(hold(made(2))) != code_of(hold(made(3)))


def test_classes_of_installed_packages_are_known_by_their_names():
    assert code_of(GaussianMixture(2)) == ""
    assert code_of(np.zeros(3)) == ""
