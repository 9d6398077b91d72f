"""Do fits with a prior err as theory says, and do the engines agree with plain loops?

Rule: Z standard errors. Blind spots: a bias wrong by 1 % of itself, a variance by 4 %; a prior that counts its rows in
one generation in ten only. Control: a prior of one row more.
"""

import numpy as np
import pytest
from helpers import Z, mean_and_error

import genloss
from genloss.models.families import Dirichlet, GammaShape, Gaussian, Multinomial, Prior
from genloss.models.families.quadratic import bernoulli, gaussian_variance, poisson
from genloss.simulation.families.parametric import run_family_rows, run_summaries
from genloss.simulation.families.picks import run_picks
from genloss.simulation.families.quadratic import run_rows, run_sums
from genloss.streams import stream
from genloss.study import Study
from genloss.theory.workflows.priors import prior_errors
from genloss.workflows import accumulate, accumulate_subsample, fixed_real, fresh_real, replace

ROWS, LAST = 20, 6
WORKFLOWS = {
    "replace": replace(ROWS),
    "accumulate": accumulate(ROWS),
    "fresh_real": fresh_real(ROWS, 2 * ROWS),
    "weighted": fixed_real(ROWS, ROWS, real_weight=0.3),
}


def close(values, expected):
    """Whether means over the last axis are what is expected."""
    mean, error = mean_and_error(values)
    return np.all(np.abs(mean - expected) <= Z * error + 1e-12)


def plain(kind, prior_rows, prior_mean, truth, replicates, rng):
    """Coins by loops that know nothing of engines: the prior's rows are added to the counts."""
    fits, heads, tails = [], np.zeros(replicates), np.zeros(replicates)
    for g in range(LAST + 1):
        new = rng.binomial(ROWS if kind != "fresh_real" or g == 0 else 2 * ROWS, fits[-1] if g else truth, replicates)
        count = ROWS if kind != "fresh_real" or g == 0 else 2 * ROWS
        if kind == "accumulate":
            heads, tails = heads + new, tails + count - new
        elif kind == "fresh_real" and g:
            real = rng.binomial(ROWS, truth, replicates)
            heads, tails = new + real, count - new + ROWS - real
        else:
            heads, tails = new, count - new
        fits.append((heads + prior_rows * prior_mean) / (heads + tails + prior_rows))
    return np.array(fits)


@pytest.mark.parametrize("kind", ["replace", "accumulate", "fresh_real"])
def test_plain_loops_err_as_theory_says(kind):
    drawn = plain(kind, 8.0, 0.5, 0.2, 40_000, stream(8, "prior", kind)) - 0.2
    law = {"prior_mean": 0.5, "truth": 0.2, "variance": 0.16, "slope": 0.6, "curvature": -1.0, "generations": LAST}
    found = prior_errors(WORKFLOWS[kind], prior_rows=8.0, **law)
    assert close(drawn, found.bias)
    assert close(drawn**2, found.mean_square)
    off = prior_errors(WORKFLOWS[kind], prior_rows=9.0, **law)
    assert not close(drawn, off.bias)  # control
    assert not close(drawn**2, off.mean_square)


@pytest.mark.parametrize("kind", WORKFLOWS)
@pytest.mark.parametrize("family", [(bernoulli(), 0.2, 0.5), (poisson(), 3.0, 5.0), (gaussian_variance(), 1.0, 2.0)])
def test_sums_rows_and_picks_are_one_law(kind, family):
    law, mean, center = family
    schedule, prior = WORKFLOWS[kind].compile(LAST), Prior(7.0, np.array([center]))
    slope = law.coefficients[1] + 2 * law.coefficients[2] * mean
    found = prior_errors(
        schedule,
        prior_rows=7.0,
        prior_mean=center,
        truth=mean,
        variance=float(law.variance(mean)),
        slope=slope,
        curvature=law.curvature,
    )
    for name, run, replicates in (("sums", run_sums, 20_000), ("rows", run_rows, 4000), ("picks", run_picks, 4000)):
        runs = (
            run(law, mean, schedule, replicates=replicates, rng=stream(8, name, kind, law.name), prior=prior).estimates
            - mean
        )
        assert close(runs, found.bias), name
        assert close(runs**2, found.mean_square), name


def test_subsamples_with_a_prior():
    schedule = accumulate_subsample(ROWS).compile(LAST)
    law = {"truth": 0.2, "variance": 0.16, "slope": 0.6, "curvature": -1.0, "prior_mean": 0.6}
    found = prior_errors(schedule, prior_rows=5.0, **law)
    prior = Prior(5.0, np.array([0.6]))
    runs = run_picks(bernoulli(), 0.2, schedule, replicates=20_000, rng=stream(8, "sub"), prior=prior).estimates - 0.2
    assert close(runs, found.bias)
    assert close(runs**2, found.mean_square)


def test_a_prior_at_the_first_fit():
    schedule = replace(ROWS).compile(LAST)
    found = prior_errors(schedule, prior_rows=10.0, variance=0.16, slope=0.6, curvature=-1.0, center="first_fit")
    runs = run_sums(bernoulli(), 0.2, schedule, replicates=40_000, rng=stream(8, "first"), prior=Prior(10.0)).estimates
    assert close(runs - 0.2, 0.0)
    assert close((runs - 0.2) ** 2, found.mean_square)
    rng, first = stream(8, "first by hand"), None
    fit = first = rng.binomial(ROWS, 0.2, 40_000) / ROWS
    for _ in range(LAST):
        fit = (rng.binomial(ROWS, fit) + 10.0 * first) / (ROWS + 10.0)
    mean, error = mean_and_error((fit - 0.2) ** 2)
    assert abs(mean - found.mean_square[-1]) < Z * error


@pytest.mark.parametrize(
    ("family", "truth", "center"),
    [
        (Gaussian(), [0.0, 1.0], [0.5, 2.0]),
        (Multinomial(3), [0.2, 0.3, 0.5], [0.4, 0.3, 0.3]),
        (GammaShape(), [2.0, 1.0], [3.0, 2.0]),
        (Dirichlet(3), [2.0, 1.0, 3.0], [1.0, 1.0, 1.0]),
    ],
    ids=lambda each: getattr(each, "name", None),
)
def test_statistics_and_rows_are_one_law(family, truth, center):
    prior = Prior(12.0, np.array(center))
    for kind in ("replace", "weighted"):
        schedule = WORKFLOWS[kind].compile(3)
        one, other = (
            run(family, truth, schedule, replicates=3000, rng=stream(8, name, kind), prior=prior).estimates
            for name, run in (("sums", run_summaries), ("rows", run_family_rows))
        )
        for power in (1, 2):
            (a, e), (b, f) = (mean_and_error(np.moveaxis(x**power, 1, -1)) for x in (one, other))
            assert np.all(np.abs(a - b) <= Z * np.hypot(e, f) + 1e-12)
        other = run_summaries(family, truth, schedule, replicates=3000, rng=stream(8, "ml", kind)).estimates
        (a, e), (b, f) = (mean_and_error(np.moveaxis(x, 1, -1)) for x in (one, other))
        assert np.any(np.abs(a - b) > Z * np.hypot(e, f))  # control: without a prior


def test_a_prior_of_a_law_is_as_many_rows_of_it():
    """Ten million rows of the prior's law beside ten million of the truth give the fit with a prior."""
    for family, truth, center in ((GammaShape(), [2.0, 1.0], [3.0, 2.0]), (Dirichlet(2), [2.0, 1.0], [1.0, 4.0])):
        rows, rng = 200_000, stream(8, "many", family.name)
        mine, others = (family.draw_summary(np.array([law]), rows, rng) for law in (truth, center))
        pooled, _ = family.solve(family.pooled([mine, others], [0.5, 0.5]), 2 * rows)
        with_prior, _ = family.solve(Prior(rows, np.array(center)).pull(family, mine, rows), 2 * rows)
        np.testing.assert_allclose(pooled, with_prior, rtol=0.02)


def test_a_study_agrees_with_theory():
    study = Study.from_dict(
        {
            "generations": 5,
            "replicates": 2000,
            "metrics": ["standardized_error", "variance_left"],
            "population": {"kind": "multinomial", "probabilities": [0.5, 0.3, 0.1, 0.1]},
            "generator": {
                "kind": "maximum_a_posteriori",
                "prior_rows": [0, 10],
                "prior": {"probabilities": [0.25, 0.25, 0.25, 0.25]},
            },
            "workflow": {"kind": "replace", "rows": 30},
        }
    )
    theory = {(row.metric, row.generation, row.cell): row.value for row in genloss.predict(study).rows}
    drawn = genloss.simulate(study).rows
    assert len(drawn) == len(theory) == 24
    for row in drawn:
        assert abs(row.value - theory[row.metric, row.generation, row.cell]) <= Z * row.standard_error
