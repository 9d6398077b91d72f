"""Has every formula its twin in fifty digits, and does each keep ten digits at a few points of its domain?

The many points are in verification/digits.py; this is its short form, with the same twins.
"""

import importlib
import inspect
import sys
from pathlib import Path

import numpy as np
import pytest

import genloss.theory
from genloss.errors import Problem

sys.path.insert(0, str(Path(__file__).parents[2] / "verification"))
from twins.case import Case, worst

ROOMS = ("combine", "drift", "filters", "gaussian", "tails", "loops", "ridge", "workflows", "lineages")
CASES = {name: case for room in ROOMS for name, case in importlib.import_module(f"twins.{room}").CASES.items()}
SLOW = 5  # a case that is this many times slower is left to verification

WITHOUT = {
    "chosen_rows.best_rows": "a minimizer to 1e-6 of risks that have a twin",
    "kernel.pool_spectrum": "eigenvectors of a matrix that depend on a library",
    "mixing.optimal_penalty": "a minimizer to 1e-6 of risks that have a twin",
    "mixing.optimal_real_weight": "a minimizer to 1e-6 of risks that have a twin",
    "combine.self_training": "counts, no numbers that round",
    "equivalents.effective_ridge": "ridge.effective_ridge under another name",
    "mixture_risk_of_power": "what mixture_risk calls",
    "replace_risk_of_power": "what replace_risk calls",
    "priors.best_prior_rows": "a minimizer to 1e-6 of errors that have a twin",
    "reuse.unlike_risk": "sources_risk or risk to rounding where either applies (test_theory_unlike_reuse.py)",
    "reuse.risk_of_power": "what risk calls",
    "reuse.from_workflow": "counts, no numbers that round",
    "scaling.effective_growth": "a minimum of two arguments, in term_exponents",
    "lineages.best_islands": "numbers of models, none of which rounds",
    "verifier.break_even": "a root, to 1e-10, of risks that have a twin",
    "workflows.drift": "the same solution as covariance, of shifts",
    "workflows.long_run": "limits of variances, some read off at generation 2048",
    "workflows.paths": "random numbers",
    "workflows.unequal_information": "the covariance of one direction after another",
}


def functions():
    for module in genloss.theory.__all__:
        room = getattr(genloss.theory, module)
        if module != "coverage":
            yield from (f"{module}.{name}" for name in room.__all__ if inspect.isfunction(getattr(room, name)))


def test_every_formula_has_a_twin_or_a_reason():
    named = {name.split(" ")[0] for name in CASES}
    missing = [name for name in functions() if name not in named and name not in WITHOUT]
    assert [name for name in missing if name.split(".")[1] not in WITHOUT] == []
    assert {name.split(" ")[0] for name in CASES} <= set(functions())


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.slow < SLOW])
def test_a_formula_keeps_ten_digits(name):
    error, where = worst(CASES[name], 4, 2)
    assert error <= CASES[name].line, where


def test_an_error_in_the_eleventh_digit_is_seen():
    good = CASES["drift.suresh_bound"]
    off = Case(good.domain, good.draw, lambda **a: [x * (1 + 2e-10) for x in good.ours(**a)], good.twin, wide=True)
    assert worst(off, 4, 2)[0] > good.line


@pytest.mark.parametrize("rows", [10**9, 10**12])
def test_the_variance_of_a_distance_is_no_difference(rows):
    found = genloss.theory.gaussian.squared_distance(rows=rows, generation=1000)
    np.testing.assert_allclose(found.variance, found.first_order_variance, rtol=2e-5)
    assert abs(float(found.variance) / 9.7e-12 - 1) > 0.5  # what a difference of moments gave at 10^9


def test_a_first_loss_is_no_negative_time():
    first = genloss.theory.drift.diffusion_first_loss
    assert first([0.1] * 10, rows=10) == 0
    assert 137 < first([0.5, 0.5], rows=100) < 138


def test_long_chains_are_refused_beyond_a_million_and_closed_forms_are_not():
    drift = genloss.theory.drift
    assert 0 < drift.diffusion_survival(1.0, generation=10**12) < 1e-11
    with pytest.raises(Problem, match="up to 1,000,000"):
        drift.branching_survival(1.0, generation=10**12)
    with pytest.raises(Problem, match="too large or too small to compute with"):
        genloss.theory.gaussian.squared_distance(rows=4, generation=10**4)
