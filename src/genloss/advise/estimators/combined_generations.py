"""An estimator that refits to its own predictions and combines the fits, where the rows say that it pays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin, is_classifier
from sklearn.model_selection import KFold
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from genloss.advise.estimators.held_out_chain import chain_of, held_out, predictions_of
from genloss.advise.estimators.held_out_weights import Judged, judged_weights
from genloss.advise.estimators.mean_penalty import MeanPenaltyRidge
from genloss.errors import Problem, is_from, shown

Array = NDArray[np.float64]

FEWEST = 8
"""Rows below which nothing is combined."""


class CombinedGenerations(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Fit, refit to one's own predictions, and predict sum_g weight_g x fit g, with weights from rows left out.

    With one refit this is (1 + w) first - w second: w > 0 steps away from the refit, which undoes too much shrinkage
    (twicing, self-training reversed), w < 0 averages with it, which adds shrinkage (self-distillation). Where the rows
    do not show that this predicts better, the plain fit is kept, to the digit.

    Parameters
    ----------
    estimator : regressor or None
        What is fitted and refitted. None: `MeanPenaltyRidge(0.1)`, ridge of penalty .1 of the mean squared error.
    rounds : int, default 1
        How often it is refitted, 1 to 20; fit g learns what fit g - 1 predicts.
    least_evidence : float, default 1.0
        Combine where the squared error saved on rows left out is at least so many of its standard errors above 0.
    folds : int or scikit-learn's cv, default 10
        Where the estimator is not ridge regression or least squares, which are left out row by row in closed form.
    random_state : int, default 0
        Of the parts of the rows that judge the weights, and of the folds.

    Attributes: fits_ (rounds + 1 fitted estimators), weights_ (rounds + 1, adding up to 1; 1, 0, .. where nothing is
    combined), found_weights_ (the least squares ones, whatever was decided), combined_, evidence_, saved_ and
    saved_error_ (mean squared error saved on rows left out, and its standard error), held_out_error_ (of the plain
    fit), left_out_by_ ("leave-one-out" or "folds"), advice_ (a sentence).

    Rows must be independent: copies and neighbors make the evidence too large. A refit of least squares changes
    nothing, and nothing is combined.

    Status: estimate. Source: docs/theory/combining.md. Checked by tests/statistical/test_combined_generations.py.

    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((200, 50))
    >>> y = X @ np.full(50, 50**-0.5) + 0.5 * rng.standard_normal(200)
    >>> fit = CombinedGenerations(MeanPenaltyRidge(0.3)).fit(X, y)
    >>> fit.combined_, fit.weights_.round(1).tolist()
    (True, [2.1, -1.1])
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        rounds: int = 1,
        least_evidence: float = 1.0,
        folds: Any = 10,
        random_state: int = 0,
    ) -> None:
        self.estimator = estimator
        self.rounds = rounds
        self.least_evidence = least_evidence
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike, unlabeled: ArrayLike | None = None) -> CombinedGenerations:
        """Fit, refit and weigh. unlabeled: inputs (rows, features) for the refits; None: those of X."""
        x, labels = validate_data(self, X, y, y_numeric=True, dtype=float, ensure_min_samples=2)
        inputs = None if unlabeled is None else self._inputs(unlabeled)
        base = MeanPenaltyRidge() if self.estimator is None else _regressor(self.estimator)
        rounds = checked_rounds(self)
        self.fits_ = chain_of(base, x, labels, rounds, inputs)
        plain = np.eye(rounds + 1)[0]
        if len(labels) < FEWEST:
            few = f"not combined: {len(labels)} rows are too few to judge weights by"
            return self._keep(Judged(plain, 0.0, 0.0, 0.0, float("nan")), plain, "none", few)
        predicted, how = held_out(base, x, labels, rounds, folds=folds_of(self, len(labels)), unlabeled=inputs)
        seen = np.isfinite(predicted).all(axis=1)
        judged = judged_weights(predicted[seen], labels[seen], np.random.default_rng(self.random_state))
        pays = judged.saved > 0 and judged.evidence >= float(self.least_evidence)
        return self._keep(judged, judged.weights if pays else plain, how, advice(judged, pays))

    def predict(self, X: ArrayLike) -> Array:
        """Return sum_g weights_[g] x what fit g predicts."""
        check_is_fitted(self)
        x = validate_data(self, X, reset=False, dtype=float)
        if not self.combined_:
            return np.asarray(self.fits_[0].predict(x), dtype=float)
        return np.asarray(predictions_of(self.fits_, x) @ self.weights_)

    def _keep(self, judged: Judged, weights: Array, how: str, told: str) -> CombinedGenerations:
        self.weights_, self.found_weights_ = weights, judged.weights
        self.combined_ = bool(np.any(weights[1:] != 0))
        self.evidence_, self.saved_, self.saved_error_ = judged.evidence, judged.saved, judged.standard_error
        self.held_out_error_, self.left_out_by_, self.advice_ = judged.before, how, told
        return self

    def _inputs(self, unlabeled: ArrayLike) -> Array:
        inputs = check_array(unlabeled, dtype=float)
        if inputs.shape[1] != self.n_features_in_:
            found = f"{inputs.shape[1]} features beside {self.n_features_in_} of X"
            raise Problem("unlabeled", found, "give inputs with the same columns as X")
        return np.asarray(inputs)


def checked_rounds(model: Any) -> int:
    """Return the number of refits, or say what is wrong with it or with the evidence that is asked."""
    if not is_from(model.least_evidence, 0, 1e100):
        raise Problem("least_evidence", shown(model.least_evidence), "give a number of standard errors, 0 or more")
    given = model.rounds
    if isinstance(given, bool) or not isinstance(given, int | np.integer) or not 1 <= given <= 20:
        raise Problem("rounds", shown(given), "give how often the estimator is refitted, 1 to 20")
    return int(given)


def folds_of(model: Any, rows: int) -> Any:
    """Return what leaves rows out: shuffled folds of a number, or what was given."""
    if isinstance(model.folds, int | np.integer):
        return KFold(max(2, min(int(model.folds), rows)), shuffle=True, random_state=model.random_state)
    return model.folds


def _regressor(given: Any) -> Any:
    """Return the estimator, or say that its predictions are no numbers to be refitted to."""
    if isinstance(given, type) or not (hasattr(given, "fit") and hasattr(given, "predict")):
        raise Problem("estimator", f"{shown(given)} is no regressor", "give a regressor of scikit-learn, e.g. Ridge()")
    if is_classifier(given):
        found = f"{type(given).__name__} predicts classes, and fits are combined as numbers"
        raise Problem("estimator", found, "give a regressor, and the class as 0 and 1")
    return given


def advice(judged: Judged, pays: bool) -> str:
    """Say in a sentence what was decided and why."""
    part = 100 * judged.saved / judged.before if judged.before > 0 else 0.0
    verb = "save" if part >= 0 else "add"
    saved = f"{abs(part):.2g} % of the squared error on rows left out, {abs(judged.evidence):.2g} standard errors"
    if not pays:
        return f"not combined, the plain fit is kept: combining would {verb} {saved}"
    told = ", ".join(f"{weight:.3g}" for weight in judged.weights)
    way = "a step away from the refits" if judged.weights[0] > 1 else "an average with the refits"
    return f"combined with weights {told} ({way}): saves {saved}"
