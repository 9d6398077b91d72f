"""Edits in place, drawn row by row by a few lines of their own: of means at random and in proportion, and of labels.

Rule: Z standard errors of the variance over runs, which is that of chi squared. Blind spot: Z sqrt(2 / runs) of a
variance, 2.6 % for 60,000 runs. Controls: 1 + g p, which forgets that the rows that go are a sample; the formula in
proportion where rows go at random; and, of regressions, a share of 15 % for 30 %.
"""

import numpy as np
import pytest
from helpers import Z, excess_risks, mean_and_error

from genloss.models import Generator, LeastSquares, Ridge
from genloss.models.families.quadratic import gaussian_mean
from genloss.populations import LinearGaussian
from genloss.simulation import choose
from genloss.simulation.families.quadratic import run_rows, run_sums
from genloss.simulation.task import Task
from genloss.streams import stream
from genloss.theory import reuse
from genloss.theory.workflows import edited_at_random, edited_variances, variances
from genloss.workflows import edit

RUNS = 60_000


def off(drawn, right):
    """How far the variances of runs, (fits, runs), are from the formula, in units of what is allowed."""
    found = (drawn**2).mean(axis=1)
    return np.abs(found / right - 1) / (Z * np.sqrt(2 / drawn.shape[1]))


def test_means_edited_at_random():
    rng, n, count, last = stream(5, "edits", "random"), 5, 1, 12
    rows = rng.standard_normal((RUNS, n))
    fits = [rows.mean(1)]
    for _ in range(last):
        places = rng.permuted(np.tile(np.arange(n), (RUNS, 1)), axis=1)[:, :count]
        rows[np.arange(RUNS)[:, None], places] = fits[-1][:, None] + rng.standard_normal((RUNS, count))
        fits.append(rows.mean(1))
    shares, scaled = [count / n] * last, np.sqrt(n) * np.array(fits)
    assert off(scaled, edited_at_random(shares, rows=n)).max() < 1
    assert off(scaled, edited_variances(shares))[-1] > 1.5
    assert off(scaled, 1 + np.arange(last + 1) * count / n)[-1] > 1.5


def test_means_edited_in_proportion():
    """Half of sixteen rows: 8, 4, 2, 1 of every batch are left, so each loses exactly its share."""
    rng = stream(5, "edits", "proportion")
    batches = [rng.standard_normal((RUNS, 16))]
    fits = [batches[0].mean(1)]
    for _ in range(4):
        kept = [batch[:, : batch.shape[1] // 2] for batch in batches]
        batches = [*kept, fits[-1][:, None] + rng.standard_normal((RUNS, 8))]
        fits.append(np.hstack(batches).mean(1))
    scaled = 4 * np.array(fits)
    assert off(scaled, edited_variances([0.5] * 4)).max() < 1
    assert off(scaled, 1 + 0.5 * np.arange(5))[-1] > 1.5


def test_engines_of_families_meet_the_schedule():
    workflow = edit(20, 0.3, 0.95)
    right = 20 * variances(workflow, generations=10)
    for run, runs in ((run_sums, RUNS), (run_rows, 20_000)):
        found = run(
            gaussian_mean(), 0.0, workflow.compile(10), replicates=runs, rng=stream(5, "edits", run.__name__)
        ).estimates
        assert off(np.sqrt(20) * found, right).max() < 1


def test_rewritten_labels_of_rows_of_one_leverage():
    """Waves are a design on which every row has the leverage d / n."""
    rng, n, count, last, runs = stream(5, "edits", "labels"), 12, 3, 8, 20_000
    turn = 2 * np.pi * np.arange(n) / n
    waves = np.stack([np.cos(turn), np.sin(turn), np.cos(2 * turn), np.sin(2 * turn)], axis=1)
    solve = np.linalg.pinv(waves)
    labels = rng.standard_normal((runs, n))
    fits = [labels @ solve.T]
    for _ in range(last):
        places = rng.permuted(np.tile(np.arange(n), (runs, 1)), axis=1)[:, :count]
        new = fits[-1] @ waves.T + rng.standard_normal((runs, n))
        np.put_along_axis(labels, places, np.take_along_axis(new, places, axis=1), axis=1)
        fits.append(labels @ solve.T)
    by_run = np.sqrt(n / 2) * np.concatenate(np.array(fits).transpose(2, 0, 1), axis=1)  # four independent waves
    shares = [count / n] * last
    assert off(by_run, edited_at_random(shares, rows=n, dim=4)).max() < 1
    assert off(by_run, edited_variances(shares))[-1] > 1.5


@pytest.mark.parametrize("penalty", [0.0, 0.1])
def test_regressions_on_the_same_and_on_new_inputs(penalty):
    population = LinearGaussian(np.ones(12), np.full(12, 12**-0.5), 0.5)
    schedule, fewer = edit(120, 0.3).compile(6), edit(120, 0.15).compile(6)
    for design in ("same", "fresh"):
        model = Ridge(penalty) if penalty else LeastSquares()
        task = Task(population, schedule, Generator(model, 0.5, design), None, (0, 3, 6), 20, 20)
        engine = choose(task)
        assert engine.name == {"same": "reference", "fresh": "nested"}[design]
        mean, error = mean_and_error(excess_risks(engine, task, blocks=50, seed=5))
        batches = reuse.from_workflow(schedule, noise=0.5, design=design)
        right = reuse.risk(np.ones(12), population.coefficients, batches, penalty=penalty)
        allowed = Z * error[0] + right.allowance[[0, 3, 6]]
        assert np.all(np.abs(mean[0] - right.total[[0, 3, 6]]) < allowed)
        batches = reuse.from_workflow(fewer, noise=0.5, design=design)
        other = reuse.risk(np.ones(12), population.coefficients, batches, penalty=penalty)
        assert abs(mean[0, -1] - other.total[6]) > allowed[-1]
