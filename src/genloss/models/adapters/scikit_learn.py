"""scikit-learn's density models, and its classifiers and regressors as labelers, as models that keep the contract.

What is right here where a guess is wrong (scikit-learn 1.9): rows of `sample` come sorted by component, so they are
shuffled; with a whole number as random_state two calls of `sample` return the same rows, so each draw has a state of
its own; `KernelDensity(bandwidth="scott")` takes the unit of the data for 1, so rows are standardized before its fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.neighbors import KernelDensity
from sklearn.utils.validation import has_fit_parameter

from genloss.errors import Problem

Array = NDArray[np.float64]
_STATES = 2**31 - 1


def adapt(model: Any) -> Any:
    """Return a density model, or a labeler; None for estimators that neither sample nor predict."""
    if not isinstance(model, BaseEstimator):
        return None
    if is_classifier(model) or is_regressor(model):
        return Labeler(model)
    return Density(model) if hasattr(model, "sample") else None


@dataclass(frozen=True)
class Density:
    """A density model with `fit` and `sample`: GaussianMixture, BayesianGaussianMixture, KernelDensity, ...

    Every fit is made by a clone; where it has a random_state, that is drawn from the chain's own numbers.
    """

    estimator: Any

    def fit(self, data: Any, weights: Array | None, rng: np.random.Generator, *, start: Any = None) -> DensityFit:
        """Fit a clone. Errors: `Problem` for weights that the estimator does not take, and for a start."""
        _refuse_start(start, self.estimator)
        rows = np.asarray(data, dtype=float)
        center, scale = np.zeros(rows.shape[1]), np.ones(rows.shape[1])
        if isinstance(self.estimator, KernelDensity) and isinstance(self.estimator.bandwidth, str):
            center, scale = rows.mean(axis=0), rows.std(axis=0)
            scale[scale == 0] = 1.0
        return DensityFit(_fitted(self.estimator, ((rows - center) / scale,), weights, rng), center, scale)


@dataclass(frozen=True, eq=False)
class DensityFit:
    """A fitted density. center, scale: of each column, in whose units it was fitted."""

    estimator: Any
    center: Array
    scale: Array

    def sample(self, count: int, rng: np.random.Generator) -> Array:
        """Draw rows in random order."""
        if count == 0:
            return np.empty((0, self.center.size))
        state = int(rng.integers(_STATES))
        if isinstance(self.estimator, KernelDensity):
            rows = self.estimator.sample(count, random_state=state)
        else:
            self.estimator.random_state = state
            drawn = self.estimator.sample(count)
            rows = drawn[0] if isinstance(drawn, tuple) else drawn
        return np.asarray(rng.permutation(rows) * self.scale + self.center)

    def log_prob(self, rows: Any) -> Array:
        """Return the logarithm of the density of each row."""
        scores = self.estimator.score_samples((np.asarray(rows, dtype=float) - self.center) / self.scale)
        return np.asarray(scores - np.log(self.scale).sum())


@dataclass(frozen=True)
class Labeler:
    """A classifier or regressor that labels rows (X, y): inputs are those of the rows that it was fitted to.

    labels: "sampled" draws a class by predict_proba, a number as the prediction plus a residual of the fit; "hard"
    takes the prediction itself. New inputs are drawn, with replacement, from the inputs of generation 0's own rows.
    """

    estimator: Any
    labels: str = "sampled"

    def __post_init__(self) -> None:
        if self.labels not in ("sampled", "hard"):
            raise Problem("generator.labels", f"{self.labels!r}", 'give "sampled" or "hard"')

    def fit(self, data: Any, weights: Array | None, rng: np.random.Generator, *, start: Any = None) -> LabelerFit:
        """Fit a clone to (X, y)."""
        _refuse_start(start, self.estimator)
        if not (isinstance(data, tuple) and len(data) == 2):
            found = f"{type(self.estimator).__name__} labels rows, and there are no labels"
            raise Problem("population", found, "give (X, y)")
        inputs, targets = data
        estimator = _fitted(self.estimator, (inputs, targets), weights, rng)
        residuals = None
        if not is_classifier(estimator):
            residuals = np.asarray(targets, dtype=float) - estimator.predict(inputs)
        return LabelerFit(estimator, inputs, residuals, self.labels)


@dataclass(frozen=True, eq=False)
class LabelerFit:
    """A fitted labeler, with the inputs that it draws from, and the residuals of a regressor."""

    estimator: Any
    inputs: Any
    residuals: Array | None
    labels: str

    def sample(self, count: int, rng: np.random.Generator) -> tuple[Any, Any]:
        """Draw inputs and label them."""
        places = rng.integers(len(self.inputs), size=count)
        inputs = self.inputs.iloc[places] if hasattr(self.inputs, "iloc") else self.inputs[places]
        if count == 0:
            return inputs, np.empty(0)
        said = self.estimator.predict(inputs)
        if self.labels == "hard":
            return inputs, said
        if self.residuals is not None:
            return inputs, said + rng.choice(self.residuals, size=count)
        if not hasattr(self.estimator, "predict_proba"):
            found = f"{type(self.estimator).__name__} has no predict_proba, by which labels could be drawn"
            raise Problem("generator.labels", found, 'give labels = "hard"')
        chances = np.cumsum(self.estimator.predict_proba(inputs), axis=1)
        picked = (rng.random((count, 1)) * chances[:, -1:] < chances).argmax(axis=1)
        return inputs, self.estimator.classes_[picked]

    def predict(self, inputs: Any) -> Any:
        """Predict labels."""
        return self.estimator.predict(inputs)


def _fitted(estimator: Any, rows: tuple[Any, ...], weights: Array | None, rng: np.random.Generator) -> Any:
    """Fit a clone with a random_state of the chain's own."""
    fresh = clone(estimator)
    states = [name for name in fresh.get_params() if name == "random_state" or name.endswith("__random_state")]
    if states:
        fresh.set_params(**{name: int(rng.integers(_STATES)) for name in states})
    if weights is None:
        return fresh.fit(*rows)
    if not has_fit_parameter(fresh, "sample_weight"):
        found = f"{type(estimator).__name__} takes no weights of rows, and this workflow weighs them"
        raise Problem("workflow", found, "give a workflow without real_weight or decay, or another model")
    return fresh.fit(*rows, sample_weight=weights)


def _refuse_start(start: Any, estimator: Any) -> None:
    if start is not None:
        found = f"{type(estimator).__name__} cannot begin from an earlier fit"
        raise Problem("generator.start", found, 'give start = "scratch"')
