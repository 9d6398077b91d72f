"""Do generators that smooth drift as theory says? By plain loops, by the engine, and by a reverse process integrated.

Rule: Z standard errors; kurtosis, which is a ratio of moments: 10 / rows of itself besides; the reverse process in
steps of 2 % of its noise: 2 % besides. Blind spots: 1 % of a variance, 5 % of a kurtosis, .01 of a wave. Controls: a
bandwidth 10 or 30 % off, a smoothing less, a normal law, and rows that are not smoothed.
"""

import numpy as np
import pytest
from helpers import Z, mean_and_error

import genloss
from genloss.models.smoothing import EarlyStopped, KernelDensity
from genloss.simulation.loops.smoothing import NormalMixture, smoothing_run
from genloss.streams import stream
from genloss.study import Study
from genloss.theory import smoothing
from genloss.workflows import accumulate, fixed_real, fresh_real, replace

NORMAL = NormalMixture(np.ones(1), np.zeros(1), np.ones(1))
MOMENTS = [1, 0, 1, 0, 3]


def plain(kind, rows, real, h, last, replicates, rng, scale=1.0):
    """Training sets of kernel densities, generation after generation, without a workflow or a model."""
    first = rng.standard_normal((replicates, rows))
    pool, sets = [first], [first]
    for _ in range(last):
        before = sets[-1]
        chosen = np.array([each[rng.integers(0, each.size, rows)] for each in before])
        new = scale * chosen + h * rng.standard_normal((replicates, rows))
        if kind == "accumulate":
            pool.append(new)
            sets.append(np.concatenate(pool, axis=1))
        elif kind == "fresh_real":
            sets.append(np.concatenate([rng.standard_normal((replicates, real)), new], axis=1))
        else:
            sets.append(new)
    return sets


def measured(sets, h, t, scale=1.0):
    """Variance of the law of each fit, squared mean, wave and power, (4, fits, replicates)."""
    waves = [np.exp(1j * t * scale * x).mean(axis=1) * np.exp(-((h * t) ** 2) / 2) for x in sets]
    return np.array(
        [
            [scale**2 * x.var(axis=1) + h**2 for x in sets],
            [(scale * x.mean(axis=1)) ** 2 for x in sets],
            [wave.real for wave in waves],
            [np.abs(wave) ** 2 for wave in waves],
        ]
    )


@pytest.mark.parametrize("kind", ["replace", "accumulate", "fresh_real"])
def test_plain_loops_have_the_law_of_theory(kind):
    rows, real, h, last, t = 12, 12, 0.5, 5, 1.5
    drawn = measured(plain(kind, rows, real, h, last, 12_000, stream(9, kind)), h, t)
    workflow = {"replace": replace(rows), "accumulate": accumulate(rows), "fresh_real": fresh_real(real, rows)}[kind]

    def theory(width):
        finite = smoothing.finite_rows(workflow, MOMENTS, bandwidth=width, generations=last)
        wave = np.exp(-(t**2) / 2)
        gain = smoothing.wave_gain(workflow, [t], bandwidth=width, generations=last)[:, 0]
        power = smoothing.wave_power(workflow, [t], [wave], bandwidth=width, generations=last)[:, 0]
        return np.array([finite.variance, finite.of_mean, wave * gain, power])

    mean, error = mean_and_error(drawn)
    assert np.all(np.abs(mean - theory(h)) <= Z * error)
    off = np.abs(mean - theory(1.1 * h)) > Z * error
    assert off[0, 1:].all()  # control
    assert off[2, 1:].all()


def test_rows_of_two_columns():
    rng, rows, replicates = stream(9, "columns"), 8, 20_000
    truth, noise = np.array([[1.0, 0.6], [0.6, 2.0]]), np.array([[0.3, -0.1], [-0.1, 0.2]])
    x = rng.standard_normal((replicates, rows, 2)) @ np.linalg.cholesky(truth).T
    for _ in range(3):
        places = rng.integers(0, rows, (replicates, rows, 1))
        x = np.take_along_axis(x, places, axis=1) + rng.standard_normal(x.shape) @ np.linalg.cholesky(noise).T
    away = x - x.mean(axis=1, keepdims=True)
    drawn = (np.moveaxis(away, 1, 2) @ away / rows + noise).reshape(replicates, 4).T
    kept, added = smoothing.covariance_factors(replace(rows), generations=3)
    mean, error = mean_and_error(drawn)
    assert np.all(np.abs(mean - (kept[-1] * truth + added[-1] * noise).ravel()) <= Z * error)
    assert np.any(np.abs(mean - (kept[-2] * truth + added[-2] * noise).ravel()) > Z * error)  # control


def test_a_limit_that_is_known():
    """Share .1, bandwidth .5: variance 3.5, kurtosis 4.378."""
    model, workflow, last = KernelDensity(0.5), fresh_real(200, 1800), 60
    (fit,) = smoothing_run(model, NORMAL, workflow.compile(last), report=[last], replicates=60, rng=stream(9, "limit"))
    rows = fit.sample(4000, stream(9, "rows"))
    limit = smoothing.smoothing_limit(0.1, bandwidth=0.5)
    mean, error = mean_and_error(rows.var(axis=1))
    assert abs(mean - limit.variance) < Z * error + 0.01 * limit.variance
    assert abs(mean - (limit.variance - 0.25)) > 0.05  # control: smoothed once less
    fourth, error = mean_and_error((rows**4).mean(axis=1) / mean**2)
    assert abs(fourth - limit.kurtosis) < Z * error + 10 / 200 * limit.kurtosis
    assert abs(fourth - 3) > Z * error + 10 / 200 * limit.kurtosis  # control: a normal law


@pytest.mark.parametrize("rule", ["fixed", "silverman", "keep"])
def test_the_engine_has_the_variance_of_theory(rule):
    workflow, last = fixed_real(15, 30, real_weight=0.4), 4
    model = KernelDensity(0.6, "silverman" if rule == "silverman" else "fixed", 0.9, rule == "keep")
    schedule = workflow.compile(last)
    fits = smoothing_run(
        model, NORMAL, schedule, report=range(last + 1), replicates=6000, rng=stream(9, "engine", rule)
    )
    drawn = np.array(
        [
            ((w * f.centers**2).mean(1) - (w * f.centers).mean(1) ** 2) + f.deviation**2
            for f in fits
            for w in [np.ones(1) if f.weights is None else f.weights]
        ]
    )
    widths = 0.6 * 0.9 ** np.arange(last + 1)
    rows = np.array([schedule.rows_used(g).sum() for g in range(last + 1)])
    theory = {
        "fixed": lambda wide: smoothing.finite_rows(schedule, MOMENTS, bandwidth=wide).variance,
        "silverman": lambda wide: smoothing.relative_variance(schedule, wide * rows**-0.2),
        "keep": lambda wide: smoothing.finite_rows(schedule, MOMENTS, bandwidth=wide - widths).variance,
    }[rule]
    mean, error = mean_and_error(drawn)
    assert np.all(np.abs(mean - theory(widths)) <= Z * error)
    assert np.all(np.abs(mean - theory(1.3 * widths)) > Z * error)  # control


def test_a_reverse_process_that_stops_early_draws_smoothed_training_rows():
    """dx = (x + 2 score) ds + sqrt(2) dw backwards from rest to time t, with the exact score of ten training rows."""
    rng, stop, start = stream(9, "reverse"), 0.1, 4.0
    rows = rng.standard_normal(10) * 1.5
    rows -= rows.mean()
    x, s = rng.standard_normal(30_000), start
    while s > stop + 1e-12:
        step = min(0.02 * -np.expm1(-2 * s), s - stop)
        a, v = np.exp(-s), -np.expm1(-2 * s)
        logs = -((x[:, None] - a * rows) ** 2) / 2 / v
        part = np.exp(logs - logs.max(axis=1, keepdims=True))
        score = (part @ (a * rows) / part.sum(axis=1) - x) / v
        x = x + step * (x + 2 * score) + np.sqrt(2 * step) * rng.standard_normal(x.size)
        s -= step
    fit = EarlyStopped(stop).fit(rows[None], None, rng)
    drawn = fit.sample(30_000, rng)[0]
    for power in (2, 4):
        (a, e), (b, f) = (mean_and_error((y - y.mean()) ** power) for y in (x, drawn))
        assert abs(a - b) < Z * np.hypot(e, f) + 0.02 * b
    (a, e), (b, f) = (mean_and_error(np.cos(2.5 * y)) for y in (x, drawn))
    assert abs(a - b) < Z * np.hypot(e, f) + 0.02
    assert abs(a - np.cos(2.5 * rows).mean()) > Z * np.hypot(e, f) + 0.02  # control: the rows themselves


def test_a_study_agrees_with_theory():
    study = Study.from_dict(
        {
            "generations": 6,
            "replicates": 300,
            "metrics": ["variance_left", "kurtosis", "wave_left"],
            "population": {
                "kind": "normal_mixture",
                "shares": [0.5, 0.5],
                "means": [-1.0, 1.0],
                "deviations": [0.4, 0.4],
                "frequency": 1.5,
            },
            "generator": {"kind": "early_stopped_diffusion", "time": 0.05},
            "workflow": {"kind": "fresh_real", "rows": 100, "synthetic_rows": 100},
        }
    )
    theory = {(row.metric, row.generation): row for row in genloss.predict(study).rows}
    drawn = genloss.simulate(study).rows
    assert len(drawn) == len(theory) == 21
    for row in drawn:
        expected = theory[row.metric, row.generation]
        assert abs(row.value - expected.value) <= Z * row.standard_error + expected.allowance
