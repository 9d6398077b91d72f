"""Kernel ridge on real images: do the two engines agree exactly, and does theory predict the pool's risk?"""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from helpers import Z, excess_risks, mean_and_error
from sklearn.kernel_ridge import KernelRidge as SklearnKernelRidge

from genloss.errors import Problem
from genloss.models import Generator, KernelRidge, Predictor, Ridge
from genloss.populations import LinearGaussian, digits
from genloss.simulation import reference
from genloss.simulation.linear import pool_kernel, wishart
from genloss.simulation.task import Task
from genloss.streams import stream
from genloss.theory import coverage
from genloss.theory.ridge import replace_risk_of_power
from genloss.theory.ridge.kernel import pool_spectrum
from genloss.workflows import Workflow

KERNELS = {"rbf": KernelRidge(0.01), "polynomial": KernelRidge(0.01, kernel="polynomial")}


@pytest.fixture(scope="module")
def pool():
    return digits(target="parity", noise=1.0, held_out=450, seed=1)


def task_of(pool, model, *, rows, predictor_rows, report, design="fresh"):
    schedule = Workflow.from_dict({"kind": "replace", "rows": rows}).compile(max(report))
    predictor = Predictor((model,), predictor_rows, 1.0) if predictor_rows else None
    return Task(pool, schedule, Generator(model, 1.0, design), predictor, report, 10, 10)


def test_the_pool_is_what_it_says(pool):
    assert pool.inputs.shape == (1347, 64)
    assert pool.held_out.shape == (450, 64)
    assert set(np.unique(pool.clean)) == {0.0, 1.0}
    spread = pool.inputs.std(axis=0)
    assert np.all(np.isclose(spread, 1) | (spread == 0))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("design", ["fresh", "same"])
@pytest.mark.parametrize("predictor_rows", [40, 1600, None])  # 1600 of 1347 rows: most are drawn twice
def test_the_fast_engine_gives_the_numbers_of_the_definition(pool, kernel, design, predictor_rows):
    task = task_of(pool, KERNELS[kernel], rows=60, predictor_rows=predictor_rows, report=(0, 2), design=design)
    task = replace(task, replicates=3 if predictor_rows == 1600 else 10)  # the definition takes a second for each
    slow, fast = (engine.run(task, partial(stream, 5))[0] for engine in (reference, pool_kernel))
    for one, other in zip(slow, fast, strict=True):
        np.testing.assert_allclose(one.prediction_error, other.prediction_error, atol=1e-8)
        np.testing.assert_allclose(one.held_out_error, other.held_out_error, atol=1e-8)


def test_what_stands_beside_a_fit_changes_no_bit_of_it(pool):
    whole = task_of(pool, KERNELS["rbf"], rows=60, predictor_rows=2000, report=(0, 1, 2, 9))
    run = [each.prediction_error for each in pool_kernel.run(whole, partial(stream, 5))[0]]
    few = pool_kernel.run(replace(whole, replicates=3, report=(1, 9)), partial(stream, 5))[0]
    assert [each.prediction_error.tobytes() for each in few] == [run[1][:3].tobytes(), run[3][:3].tobytes()]


def test_a_kernel_that_cannot_be_solved_is_refused(pool):
    task = task_of(pool, KernelRidge(1e-18, kernel="polynomial", degree=1), rows=400, predictor_rows=None, report=(0,))
    with pytest.raises(Problem, match="1e-18: the kernel matrix plus the penalty cannot be solved"):
        pool_kernel.run(task, partial(stream, 5))


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_model_is_kernel_ridge(pool, kernel):
    model = KERNELS[kernel]
    inputs, targets = pool.inputs[:50], np.arange(50.0)
    parameters = {"gamma": model.gamma, "degree": model.degree, "coef0": model.coef0}
    theirs = SklearnKernelRidge(alpha=model.penalty * 50, kernel=kernel, **parameters).fit(inputs, targets)
    ours = model.fit((inputs, targets))
    np.testing.assert_allclose(ours.predict(pool.held_out), theirs.predict(pool.held_out), atol=1e-8)


@pytest.mark.parametrize("kernel", KERNELS)
def test_theory_predicts_the_pool_risk_within_its_allowance(pool, kernel):
    # 60 replicates at T = 400, T0 = 300; sees a 10 % (RBF) and 25 % (polynomial) error.
    report = (0, 1, 3)
    task = task_of(pool, KERNELS[kernel], rows=300, predictor_rows=400, report=report)
    seen, error = mean_and_error(excess_risks(pool_kernel, task, blocks=6, seed=106)[0])
    setting = coverage.Setting(task.population, task.schedule, task.generator, task.predictor)
    formula = coverage.find(setting, "excess_risk")
    (predicted,), refused = coverage.predict(setting, formula, "excess_risk", report)
    assert refused == []
    values = np.array([predicted[n].value for n in report])
    allowed = np.array([predicted[n].allowance for n in report])
    assert np.all(np.abs(seen - values) <= Z * error + allowed)
    # Negative control: generation 0 taken for generation 1.
    assert abs(seen[0] - values[1]) > Z * error[0] + allowed[1]


def test_what_theory_misses_is_that_features_are_not_gaussian(pool):
    # Gaussian features with the polynomial kernel's spectrum and signal meet the same recursion within the small
    # allowance of Gaussian rows, where the real features are far off: T = 100, 200 replicates.
    model = KERNELS["polynomial"]
    spectrum, power = pool_spectrum(pool, model)
    kept = spectrum > 1e-12
    gaussian = LinearGaussian(spectrum[kept], np.sqrt(power[kept] / spectrum[kept]), 1.0)
    schedule = Workflow.from_dict({"kind": "replace", "rows": 300}).compile(0)
    risk = replace_risk_of_power(
        spectrum, power, noise=1.0, rows=100, penalty=0.01, generation=0, generator_rows=300, generator_noise=1.0
    )
    task = Task(gaussian, schedule, Generator(Ridge(0.01), 1.0), Predictor((Ridge(0.01),), 100, 1.0), (0,), 10, 10)
    seen, error = mean_and_error(excess_risks(wishart, task, blocks=20, seed=108)[0, 0])
    assert abs(seen - risk.total) <= Z * error + risk.allowance
    real = task_of(pool, model, rows=300, predictor_rows=100, report=(0,))
    real_seen, real_error = mean_and_error(excess_risks(pool_kernel, real, blocks=20, seed=109)[0, 0])
    assert abs(real_seen - risk.total) > Z * real_error + risk.allowance
