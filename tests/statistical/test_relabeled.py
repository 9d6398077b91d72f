"""Do regressions relabeled by themselves follow a plain loop, and the first-order growth of their loss?

Rule: Z standard errors + 25 % of the growth for 2,000 rows and 3 features, stated before the first look; control: the
growth of one generation more.
"""

import numpy as np
import pytest
from helpers import Z, mean_and_error
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from genloss.errors import Problem
from genloss.models.likelihood import LINKS, maximize
from genloss.simulation.families.relabeled import relabeled
from genloss.streams import stream
from genloss.theory.workflows.relabeled import bias, expected_loss_growth, growth


def table(rows, seed=1):
    rng = stream(seed, "table", rows)
    x = rng.standard_normal((rows, 3))
    y = (rng.random(rows) < 1 / (1 + np.exp(-0.3 - x @ [0.8, -0.5, 0.2]))).astype(float)
    return x, y


def test_the_first_generation_is_scikit_learn():
    (x, y), (z, t) = table(200), table(100, 2)
    found = relabeled(x, y, z, t, generations=1, replicates=3, rng=stream(3, "run"))
    model = LogisticRegression(C=np.inf, tol=1e-12, solver="newton-cholesky").fit(x, y)
    np.testing.assert_allclose(found.coefficients[0, 0], [model.intercept_[0], *model.coef_[0]], rtol=1e-6)
    p = model.predict_proba(z)[:, 1]
    assert found.loss[0, 0] == pytest.approx(-np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)), rel=1e-6)


def test_a_generation_is_one_of_a_plain_loop():
    (x, y), (z, t) = table(200), table(100, 2)
    found = relabeled(x, y, z, t, generations=2, replicates=1, rng=stream(4, "run"), workflow="accumulate")
    rng, b = stream(4, "run"), found.coefficients[0, 0]
    rows, labels = x, y
    for g in (1, 2):
        new = (rng.random((1, 200)) < 1 / (1 + np.exp(-(b[0] + x @ b[1:]))))[0]
        rows, labels = np.concatenate([rows, x]), np.concatenate([labels, new])
        model = LogisticRegression(C=np.inf, tol=1e-12, solver="newton-cholesky").fit(rows, labels)
        b = np.array([model.intercept_[0], *model.coef_[0]])
        np.testing.assert_allclose(found.coefficients[g, 0], b, rtol=1e-5)


@pytest.mark.parametrize(("workflow", "last"), [("replace", 3), ("accumulate", 3)])
def test_the_loss_grows_as_said(workflow, last):
    (x, y), (z, t) = table(2000), table(4000, 2)
    found = relabeled(
        x, y, z, t, generations=last, replicates=300, rng=stream(5, workflow), workflow=workflow, design="resampled"
    )
    unit = expected_loss_growth(found.coefficients[0, 0], x, z, t)
    seen, error = mean_and_error(found.loss - found.loss[0, 0])
    expected = unit * growth(workflow, last)
    assert (np.abs(seen - expected) <= Z * error + 0.25 * expected).all()
    late = unit * growth("replace", last + 1)[1:]
    assert (np.abs(seen - late) > Z * error + 0.25 * late)[1:].any()  # control
    assert found.horizon() is None


def test_separable_labels_are_counted_and_refused():
    (x, y), (z, t) = table(25), table(50, 2)
    found = relabeled(x, y, z, t, generations=10, replicates=40, rng=stream(6, "few"))
    assert found.ended[-1].any()
    assert found.horizon() is not None
    assert (np.diff(found.ended.sum(axis=1)) >= 0).all()
    with pytest.raises(Problem, match="generation 0: the labels are separable"):
        relabeled(x, (x[:, 0] > 0) * 1.0, z, t, generations=1, replicates=2, rng=stream(6, "parted"))
    with pytest.raises(Problem, match="workflow"):
        relabeled(x, y, z, t, generations=1, replicates=2, rng=stream(6, "x"), workflow="discard")
    with pytest.raises(Problem, match="shapes"):
        relabeled(x, y[:5], z, t, generations=1, replicates=2, rng=stream(6, "x"))


def test_the_bias_of_fits_counts_where_held_out_rows_are_others():
    """Rule: Z standard errors + 10 % of the growth, 142 rows of wine, 4 features; control: the growth without bias."""
    wine = load_wine()
    rows, held, y, t = train_test_split(wine.data[:, 1:5], (wine.target == 1) * 1.0, test_size=0.2, random_state=0)
    x, z = (rows - rows.mean(axis=0)) / rows.std(axis=0), (held - rows.mean(axis=0)) / rows.std(axis=0)
    found = relabeled(x, y, z, t, generations=1, replicates=4000, rng=stream(7, "bias"))
    seen, error = mean_and_error(found.loss[1] - found.loss[0, 0])
    first = found.coefficients[0, 0]
    expected = expected_loss_growth(first, x, z, t)
    even = expected_loss_growth(first, x, z, LINKS["logistic"].mean(first[0] + z @ first[1:]))  # no slope there
    assert found.ended.mean() < 0.01
    assert abs(seen - expected) <= Z * error + 0.1 * expected
    assert abs(seen - even) > Z * error + 0.1 * even


@pytest.mark.parametrize("kind", ["logistic", "poisson"])
def test_the_bias_of_a_first_fit(kind):
    """Rule: Z standard errors + 10 % of the bias, 400 rows, 4,000 draws less their linear term; control: half of it."""
    rng = stream(8, "first", kind)
    x, truth = rng.standard_normal((400, 2)), np.array([0.5, 1.0, -0.5])
    eta = truth[0] + x @ truth[1:]
    labels = LINKS[kind].draw(np.broadcast_to(LINKS[kind].mean(eta), (4000, 400)), rng)
    design = np.broadcast_to(np.column_stack([np.ones(400), x]), (4000, 400, 3))
    found, exists = maximize(kind, design, labels, np.full(400, 1 / 400))
    assert exists.all()
    scores = (labels - LINKS[kind].mean(eta)) @ design[0]  # of mean 0
    information = design[0].T @ (LINKS[kind].weight(eta)[:, None] * design[0])
    seen, error = mean_and_error((found - truth - scores @ np.linalg.inv(information)).T)
    expected = bias(truth, x, kind)
    assert (np.abs(seen - expected) <= Z * error + 0.1 * np.abs(expected)).all()
    assert (np.abs(seen - expected / 2) > Z * error).any()


def test_the_first_published_value_on_diabetes_is_where_the_solver_stopped():
    """0.42845982 in print; the largest likelihood has .43048."""
    x, y = load_diabetes(return_X_y=True)
    rows, held, labels, t = train_test_split(x, (y > 100) * 1.0, test_size=0.3, random_state=123456)
    published = LogisticRegression(C=np.inf).fit(rows, labels)
    assert log_loss(t, published.predict_proba(held)) == pytest.approx(0.42845982, abs=1e-6)
    center, scale = rows.mean(axis=0), rows.std(axis=0)
    exact = relabeled(
        (rows - center) / scale, labels, (held - center) / scale, t, generations=1, replicates=1, rng=stream(9, "once")
    )
    assert exact.loss[0, 0] == pytest.approx(0.43048, abs=1e-5)
