"""scikit-learn's density models, alone or behind transformers, and its classifiers and regressors as labelers.

What is right here where a guess is wrong (scikit-learn 1.9): rows of `sample` come sorted by component, so they are
shuffled; with a whole number as random_state two calls of `sample` return the same rows, so each draw has a state of
its own; `KernelDensity(bandwidth="scott")` takes the unit of the data for 1, so rows are standardized before its fit;
what did not converge is returned all the same, so each fit notes it; LogisticRegressionCV chooses by accuracy;
LogisticRegression without a penalty converges, it says, on labels that it tells apart, where there is no maximum;
BayesianGaussianMixture takes variance away by its default prior.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.mixture import BayesianGaussianMixture
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from genloss.errors import Problem
from genloss.models.adapters.forms import Form, numbers_of
from genloss.models.adapters.heard import heard
from genloss.models.adapters.refusals import refuse_start, refuse_weights
from genloss.models.protocol import Note

Array = NDArray[np.float64]
Notes = tuple[Note, ...]
_STATES = 2**31 - 1
_SHRINKS = 0.05  # of the variance, from which on a prior is told
NOT_CONVERGED = Note("did not converge", "raise max_iter, or its tolerance tol")
SEPARATED = Note(
    "told all its labels apart without a penalty",
    "its coefficients then say when it stopped, not what the rows say; give a penalty, e.g. C=1.0, or drawn labels",
)
SHRUNK = Note(
    "took variance away by its default prior",
    "every refit does; give covariance_prior = the number of columns times numpy.cov(rows.T), or GaussianMixture",
)
BY_ACCURACY = Note("chose its penalty by accuracy", 'that shrinks it at every refit; give scoring="neg_log_loss"')


def adapt(model: Any) -> Any:
    """Return a density model, or a labeler; None for estimators that neither sample nor predict."""
    if not isinstance(model, BaseEstimator):
        return None
    if isinstance(model, Pipeline) and hasattr(model.steps[-1][1], "sample"):
        return Behind(Pipeline(model.steps[:-1]), Density(model.steps[-1][1])) if len(model.steps) > 1 else None
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
        refuse_start(start, type(self.estimator).__name__)
        rows, form = numbers_of(data, type(self.estimator).__name__)
        center, scale = np.zeros(rows.shape[1]), np.ones(rows.shape[1])
        if isinstance(self.estimator, KernelDensity) and isinstance(self.estimator.bandwidth, str):
            center, scale = rows.mean(axis=0), rows.std(axis=0)
            scale[scale == 0] = 1.0
        fitted, notes = _fitted(self.estimator, ((rows - center) / scale,), weights, rng)
        return DensityFit(fitted, center, scale, form, (*notes, SHRUNK) if _shrunk(fitted, len(rows)) else notes)


@dataclass(frozen=True, eq=False)
class DensityFit:
    """A fitted density. center, scale: of each column, in whose units it was fitted. form: of rows as they are held."""

    estimator: Any
    center: Array
    scale: Array
    form: Form
    notes: Notes = ()

    def sample(self, count: int, rng: np.random.Generator) -> Any:
        """Draw rows in random order."""
        if count == 0:
            return self.form.back(np.empty((0, self.center.size)))
        state = int(rng.integers(_STATES))
        if isinstance(self.estimator, KernelDensity):
            rows = self.estimator.sample(count, random_state=state)
        else:
            self.estimator.random_state = state
            drawn = self.estimator.sample(count)
            rows = drawn[0] if isinstance(drawn, tuple) else drawn
        if len(rows) != count:  # told here, as transformers say other things of it
            found = f"sample({count}) of {type(self.estimator).__name__} returned {len(rows)} rows"
            raise Problem("generator", found, f"return {count} row{'s' * (count != 1)}")
        return self.form.back(rng.permutation(rows) * self.scale + self.center)

    def log_prob(self, rows: Any) -> Array:
        """Return the logarithm of the density of each row."""
        numbers = numbers_of(rows, type(self.estimator).__name__)[0]
        scores = self.estimator.score_samples((numbers - self.center) / self.scale)
        return np.asarray(scores - np.log(self.scale).sum())


@dataclass(frozen=True)
class Behind:
    """A density behind transformers that have an inverse, e.g. make_pipeline(PCA(16), GaussianMixture(10)) of images.

    Fits transformers and density anew; draws rows of the density and takes them back through the transformers.
    """

    transform: Any
    density: Density

    def fit(self, data: Any, weights: Array | None, rng: np.random.Generator, *, start: Any = None) -> BehindFit:
        """Fit clones. Errors: `Problem` for transformers that have no inverse."""
        for name, step in self.transform.steps:
            if step not in (None, "passthrough") and not hasattr(step, "inverse_transform"):
                found = f"the step {name} ({type(step).__name__}) has no inverse_transform, by which rows come back"
                raise Problem("generator", found, "leave it out, or give a step that has one, e.g. PCA")
        rows, form = numbers_of(data, "a pipeline")
        transform, notes = _fitted(self.transform, (rows,), None, rng)
        inner = self.density.fit(transform.transform(rows), weights, rng, start=start)
        return BehindFit(transform, inner, form, tuple(dict.fromkeys((*notes, *inner.notes))))


@dataclass(frozen=True, eq=False)
class BehindFit:
    """A fitted density, and the transformers through which its rows come back."""

    transform: Any
    density: DensityFit
    form: Form
    notes: Notes = ()

    def sample(self, count: int, rng: np.random.Generator) -> Any:
        """Draw rows."""
        drawn = self.density.sample(count, rng)
        return self.form.back(self.transform.inverse_transform(drawn) if count else np.empty((0, *self._width)))

    @property
    def _width(self) -> tuple[int, ...]:
        return (int(np.prod(self.form.shape)),)


@dataclass(frozen=True)
class Labeler:
    """A classifier or regressor that labels rows (X, y): labels are made, inputs are real.

    labels: "sampled" draws a class by predict_proba, a number as the prediction plus a residual of the fit; "hard"
    takes the prediction itself. New inputs are drawn, with replacement, from all real rows that train, which a chain
    tells; outside of a chain from those of the fit. Drawn from these in a chain, they would die out by themselves.
    """

    estimator: Any
    labels: str = "sampled"
    _real: Any = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.labels not in ("sampled", "hard"):
            raise Problem("generator.labels", f"{self.labels!r}", 'give "sampled" or "hard"')

    def among(self, rows: Any) -> Labeler:
        """Return the labeler that knows the real rows (X, y) that train."""
        made = copy.copy(self)
        object.__setattr__(made, "_real", rows[0] if isinstance(rows, tuple) else None)
        return made

    def fit(self, data: Any, weights: Array | None, rng: np.random.Generator, *, start: Any = None) -> LabelerFit:
        """Fit a clone to (X, y)."""
        refuse_start(start, type(self.estimator).__name__)
        if not (isinstance(data, tuple) and len(data) == 2):
            found = f"{type(self.estimator).__name__} labels rows, and there are no labels"
            raise Problem("population", found, "give (X, y)")
        inputs, targets = data
        estimator, notes = _fitted(self.estimator, (_flat(inputs), targets), weights, rng)
        residuals = None
        if not is_classifier(estimator):
            residuals = np.asarray(targets, dtype=float) - estimator.predict(_flat(inputs))
        drawn = inputs if self._real is None else self._real
        return LabelerFit(estimator, drawn, residuals, self.labels, notes)


@dataclass(frozen=True, eq=False)
class LabelerFit:
    """A fitted labeler, with the inputs that it draws from, and the residuals of a regressor."""

    estimator: Any
    inputs: Any
    residuals: Array | None
    labels: str
    notes: Notes = ()

    def sample(self, count: int, rng: np.random.Generator) -> tuple[Any, Any]:
        """Draw inputs and label them."""
        places = rng.integers(len(self.inputs), size=count)
        inputs = self.inputs.iloc[places] if hasattr(self.inputs, "iloc") else self.inputs[places]
        if count == 0:
            return inputs, np.empty(0)
        flat = _flat(inputs)
        said = self.estimator.predict(flat)
        if self.labels == "hard":
            return inputs, said
        if self.residuals is not None:
            return inputs, said + rng.choice(self.residuals, size=count)
        if not hasattr(self.estimator, "predict_proba"):
            found = f"{type(self.estimator).__name__} has no predict_proba, by which labels could be drawn"
            raise Problem("generator.labels", found, 'give labels = "hard"')
        chances = np.cumsum(self.estimator.predict_proba(flat), axis=1)
        picked = (rng.random((count, 1)) * chances[:, -1:] < chances).argmax(axis=1)
        return inputs, self.estimator.classes_[picked]

    def predict(self, inputs: Any) -> Any:
        """Predict labels."""
        return self.estimator.predict(_flat(inputs))


def _flat(inputs: Any) -> Any:
    """Return images as rows of pixels, and other inputs as they are."""
    return inputs.reshape(len(inputs), -1) if isinstance(inputs, np.ndarray) and inputs.ndim > 2 else inputs


def _fitted(
    estimator: Any, rows: tuple[Any, ...], weights: Array | None, rng: np.random.Generator
) -> tuple[Any, Notes]:
    """Fit a clone with a random_state of the chain's own; say what its fit noted."""
    fresh = clone(estimator)
    states = [name for name in fresh.get_params() if name == "random_state" or name.endswith("__random_state")]
    if states:
        fresh.set_params(**{name: int(rng.integers(_STATES)) for name in states})
    if not has_fit_parameter(fresh, "sample_weight"):
        refuse_weights(weights, type(estimator).__name__)
    more = {} if weights is None else {"sample_weight": weights}
    notes = (BY_ACCURACY,) if _by_accuracy(fresh) else ()
    with heard(*([FutureWarning] if notes else [])), heard(ConvergenceWarning) as told:
        fresh.fit(*rows, **more)
    if told or getattr(fresh, "converged_", True) is False:
        notes = (NOT_CONVERGED, *notes)
    if _without_penalty(fresh) and np.array_equal(fresh.predict(rows[0]), np.asarray(rows[1])):
        notes = (SEPARATED, *notes)
    return fresh, notes


def _shrunk(estimator: Any, rows: int) -> bool:
    """Whether a prior that nobody asked for takes a twentieth of the variance or more.

    A component of n rows and d columns has (n + 1) / (n + d) of its variance (scikit-learn 1.9).
    """
    if not isinstance(estimator, BayesianGaussianMixture) or estimator.covariance_prior is not None:
        return False
    held = estimator.weights_ * rows
    kept = (held + 1) / (held + estimator.degrees_of_freedom_prior_)
    return bool(estimator.weights_ @ kept < 1 - _SHRINKS)


def _last(estimator: Any) -> Any:
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def _without_penalty(estimator: Any) -> bool:
    """Whether this is a logistic regression whose coefficients nothing holds."""
    last = _last(estimator)
    unheld = isinstance(last, LogisticRegression) and not isinstance(last, LogisticRegressionCV)
    return unheld and (last.penalty is None or np.inf == last.C)


def _by_accuracy(estimator: Any) -> bool:
    """Whether its penalty is chosen by accuracy; scikit-learn 1.9 warns that the default will change, at every fit."""
    last = _last(estimator)
    return isinstance(last, LogisticRegressionCV) and last.scoring in (None, "warn", "accuracy")
