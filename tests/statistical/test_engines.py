"""Do the fast engines draw from the law of the definition?

Arithmetic first, against dense algebra on the same draws, to rounding. Then laws: moments within Z
standard errors and two-sample Kolmogorov-Smirnov tests (p >= 1e-5; about 60 of them) on fresh seeds,
2000 replicates a side, fixed beforehand. Blind spot: a shift of a law by less than a tenth of its
spread, and joint laws beyond products of two generations. Negative control: noise 1.2 times as large,
and one degree of freedom too few, must be rejected by the same rules.
"""

from functools import partial

import numpy as np
import pytest
from helpers import Z, agree, excess_risks, mean_and_error

from genloss.metrics import measure
from genloss.models import Generator, LeastSquares, Predictor, Ridge
from genloss.populations import LinearGaussian
from genloss.simulation import choose, reference
from genloss.simulation.linear import bidiagonal, cholesky, isotropic, tridiagonal, wishart
from genloss.simulation.task import Task
from genloss.streams import stream
from genloss.workflows import Workflow

DIM, NOISE, REPORT = 10, 0.6, (0, 1, 3)
FLAT, FALLING = np.full(DIM, 0.7), np.arange(1, DIM + 1.0) ** -1.0
COEFFICIENTS = np.arange(1, DIM + 1.0) ** -0.5


def task_of(spectrum=FLAT, *, rows, penalties=(0.02, 0.5), generator=None, noise=NOISE, report=REPORT, replicates=10):
    schedule = Workflow.from_dict({"kind": "replace", "rows": 24}).compile(max(report))
    population = LinearGaussian(spectrum, np.resize(COEFFICIENTS, spectrum.size), NOISE)
    predictor = Predictor(tuple(Ridge(p) for p in penalties), rows, noise)
    return Task(population, schedule, generator or Generator(LeastSquares(), 0.8), predictor, report, replicates, 10)


# Arithmetic, on the same draws.


def cholesky_fits(factor, teachers, shifts, noise):
    return cholesky.fits(factor, teachers, shifts, noise, (0, 3, 7, 20)[: len(teachers)])


SOLVES = pytest.mark.parametrize("fits", [tridiagonal.fits, cholesky_fits])


@SOLVES
@pytest.mark.parametrize("m", [1, 2, 3, 17, 30])
@pytest.mark.parametrize("shift", [0.0, 1e-13, 1e-3, 2.0, 1e4])
def test_solves_equal_dense_algebra(fits, m, shift):
    rng = np.random.default_rng(1)
    factor = np.tril(rng.standard_normal((30, m))) + 3 * np.eye(30, m)
    teachers, noise = rng.standard_normal((4, 30)), rng.standard_normal(m)
    shifts = np.array([shift, 0.7])
    wanted = []
    for each in shifts:  # least squares on the rows of B' and of the penalty
        tall = np.concatenate([factor.T, np.sqrt(each) * np.eye(30)])
        labels = np.concatenate([factor.T @ teachers.T + noise[:, None], np.zeros((30, 4))])
        wanted.append((np.linalg.pinv(tall, rcond=1e-15 if each else 1e-12) @ labels).T)
    found = fits(factor, teachers, shifts, noise)
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-8)


@SOLVES
@pytest.mark.parametrize("m", [12, 20])
def test_tiny_penalties_on_a_steep_spectrum_keep_their_digits(fits, m):
    # Forming B'B would lose what stands below 1e-16 of its trace; the reference never squares B.
    rng, root = np.random.default_rng(3), np.arange(1, 21.0) ** -5.0
    left, right = (np.linalg.qr(rng.standard_normal((size, size)))[0] for size in (20, m))
    factor = (left[:, :m] * root[:m]) @ right
    teachers, noise = rng.standard_normal((2, 20)), 1e-3 * rng.standard_normal(m)
    shift = 1e-12 * np.square(factor).sum()
    tall = np.concatenate([factor.T, np.sqrt(shift) * np.eye(20)])
    labels = np.concatenate([factor.T @ teachers.T + noise[:, None], np.zeros((20, 2))])
    wanted = np.linalg.lstsq(tall, labels, rcond=None)[0].T
    np.testing.assert_allclose(fits(factor, teachers, np.array([shift]), noise)[0], wanted, rtol=1e-7)


@pytest.mark.parametrize("spectrum", [FLAT, FALLING])
@pytest.mark.parametrize("rows", [6, 10, 24])
@pytest.mark.parametrize("generator", [Generator(LeastSquares(), 0.8, "same"), Generator(Ridge(0.1), 0.8)])
def test_tridiagonal_and_cholesky_equal_wishart_where_no_noise_is_turned(spectrum, rows, generator):
    task = task_of(spectrum, rows=rows, penalties=(0.0, 1e-12, 0.1), generator=generator, noise=0.0)
    one, two, other = (excess_risks(engine, task, blocks=2, seed=301) for engine in (tridiagonal, cholesky, wishart))
    np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(two, other, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("rows", [6, 24])
def test_tridiagonal_and_cholesky_give_the_same_numbers(rows):
    task = task_of(FALLING, rows=rows, penalties=(0.01, 0.1))
    one, other = (excess_risks(engine, task, blocks=2, seed=301) for engine in (tridiagonal, cholesky))
    np.testing.assert_allclose(one, other, rtol=1e-9)


@pytest.mark.parametrize("rows", [6, 24])
def test_no_bit_of_cholesky_hangs_on_what_is_asked_beside_it(rows):
    penalties, report = (0.0, 1e-3, 0.1, 3.0), (0, 2, 7, 8, 20)
    whole = excess_risks(cholesky, task_of(FALLING, rows=rows, penalties=penalties, report=report), blocks=2, seed=9)
    for p, penalty in enumerate(penalties):
        some = task_of(FALLING, rows=rows, penalties=(penalty,), report=(7, 20))
        alone = excess_risks(cholesky, some, blocks=2, seed=9)
        np.testing.assert_array_equal(alone[0], whole[p, [2, 4]])


@pytest.mark.parametrize("rows", [1, 2, 7, 9, 10, 11, 40])
def test_isotropic_sweep_equals_dense_algebra(rows):
    rng, shifts, scale = np.random.default_rng(2), np.array([0.0, 0.3, 5.0]), 0.9
    diagonal, above = isotropic.draw_bidiagonal(rows, DIM, 3, partial(stream, 302))
    m, width = diagonal.shape[1], min(DIM, rows + 1)
    assert m == min(rows, DIM)
    teachers, noise = rng.standard_normal((3, 4, width)), rng.standard_normal((3, m))
    found = bidiagonal.error_lengths(scale * diagonal, scale * above, teachers, np.arange(4), noise, 1.5, shifts)
    for r in range(3):
        a = scale * (np.eye(m, width) * diagonal[r][:, None] + np.eye(m, width, 1) * above[r][:, None])
        for p, shift in enumerate(shifts):
            y = np.linalg.solve(a @ a.T + shift * np.eye(m), a @ teachers[r].T + noise[r][:, None])
            error = a.T @ y - 1.5 * np.eye(width, 1)
            np.testing.assert_allclose(found[p, :, r], np.linalg.norm(error, axis=0), rtol=1e-7)


def test_penalties_asked_for_alone_have_the_same_bits():
    several = (1e-3, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 3.0, 9.0)
    whole = excess_risks(isotropic, task_of(rows=12, penalties=several), blocks=1, seed=312)
    for p, penalty in enumerate(several):
        alone = excess_risks(isotropic, task_of(rows=12, penalties=(penalty,)), blocks=1, seed=312)
        np.testing.assert_array_equal(alone[0], whole[p])


def test_nothing_is_lost_without_noise():
    # Excess risk 1e-20 of the signal's, not rounded to 1e-16.
    task = task_of(rows=40, penalties=(0.0, 1e-10), generator=Generator(LeastSquares(), 0.0), noise=0.0)
    for engine in (isotropic, cholesky, tridiagonal):
        seen = excess_risks(engine, task, blocks=1, seed=303)
        assert np.all(seen[0] < 1e-28)
        assert np.all((seen[1] > 1e-21) & (seen[1] < 1e-18))


# Laws, on fresh draws.


@pytest.mark.parametrize("rows", [4, 9, 10, 24])
def test_isotropic_has_the_law_of_the_definition(rows):
    task = task_of(rows=rows)
    assert agree(
        excess_risks(isotropic, task, blocks=200, seed=304), excess_risks(reference, task, blocks=200, seed=305 + rows)
    )


@pytest.mark.parametrize("rows", [4, 24])
def test_tridiagonal_has_the_law_of_the_definition(rows):
    task = task_of(FALLING, rows=rows)
    assert agree(
        excess_risks(tridiagonal, task, blocks=200, seed=334),
        excess_risks(reference, task, blocks=200, seed=335 + rows),
    )


@pytest.mark.parametrize("rows", [30, 60, 150])
def test_isotropic_has_the_law_of_wishart_in_sixty_dimensions(rows):
    flat = np.ones(60)
    task = task_of(flat, rows=rows, report=(0, 2))
    schedule = Workflow.from_dict({"kind": "replace", "rows": 90}).compile(2)
    task = Task(task.population, schedule, task.generator, task.predictor, (0, 2), 10, 10)
    assert agree(
        excess_risks(isotropic, task, blocks=200, seed=364), excess_risks(wishart, task, blocks=60, seed=365 + rows)
    )


def test_unpenalized_isotropic_has_the_exact_mean():
    # sum of noise^2 dim / (rows - dim - 1), exact: an oracle that no engine of ours made.
    task = task_of(rows=30, penalties=(0.0,))
    seen, error = mean_and_error(excess_risks(isotropic, task, blocks=200, seed=307)[0])
    right = NOISE**2 * DIM / (30 - DIM - 1) + np.array(REPORT) * 0.8**2 * DIM / (24 - DIM - 1)
    assert np.all(np.abs(seen - right) <= Z * error)


def test_the_rules_reject_a_wrong_law(monkeypatch):
    task = task_of(rows=9)
    right = excess_risks(reference, task, blocks=200, seed=314)
    louder = task_of(rows=9, noise=1.2 * NOISE)
    assert not agree(excess_risks(isotropic, louder, blocks=200, seed=308), right)
    drawn = isotropic.draw_bidiagonal
    monkeypatch.setattr(isotropic, "draw_bidiagonal", lambda rows, *rest: drawn(rows - 1, *rest))
    monkeypatch.setattr(isotropic, "min", lambda dim, rows: min(dim, rows - 1), raising=False)
    assert not agree(excess_risks(isotropic, task, blocks=200, seed=309), right)


# What runs what.


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "isotropic"),
        ({"spectrum": FALLING}, "tridiagonal"),
        ({"generator": Generator(LeastSquares(), 1.0, "same")}, "tridiagonal"),
        ({"generator": Generator(Ridge(0.1), 1.0)}, "tridiagonal"),
    ],
)
def test_the_fastest_engine_that_covers_a_task_runs_it(changes, name):
    task = task_of(rows=12, **changes)
    assert choose(task).name == name
    for forced in ("reference", "wishart", "tridiagonal", "cholesky"):
        assert choose(task, forced).name == forced


@pytest.mark.parametrize("engine", [isotropic, cholesky, tridiagonal])
@pytest.mark.parametrize("metric", ["excess_risk", "test_error", "parameter_error"])
def test_asking_for_more_changes_no_earlier_number(engine, metric):
    def values(**changes):
        errors = engine.run(task_of(**({"rows": 12} | changes)), partial(stream, 310))
        return np.array([[measure(metric, e) for e in row] for row in errors])

    whole = values()
    np.testing.assert_array_equal(values(replicates=4), whole[..., :4])
    np.testing.assert_allclose(values(report=(0, 1)), whole[:, :2], rtol=1e-12)
    np.testing.assert_allclose(values(penalties=(0.02, 0.1, 0.5))[::2], whole, rtol=1e-12)


def test_parameter_error_of_a_flat_spectrum_is_the_risk_over_the_eigenvalue():
    errors = isotropic.run(task_of(rows=12), partial(stream, 311))[0][0]
    np.testing.assert_allclose(measure("parameter_error", errors) * 0.7, measure("excess_risk", errors), rtol=1e-12)
    np.testing.assert_allclose(measure("test_error", errors), measure("excess_risk", errors) + NOISE**2, rtol=1e-12)
