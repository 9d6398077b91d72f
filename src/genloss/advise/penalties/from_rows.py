"""Which one penalty, kept for all generations, loses least at a horizon? From the rows of generation 0 alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.advise.estimators.empirical_bayes import believed_power
from genloss.advise.forecasts.worlds.linear import see
from genloss.advise.penalties.by_generation import best_at_clean
from genloss.advise.penalties.pages import EXCESS_RISK, by_generation, page_of, risk_panel
from genloss.advise.penalties.question import Array, batches_of, goal_weights, ready
from genloss.errors import Problem, is_from
from genloss.errors import shown as in_part
from genloss.report import Page, Panel, short
from genloss.results.answer import Drawn, shown
from genloss.results.store import Table
from genloss.theory.reuse.batch import SharedRows
from genloss.theory.reuse.search import least_on, penalty_range, risks_at
from genloss.workflows import WorkflowLike, schedule_of

__all__ = ["PenaltyFromRows", "penalty_from_rows"]


@dataclass(frozen=True, repr=False, eq=False)
class PenaltyFromRows(Drawn):
    """The penalty to keep, beside the one that is best for generation 0. Generation 0 first, (fits,) each.

    penalty: minimize (1/T) sum (y_i - f(x_i))^2 + penalty |coef|^2 in every generation; scikit-learn's alpha is
    penalty x rows of the fit. clean: the penalty that is best at generation 0. risk, clean_risk: expected excess risk
    of each, kept. value, clean_value: of the goal. mean_risk: of predicting the mean. noise: standard deviation of a
    label's noise. status: "asymptotic".
    """

    penalty: float
    clean: float
    risk: Array
    clean_risk: Array
    value: float
    clean_value: float
    mean_risk: float
    noise: float
    status: str = "asymptotic"

    schema = "penalty_from_rows/1"
    also = ("saving",)

    @property
    def saving(self) -> float:
        """Part of the goal that is saved against keeping generation 0's best."""
        return 1 - self.value / self.clean_value

    def panels(self) -> list[Panel]:
        """Return the excess risk by generation of both penalties."""
        named = [(f"{short(self.penalty)}, kept", self.risk), (f"{short(self.clean)}, best at 0", self.clean_risk)]
        return [risk_panel("one penalty for all generations", named)]

    def page(self) -> Page:
        """Return the penalty, what it saves, and the risk of both."""
        note = f"Excess risk: {EXCESS_RISK}. clean_risk: with the penalty that is best for generation 0."
        return page_of(self, "Which one penalty to keep?", [shown(self._table(), "By generation", note)])

    def _lines(self) -> Sequence[str]:
        return [f"keep {short(self.penalty)} for generations 0 to {self.risk.size - 1}", *self._sentences()]

    def _sentences(self) -> Sequence[str]:
        last = self.risk.size - 1
        return [
            f"Keep the penalty {short(self.penalty)} in every generation up to {last}; scikit-learn's alpha is the "
            "penalty times the rows of the fit.",
            f"Its excess risk ({EXCESS_RISK}) is {short(self.risk[-1])} in generation {last}; the penalty that is best "
            f"for generation 0, {short(self.clean)}, has {short(self.clean_risk[-1])}, and predicting the mean has "
            f"{short(self.mean_risk)}.",
            f"It saves {100 * self.saving:.2g} % of the goal against keeping the one that is best for generation 0.",
            f"This is theory ({self.status}), at a spectrum, a truth and a noise (standard deviation "
            f"{short(self.noise)}) that were estimated from the rows.",
        ]

    def _table(self) -> Table:
        return ["generation", "risk", "clean_risk"], by_generation(risk=self.risk, clean_risk=self.clean_risk)


@dataclass(frozen=True, slots=True)
class Asked:
    """What theory is asked about rows: eigenvalues of their covariance, the truth along them, batches, label noise."""

    spectrum: list[float]
    coefficients: Array
    batches: list[SharedRows]
    noise: float

    @property
    def mean_risk(self) -> float:
        """Risk of predicting the mean: the truth's variance."""
        return float(np.array(self.spectrum) @ self.coefficients**2)


def penalty_from_rows(
    X: ArrayLike,
    y: ArrayLike,
    *,
    workflow: WorkflowLike = "accumulate",
    generations: int | None = None,
    goal: str = "horizon",
    noise: float | None = None,
) -> PenaltyFromRows:
    r"""Return the constant ridge penalty that is best at a horizon, from real rows of generation 0.

    .. math:: \min_\lambda \sum_g v_g E_g(\lambda, \dots, \lambda)

    with E_g of `theory.reuse.risk` for the rows' spectrum, their noise, and the truth's power by direction that
    empirical Bayes believes after seeing the rows; v as in `penalty_schedule`. Leave-one-out chooses for the labels at
    hand; under accumulation they freeze the bias of the first fits, and a penalty that is too large keeps adding to it.

    X (rows, features), y (rows,): real, as the fits will see them, in the same scale. workflow: any
    `WorkflowLike`; its batches have as many rows as X where it says none. generations: the horizon; None: 20, or the
    last of a `Schedule`. goal: "horizon" or "sum". noise: standard deviation of a label's noise; None: of
    the residuals. The intercept is free and not in theory.
    Errors: `Problem` naming the argument. Status: asymptotic, at estimated arguments.
    Source: docs/theory/repair.md. Checked by tests/statistical/test_from_rows.py, verification/schedules.py.

    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 20))
    >>> found = penalty_from_rows(X, 0.3 * X.sum(axis=1) + rng.standard_normal(100), generations=10)
    >>> found.penalty < found.clean
    True
    """
    asked = asked_of(X, y, workflow=workflow, generations=generations, noise=noise)
    chain = ready(asked.spectrum, asked.coefficients, asked.batches)
    share = goal_weights(goal, None, chain.rows.size)
    penalty, value = least_on(lambda one: float(share @ risks_at(chain, one)), *penalty_range(chain))
    clean = best_at_clean(chain)
    risk, kept = risks_at(chain, penalty), risks_at(chain, clean)
    return PenaltyFromRows(penalty, clean, risk, kept, value, float(share @ kept), asked.mean_risk, asked.noise)


def asked_of(
    X: ArrayLike, y: ArrayLike, *, workflow: WorkflowLike, generations: int | None, noise: float | None
) -> Asked:
    """Estimate from rows what theory is to be asked; arguments as in `penalty_from_rows`."""
    rows, labels = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    if rows.ndim != 2 or labels.shape != (len(rows),) or not (np.isfinite(rows).all() and np.isfinite(labels).all()):
        raise Problem("X, y", f"shapes {rows.shape} and {labels.shape}", "give finite rows and as many finite labels")
    if noise is not None and not is_from(noise, 1e-100, 1e100):
        raise Problem("noise", in_part(noise), "give a standard deviation > 0, from 1e-100 to 1e100, or None")
    seen = see(rows, labels, standardized=False)
    if not seen.noise_variance > 0:
        raise Problem("y", "the labels hold no noise, or are all alike", "give noise")
    deviation = float(np.sqrt(seen.noise_variance)) if noise is None else float(noise)
    power = believed_power(seen.eigenvalues, seen.coefficients, seen.own)
    batches = batches_of(schedule_of(workflow, generations, rows=len(rows), default=20), deviation, None, "fresh")
    return Asked(seen.eigenvalues.tolist(), np.sqrt(power), batches, deviation)
