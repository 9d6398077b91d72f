r"""Kernel ridge regression that chooses its penalty knowing that earlier kernel ridge fits made the labels.

In the eigenbasis of K / T, eigenvalues e, columns U, the labels show z = U'y with z_i ~ N(0, T t_n,i + s2), where t_n
is the power that the n-th generator's function has in direction i, started at the truth's, t_0 = c e^b. The moments
follow the same chain as in `inherited_noise`, in function values: t = e v. Half of the weight is on what the labels
show, as for ridge generators, and where the rows cannot tell that correcting helps the penalty is the one of
leave-one-out (`when_not_to`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from genloss.advise.estimators.empirical_bayes import log_evidence, mallows, weights_of
from genloss.advise.estimators.inherited_noise import ridge_chain, shrinkage
from genloss.advise.estimators.penalty_choice import NOT_WORTH
from genloss.advise.estimators.ridge import check_generation
from genloss.advise.estimators.when_not_to import kernel_leave_one_out, kernel_limit_of, share_harmed
from genloss.errors import Problem
from genloss.models.kernel.ridge import KernelRidge

Array = NDArray[np.float64]

_POWERS = np.linspace(0.5, 2.5, 9)
_STRENGTHS = 10.0 ** np.linspace(-3.0, 0.3, 20)
_NOISE_VARIANCES = 10.0 ** np.linspace(-2.5, 0.0, 20)
_RANK = 1e-12
_MOST = 10_000


class GenerationKernelRidge(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Kernel ridge regression on labels that `generation` kernel ridge generators made; chooses its penalty.

    Minimize (1/T) sum (y_i - f(x_i))^2 + penalty |f|^2 over functions plus a constant, the labels' mean.

    Parameters
    ----------
    kernel : {"rbf", "polynomial"}, with gamma, degree, coef0 as in `KernelRidge`
    generation : int, default 1
        n: how many generators were fitted before these labels; 0 for real labels.
    generator_rows : int or None
        T0. None: as many as rows are given.
    generator_penalty : float, default 1e-3
        The generators' own penalty.
    noise : float or None
        Standard deviation of a label's noise. None: believed together with the truth.
    penalty : float or None
        None: chosen. A number: taken.

    Attributes: dual_coef_, intercept_, penalty_ (infinity: predict the mean), alpha_ (penalty x rows), penalties_ and
    risks_ (predicted risk minus that of predicting the mean), psi_ (power that generators added or lost over the
    truth's), noise_, advice_; corrected_ (False: the rows cannot tell that correcting helps, and penalty_ is the one
    that leave-one-out takes of penalties_: GridSearchCV with LeaveOneOut for scikit-learn's KernelRidge on the labels
    minus their mean, alphas penalties_ x rows), chance_of_harm_ (that correcting costs more than it saves, as believed;
    nan for real labels and a penalty that is given, which are not compared).

    Status: estimate. Source: docs/theory/repair.md. Checked by tests/statistical/test_repair.py and
    tests/unit/test_kernel_when_not_to.py.
    """

    def __init__(
        self,
        *,
        kernel: str = "rbf",
        gamma: float = 1e-3,
        degree: int = 5,
        coef0: float = 1.0,
        generation: int = 1,
        generator_rows: int | None = None,
        generator_penalty: float = 1e-3,
        noise: float | None = None,
        penalty: float | None = None,
    ) -> None:
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.generation = generation
        self.generator_rows = generator_rows
        self.generator_penalty = generator_penalty
        self.noise = noise
        self.penalty = penalty

    def fit(self, X: ArrayLike, y: ArrayLike) -> GenerationKernelRidge:
        """Choose the penalty and fit."""
        rows, labels = validate_data(self, X, y, y_numeric=True, dtype=float, ensure_min_samples=2)
        model = self._model()
        if len(rows) > _MOST:
            raise Problem(
                "X", f"{len(rows):,} rows are too many: the kernel matrix is decomposed", f"give at most {_MOST:,}"
            )
        self.intercept_ = float(labels.mean())
        gram = model.gram(rows, rows)
        values, basis = np.linalg.eigh(gram / len(rows))
        used = values > _RANK * max(values[-1], 1e-300)
        seen = basis.T @ (labels - self.intercept_)
        self._choose(values[used], basis[:, used], labels - self.intercept_)
        scale = 1 / (np.maximum(values, 0.0) + self.penalty_) / len(rows) if np.isfinite(self.penalty_) else 0 * values
        self.dual_coef_ = basis @ (scale * seen)
        self.X_fit_ = rows
        self.alpha_ = self.penalty_ * len(rows)
        return self

    def predict(self, X: ArrayLike) -> Array:
        """Return k(X, rows) dual_coef_ + intercept_."""
        check_is_fitted(self)
        rows = validate_data(self, X, reset=False, dtype=float)
        return np.asarray(self._model().gram(rows, self.X_fit_) @ self.dual_coef_ + self.intercept_)

    def _model(self) -> KernelRidge:
        check_generation(self.generation)
        for name, given in (("generator_penalty", self.generator_penalty), ("penalty", self.penalty)):
            if given is not None and not float(given) > 0:
                raise Problem(name, f"{given!r}", "give a penalty > 0")
        return KernelRidge(1.0, self.kernel, self.gamma, self.degree, self.coef0)

    def _choose(self, e: Array, basis: Array, labels: Array) -> None:
        """Weigh truths and variances by what the labels show; minimize the risk they predict.

        e, basis: of the kernel over the rows, directions of rank only. labels: of mean 0.
        """
        rows, seen = len(labels), basis.T @ labels
        total = float(seen @ seen) / rows
        self.corrected_, self.chance_of_harm_ = True, float("nan")
        if not e.size or total <= 0:
            self.penalties_, self.risks_, self.noise_, self.psi_ = np.array([np.inf]), np.zeros(1), 0.0, 0.0
            self.penalty_ = np.inf if self.penalty is None else float(self.penalty)
            self.advice_ = "the labels are all alike"
            return
        weights, second, cross, noise, power = self._believed(e, seen, rows, total)
        self.noise_ = float(np.sqrt(weights @ noise[:, 0]))
        self.psi_ = float((weights @ (second - 2 * cross).sum(axis=1) + weights @ power) / (weights @ power))
        shown, shared = second + noise / rows, cross
        if self.generation:  # given what each direction shows
            scale = seen**2 / (rows * shown)
            shown, shared = shown * scale, shared * scale
        self.penalties_ = np.append(e.sum() * np.logspace(-9, 2, 161), np.inf)
        keep = e / (e + self.penalties_[:, None])
        self.risks_ = keep**2 @ (weights @ shown) - 2 * keep @ (weights @ shared)
        if self.generation:  # half the weight on what the labels show: the truth is hard to see
            scaled, variance = seen / np.sqrt(rows * e), self.noise_**2
            plain = mallows(e, scaled, noise_variance=variance, rows=rows, inherited=0.0, penalties=self.penalties_)
            self.risks_ = (self.risks_ + plain) / 2
        best = int(np.argmin(self.risks_))
        self.penalty_ = float(self.penalties_[best]) if self.penalty is None else float(self.penalty)
        limit = self._limit(e, rows)
        if self.generation and self.penalty is None:
            blind = kernel_leave_one_out(e, basis, labels, self.penalties_)
            harm = share_harmed(weights, shown, shared, ours=keep[best], theirs=e / (e + blind))
            self.chance_of_harm_, self.corrected_ = harm, harm <= limit
            self.penalty_ = self.penalty_ if self.corrected_ else blind
        self.advice_ = self._advice(float(self.penalties_[best]), limit)

    def _limit(self, e: Array, rows: int) -> float:
        """Return the largest chance of harm with which the correction is still made."""
        made_of = float(rows if self.generator_rows is None else self.generator_rows)
        kept = shrinkage(e, generator_rows=made_of, penalty=float(self.generator_penalty))
        return kernel_limit_of(float((kept**2).sum()) / made_of)

    def _believed(self, e: Array, seen: Array, rows: int, total: float) -> tuple[Array, Array, Array, Array, Array]:
        """Weights of the grid, second and cross moments of function values, noise variances, and the truths' power."""
        shape = e ** _POWERS[:, None]
        shape /= shape.sum(axis=1, keepdims=True)
        variances = total * _NOISE_VARIANCES if self.noise is None else np.array([float(self.noise) ** 2])
        truths = (total * _STRENGTHS)[:, None, None] * shape
        truths = truths.reshape(-1, e.size)
        grid, variance = np.repeat(truths, variances.size, axis=0), np.tile(variances, len(truths))[:, None]
        second, cross = grid, grid
        if self.generation:
            chained = ridge_chain(
                grid / e,
                e,
                noise_variance=variance,
                generation=int(self.generation),
                generator_rows=float(rows if self.generator_rows is None else self.generator_rows),
                penalty=float(self.generator_penalty),
            )
            second, cross = chained[0] * e, chained[1] * e
        weights = weights_of(log_evidence(seen, rows * second + variance))
        return weights, second, cross, variance, grid.sum(axis=1)

    def _advice(self, best: float, limit: float) -> str:
        if self.generation == 0:
            return "the labels are real: nothing is inherited"
        if not np.isfinite(best) or self.psi_ > NOT_WORTH:
            told = f"these labels are not worth using: what generators did is {self.psi_:.2g} times the signal"
        else:
            told = f"usable: what generators did is {self.psi_:.2g} times the signal"
        if not self.corrected_:
            told += (
                "; not corrected: the penalty is the one that leave-one-out takes, as the chance that correcting for "
                f"the generators costs more than it saves is {self.chance_of_harm_:.1%} by what these rows show, above "
                f"{limit:.0%}"
            )
        return told
