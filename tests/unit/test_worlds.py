"""Do the worlds of a forecast do what plain code does, and refuse what they cannot use?"""

import numpy as np
import pytest
from sklearn.covariance import EmpiricalCovariance
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge

import genloss
from genloss.advise.forecasts.worlds import world_of
from genloss.advise.forecasts.worlds.protocol import pooled
from genloss.errors import Problem
from genloss.models.likelihood import LINKS, maximize, unbiased
from genloss.streams import stream

ROWS = 60


def rows_of(seed):
    rng = stream(seed, "worlds")
    x = rng.standard_normal((ROWS, 3)) * [1, 2, 0.5] + 1
    eta = 0.3 + x @ [0.8, -0.4, 0.2]
    return x, eta, rng


def batches_of(rng, draw):
    """Two batches of unlike size for two runs, with places that repeat."""
    return [(places, draw(places)) for places in (rng.integers(ROWS, size=(2, 40)), rng.integers(ROWS, size=(2, 90)))]


def plain(x, batches, shares, run):
    """Rows, labels and weights as any estimator takes them."""
    at = np.concatenate([places[run] for places, _ in batches])
    return x[at], np.concatenate([labels[run] for _, labels in batches]), within(batches, shares) * len(at)


def within(batches, shares):
    """The weight of every row of joined batches, adding up to 1."""
    sizes = [places.shape[1] for places, _ in batches]
    return np.repeat(np.array(shares) / sizes, sizes)


def estimated(world, batches, shares):
    """Fit a world to batches with these shares of the loss."""
    rows = tuple(np.concatenate(part, axis=1) for part in zip(*batches, strict=True))
    weights = within(batches, shares)
    return world.estimate(rows, weights, float(weights.size))


def test_pooled_rows_are_weights_and_means():
    _, _, rng = rows_of(1)
    batches = batches_of(rng, lambda places: rng.standard_normal(places.shape))
    rows = tuple(np.concatenate(part, axis=1) for part in zip(*batches, strict=True))
    weight, mean = pooled(rows, within(batches, [0.3, 0.7]), ROWS)
    for run in range(2):
        for row in range(ROWS):
            here = [(p[run] == row, y[run], s / p.shape[1]) for (p, y), s in zip(batches, (0.3, 0.7), strict=True)]
            total = sum(each.sum() * s for each, _, s in here)
            assert weight[run, row] == pytest.approx(total)
            if total:
                assert mean[run, row] == pytest.approx(sum(y[each].sum() * s for each, y, s in here) / total)


@pytest.mark.parametrize(
    ("estimator", "kind"),
    [
        (LogisticRegression(C=0.5, tol=1e-12, max_iter=10_000), "logistic"),
        (LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000), "logistic"),
        (PoissonRegressor(alpha=0.3, tol=1e-12, max_iter=10_000), "poisson"),
    ],
    ids=["penalty", "no penalty", "counts"],
)
def test_regressions_are_scikit_learn(estimator, kind):
    x, eta, rng = rows_of(2)
    link = LINKS[kind]
    world = world_of(estimator, x, link.draw(link.mean(eta), rng))
    batches = batches_of(rng, lambda places: link.draw(link.mean(eta[places]), rng))
    fits, exists = estimated(world, batches, [0.4, 0.6])
    assert exists.all()
    for run in range(2):
        rows, labels, weights = plain(x, batches, (0.4, 0.6), run)
        model = estimator.fit(rows, labels, sample_weight=weights)
        expected = model.decision_function(x) if kind == "logistic" else np.log(model.predict(x))
        np.testing.assert_allclose(world.predictors(fits)[run], expected, rtol=2e-4, atol=2e-4)


def test_kernel_ridge_is_scikit_learn():
    x, eta, rng = rows_of(3)
    estimator = KernelRidge(alpha=0.7, kernel="laplacian", gamma=0.2)
    world = world_of(estimator, x, eta + rng.standard_normal(ROWS))
    batches = batches_of(rng, lambda places: eta[places] + rng.standard_normal(places.shape))
    fits, _ = estimated(world, batches, [0.4, 0.6])
    for run in range(2):
        rows, labels, weights = plain(x, batches, (0.4, 0.6), run)
        np.testing.assert_allclose(fits[run], estimator.fit(rows, labels, weights).predict(x), atol=1e-8)


def test_a_gaussian_law_is_its_moments_and_its_divergence_is_an_integral():
    x, _, rng = rows_of(4)
    world = world_of(EmpiricalCovariance(), x[:, :1], None)
    truth = world.draw_truths(1, rng)[0]
    batch = world.draw_real(truth, 50, 2, rng)
    fits, exists = world.estimate(batch, np.full(50, 0.02), 50.0)
    assert exists.all()
    np.testing.assert_allclose(fits[:, 0], batch[:, :, 0].mean(axis=1))
    np.testing.assert_allclose(fits[:, 1], batch[:, :, 0].var(axis=1))
    at = np.linspace(-15, 15, 20_001)
    density = [
        np.exp(-((at - m) ** 2) / 2 / v) / np.sqrt(2 * np.pi * v)
        for m, v in ((truth.mean[0], truth.covariance[0, 0]), (fits[0, 0], fits[0, 1]))
    ]
    kept = density[0] > 1e-200
    integral = np.trapezoid((density[0] * np.log(density[0] / density[1]))[kept], at[kept])
    assert world.risk(fits, truth)[0] == pytest.approx(integral, rel=1e-6)
    assert world.plain_risk(truth) == np.inf
    own = world.draw_synthetic(fits, truth, 20_000, rng)[:, :, 0]
    np.testing.assert_allclose(own.var(axis=1), fits[:, 1], rtol=0.06)


def test_divergences_of_regressions_are_sums_of_losses():
    x, eta, rng = rows_of(5)
    world = world_of(LogisticRegression(C=np.inf), x, LINKS["logistic"].draw(LINKS["logistic"].mean(eta), rng))
    truth = world.draw_truths(1, rng)[0]
    fit = np.array([[0.1, 0.5, -0.2, 0.3]])
    p, q = (1 / (1 + np.exp(-each)) for each in (truth.eta, world.predictors(fit)[0]))
    w, level = truth.weights, truth.weights @ p
    assert w.sum() == pytest.approx(1)
    expected = w @ (p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))
    assert world.risk(fit, truth)[0] == pytest.approx(expected)
    assert world.plain_risk(truth) == pytest.approx(
        w @ (p * np.log(p / level) + (1 - p) * np.log((1 - p) / (1 - level)))
    )


@pytest.mark.parametrize("kind", ["logistic", "poisson"])
def test_a_fit_without_bias_is_nearer_and_exists_where_labels_part(kind):
    """Control: the plain fit of the same rows is farther off on average, by Z standard errors."""
    rng, link, truth = stream(6, kind), LINKS[kind], np.array([0.2, 1.0, -0.5])
    x = np.column_stack([np.ones(60), rng.standard_normal((60, 2))])
    labels = link.draw(np.broadcast_to(link.mean(x @ truth), (1500, 60)), rng)
    found, exists = maximize(kind, np.broadcast_to(x, (1500, 60, 3)), labels, np.full(60, 1 / 60))
    mine = np.array([unbiased(kind, x, y) for y in labels[exists]])
    scores = (labels[exists] - link.mean(x @ truth)) @ x @ np.linalg.inv(x.T @ (link.weight(x @ truth)[:, None] * x))
    off = [each - truth - scores for each in (mine, found[exists])]
    bias, error = (np.array([getattr(each, how)(axis=0) for each in off]) for how in ("mean", "std"))
    error /= np.sqrt(exists.sum())
    assert (np.abs(bias[0]).sum() + 4.5 * error.sum()) < np.abs(bias[1]).sum() + 9 * error.sum()
    assert np.abs(bias[0]).sum() < 0.5 * np.abs(bias[1]).sum()
    if kind == "logistic":
        parted = unbiased(kind, x, (x[:, 1] > 0) * 1.0)
        assert np.isfinite(parted).all()
        assert parted[1] > 0


def test_overdispersed_counts_keep_their_variance():
    x, eta, rng = rows_of(7)
    mean = np.exp(eta)
    world = world_of(PoissonRegressor(alpha=0), x, rng.poisson(rng.gamma(mean / 3, 3)).astype(float))
    assert 2 < world.shown.dispersion < 8
    ratios = []
    for truth in world.draw_truths(80, rng)[::2]:  # the others have what tails may hold
        places, labels = world.draw_real(truth, 4000, 1, rng)
        ratios.append(np.mean((labels - np.exp(truth.eta[places])) ** 2 / np.exp(truth.eta[places])))
        assert labels.min() >= 0
    assert np.median(ratios) == pytest.approx(world.shown.dispersion, rel=0.2)
    assert any(a.name == "counts of models vary as the law says" and "4.5" in a.found for a in world.assumptions())


@pytest.mark.parametrize(
    "estimator",
    [LinearRegression(), LogisticRegression(C=np.inf), PoissonRegressor(alpha=0), EmpiricalCovariance()],
    ids=lambda estimator: type(estimator).__name__,
)
def test_units_do_not_matter(estimator):
    x, eta, rng = rows_of(10)
    y = {"LinearRegression": eta, "LogisticRegression": eta > 0.5, "PoissonRegressor": rng.poisson(np.exp(eta / 2))}
    labels = y.get(type(estimator).__name__)
    if labels is not None and labels is eta:
        labels = eta + rng.standard_normal(ROWS)
    elif type(estimator).__name__ == "LogisticRegression":
        labels = eta + 2 * rng.standard_normal(ROWS) > 0.5
    one = genloss.forecast(estimator, x, labels, generations=2, replicates=50)
    other = genloss.forecast(estimator, x * [0.1, 1, 5e4] + 7, labels, generations=2, replicates=50)
    np.testing.assert_allclose(other.risk, one.risk, rtol=1e-4)
    assert other.plain_risk == pytest.approx(one.plain_risk, rel=1e-6)


def test_the_users_own_settings_are_refitted():
    x, eta, rng = rows_of(11)
    y = eta + 10 + 0.1 * rng.standard_normal(ROWS)
    through_zero = genloss.forecast(Ridge(alpha=1e-3, fit_intercept=False), x, y, generations=1, replicates=50)
    plain = Ridge(alpha=1e-3, fit_intercept=False).fit(x, y)
    assert through_zero.risk[0] == pytest.approx(np.mean((plain.predict(x) - y) ** 2), rel=0.2)
    assert genloss.forecast(Ridge(alpha=1e-3), x, y, generations=1, replicates=50).risk[0] < 0.01


def test_two_classes_of_any_kind():
    x, eta, rng = rows_of(12)
    truth = LINKS["logistic"].draw(LINKS["logistic"].mean(eta), rng)
    expected = genloss.forecast(LogisticRegression(), x, truth, generations=1, replicates=50)
    for labels in (np.where(truth == 1, "yes", "no"), truth == 1, 2 * truth - 1):
        found = genloss.forecast(LogisticRegression(), x, labels, generations=1, replicates=50)
        np.testing.assert_array_equal(found.risk, expected.risk)


def test_held_out_rows_and_collinear_columns():
    x, eta, rng = rows_of(13)
    truth = LINKS["logistic"].draw(LINKS["logistic"].mean(eta), rng)
    calls = []
    found = [
        genloss.forecast(
            LogisticRegression(C=np.inf), inputs, truth, generations=2, replicates=50, held_out=(inputs, truth),
            progress=lambda done, total: calls.append((done, total)), workflow={"kind": "replace", "rows": ROWS},
        )
        for inputs in (x, np.column_stack([x, x[:, 0], np.ones(ROWS)]))
    ]  # fmt: skip
    np.testing.assert_allclose(found[1].risk, found[0].risk, rtol=1e-8)
    assert found[0].standard_error[0] == 0
    assert calls[:2] == [(1, 2), (2, 2)]


def test_rows_that_are_there_twice_are_said():
    x, eta, rng = rows_of(9)
    y, twice = eta + rng.standard_normal(ROWS), rng.integers(ROWS, size=ROWS)
    for rows, state in ((np.arange(ROWS), "checked"), (twice, "failed")):
        found = world_of(KernelRidge(kernel="rbf", gamma=0.1), x[rows], y[rows]).assumptions()
        assert [a.state for a in found if a.name == "no row is there twice"] == [state]


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda x, y: genloss.forecast(LogisticRegression(), x, y), "above"),
        (lambda x, y: genloss.forecast(LogisticRegression(l1_ratio=1.0), x, (y > 0) * 1.0), "l1_ratio"),
        (lambda x, _: genloss.forecast(LogisticRegression(C=np.inf), x, (x[:, 0] > 1) * 1.0), "generation 0"),
        (lambda x, y: genloss.forecast(PoissonRegressor(), x, y), "no counts"),
        (lambda x, y: genloss.forecast(EmpiricalCovariance(), x, y), "leave y out"),
        (lambda x, _: genloss.forecast(EmpiricalCovariance(), np.column_stack([x, x[:, 0]])), "sum of others"),
        (lambda x, y: genloss.forecast(KernelRidge(alpha=0), x, y), "alpha above 0"),
        (lambda x, _: genloss.forecast(LogisticRegression(), x), "no labels"),
        (lambda x, y: genloss.forecast(KernelRidge(), x, y, held_out=(x, y)), "with held_out"),
        (
            lambda x, y: genloss.forecast(
                LogisticRegression(C=np.inf), x, (y > 0) * 1.0, held_out=(x, (y > 0) * 1.0), workflow="window keep=2"
            ),
            "replace and accumulate",
        ),
        (lambda x, y: genloss.forecast(PoissonRegressor(alpha=0), x, y, held_out=(x[:, :2], y)), "same columns"),
        (lambda x, y: genloss.forecast(PoissonRegressor(alpha=0), x, y, held_out=1.2), "pair"),
        (lambda x, y: genloss.forecast(LogisticRegression(class_weight="balanced"), x, y > 0), "class_weight"),
        (lambda x, y: genloss.forecast(LogisticRegression, x, y > 0), "instance, LogisticRegression"),
        (lambda x, y: genloss.forecast(LinearRegression(), x, 0 * y), "labels that vary"),
        (lambda x, y: genloss.forecast(LinearRegression(), x, 1e200 * y), "other units"),
        (lambda x, y: genloss.forecast(LinearRegression(), x, np.where(y > 0, "yes", "no")), "two classes to Logistic"),
        (
            lambda x, y: genloss.forecast(LinearRegression(), np.where(x > 0, "a", "b"), y),
            "a data frame, whose columns of words",
        ),
        (lambda x, y: genloss.forecast(LinearRegression(), x, y, seed=-1), "from 0 on"),
        (lambda x, y: genloss.forecast(KernelRidge(), x[:5], y[:5]), "5 rows"),
        (
            lambda x, y: genloss.forecast(
                LogisticRegression(C=np.inf), x, y > 0, held_out=(x, np.where(y > 0, 2.0, 1.0))
            ),
            "held_out",
        ),
    ],
)  # fmt: skip
def test_mistakes(ask, said):
    x, eta, rng = rows_of(8)
    with pytest.raises(Problem, match=said):
        ask(x, eta - eta.mean() + rng.standard_normal(ROWS))


def test_a_fit_without_bias_of_one_mean_is_known():
    """Half a label more of each kind; counts: half a count more, times the dispersion."""
    ones, y = np.ones((10, 1)), np.eye(10)[0]
    assert unbiased("logistic", ones, y)[0] == pytest.approx(np.log(1.5 / 9.5))
    assert unbiased("poisson", ones, 3 * y)[0] == pytest.approx(np.log(3.5 / 10))
    assert unbiased("poisson", ones, 3 * y, 2.0)[0] == pytest.approx(np.log(4 / 10))
