"""Logistic regression on real rows whose labels each fit draws anew: what do published logs show, and what is exact?

The published runs count fits from 1 (fit 1 is generation 0), split scikit-learn's rows as here, and draw labels
without a seed, so that fit 1 can be compared digit by digit and later ones with what runs have in common.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np

from genloss.models.likelihood import estimate_exists, maximize
from genloss.reproductions.computed.part import Array, Part

SPLIT = {"test_size": 0.3, "random_state": 123456}
"""How the published code splits the rows."""
STEPS = 10_000
"""Steps at which the published solver gives up."""
BELOW, WITHOUT = "share of runs below the published one", "share of runs without a fit"


class Split(NamedTuple):
    """Inputs with a column of ones first, and labels 0 and 1, for training and for testing."""

    x: Array
    y: Array
    test_x: Array
    test_y: Array


Fit = Callable[[Array, Array, int], Array]
"""Given x, labels as shares of ones (replicates, rows), rows each stands for: coefficients, infinite where none."""


def parts(settings: Mapping[str, Any]) -> list[Part]:
    """Return the first fit, and for each published run our runs beside it.

    settings: data ("diabetes" or "breast_cancer"), fit ("exact" or "solver"), generations, and by workflow `published`,
    the losses of the published run at these generations.
    """
    rows, fit = _split(settings["data"]), {"exact": _exact, "solver": _solved}[settings["fit"]]
    first = _losses(rows, fit(rows.x, rows.y[None], 1))
    exists = estimate_exists("logistic", rows.x, rows.y, np.full(len(rows.y), 1 / len(rows.y)))
    generations = tuple(settings["generations"])
    return [
        Part("first fit", (0,), known={0: float(first[0])}),
        Part("first fit exists", (0,), known={0: float(exists)}),
        *(
            Part(
                workflow,
                generations,
                draw=partial(_runs, rows, fit, workflow == "accumulate", generations),
                also={
                    f"{workflow}, {BELOW}": partial(_below, np.array(published)),
                    f"{workflow}, {WITHOUT}": _without,
                },
            )
            for workflow, published in settings.get("published", {}).items()
        ),
    ]


@cache
def _split(data: str) -> Split:
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    found = datasets.load_diabetes() if data == "diabetes" else datasets.load_breast_cancer()
    y = found.target > 100 if data == "diabetes" else found.target
    x = np.column_stack([np.ones(len(found.data)), found.data])
    train, test, labels, tested = train_test_split(x, np.asarray(y, dtype=float), **SPLIT)
    return Split(train, labels, test, tested)


def _losses(rows: Split, coefficients: Array) -> Array:
    """Return the mean log loss on the test rows of each replicate; infinite without a fit."""
    lost = np.asarray(np.isinf(coefficients).any(axis=1))
    eta = np.where(lost[:, None], 0.0, coefficients) @ rows.test_x.T
    return np.where(lost, np.inf, np.logaddexp(0.0, np.where(rows.test_y > 0, -eta, eta)).mean(axis=1))


def _runs(
    rows: Split, fit: Fit, keep: bool, generations: tuple[int, ...], rng: np.random.Generator, replicates: int
) -> Array:
    """Return the test losses of runs: each fit draws a label for every training row, which replaces or joins others."""
    labels = np.tile(rows.y, (replicates, 1))
    found = []
    for g in range(max(generations) + 1):
        coefficients = fit(rows.x, labels / (g + 1 if keep else 1), g + 1 if keep else 1)
        found.append(_losses(rows, coefficients))
        eta = np.where(np.isinf(coefficients), 0.0, coefficients) @ rows.x.T
        drawn = (rng.random(labels.shape) < 1 / (1 + np.exp(-np.clip(eta, -700, 700)))).astype(float)
        drawn[np.isinf(found[-1])] = np.nan  # a run without a fit has no labels to hand on
        labels = labels + drawn if keep else drawn
    return np.array(found)[list(generations)]


def _exact(x: Array, shares: Array, _each: int) -> Array:
    """Return the coefficients of largest likelihood, infinite where there are none."""
    found = np.full((len(shares), x.shape[1]), np.inf)
    alive = np.flatnonzero(~np.isnan(shares).any(axis=1))
    if alive.size:
        wide = np.broadcast_to(x, (alive.size, *x.shape))
        fitted, exists = maximize("logistic", wide, shares[alive], np.full(len(x), 1 / len(x)))
        found[alive[exists]] = fitted[exists]
    return found


def _solved(x: Array, shares: Array, each: int) -> Array:
    """Return what the published solver stops at, with its default tolerance; it stops somewhere without a fit, too."""
    return np.array([_solved_one(x, np.rint(each * ones), each) for ones in shares])


def _solved_one(x: Array, ones: Array, each: int) -> Array:
    """Stack every row as often as it has labels, and fit."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    places = np.tile(np.arange(len(x)), each)
    labels = (np.repeat(np.arange(each), len(x)) < ones[places]).astype(int)
    if labels.min() == labels.max():
        return np.full(x.shape[1], np.inf)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(C=np.inf, max_iter=STEPS).fit(x[places, 1:], labels)
    return np.concatenate([model.intercept_, model.coef_[0]])


def _below(published: Array, losses: Array) -> Array:
    return (losses < published[:, None]).astype(float)


def _without(losses: Array) -> Array:
    return np.isinf(losses).astype(float)
