"""Do forecasts of every kind cover chains of the law they believe in, end where estimates do, and agree with theory?

Rule: coverage of 120 fresh chains by the 95 % of 200 paths lies within 86 and 99 %, as in test_forecast; control:
chains with a third of the rows are covered far less.
"""

import numpy as np
import pytest
from helpers import Z
from sklearn.covariance import EmpiricalCovariance
from sklearn.datasets import load_diabetes
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.model_selection import train_test_split

import genloss
from genloss.models.likelihood import LINKS, maximize
from genloss.streams import stream

ROWS, LAST, CHAINS = 150, 3, 60
TRUTH = np.array([0.3, 0.8, -0.5, 0.2])


def likelihood(kind, rng, rows, workflow):
    """Risks of chains (chains, fits), inputs from the law."""
    link, judge = LINKS[kind], np.column_stack([np.ones(3000), rng.standard_normal((3000, 3))])
    found, kept, risks = np.broadcast_to(TRUTH, (CHAINS, 4)), [], []
    for _ in range(LAST + 1):
        x = np.concatenate([np.ones((CHAINS, rows, 1)), rng.standard_normal((CHAINS, rows, 3))], axis=2)
        y = link.draw(link.mean((x @ found[:, :, None])[:, :, 0]), rng)
        kept = [*kept, (x, y)] if workflow == "accumulate" else [(x, y)]
        x, y = (np.concatenate(part, axis=1) for part in zip(*kept, strict=True))
        found, _ = maximize(kind, x, y, np.full(x.shape[1], 1 / x.shape[1]))
        eta, true = found @ judge.T, judge @ TRUTH
        risks.append((link.cumulant(eta) - link.cumulant(true) - link.mean(true) * (eta - true)).mean(axis=1))
    return np.array(risks).T


def law(rng, rows, workflow):
    """The same of a Gaussian law with mean 0 and covariance 1."""
    risks = np.empty((CHAINS, LAST + 1))
    for r in range(CHAINS):
        mean, root, kept = np.zeros(3), np.eye(3), []
        for g in range(LAST + 1):
            new = mean + rng.standard_normal((rows, 3)) @ root.T
            kept = [*kept, new] if workflow == "accumulate" else [new]
            pool = np.concatenate(kept)
            mean, covariance = pool.mean(axis=0), np.cov(pool.T, ddof=0)
            root, inverse = np.linalg.cholesky(covariance), np.linalg.inv(covariance)
            risks[r, g] = (np.trace(inverse) + mean @ inverse @ mean - 3 + np.linalg.slogdet(covariance)[1]) / 2
    return risks


@pytest.mark.parametrize("workflow", ["replace", "accumulate"])
@pytest.mark.parametrize("kind", ["logistic", "poisson", "gaussian"])
def test_coverage(kind, workflow):
    covered, missed = [], []
    for split in range(2):
        rng = stream(111, kind, workflow, split)
        x, y = rng.standard_normal((ROWS, 3)), None
        if kind != "gaussian":
            y = LINKS[kind].draw(LINKS[kind].mean(TRUTH[0] + x @ TRUTH[1:]), rng)
        model = {
            "logistic": LogisticRegression(C=np.inf),
            "poisson": PoissonRegressor(alpha=0),
            "gaussian": EmpiricalCovariance(),
        }[kind]
        told = genloss.forecast(model, x, y, workflow=workflow, generations=LAST, replicates=200, begin="new_rows")
        for rows, kept in ((ROWS, covered), (ROWS // 3, missed)):
            seen = law(rng, rows, workflow) if kind == "gaussian" else likelihood(kind, rng, rows, workflow)
            kept.append(((told.low <= seen) & (seen <= told.high)).mean())
    assert 0.86 < np.mean(covered) < 0.99
    assert np.mean(missed) < 0.8


def test_coverage_of_kernel_ridge():
    """The truth is drawn from a prior that is in the grid; control: chains with half the noise."""
    covered, missed = [], []
    for split in range(3):
        rng = stream(112, "kernel", split)
        x = rng.uniform(-2, 2, (ROWS, 2))
        model = KernelRidge(alpha=1.0, kernel="rbf", gamma=0.5)
        gram = np.exp(-0.5 * ((x[:, None] - x[None]) ** 2).sum(axis=2))
        values, basis = np.linalg.eigh(gram)
        clean = 1.5 * basis @ (np.sqrt(np.maximum(values, 0)) * rng.standard_normal(ROWS))
        told = genloss.forecast(
            model, x, clean + rng.standard_normal(ROWS), generations=LAST, replicates=200, begin="new_rows"
        )
        for noise, kept in ((1.0, covered), (0.5, missed)):
            seen = np.empty((40, LAST + 1))
            for r in range(40):
                shown = clean
                for g in range(LAST + 1):
                    at = rng.integers(ROWS, size=ROWS)
                    y = shown[at] + noise * rng.standard_normal(ROWS)
                    shown = model.fit(x[at], y).predict(x)
                    seen[r, g] = np.mean((shown - clean) ** 2)
            kept.append(((told.low <= seen) & (seen <= told.high)).mean())
    assert 0.85 < np.mean(covered) < 0.995
    assert np.mean(missed) < 0.8


def diabetes():
    x, y = load_diabetes(return_X_y=True)
    return train_test_split(x, (y > 100) * 1.0, test_size=0.3, random_state=123456)


def test_diabetes_is_forecast_from_the_fit_under_accumulation():
    """Rule: the first order is within 2 standard errors of 200 paths at generation 50 (users' own setting)."""
    x, z, y, t = diabetes()
    told = genloss.forecast(
        LogisticRegression(C=np.inf), x, y, workflow="accumulate", generations=50, replicates=200, held_out=(z, t)
    )
    assert told.exists_until is None
    assert abs(told.theory[50] - told.risk[50]) < 2 * told.standard_error[50]
    assert abs(told.theory[0] - told.risk[50]) > Z * told.standard_error[50]  # control: no growth
    assert told.assumptions[0].state == "checked"
    assert "held-out loss" in told.unit


def test_diabetes_is_refused_past_its_horizon_under_replacement():
    x, z, y, t = diabetes()
    told = genloss.forecast(LogisticRegression(C=np.inf), x, y, generations=19, replicates=100, held_out=(z, t))
    assert told.exists_until is not None
    assert 8 <= told.exists_until <= 18
    beyond = told.exists_until + 1
    assert np.isnan(told.risk[beyond:]).all()
    assert np.isfinite(told.risk[:beyond]).all()
    assert told.ended[beyond] > 0.025 >= told.ended[beyond - 1]
    assert "no forecast beyond generation" in told.summary()
    assert "separable" in told.summary()
    assert told.to_dict()["risk"][beyond] == "nan"
    assert told.assumptions[0].state == "failed"


def test_estimates_that_end_end_a_forecast():
    rng = stream(113, "few")
    x = rng.standard_normal((40, 4))
    y = LINKS["logistic"].draw(LINKS["logistic"].mean(x @ [1.5, -1, 0, 0]), rng)
    told = genloss.forecast(LogisticRegression(C=np.inf), x, y, generations=8, replicates=100)
    assert told.exists_until is not None
    assert np.isnan(told.high[told.exists_until + 1 :]).all()
    assert (np.diff(told.ended) >= 0).all()
    kept = genloss.forecast(LogisticRegression(C=1.0), x, y, generations=8, replicates=100)
    assert kept.exists_until is None or kept.ended[-1] < told.ended[-1]
