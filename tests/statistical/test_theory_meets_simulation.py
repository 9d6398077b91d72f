"""Do the recursion and an independent exact simulation give the same risk?

Every check: |simulation - theory| <= Z standard errors + the allowance that the formula states.
Blind spot: stated by each test. Negative control: an off-by-one generation and an unsquared noise
must be rejected by the same rule.
"""

import numpy as np
import pytest
from helpers import Z, excess_risks, mean_and_error

from genloss.errors import Problem
from genloss.models import Generator, LeastSquares, Predictor, Ridge
from genloss.populations import LinearGaussian
from genloss.simulation import reference
from genloss.simulation.linear import wishart
from genloss.simulation.task import Task
from genloss.theory.ridge import replace_risk
from genloss.workflows import Workflow

DIM = 100
SPECTRA = {"isotropic": np.ones(DIM), "power law": np.arange(1, DIM + 1.0) ** -1.5}
COEFFICIENTS = np.arange(1, DIM + 1.0) ** -0.25
NOISE = 0.6  # not 1: squared and unsquared noise differ
REPORT = (0, 1, 2, 4)

GENERATORS = {
    "least squares": (LeastSquares(), 200, "fresh"),
    "least squares, same inputs": (LeastSquares(), 200, "same"),
    "minimum norm": (LeastSquares(), 50, "fresh"),
    "minimum norm, same inputs": (LeastSquares(), 50, "same"),
    "ridge": (Ridge(0.05), 150, "fresh"),
}


def task_of(spectrum, generator, rows, design, predictor):
    schedule = Workflow.from_dict({"kind": "replace", "rows": rows}).compile(max(REPORT))
    population = LinearGaussian(spectrum, COEFFICIENTS, NOISE)
    return Task(population, schedule, Generator(generator, NOISE, design), predictor, REPORT, 10, 10)


def theory(spectrum, generator, rows, design, predictor_rows, penalty, **changes):
    arguments = {
        "noise": NOISE,
        "rows": predictor_rows,
        "penalty": penalty,
        "generation": np.array(REPORT),
        "generator_rows": rows,
        "generator_noise": NOISE,
        "generator_penalty": generator.penalty,
        "design": design,
    }
    return replace_risk(spectrum, COEFFICIENTS, **(arguments | changes))


@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("kind", GENERATORS)
@pytest.mark.parametrize("rows", [60, 300])
def test_recursion_meets_the_wishart_engine(name, kind, rows):
    # 240 replicates, fixed beforehand; sees a 4-13 % error of the theory.
    spectrum, (generator, generator_rows, design) = SPECTRA[name], GENERATORS[kind]
    penalties = (0.01, 0.3)
    predictor = Predictor(tuple(Ridge(p) for p in penalties), rows, NOISE)
    task = task_of(spectrum, generator, generator_rows, design, predictor)
    seen, error = mean_and_error(excess_risks(wishart, task, blocks=24, seed=101))
    for p, penalty in enumerate(penalties):
        right = theory(spectrum, generator, generator_rows, design, rows, penalty)
        assert np.all(np.abs(seen[p] - right.total) <= Z * error[p] + right.allowance)


@pytest.mark.parametrize("name", SPECTRA)
def test_the_rule_rejects_wrong_constants(name):
    # Same rule, same draws: off by one generation, and noise instead of its square.
    spectrum, (generator, generator_rows, design) = SPECTRA[name], GENERATORS["least squares"]
    task = task_of(spectrum, generator, generator_rows, design, Predictor((Ridge(0.01),), 300, NOISE))
    seen, error = mean_and_error(excess_risks(wishart, task, blocks=40, seed=101))
    late = theory(spectrum, generator, generator_rows, design, 300, 0.01, generation=np.array(REPORT) + 1)
    unsquared = theory(
        spectrum, generator, generator_rows, design, 300, 0.01, noise=NOISE**0.5, generator_noise=NOISE**0.5
    )
    for wrong in (late, unsquared):
        assert np.all(np.abs(seen[0] - wrong.total) > 2 * Z * error[0] + wrong.allowance)


@pytest.mark.parametrize("name", SPECTRA)
def test_least_squares_is_exact_at_any_size(name):
    # Exact status: no allowance. 2000 replicates see a 3 % error; T - d instead of T - d - 1 is 1/49.
    spectrum = SPECTRA[name]
    task = task_of(spectrum, LeastSquares(), 150, "fresh", Predictor((LeastSquares(),), 150, NOISE))
    seen, error = mean_and_error(excess_risks(wishart, task, blocks=200, seed=102))
    right = theory(spectrum, LeastSquares(), 150, "fresh", 150, 0.0)
    assert right.status == "exact"
    assert np.all(right.allowance == 0)
    assert np.all(np.abs(seen[0] - right.total) <= Z * error[0])
    growth = np.arange(1, 6)[list(REPORT)] * NOISE**2 * DIM / (150 - DIM - 1)
    np.testing.assert_allclose(right.total, growth, rtol=1e-12)


@pytest.mark.parametrize("kind", GENERATORS)
@pytest.mark.parametrize("own_fit", [False, True])
def test_the_fast_engine_matches_the_definition_in_law(kind, own_fit):
    # Two independent samples, 300 and 3000 replicates; sees a 5-15 % error.
    generator, _, design = GENERATORS[kind]
    rows = {"least squares": 25, "ridge": 14}.get(kind.split(",")[0], 6)
    spectrum = np.arange(1, 13.0) ** -1.0
    predictor = None if own_fit else Predictor((Ridge(0.1), LeastSquares()), 20, NOISE)
    schedule = Workflow.from_dict({"kind": "replace", "rows": rows}).compile(3)
    population = LinearGaussian(spectrum, COEFFICIENTS[:12], NOISE)
    task = Task(population, schedule, Generator(generator, 0.8, design), predictor, (0, 1, 3), 10, 10)
    slow, slow_error = mean_and_error(excess_risks(reference, task, blocks=30, seed=103))
    fast, fast_error = mean_and_error(excess_risks(wishart, task, blocks=300, seed=104))
    assert np.all(np.abs(slow - fast) <= Z * np.hypot(slow_error, fast_error))


def test_closed_forms_are_special_cases():
    spectrum = SPECTRA["isotropic"]
    norm2, n, phi0 = np.sum(COEFFICIENTS**2), 3, DIM / 50
    pinv = theory(spectrum, LeastSquares(), 50, "fresh", 400, 0.0, generation=n, finite_size=False).total
    geometric = 1 - phi0**-n
    phi = DIM / 400
    closed = norm2 * geometric + NOISE**2 * phi0 * geometric / (phi0 - 1) ** 2 + NOISE**2 * phi / (1 - phi)
    assert pinv == pytest.approx(closed, rel=1e-12)

    risk = theory(spectrum, LeastSquares(), 200, "fresh", 400, 0.2)
    b = 0.2 + phi - 1
    kappa = (b + np.sqrt(b * b + 0.8)) / 2
    base = (kappa**2 * norm2 + NOISE**2 * phi) / ((1 + kappa) ** 2 - phi)
    rho = DIM / (200 - DIM - 1) * (1 - phi * (1 - kappa) / (1 + kappa)) / ((1 + kappa) ** 2 - phi)
    np.testing.assert_allclose(risk.total, base + np.array(REPORT) * NOISE**2 * rho, rtol=1e-10)
    np.testing.assert_allclose(risk.bias + risk.variance, base, rtol=1e-10)
    np.testing.assert_allclose(risk.total, risk.bias + risk.variance + risk.inherited, rtol=1e-12)


def test_arguments_broadcast_and_per_fit_values_count():
    spectrum = SPECTRA["power law"]
    both = theory(spectrum, LeastSquares(), 200, "fresh", np.array([[60], [300]]), 0.1)
    assert both.total.shape == (2, len(REPORT))
    assert both.total[1, 2] == theory(spectrum, LeastSquares(), 200, "fresh", 300, 0.1, generation=2).total
    growing = theory(spectrum, LeastSquares(), [200, 400, 800, 1600], "fresh", 300, 0.1)
    assert np.all(growing.total[2:] < both.total[1, 2:])


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"rows": 100, "penalty": 0.0}, "rows"),
        ({"generator_rows": 101}, "generator_rows"),
        ({"generator_rows": [200, 200]}, "generator_rows"),
        ({"design": "new"}, "design"),
        ({"design": "same", "generator_penalty": 0.1}, "design"),
        ({"generation": 1.5}, "generation"),
        ({"noise": -1.0}, "noise"),
    ],
)
def test_what_has_no_answer_is_refused_by_name(changes, where):
    good = {"noise": 1.0, "rows": 300, "penalty": 0.1, "generation": 3, "generator_rows": 200, "generator_noise": 1.0}
    with pytest.raises(Problem) as caught:
        replace_risk(SPECTRA["isotropic"], 1.0, **(good | changes))
    assert caught.value.where == where
