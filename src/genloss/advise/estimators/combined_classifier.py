"""The same for classes: a classifier refitted to its own probabilities, whose fits are combined where that pays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import check_cv
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from genloss.advise.estimators.combined_generations import (
    advice,
    checked_rounds,
    folds_of,
    nothing_to_judge,
    unused_refits,
)
from genloss.advise.estimators.held_out_weights import Judged, judged_weights
from genloss.advise.estimators.mean_penalty import MeanPenaltyLogistic
from genloss.advise.estimators.usable_numbers import refuse_unusable
from genloss.errors import Problem, shown

Array = NDArray[np.float64]


class CombinedGenerationsClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Fit, refit to one's own probabilities, and predict their combination, with weights from rows left out.

    As `CombinedGenerations`, for squared errors of probabilities (the Brier score, classes added up). A refit sees
    every row once for each class, with the probability as its weight. Combined probabilities below 0 are cut to 0, and
    all are made to add up to 1. fit takes no sample_weight.

    Parameters
    ----------
    estimator : classifier or None
        With predict_proba, and a fit that takes sample_weight. None: `MeanPenaltyLogistic(0.01)`.
    rounds, least_evidence, folds, random_state : as in `CombinedGenerations`; rows are left out by folds.

    Attributes: classes_, and those of `CombinedGenerations`.

    Status: estimate. Source: docs/theory/combining.md. Checked by tests/statistical/test_combined_generations.py.

    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((200, 10))
    >>> fit = CombinedGenerationsClassifier(MeanPenaltyLogistic(1.0)).fit(X, X[:, 0] + rng.standard_normal(200) > 0)
    >>> fit.combined_, bool(fit.weights_[0] > 1)
    (True, True)
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

    def fit(self, X: ArrayLike, y: ArrayLike) -> CombinedGenerationsClassifier:
        """Fit, refit and weigh. There is no sample_weight: every row counts once."""
        refuse_unusable(X=X)
        x, labels = validate_data(self, X, y, dtype=float, ensure_min_samples=2)
        check_classification_targets(labels)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        base = MeanPenaltyLogistic(0.01) if self.estimator is None else _classifier(self.estimator)
        rounds, count = checked_rounds(self), len(self.classes_)
        self.fits_ = _chain(base, x, codes, count, rounds)
        plain = np.eye(rounds + 1)[0]
        nothing = nothing_to_judge(len(codes), count > 1)
        if nothing:
            return self._keep(Judged(plain, 0.0, 0.0, 0.0, float("nan")), plain, (nothing, nothing))
        predicted = np.full((len(codes), count, rounds + 1), np.nan)
        for train, test in check_cv(folds_of(self, len(codes)), codes).split(x, codes):
            if len(np.unique(codes[train])) > 1:
                predicted[test] = _predicted(_chain(base, x[train], codes[train], count, rounds), x[test], count)
        seen = np.isfinite(predicted).all(axis=(1, 2))
        judged = judged_weights(predicted[seen], np.eye(count)[codes[seen]], np.random.default_rng(self.random_state))
        pays = judged.saved > 0 and judged.evidence >= float(self.least_evidence)
        told = advice(judged, pays), unused_refits(judged)
        return self._keep(judged, judged.weights if pays else plain, told)

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return sum_g weights_[g] x probabilities of fit g, (rows, classes), cut at 0 and adding up to 1."""
        check_is_fitted(self)
        each = _predicted(self.fits_, validate_data(self, X, reset=False, dtype=float), len(self.classes_))
        if not self.combined_:
            return np.asarray(each[..., 0])
        found = np.maximum(each @ self.weights_, 0.0)
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the likeliest class."""
        likeliest = np.argmax(self.predict_proba(X), axis=1)
        return np.asarray(self.classes_[likeliest])

    def _keep(self, judged: Judged, weights: Array, told: tuple[str, str]) -> CombinedGenerationsClassifier:
        self.weights_, self.found_weights_ = weights, judged.weights
        self.combined_ = bool(np.any(weights[1:] != 0))
        self.evidence_, self.saved_, self.saved_error_ = judged.evidence, judged.saved, judged.standard_error
        self.held_out_error_, self.left_out_by_, (self.advice_, self.note_) = judged.before, "folds", told
        return self


def _chain(estimator: Any, x: Array, codes: NDArray[np.int64], count: int, rounds: int) -> list[Any]:
    """Fit to classes, then `rounds` times to the probabilities that the fit before gives the same rows."""
    fits = [clone(estimator).fit(x, codes)]
    for _ in range(rounds):
        weights = _predicted(fits[-1:], x, count)[..., 0]
        row, code = np.nonzero(weights > 0)
        fits.append(clone(estimator).fit(x[row], code, sample_weight=weights[row, code]))
    return fits


def _predicted(fits: list[Any], x: Array, count: int) -> Array:
    """Return the probabilities of each fit, (rows, classes, fits); 0 for classes that it has not seen."""
    found = np.zeros((len(x), count, len(fits)))
    for g, fit in enumerate(fits):
        found[:, fit.classes_, g] = fit.predict_proba(x)
    return found


def _classifier(given: Any) -> Any:
    if isinstance(given, type) or not (hasattr(given, "fit") and hasattr(given, "predict_proba")):
        mend = "give a classifier of scikit-learn with predict_proba, e.g. LogisticRegression()"
        raise Problem("estimator", f"{shown(given)} gives no probabilities", mend)
    return given
