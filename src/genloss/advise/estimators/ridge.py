"""Scikit-learn estimators that know that their labels were made by earlier generators.

Minimize (1/T) sum w_i (y_i - f(x_i))^2 + penalty |coef|^2, the intercept free; scikit-learn's alpha is penalty x T.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from genloss.advise.estimators.inherited_noise import synthetic_weight
from genloss.advise.estimators.penalty_choice import METHODS, Choice, Generators, Spectrum, advice, choose_penalty
from genloss.advise.estimators.when_not_to import leave_one_out
from genloss.errors import Problem, is_from, shown

Array = NDArray[np.float64]

_LARGEST = 1e100  # of a penalty
_RANK = 1e-10  # eigenvalues below this part of the largest are directions without inputs


class _Linear(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """What the linear estimators share: checked rows, weights of real and synthetic ones, prediction."""

    generation: int | None
    generator_rows: int | None

    def predict(self, X: ArrayLike) -> Array:
        """Return X coef_ + intercept_."""
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, reset=False, dtype=float) @ self.coef_ + self.intercept_)

    def _rows(self, x: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None, real_rows: ArrayLike | None) -> _Rows:
        checked, labels = validate_data(self, x, y, y_numeric=True, dtype=float, ensure_min_samples=2)
        weights = _check_sample_weight(sample_weight, checked, dtype=float, ensure_non_negative=True)
        real = _mask(real_rows, len(labels))
        count = int(real.sum())
        self.synthetic_weight_ = 1.0
        if 0 < count < real.size and self.generation is None:
            raise Problem(
                "generation",
                "is None, and real rows are given",
                "give the number of models that the other labels passed through",
            )
        if 0 < count < real.size and self.generation:
            self.synthetic_weight_ = synthetic_weight(
                generation=self.generation,
                rows=real.size - count,
                generator_rows=_generator_rows(self.generator_rows, real.size - count),
                dim=checked.shape[1],
            )
        return _Rows(checked, labels, weights, np.where(real, 1.0, self.synthetic_weight_), real)


class _Rows:
    """Weighted rows, centered. given: how often each row counts; value: what it is worth beside a real one.

    weights: both. worth: their sum. values, basis, moments: the weighted covariance's eigenvalues and eigenvectors,
    and the weighted mean of inputs x labels in that basis.
    """

    def __init__(self, x: Array, y: Array, given: Array, value: Array, real: NDArray[np.bool_]) -> None:
        weights = given * value
        self.given = given
        self.worth = float(weights.sum())
        if not self.worth > 0:
            raise Problem("sample_weight", "all weights are 0", "give some row a weight above 0")
        self.weights, self.real = weights, real
        self.center = weights @ x / self.worth
        self.level = float(weights @ y / self.worth)
        self.x, self.y = x - self.center, y - self.level
        self.values, self.basis = np.linalg.eigh((self.x * weights[:, None]).T @ self.x / self.worth)
        self.moments = self.basis.T @ (self.x.T @ (weights * self.y)) / self.worth

    @property
    def used(self) -> NDArray[np.bool_]:
        """Directions in which the inputs vary."""
        return np.asarray(self.values > _RANK * max(self.values[-1], 1e-300))

    def spectrum(self, noise: float | None) -> Spectrum:
        """Eigenbasis, least squares there, and the noise: given, or from the residuals of the larger kind of rows."""
        values, basis = self.values[self.used], self.basis[:, self.used]
        variance = noise**2 if noise is not None else self._residual_variance(basis)
        return Spectrum(values, basis, self.moments[self.used] / np.maximum(values, 1e-300), variance, self.worth)

    def leave_one_out(self, penalties: Array) -> float:
        """Which of the penalties RidgeCV takes on these rows."""
        return leave_one_out(self.x, self.y, self.weights, penalties)

    def _residual_variance(self, basis: Array) -> float:
        """RSS / (rows - directions - 1) of least squares on the synthetic rows, or the real ones if they are more."""
        kind = ~self.real if 2 * self.real.sum() <= self.real.size else self.real
        count = self.given * kind
        spare = float(count.sum()) - basis.shape[1] - 1
        if spare < 1:
            found = f"{count.sum():g} rows for {basis.shape[1]} directions say nothing of the noise"
            raise Problem("noise", found, "give noise, the standard deviation of a label's noise, or more rows")
        root = np.sqrt(count)
        turned = np.column_stack([np.ones(len(root)), self.x @ basis]) * root[:, None]
        left = root * self.y - turned @ np.linalg.lstsq(turned, root * self.y, rcond=None)[0]
        return float(left @ left / spare)


class GenerationRidge(_Linear):
    """Ridge regression with a given penalty on labels that `generation` generators made, one taught by the other.

    Parameters
    ----------
    penalty : float, default 0.1
        >= 0, in the convention above; infinity predicts the mean.
    generation : int, default 1
        n: how many generators were fitted before these labels; 0 for real labels.
    generator_rows : int or None
        T0: rows of each generator's fit. None: as many as synthetic rows are given.
    noise : float or None
        Standard deviation of a label's noise. None: from the residuals.

    Attributes: coef_, intercept_, penalty_, alpha_ (penalty x rows), psi_ (inherited noise over signal; above 3 the
    labels are not worth using; nan where rows are too few to say), advice_, synthetic_weight_.

    Source: docs/theory/repair.md. Checked by tests/statistical/test_repair.py.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((50, 3))
    >>> fit = GenerationRidge(penalty=0.5, generation=2, generator_rows=40).fit(X, X[:, 0] + rng.standard_normal(50))
    >>> fit.alpha_
    25.0
    """

    def __init__(
        self,
        penalty: float = 0.1,
        *,
        generation: int = 1,
        generator_rows: int | None = None,
        noise: float | None = None,
    ) -> None:
        self.penalty = penalty
        self.generation = generation
        self.generator_rows = generator_rows
        self.noise = noise

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        real_rows: ArrayLike | None = None,
    ) -> GenerationRidge:
        """Fit. real_rows: which rows have real labels, (rows,) of True and False; synthetic ones weigh less then."""
        _check(self)
        penalty = float(self.penalty)
        if not penalty >= 0:
            raise Problem("penalty", f"{self.penalty!r}", "give a penalty >= 0")
        rows = self._rows(X, y, sample_weight, real_rows)
        generators = _generators(self, rows)
        _solve(self, rows, penalty)
        try:
            spectrum = rows.spectrum(None if self.noise is None else float(self.noise))
            choice = _choice(self, rows, spectrum, generators, "empirical_bayes")
        except Problem:
            self.psi_, self.advice_ = float("nan"), "too few rows to say what the labels are worth"
            return self
        self.psi_ = choice.psi
        self.advice_ = _advice(self, rows, choice, generators, spectrum)
        return self


class GenerationRidgeCV(_Linear):
    """Ridge regression that chooses its penalty knowing what the labels inherit.

    Cross-validation and leave-one-out see the teacher, not the truth: they cannot see inherited noise.

    Parameters
    ----------
    generation : int or None, default 1
        n, as in `GenerationRidge`; None: not known, 0 to 20 are believed in proportion to 1 / (1 + n) and to how well
        each predicts what the labels show. Labels hardly tell n: give it if it is known.
    generator_rows, noise : as in `GenerationRidge`.
    generator_penalty : float, default 0
        The penalty of the generators' own ridge fits; 0 for least squares.
    method : {"empirical_bayes_robust", "empirical_bayes", "mallows_cp"}
        Empirical Bayes with the inherited noise from resampled rows (robust to leverage), with that of Gaussian
        inputs, or Mallows' criterion with the inherited noise added, which has no prior.
    random_state : int, default 0
        Of the resampled sets.

    Attributes: coef_, intercept_, penalty_ (infinity: predict the mean), alpha_, penalties_ and risks_ (predicted risk
    minus that of predicting the mean), psi_, psi_interval_ (90 %), generation_ (n, or the mean of what is believed),
    generation_interval_ (90 %), noise_, advice_, synthetic_weight_; corrected_ (False: the rows cannot tell that
    correcting helps, and penalty_ is the one that RidgeCV takes of alphas penalties_ x rows), chance_of_harm_ (that
    correcting costs more than it saves, as believed; nan for "mallows_cp" and real labels, which are not compared).

    With real_rows the pool is weighted so that it is worth m + weight x T real rows, and the penalty is chosen as for
    those; that is right for least squares generators.

    Source: docs/theory/repair.md. Checked by tests/statistical/test_repair.py.
    """

    def __init__(
        self,
        *,
        generation: int | None = 1,
        generator_rows: int | None = None,
        generator_penalty: float = 0.0,
        method: str = "empirical_bayes_robust",
        noise: float | None = None,
        random_state: int = 0,
    ) -> None:
        self.generation = generation
        self.generator_rows = generator_rows
        self.generator_penalty = generator_penalty
        self.method = method
        self.noise = noise
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        real_rows: ArrayLike | None = None,
    ) -> GenerationRidgeCV:
        """Choose the penalty and fit. real_rows: as in `GenerationRidge`."""
        _check(self, unknown=True)
        if self.method not in METHODS:
            raise Problem("method", f"{self.method!r}", f"give one of {', '.join(METHODS)}")
        if not 0 <= float(self.generator_penalty) <= _LARGEST:
            mend = f"give a penalty from 0 to {_LARGEST:g}"
            raise Problem("generator_penalty", f"{self.generator_penalty!r}", mend)
        rows = self._rows(X, y, sample_weight, real_rows)
        spectrum = rows.spectrum(None if self.noise is None else float(self.noise))
        generators = _generators(self, rows, float(self.generator_penalty))
        choice = _choice(self, rows, spectrum, generators, self.method, blind=rows.leave_one_out)
        _solve(self, rows, choice.penalty)
        self.penalties_, self.risks_ = choice.penalties, choice.risks
        self.psi_, self.psi_interval_ = choice.psi, (choice.psi_low, choice.psi_high)
        self.generation_ = choice.generation
        self.generation_interval_ = (choice.generation_low, choice.generation_high)
        self.noise_ = float(np.sqrt(spectrum.noise_variance))
        self.corrected_, self.chance_of_harm_ = choice.corrected, choice.harm
        self.advice_ = _advice(self, rows, choice, generators, spectrum)
        return self


def _generators(model: Any, rows: _Rows, penalty: float = 0.0) -> Generators:
    """Who made the labels, None where unknown; a pool weighted with real rows is worth so many real ones: nobody."""
    count = 0 if rows.real.any() else model.generation
    return Generators(count, _generator_rows(model.generator_rows, int((~rows.real).sum())), penalty)


def _choice(
    model: Any,
    rows: _Rows,
    spectrum: Spectrum,
    generators: Generators,
    method: str,
    blind: Callable[[Array], float] | None = None,
) -> Choice:
    if not spectrum.eigenvalues.size:
        raise Problem("X", "all columns are constant", "give inputs that vary")
    return choose_penalty(
        spectrum,
        method=method,
        generators=generators,
        rows=rows.x,
        rng=np.random.default_rng(getattr(model, "random_state", 0)),
        blind=blind,
    )


def _advice(model: Any, rows: _Rows, choice: Choice, generators: Generators, spectrum: Spectrum) -> str:
    if rows.real.any() and not rows.real.all() and model.generation != 0:
        return (
            f"the pool is worth {rows.worth:.0f} real rows: a synthetic row counts {model.synthetic_weight_:.2g} "
            "of a real one"
        )
    if not spectrum.seen.any():
        return "the labels are all alike: there is nothing to learn"
    return advice(choice, generators, spectrum)


def _solve(model: Any, rows: _Rows, penalty: float) -> None:
    """Fit by the eigenbasis of the weighted rows; directions without inputs get nothing."""
    used = rows.used if penalty == 0 else np.ones(rows.values.size, dtype=bool)
    shrunk = np.zeros_like(rows.moments)
    shrunk[used] = rows.moments[used] / (np.maximum(rows.values[used], 0.0) + penalty)
    model.coef_ = rows.basis @ shrunk
    model.intercept_ = rows.level - float(rows.center @ model.coef_)
    model.penalty_, model.alpha_ = penalty, penalty * rows.worth


def check_generation(generation: object) -> None:
    """Refuse what is no number of generators."""
    if isinstance(generation, bool) or not isinstance(generation, int | np.integer) or not 0 <= generation <= 10**6:
        mend = "give the number of models that these labels passed through, from 0 to 1,000,000"
        raise Problem("generation", shown(generation), mend)


def _check(model: Any, *, unknown: bool = False) -> None:
    if not (unknown and model.generation is None):
        check_generation(model.generation)
    if model.noise is not None and not is_from(model.noise, 1e-100, 1e100):
        raise Problem("noise", shown(model.noise), "give a standard deviation > 0, from 1e-100 to 1e100, or None")
    if model.generator_rows is not None and not is_from(model.generator_rows, 1, 1e12):
        raise Problem("generator_rows", shown(model.generator_rows), "give a number of rows, 1 to 10^12, or None")


def _generator_rows(given: int | None, rows: int) -> float:
    return float(rows if given is None else given)


def _mask(real_rows: ArrayLike | None, count: int) -> NDArray[np.bool_]:
    if real_rows is None:
        return np.zeros(count, dtype=bool)
    mask = np.asarray(real_rows)
    if mask.shape != (count,) or mask.dtype != bool:
        raise Problem("real_rows", f"shape {mask.shape}, {mask.dtype}", f"give {count} values True or False, one a row")
    return mask
