r"""Which estimators are meant by words? scikit-learn's, but the penalty is one of the mean loss, whatever the rows.

With weights w that add up to T (the rows of this fit) and a free intercept b they minimize

.. math:: \frac1T \sum_i w_i \, (y_i - f(x_i) - b)^2 + \text{penalty} \, |f|^2, \qquad
    -\frac1T \sum_i w_i \, \log p(y_i) + \tfrac12 \, \text{penalty} \, |f|^2

for squares and for likelihoods. scikit-learn's alpha is penalty x T, its C is 1 / (penalty x T): another number in
every fit to another number of rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression, Ridge

Array = NDArray[np.float64]

__all__ = ["MeanPenaltyKernelRidge", "MeanPenaltyLogistic", "MeanPenaltyRidge"]


class MeanPenaltyRidge(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Ridge(alpha=penalty x rows of the fit).

    Attributes: coef_, intercept_, alpha_. Checked by tests/unit/test_penalty_of_mean.py.

    >>> MeanPenaltyRidge(0.5).fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0]).alpha_
    1.5
    """

    def __init__(self, penalty: float = 0.1) -> None:
        self.penalty = penalty

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> MeanPenaltyRidge:
        """Fit; the weights' sum is the number of rows they stand for."""
        self.alpha_ = self.penalty * _rows(y, sample_weight)
        self.fitted_ = Ridge(alpha=self.alpha_).fit(X, y, sample_weight)
        self.coef_, self.intercept_ = self.fitted_.coef_, self.fitted_.intercept_
        return self

    def predict(self, X: Any) -> Array:
        """Return X coef_ + intercept_."""
        return np.asarray(self.fitted_.predict(X))


class MeanPenaltyKernelRidge(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """KernelRidge(alpha=penalty x rows of the fit, kernel="rbf", gamma) of labels less their mean, then added again.

    Attributes: intercept_ (the mean), alpha_. Checked by tests/unit/test_penalty_of_mean.py.
    """

    kernel, degree, coef0, kernel_params = "rbf", 3, 1.0, None

    def __init__(self, penalty: float = 0.01, *, gamma: float | None = None) -> None:
        self.penalty = penalty
        self.gamma = gamma

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> MeanPenaltyKernelRidge:
        """Fit; the weights' sum is the number of rows they stand for."""
        labels = np.asarray(y, dtype=float)
        weights = None if sample_weight is None else np.asarray(sample_weight, dtype=float)
        self.intercept_ = float(np.average(labels, weights=weights))
        self.alpha_ = self.penalty * _rows(y, sample_weight)
        model = KernelRidge(alpha=self.alpha_, kernel=self.kernel, gamma=self.gamma)
        self.fitted_ = model.fit(X, labels - self.intercept_, sample_weight)
        return self

    def predict(self, X: Any) -> Array:
        """Return the function's values, the mean added."""
        return np.asarray(self.fitted_.predict(X) + self.intercept_)


class MeanPenaltyLogistic(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """LogisticRegression(C=1 / (penalty x rows of the fit)); none for a penalty of 0.

    Attributes: classes_, coef_, intercept_, C_. Checked by tests/unit/test_penalty_of_mean.py.
    """

    def __init__(self, penalty: float = 0.0) -> None:
        self.penalty = penalty

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> MeanPenaltyLogistic:
        """Fit; the weights' sum is the number of rows they stand for."""
        self.C_ = 1 / (self.penalty * _rows(y, sample_weight)) if self.penalty else float("inf")
        self.fitted_ = LogisticRegression(C=self.C_, tol=1e-10, max_iter=10_000).fit(X, y, sample_weight)
        self.classes_, self.coef_, self.intercept_ = (
            self.fitted_.classes_,
            self.fitted_.coef_,
            self.fitted_.intercept_,
        )
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likelier class."""
        return np.asarray(self.fitted_.predict(X))

    def predict_proba(self, X: Any) -> Array:
        """Return the chance of every class, (rows, classes)."""
        return np.asarray(self.fitted_.predict_proba(X))


def _rows(y: ArrayLike, sample_weight: ArrayLike | None) -> float:
    return float(len(np.asarray(y)) if sample_weight is None else np.sum(sample_weight))
