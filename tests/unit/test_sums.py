"""Are forecasts from sums of rows those that the estimator's own fit makes, row by row?

Fits: to 1e-9 on the same rows and labels, where rows tell all coefficients and where they do not. Chains: to 1e-9 with
the same places and no noise. Noise: its covariance, exactly. Then everything together in law: 5 curves of small
forecasts, within Z standard errors; the control has twice the noise, and is seen.
"""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV

import genloss
from genloss.advise import GenerationRidge
from genloss.advise.estimators.named import estimator_named
from genloss.advise.forecasts import from_rows
from genloss.advise.forecasts.bands import Believed, Paths, summed
from genloss.advise.forecasts.worlds import world_of
from genloss.advise.forecasts.worlds.columns import noise_of, sure
from genloss.advise.forecasts.worlds.places import counted
from genloss.advise.forecasts.worlds.sums import summed_world
from genloss.errors import Problem
from genloss.results.agreement import Z
from genloss.streams import stream
from genloss.workflows import schedule_of

ROWS = 60


def table(kind):
    """Rows of a kind, and labels."""
    rng = stream(21, "sums", kind)
    x = rng.standard_normal((ROWS, 4)) @ rng.standard_normal((4, 4)) + 3
    if kind == "a rare column":
        x = np.column_stack([x, np.arange(ROWS) < 2, np.arange(ROWS) == 7]).astype(float)
    if kind == "columns that are sums":
        x = np.column_stack([x, x @ [1.0, 2, 0, -1], x[:, 0] - 5])
    if kind == "units apart":
        x = x * [1, 300, 0.02, 1]
    return x, x[:, 1] / x[:, 1].std() + rng.standard_normal(ROWS), rng


ESTIMATORS = {
    "least squares": LinearRegression(),
    "through zero": LinearRegression(fit_intercept=False),
    "ridge": Ridge(alpha=2.0),
    "ridge through zero": Ridge(alpha=2.0, fit_intercept=False, solver="svd"),
    "ridge of the mean": estimator_named("ridge penalty=0.3", features=4),
    "generation ridge": GenerationRidge(0.3),
}


@pytest.mark.parametrize("kind", ["plain", "a rare column", "columns that are sums", "units apart"])
@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize("sizes", [(40, 90), (3, 2)], ids=["enough rows", "few rows"])
def test_fits_are_those_of_the_estimator(name, kind, sizes):
    """Two batches of unlike shares; with "few rows" no fit is determined, and rare columns are often missing."""
    x, y, rng = table(kind)
    world = world_of(ESTIMATORS[name], x, y)
    sums, runs, shares = summed_world(world), 6, (0.3, 0.7)
    batches = [(rng.integers(ROWS, size=(runs, n)), rng.standard_normal((runs, n))) for n in sizes]
    rows = tuple(np.concatenate(part, axis=1) for part in zip(*batches, strict=True))
    by_row = np.repeat(np.array(shares) / sizes, sizes)
    expected, _ = world.estimate(rows, by_row, float(sum(sizes)))
    gram = sum(
        s / n * sums.columns.gram(counted(at, ROWS)) for s, n, (at, _) in zip(shares, sizes, batches, strict=True)
    )
    right = np.einsum("rnm,rn->rm", sums.columns.values[rows[0]], rows[1] * by_row)
    found = sums.estimate(gram, right, float(sum(sizes))) @ sums.columns.values.T
    scale = np.abs(expected).max(axis=1, keepdims=True)
    assert np.abs((found - expected) / scale).max() < 1e-9
    other = sums.estimate(gram, right, 1.02 * sum(sizes)) @ sums.columns.values.T
    if name in ("ridge", "ridge through zero") and sizes[0] == 40:  # a penalty beside the sum knows the number of rows
        assert np.abs((other - expected) / scale).max() > 1e-5


def test_columns_are_orthogonal_and_hold_every_truth():
    for kind in ("plain", "a rare column", "columns that are sums", "units apart"):
        x, y, _ = table(kind)
        for estimator in (LinearRegression(), Ridge(fit_intercept=False)):
            world = world_of(estimator, x, y)
            columns = summed_world(world).columns
            np.testing.assert_allclose(
                columns.values.T @ columns.values / ROWS, np.eye(columns.values.shape[1]), atol=1e-8
            )
            clean = world.draw_truths(2, stream(1, "truths"))[0].clean
            np.testing.assert_allclose(columns.values @ (columns.values.T @ clean) / ROWS, clean, atol=1e-8)


class Unit:
    """A generator whose numbers are 1 at one place of each run and 0 elsewhere."""

    def __init__(self, place):
        self.place = place

    def standard_normal(self, size):
        numbers = np.zeros(size)
        numbers[:, self.place : self.place + 1] = 1
        return numbers


def test_noise_has_the_covariance_of_the_sums():
    """In batches that have a root, that miss a rare column, and that are one row."""
    x, y, rng = table("a rare column")
    columns = summed_world(world_of(LinearRegression(), x, y)).columns
    every, one = np.arange(ROWS), np.full(ROWS, 4)
    counts = counted(np.stack([every, rng.permutation(np.maximum(every, 7)), rng.integers(2, 7, size=ROWS), one]), ROWS)
    gram = columns.gram(counts)
    assert sure(gram / ROWS).tolist() == [True, False, False, False]
    many = [noise_of(gram, counts, columns.values, Unit(place)) for place in range(ROWS)]
    np.testing.assert_allclose(np.einsum("ura,urb->rab", many, many), gram, atol=1e-12 * np.abs(gram).max())


class Still:
    """A generator whose noise is 0, and takes nothing from the places that come after."""

    def __init__(self, *key):
        self.rng = stream(*key)

    def integers(self, *given, **asked):
        return self.rng.integers(*given, **asked)

    def standard_normal(self, size):
        return np.zeros(size)

    def choice(self, *given, **asked):
        return self.rng.choice(*given, **asked)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("name", ["least squares", "ridge", "ridge of the mean", "through zero"])
@pytest.mark.parametrize(
    "workflow",
    ["replace", "accumulate", "fixed_real", "window keep=2", {"kind": "fresh_real", "rows": 40}, "replace rows=5"],
    ids=str,
)
def test_chains_are_those_of_the_reference(name, workflow, own):
    """Under accumulate rows of one entity are drawn together."""
    x, y, _ = table("plain")
    world = world_of(ESTIMATORS[name], x, y, entities=np.arange(ROWS) // 3 if workflow == "accumulate" else None)
    truth = world.draw_truths(2, stream(3, "truths"))[1]
    schedule = schedule_of(workflow, 3, rows=ROWS, default=3)
    expected, _ = from_rows._runs(world, truth, schedule, Still(4, "chain"), own=own)
    found = summed_world(world).risks([truth], from_rows.RUNS, schedule, Still(4, "chain"), own=own)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9 * truth.clean.var())


@pytest.mark.parametrize(("name", "workflow"), [("least squares", "replace"), ("ridge", "accumulate")])
def test_paths_have_the_law_of_the_reference(name, workflow):
    x, y, _ = table("plain")
    world, groups = world_of(ESTIMATORS[name], x, y), 8
    truths, schedule = world.draw_truths(10, stream(5, "truths")), schedule_of(workflow, 2, rows=ROWS, default=2)
    plain = np.array([world.plain_risk(truth) for truth in truths])
    louder = [replace(truth, noise=2 * truth.noise) for truth in truths]

    def by_row(rng):
        return np.array([from_rows._runs(world, truth, schedule, rng)[0] for truth in truths])

    def by_sums(rng, believed=truths):
        return summed_world(world).risks(believed, from_rows.RUNS, schedule, rng)

    parts = summed_world(world).parts(truths, schedule)

    def told(risks):
        return summed(Paths(risks, np.zeros_like(risks)), Believed(parts, plain), world, "new_rows")

    def curves(paths, key):
        made = [told(paths(stream(6, key, g))) for g in range(groups)]
        return {name: np.array([getattr(one, name) for one in made]) for name in CURVES}

    expected, found, control = (
        curves(by_row, "row"),
        curves(by_sums, "sums"),
        curves(lambda r: by_sums(r, louder), "loud"),
    )
    for curve in CURVES:
        assert np.abs(z_scores(found[curve], expected[curve])).max() < Z, curve
    assert max(np.abs(z_scores(control[curve], expected[curve])).max() for curve in CURVES) > 1.5 * Z


CURVES = ("risk", "low", "high", "truth_low", "truth_high", "run_low", "run_high")


def z_scores(one, other):
    """Difference of the means of groups over its standard error, by generation."""
    error = np.sqrt(one.var(axis=0, ddof=1) / len(one) + other.var(axis=0, ddof=1) / len(other))
    return (one.mean(axis=0) - other.mean(axis=0)) / error


class Mine(Ridge):
    """A fit of one's own."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(X, np.clip(y, -1, 1), sample_weight)


@pytest.mark.parametrize(
    "estimator",
    [
        GenerationRidge(0.0),
        RidgeCV(), Mine(), Ridge(positive=True), Ridge(solver="sag"), Ridge(alpha=[1.0]), LinearRegression(tol=0.1),
        LinearRegression(positive=True),
    ],
    ids=repr,
)  # fmt: skip
def test_other_fits_stay_their_own(estimator):
    x, y, _ = table("plain")
    assert summed_world(world_of(estimator, x, y)) is None


def test_units_too_far_apart_are_fitted_row_by_row():
    """Rows of a batch may then lie on either side of scikit-learn's cut."""
    x, y, _ = table("plain")
    assert summed_world(world_of(LinearRegression(), x * [1, 1e7, 1, 1], y)) is None
    assert summed_world(world_of(LinearRegression(), x * [1, 1e4, 1, 1], y)) is not None


def test_an_estimator_refuses_its_own_settings():
    x, y, _ = table("plain")
    with pytest.raises(Problem, match="generation"):
        genloss.forecast(GenerationRidge(generation=-1), x, y, generations=1, replicates=50)


def test_early_answers_narrow_and_leave_the_last_as_it_is():
    x, y, _ = table("plain")
    told = []
    for estimator in (LinearRegression(), RidgeCV()):
        asked = {"generations": 1, "replicates": 110}
        whole = genloss.forecast(estimator, x, y, **asked, early=told.append)
        np.testing.assert_array_equal(whole.risk, genloss.forecast(estimator, x, y, **asked).risk)
        assert [each.replicates for each in told] == [50, 100]
        assert told[0].asked == whole.asked
        assert told[1].standard_error[1] < told[0].standard_error[1]
        told.clear()
