"""An estimator that refits to its own predictions and combines the fits, where the rows say that it pays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin, is_classifier
from sklearn.model_selection import KFold
from sklearn.utils.validation import check_is_fitted, validate_data

from genloss.advise.estimators.held_out_chain import chain_of, held_out, predictions_of
from genloss.advise.estimators.held_out_weights import Judged, judged_weights
from genloss.advise.estimators.mean_penalty import MeanPenaltyRidge
from genloss.advise.estimators.usable_numbers import refuse_unusable
from genloss.errors import Problem, is_from, shown

Array = NDArray[np.float64]

FEWEST = 8
"""Rows below which nothing is combined."""
_ROUNDING = 1e-15  # of the largest label: labels that differ by less are the same


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
    fit), left_out_by_ ("leave-one-out" or "folds"; "none" where nothing was judged), advice_ (a sentence), note_ (why
    nothing was judged, or why refits are not used; "" otherwise).

    Rows must be independent: copies and neighbors make the evidence too large. A refit of least squares changes
    nothing, and nothing is combined; likewise where labels do not vary. Weights of several refits whose parts cancel to
    less than 1 in sqrt(rows) are beyond what the rows tell: the last refits are not used then (weight 0), and advice_
    says so. fit takes no sample_weight: every row counts once.

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
        """Fit, refit and weigh. unlabeled: inputs (rows, features) for the refits; None: those of X.

        Columns with names must have those of X, in the same order. There is no sample_weight: every row counts once.
        """
        refuse_unusable(X=X, y=y)
        x, labels = validate_data(self, X, y, y_numeric=True, dtype=float, ensure_min_samples=2)
        inputs = None if unlabeled is None else self._inputs(unlabeled)
        base = MeanPenaltyRidge() if self.estimator is None else _regressor(self.estimator)
        rounds = checked_rounds(self)
        self.fits_ = chain_of(base, x, labels, rounds, inputs)
        plain = np.eye(rounds + 1)[0]
        nothing = nothing_to_judge(len(labels), float(np.ptp(labels)) > _ROUNDING * float(np.abs(labels).max()))
        if nothing:
            return self._keep(Judged(plain, 0.0, 0.0, 0.0, float("nan")), plain, "none", (nothing, nothing))
        predicted, how = held_out(base, x, labels, rounds, folds=folds_of(self, len(labels)), unlabeled=inputs)
        seen = np.isfinite(predicted).all(axis=1)
        judged = judged_weights(predicted[seen], labels[seen], np.random.default_rng(self.random_state))
        pays = judged.saved > 0 and judged.evidence >= float(self.least_evidence)
        told = advice(judged, pays), unused_refits(judged)
        return self._keep(judged, judged.weights if pays else plain, how, told)

    def predict(self, X: ArrayLike) -> Array:
        """Return sum_g weights_[g] x what fit g predicts."""
        check_is_fitted(self)
        x = validate_data(self, X, reset=False, dtype=float)
        if not self.combined_:
            return np.asarray(self.fits_[0].predict(x), dtype=float)
        return np.asarray(predictions_of(self.fits_, x) @ self.weights_)

    def _keep(self, judged: Judged, weights: Array, how: str, told: tuple[str, str]) -> CombinedGenerations:
        self.weights_, self.found_weights_ = weights, judged.weights
        self.combined_ = bool(np.any(weights[1:] != 0))
        self.evidence_, self.saved_, self.saved_error_ = judged.evidence, judged.saved, judged.standard_error
        self.held_out_error_, self.left_out_by_, (self.advice_, self.note_) = judged.before, how, told
        return self

    def _inputs(self, unlabeled: ArrayLike) -> Array:
        refuse_unusable(unlabeled=unlabeled)
        shape, mend = np.shape(unlabeled), "give inputs with the same columns as X, in the same order"
        if len(shape) == 2 and shape[1] != self.n_features_in_:
            raise Problem("unlabeled", f"{shape[1]} features beside {self.n_features_in_} of X", mend)
        try:
            return np.asarray(validate_data(self, unlabeled, reset=False, dtype=float))
        except ValueError as error:  # names of columns among others
            raise Problem("unlabeled", " ".join(str(error).split()), mend) from error


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


def nothing_to_judge(rows: int, vary: bool) -> str:
    """Return why weights cannot be judged by these rows, or "" where they can."""
    if not vary:
        return "not combined: labels do not vary, nothing to combine"
    return f"not combined: {rows} rows are too few to judge weights by" if rows < FEWEST else ""


def advice(judged: Judged, pays: bool) -> str:
    """Say in a sentence what was decided and why."""
    part = 100 * judged.saved / judged.before if judged.before > 0 else 0.0
    verb = "save" if part >= 0 else "add"
    saved = f"{abs(part):.2g} % of the squared error on rows left out, {abs(judged.evidence):.2g} standard errors"
    unused = unused_refits(judged)
    if not judged.weights[1:].any():
        return "not combined, the plain fit is kept: the refits predict what it does"
    more = f"; {unused}" if unused else ""
    if not pays:
        return f"not combined, the plain fit is kept: combining would {verb} {saved}{more}"
    told = ", ".join(f"{weight:.3g}" for weight in judged.weights)
    average = judged.weights.min() >= 0 and judged.weights.max() <= 1
    way = "an average with the refits" if average else "an extrapolation"
    way = "a step away from the refit, an extrapolation" if judged.weights[0] > 1 and judged.weights.size == 2 else way
    return f"combined with weights {told} ({way}): saves {saved}{more}"


def unused_refits(judged: Judged) -> str:
    """Say how many refits are used and why no more, or "" where all are."""
    if not judged.unused:
        return ""
    refits = judged.weights.size - 1
    sizes = f"the parts that the weights add up would be {judged.canceled:,.0f} times as large as their sum"
    told = f"{judged.rows:,} rows tell no more than {np.sqrt(judged.rows):.0f} times"
    return f"refits used: {refits - judged.unused} of {refits}, since with one more {sizes}, and {told}"
